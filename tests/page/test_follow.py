"""The served page follows its server, and says so when it cannot."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, expect

from edgeops.core.findings import DriftReport
from edgeops.report.html import EVENTS, render_html
from edgeops.report.html_assets import policy
from tests.page.browser import tab
from tests.report import samples


class Server(ThreadingHTTPServer):
    """Serves the page of its report, and tells of a new one."""

    daemon_threads = True

    def __init__(self, report: DriftReport) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.report = report
        self.number = 1
        self.changed = threading.Condition()
        self.open = True

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def post(self, report: DriftReport) -> None:
        with self.changed:
            self.report, self.number = report, self.number + 1
            self.changed.notify_all()

    def after(self, number: int) -> int | None:
        """The first number after *number*; None once the server closes."""
        with self.changed:
            self.changed.wait_for(lambda: self.number > number or not self.open)
            return self.number if self.open else None

    def close(self) -> None:
        with self.changed:
            self.open = False
            self.changed.notify_all()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """GET of the page and of its events."""

    server: Server

    def do_GET(self) -> None:
        if self.path == "/":
            self._page()
        elif self.path == f"/{EVENTS}":
            self._events()
        else:
            self.send_error(404)

    def _page(self) -> None:
        body = render_html(self.server.report, served=True).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", policy(served=True))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _events(self) -> None:
        number = self.server.number
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"retry: 100\n\n")
        while (later := self.server.after(number)) is not None:
            number = later
            self.wfile.write(f"id: {number}\nevent: report\ndata: {{}}\n\n".encode())

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    own = Server(samples.synced())
    thread = threading.Thread(target=own.serve_forever, daemon=True)
    thread.start()
    yield own
    if own.open:
        own.close()
    thread.join()


def test_a_new_report_takes_the_place_of_the_old(browser: Browser, server: Server) -> None:
    with tab(browser, allowed=server.address) as one:
        one.open(server.address, "#severity=high")
        page = one.page
        expect(page.locator("#news")).to_have_text("Following")
        page.locator("#theme").focus()
        server.post(samples.full())
        expect(page.locator("#status")).to_contain_text("Unknown")
        assert page.title() == "Unknown: drift report"
        assert page.locator("#count").inner_text() == "4 of 9 findings"
        expect(page.locator("#theme")).to_be_focused()
        expect(page.locator("#news")).to_contain_text("Unknown, as of")
        server.post(samples.synced())
        expect(page.locator("#status")).to_contain_text("Synced")
        assert page.url.endswith("#severity=high")
        assert one.complaints == []
        assert {url.partition("#")[0] for url in one.requests} == {
            server.address,
            f"{server.address}{EVENTS}",
        }


def test_what_somebody_types_goes_on_over_a_new_report(browser: Browser, server: Server) -> None:
    server.report = samples.full()
    with tab(browser, allowed=server.address) as one:
        one.open(server.address)
        page = one.page
        expect(page.locator("#news")).to_contain_text("Following")
        page.locator("[name=q]").press_sequentially("prod")
        server.post(replace(samples.full(), findings=samples.full().findings[1:]))
        expect(page.locator("#findings-heading .count")).to_have_text("8")
        expect(page.locator("[name=q]")).to_be_focused()
        page.keyboard.type("uct-api")
        assert page.locator("[name=q]").input_value() == "product-api"
        assert page.url.endswith("#q=product-api")
        assert one.complaints == []


def test_a_report_that_shows_the_same_moves_nothing(browser: Browser, server: Server) -> None:
    with tab(browser, allowed=server.address) as one:
        one.open(server.address)
        page = one.page
        expect(page.locator("#news")).to_have_text("Following")
        page.evaluate("document.getElementById('report').marked = true")
        server.post(replace(samples.synced(), started_at="2026-01-31T12:30:00Z"))
        expect(page.locator("footer")).to_contain_text("12:30:00Z")
        assert page.evaluate("document.getElementById('report').marked") is True


def test_a_server_that_is_gone_is_told_loudly(browser: Browser, server: Server) -> None:
    with tab(browser, allowed=server.address) as one:
        one.open(server.address)
        expect(one.page.locator("#news")).to_have_text("Following")
        server.close()
        expect(one.page.locator("#news")).to_contain_text("may be old")
        assert "lost" in (one.page.locator("#news").get_attribute("class") or "")
        assert "Synced" in one.page.locator("#status").inner_text()

"""
A real Chromium, and a page in it whose every request and complaint is written down.

``make browser`` installs one where it may. Without one the tests are skipped, but not in CI.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from scripts.browser import PROGRAMS, found

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Root may not use the sandbox; the others keep the browser from calling home."""

Scheme = Literal["light", "dark"]


def program() -> str:
    """
    The browser's program.

    Skips the test if there is none; in CI that fails it.
    """
    path = found()
    if path is None:
        reason = f"none of {', '.join(PROGRAMS)} is installed: run `make browser`"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser with a fresh profile."""
    executable = program()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass(kw_only=True)
class Tab:
    """One page, and what it asked for or complained of."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def foreign(self) -> list[str]:
        """Requests for anything but the page itself."""
        return [url for url in self.requests if url.partition("#")[0] != self._address]

    _address: str = ""

    def open(self, address: str, fragment: str = "") -> None:
        self._address = address
        self.page.goto(f"{address}{fragment}")


@contextmanager
def tab(
    browser: Browser,
    *,
    width: int = 1280,
    scheme: Scheme = "light",
    script: bool = True,
    allowed: str = "file:",
) -> Iterator[Tab]:
    """A tab that may load what begins with *allowed*; whatever else it asks for is refused."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",
        java_script_enabled=script,
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    one = Tab(page=page)

    def decide(route: Route) -> None:
        if route.request.url.startswith(allowed):
            route.continue_()
        else:
            route.abort()

    def complain(message: Any) -> None:
        if message.type in {"error", "warning"}:
            one.complaints.append(message.text)

    page.on("request", lambda request: one.requests.append(request.url))
    page.on("console", complain)
    page.on("pageerror", lambda error: one.complaints.append(str(error)))
    context.route("**/*", decide)
    try:
        yield one
    finally:
        context.close()


def address(folder: Path, text: str) -> str:
    """The address of a file with *text*."""
    path = folder / "report.html"
    path.write_text(text)
    return path.as_uri()

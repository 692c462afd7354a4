"""A real server over a board, real sockets to it, and reports to put up."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import httpx2

from edgeops.adapters.board import ThreadBoard
from edgeops.adapters.web import Access, Address, WebServer, serve
from edgeops.core.episodes import key_of
from edgeops.core.findings import Drift, DriftReport, Finding, Severity, ZoneReport
from edgeops.core.objects import ResourceKey
from edgeops.ports.board import ClusterTally, Posting
from edgeops.ports.serving import Views
from edgeops.report.posting import render_change
from edgeops.report.registry import render
from edgeops.wiring import unattended
from tests.report import samples

CLIENT: Final = httpx2.Client(
    timeout=20, trust_env=False, limits=httpx2.Limits(max_keepalive_connections=0)
)
LOOPBACK = Address(host="127.0.0.1", port=0)
VIEWS = Views(
    page=lambda posting: render(posting.report, "html"),
    report=lambda posting: render(posting.report, "json"),
    change=render_change,
)


def posting(number: int, report: DriftReport, **changes: Any) -> Posting:
    made = Posting(
        number=number,
        report=report,
        posted_at="2026-01-31T12:00:01Z",
        compared=40 + number,
        seconds=0.25,
        clusters=(
            ClusterTally(
                name="edge-usw2", last_success="2026-01-31T12:00:00Z", watching=30,
                reconnects=2, relists=1, lists=31, events=77, unread=0,
            ),
            ClusterTally(
                name="edge-euc1", last_success=None, watching=0,
                reconnects=9, relists=0, lists=3, events=0, unread=31,
            ),
        ),
        first_seen={key_of(item): "2026-01-31T11:00:00Z" for item in report.findings},
    )  # fmt: skip
    return replace(made, **changes)


def report_of(*names: str, zone: str = "z", unread: bool = False, padding: str = "") -> DriftReport:
    """A report in which services of these names are missing."""
    row = ZoneReport(
        cluster="c", zone=zone, namespace="n", missing=len(names), drifted=bool(names),
        unread=unread,
    )  # fmt: skip
    return replace(
        samples.empty(),
        zones=(row,),
        findings=tuple(finding(name, zone, padding) for name in names),
    )


def finding(name: str, zone: str = "z", message: str = "") -> Finding:
    return Finding(
        cluster="c", zone=zone, key=ResourceKey("", "Service", "n", name), api_version="v1",
        drift=Drift.MISSING, severity=Severity.HIGH, message=message or None,
    )  # fmt: skip


@contextmanager
def running(board: ThreadBoard, **how: Any) -> Iterator[WebServer]:
    """A server for as long as the block lasts."""
    how = {"address": LOOPBACK, "access": Access(), **how}
    server = serve(board, VIEWS, **how)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def wired(board: ThreadBoard, listen: str = "127.0.0.1:0", **how: Any) -> Iterator[WebServer]:
    """The same, as the command makes it."""
    server = unattended.web_server(board, listen, **how)
    try:
        yield server
    finally:
        server.stop()


def ask(server: WebServer, path: str, method: str = "GET", **more: Any) -> httpx2.Response:
    return CLIENT.request(method, f"http://127.0.0.1:{server.port}{path}", **more)


def raw(server: WebServer, request: bytes) -> bytes:
    """What comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(request)
        pieces = []
        while piece := connection.recv(65536):
            pieces.append(piece)
        return b"".join(pieces)


@dataclass
class Event:
    """One server-sent event."""

    id: str
    name: str
    data: dict[str, Any]


class Follower:
    """Reads ``/api/v1/events`` as a browser does."""

    def __init__(self, server: WebServer, last: str = "", **headers: str) -> None:
        if last:
            headers["Last-Event-ID"] = last
        address = f"http://127.0.0.1:{server.port}/api/v1/events"
        request = CLIENT.build_request("GET", address, headers=headers)
        self.response = CLIENT.send(request, stream=True)
        self._lines = self.response.iter_lines() if self.response.status_code == 200 else iter(())
        self.comments = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.response.close()

    def next(self) -> Event:
        """The next event; waits for it."""
        fields: dict[str, str] = {}
        for line in self._lines:
            if line.startswith(":"):
                self.comments += 1
            elif line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "data" in fields:
                return Event(fields["id"], fields["event"], json.loads(fields["data"]))
        raise EOFError

    def heartbeat(self) -> None:
        """Wait for a comment."""
        assert any(line.startswith(":") for line in self._lines)


def names(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["name"] for entry in entries]

"""
A reverse proxy on loopback that stands before a real API server and does to answers what is asked.

It speaks TLS with the server's own certificate, so that a kubeconfig needs nothing but its
address. Real answers are taken from the server once and kept, unless told otherwise: hundreds of
checks of an unchanged cluster then ask it little. Watches pass through as they are, and are kept
at hand for whoever wants to spoil one (`tests.faults.streams`).
"""

import http.client
import json
import socket
import socketserver
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.controlplane.server import ControlPlane
from tests.faults.faults import Answer, Fault, play
from tests.faults.streams import Stream, relayed

_PASSED_ON = ("Authorization", "Accept", "Content-Type")


@dataclass(frozen=True)
class Asked:
    """One request, as a script of faults sees it."""

    method: str
    path: str
    query: dict[str, str]
    attempt: int
    """How often just this was asked before, this time included; from 1."""


Script = Callable[[Asked], Fault | None]


class FaultyProxy:
    """
    The proxy; a context manager.

    Args:
        plane: the server behind it.
        script: which fault a request meets; may be set anew at any time.
        page: how many objects the server is asked for at most, so that lists have pages.
        host: the loopback address to listen on; the certificate is for 127.0.0.1 alone.
        keep: keep real answers, for a cluster that does not change.
    """

    def __init__(
        self,
        plane: ControlPlane,
        script: Script = lambda _: None,
        *,
        page: int = 3,
        host: str = "127.0.0.1",
        keep: bool = True,
    ) -> None:
        self.plane = plane
        self.keep = keep
        self.accepted: str | None = None
        """The one token that this server takes, in place of the real one; None: the real one."""

        self.hold = 0.0
        """For how many seconds the first event of each watch is held up."""

        self.streams: list[Stream] = []
        self.script = script
        self.page = page
        self.injected: Counter[Fault] = Counter()
        self.asked: list[str] = []
        self.over = threading.Event()
        self._answers: dict[tuple[str, ...], Answer] = {}
        self._attempts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        certificates = plane.folder / "certificates"
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificates / "apiserver.crt", certificates / "apiserver.key")
        self._upstream = ssl.create_default_context(cafile=str(certificates / "apiserver.crt"))
        self._server = _Server((host, 0), _Handler)
        self._server.proxy = self
        self.url = f"https://{host}:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    def kubeconfig(self, user: str = "reader", **changes: Any) -> str:
        """The text of a kubeconfig that leads here; *changes* replace keys of its user."""
        whole = json.loads(self.plane.kubeconfig(user).read_text())
        whole["clusters"][0]["cluster"]["server"] = self.url
        whole["users"][0]["user"] |= changes
        if "token" in changes and changes["token"] is None:
            del whole["users"][0]["user"]["token"]
        return json.dumps(whole)

    def fault(self, asked: Asked) -> Fault | None:
        fault = self.script(asked)
        with self._lock:
            if self.keep:
                self.asked.append(asked.path)
            if fault is not None:
                self.injected[fault] += 1
        return fault

    def seen(self, method: str, target: str) -> Asked:
        parts = urlsplit(target)
        with self._lock:
            # Not counted for long: each watch goes on from another version.
            self._attempts[method, target] += self.keep
            attempt = self._attempts[method, target] if self.keep else 1
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return Asked(method=method, path=parts.path, query=query, attempt=attempt)

    def forget(self) -> None:
        """Count attempts from 1 again."""
        with self._lock:
            self._attempts.clear()

    def answer(self, asked: Asked, headers: Any, body: bytes | None) -> Answer:
        """What the real server says; a GET that it allowed is asked of it once."""
        query = dict(asked.query)
        if "limit" in query:
            query["limit"] = str(min(self.page, int(query["limit"])))
        target = asked.path + (f"?{urlencode(query)}" if query else "")
        key = (target, *self._passed(headers).values())
        if asked.method == "GET" and (kept := self._answers.get(key)) is not None:
            return kept
        connection, response = self._send(asked.method, target, headers, body)
        try:
            found = Answer(
                status=response.status,
                content_type=response.headers.get("Content-Type", ""),
                body=response.read(),
            )
        finally:
            connection.close()
        if self.keep and asked.method == "GET" and found.status == 200:
            self._answers[key] = found
        return found

    def watch(self, asked: Asked, target: str, headers: Any, wire: socket.socket) -> Answer | None:
        """Pass a watch through to its end; or give the answer by which it is refused."""
        return relayed(
            asked.path,
            wire,
            lambda: self._send("GET", target, headers, None, seconds=600),
            self.over,
            self._opened,
            self.hold,
        )

    def takes(self, headers: Any) -> bool:
        """Whether the token of a request is one that this server takes."""
        return self.accepted is None or headers["Authorization"] == f"Bearer {self.accepted}"

    def _opened(self, stream: Stream) -> None:
        with self._lock:
            self.streams = [one for one in self.streams if not one.closed] + [stream]

    def _passed(self, headers: Any) -> dict[str, str]:
        passed = {name: headers[name] for name in _PASSED_ON if headers.get(name)}
        if self.accepted is not None:
            passed["Authorization"] = f"Bearer {self.plane.token('reader')}"
        return passed

    def _send(
        self, method: str, target: str, headers: Any, body: bytes | None, seconds: float = 30
    ) -> tuple[http.client.HTTPSConnection, http.client.HTTPResponse]:
        host, _, port = self.plane.url.removeprefix("https://").partition(":")
        connection = http.client.HTTPSConnection(
            host, int(port), context=self._upstream, timeout=seconds
        )
        try:
            connection.request(method, target, body=body, headers=self._passed(headers))
            return connection, connection.getresponse()
        except BaseException:
            connection.close()
            raise


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    proxy: FaultyProxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what is being tested."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        self.request.settimeout(30)
        # Of a client that is gone by now, `wrap_socket` makes a socket that nobody closes.
        self.request.getpeername()
        self.request = self.server.proxy.tls.wrap_socket(self.request, server_side=True)
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().setup()

    def finish(self) -> None:
        try:
            super().finish()
        finally:
            self.request.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the overridden name)
        """Nothing: tests look at ``asked``."""

    def do_GET(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def _answer(self) -> None:
        proxy = self.server.proxy
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        asked = proxy.seen(self.command, self.path)
        fault = proxy.fault(asked)
        if fault is None and not proxy.takes(self.headers):
            fault = Fault.UNAUTHORIZED
        real = partial(proxy.answer, asked, self.headers, body)
        self.close_connection = fault is not None
        # A server that is being restarted answers nothing: the connection is closed.
        with suppress(OSError, http.client.HTTPException):
            if fault is None and asked.query.get("watch"):
                self.close_connection = True
                refused = proxy.watch(asked, self.path, self.headers, self.request)
                if refused is None:
                    return
                real = partial(replace, refused)
            play(fault, real, self.request, proxy.over)
            return
        self.close_connection = True

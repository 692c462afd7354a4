"""
Watch streams that pass through the proxy, and what can become of one while it is open.

A stream is spoiled from outside, at any moment: most streams are silent for a minute at a time,
and what goes wrong with a connection does not wait for an event.
"""

import http.client
import json
import os
import random
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import Any

from tests.faults.faults import Answer

BRIEF_SECONDS = (2.0, 20.0)
"""How long a stream that stalls for a while does so."""

SILENT_SECONDS = 400.0
"""Longer than anybody who watches should put up with."""


class StreamFault(StrEnum):
    """One thing that goes wrong with one open watch."""

    ENDED = "ended in order"
    RESET = "reset"
    HALF_LINE = "cut off within an event"
    GARBLED = "a line that is no JSON"
    NULL = "null in place of an event"
    NO_EVENT = "JSON that is no event"
    UNKNOWN_TYPE = "an event of an unknown type"
    OTHER_KIND = "an event about an object of another kind"
    NAMELESS = "an event about an object without a name"
    STRANGE_METADATA = "an event whose metadata is a list"
    NO_VERSION = "a bookmark without a version"
    EXPIRED = "ERROR 410"
    BROKEN = "ERROR 500"
    BUSY = "ERROR 429, to be asked again in a second"
    STRANGE_ERROR = "ERROR without sense"
    STALLED = "a stall of seconds"
    SILENT = "silence until the client gives up"
    DEAF = "bookmarks that get lost"
    LONG_LINE = "a line of 40 MiB"


_ENDS = frozenset({StreamFault.ENDED, StreamFault.RESET, StreamFault.HALF_LINE})
_WAITS = frozenset({StreamFault.STALLED, StreamFault.SILENT, StreamFault.DEAF})


class Stream:
    """
    One open watch: lines from the server to the client, until one of them ends it.

    Args:
        path: of the watched kind.
        wire: to the client.
        upstream: an answer of the server that has begun.
        hold: for how many seconds the first line is held up.
    """

    def __init__(
        self,
        path: str,
        wire: socket.socket,
        upstream: http.client.HTTPResponse,
        over: threading.Event,
        hold: float = 0,
    ) -> None:
        self.path = path
        self._hold = hold
        self.spoiled = False
        self._wire = wire
        self._upstream = upstream
        self._over = over
        self._lock = threading.Lock()
        self._deaf = False
        self.closed = False

    def relay(self) -> None:
        """Pass on what the server says; returns at the end of the stream."""
        content_type = self._upstream.headers.get("Content-Type", "application/json")
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n"
            "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        )
        with suppress(OSError, http.client.HTTPException):
            self._pass(head)
        self.closed = True

    def _pass(self, head: str) -> None:
        with self._lock:
            self._wire.sendall(head.encode())
        self._over.wait(self._hold)
        while line := self._upstream.readline():
            with self._lock:
                if self.closed:
                    return
                if not (self._deaf and b'"type":"BOOKMARK"' in line[:40]):
                    self._wire.sendall(_chunk(line))
        with self._lock:
            self._end(StreamFault.ENDED)

    def spoil(self, fault: StreamFault) -> bool:
        """Let this happen to the stream now; whether it was still open. May take its time."""
        self.spoiled = True
        with suppress(OSError), self._lock:
            if self.closed:
                return False
            if fault in _ENDS:
                self._end(fault)
            elif fault in _WAITS:
                self._wait(fault)
            else:
                self._wire.sendall(_chunk(_line(fault)))
            return True
        return False

    def _wait(self, fault: StreamFault) -> None:
        if fault is StreamFault.DEAF:
            self._deaf = True
            return
        seconds = SILENT_SECONDS
        if fault is StreamFault.STALLED:
            seconds = random.uniform(*BRIEF_SECONDS)
        # What the server says meanwhile waits for the lock, as in a router's buffer.
        self._wire.settimeout(0.5)
        for _ in range(int(seconds * 2)):
            if self._over.is_set():
                return
            try:
                if not self._wire.recv(1):
                    self.closed = True
                    return
            except TimeoutError:
                continue
        self._wire.settimeout(30)

    def _end(self, fault: StreamFault) -> None:
        self.closed = True
        if fault is StreamFault.ENDED:
            self._wire.sendall(b"0\r\n\r\n")
        elif fault is StreamFault.HALF_LINE:
            self._wire.sendall(_chunk(b'{"type":"MODIFIED","object":{"kind":"Confi'))
        if fault is StreamFault.RESET:
            self._wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self._wire.detach())
            return
        with suppress(OSError):
            self._wire.shutdown(socket.SHUT_RDWR)


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def _line(fault: StreamFault) -> bytes:
    if fault is StreamFault.GARBLED:
        return b'{"type":"MODIFIED","object":{"kind":"Con\x00\xff}\n'
    if fault is StreamFault.LONG_LINE:
        return b'{"type":"MODIFIED","object":{"data":"' + b"x" * (40 * 2**20)
    return json.dumps(_EVENTS[fault], separators=(",", ":")).encode() + b"\n"


def _status(code: int, reason: str, **more: Any) -> dict[str, Any]:
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    return {**status, "message": f"injected: {reason}", "reason": reason, "code": code, **more}


def _object(kind: str, metadata: object) -> dict[str, Any]:
    return {"kind": kind, "apiVersion": "v1", "metadata": metadata}


_NAMED = {"name": "injected", "namespace": "injected", "resourceVersion": "1"}
_EVENTS: dict[StreamFault, object] = {
    StreamFault.NULL: None,
    StreamFault.NO_EVENT: {"kind": "Status", "status": "Success"},
    StreamFault.UNKNOWN_TYPE: {"type": "GONE", "object": _object("Event", _NAMED)},
    StreamFault.OTHER_KIND: {"type": "ADDED", "object": _object("Event", _NAMED)},
    StreamFault.NAMELESS: {"type": "ADDED", "object": _object("Event", {"resourceVersion": "1"})},
    StreamFault.STRANGE_METADATA: {"type": "MODIFIED", "object": _object("Event", ["name"])},
    StreamFault.NO_VERSION: {"type": "BOOKMARK", "object": _object("Event", {})},
    StreamFault.EXPIRED: {"type": "ERROR", "object": _status(410, "Expired")},
    StreamFault.BROKEN: {"type": "ERROR", "object": _status(500, "InternalError")},
    StreamFault.BUSY: {
        "type": "ERROR",
        "object": _status(429, "TooManyRequests", details={"retryAfterSeconds": 1}),
    },
    StreamFault.STRANGE_ERROR: {
        "type": "ERROR",
        "object": {"kind": "Status", "code": "many", "details": ["none"], "metadata": None},
    },
}


def relayed(
    path: str,
    wire: socket.socket,
    ask: Callable[[], tuple[http.client.HTTPSConnection, http.client.HTTPResponse]],
    over: threading.Event,
    opened: Callable[[Stream], None],
    hold: float,
) -> Answer | None:
    """
    Pass a watch through to its end; or give the answer by which the server refuses it.

    Args:
        ask: sends the request to the real server.
        opened: is told of the stream once the server agreed.
        hold: as `Stream` has it.
    """
    connection, response = ask()
    try:
        if response.status != 200:
            content_type = response.headers.get("Content-Type", "")
            return Answer(response.status, content_type, response.read())
        stream = Stream(path, wire, response, over, hold)
        opened(stream)
        stream.relay()
        return None
    finally:
        connection.close()

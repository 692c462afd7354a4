"""What can become of an answer between an API server and edgeops."""

import json
import os
import socket
import struct
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import formatdate
from enum import StrEnum
from functools import cache
from http import HTTPStatus
from time import time
from typing import Any

HUGE_BYTES = 500 * 2**20
_DRIP_SECONDS = 0.2
_PACKING = threading.Lock()


class Fault(StrEnum):
    """One thing that goes wrong with one request."""

    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    NO_SUCH_PATH = "404"
    CONFLICT = "409"
    EXPIRED = "410"
    BUSY_SECONDS = "429 with Retry-After in seconds"
    BUSY_DATE = "429 with Retry-After as a date"
    BUSY_LONG = "429 with Retry-After of an hour"
    BROKEN = "500"
    BAD_GATEWAY = "502 of a proxy, in HTML"
    UNAVAILABLE = "503"
    RESET = "reset before the answer"
    RESET_MIDWAY = "reset within the answer"
    STALL = "stall before the answer"
    STALL_MIDWAY = "stall within the answer"
    DRIP = "body that drips"
    DRIP_HEADER = "header that drips"
    TRUNCATED = "body shorter than its length"
    TRUNCATED_CHUNKS = "chunks without an end"
    TRUNCATED_CLOSE = "body cut off, of no length"
    BAD_JSON = "JSON with bytes turned"
    BAD_GZIP = "gzip that is none"
    TWO_LENGTHS = "two lengths"
    EMPTY = "empty body"
    EMPTY_OBJECT = "{}"
    NULL = "null"
    HTML = "login page, 200"
    TEXT = "JSON as text/plain"
    OTHER_LIST = "empty list of another kind"
    METADATA_ONLY = "metadata instead of objects"
    NO_ITEMS = "list without items"
    STRANGE_ITEMS = "list of things that are no objects"
    HUGE = "500 MiB"
    BOMB = "gzip bomb"
    REDIRECT = "redirect to elsewhere"
    CHANGED = "page of another state"
    REPEATED = "page that repeats an object"
    ENDLESS = "list without an end"


@dataclass(frozen=True)
class Answer:
    """What the real server says."""

    status: int
    content_type: str
    body: bytes


_STATUSES = {
    Fault.UNAUTHORIZED: (401, "Unauthorized"),
    Fault.FORBIDDEN: (403, "Forbidden"),
    Fault.CONFLICT: (409, "Conflict"),
    Fault.EXPIRED: (410, "Expired"),
    Fault.BUSY_SECONDS: (429, "TooManyRequests"),
    Fault.BUSY_DATE: (429, "TooManyRequests"),
    Fault.BUSY_LONG: (429, "TooManyRequests"),
    Fault.BROKEN: (500, "InternalError"),
    Fault.UNAVAILABLE: (503, "ServiceUnavailable"),
}
_PAGES_ONLY = frozenset({Fault.CHANGED, Fault.REPEATED, Fault.ENDLESS})
LISTS_ONLY = _PAGES_ONLY | {Fault.OTHER_LIST, Fault.NO_ITEMS, Fault.STRANGE_ITEMS}


def play(
    fault: Fault | None,
    real: Callable[[], Answer],
    wire: socket.socket,
    over: threading.Event,
) -> None:
    """
    Answer one request with a fault, or without.

    Args:
        real: asks the real server.
        wire: to the client; the connection is closed after a fault.
        over: is set where nobody listens any more.
    """
    if fault in {Fault.RESET, Fault.STALL}:
        _end(fault, wire, over)
        return
    if fault in _STATUSES:
        _send(wire, _status(*_STATUSES[fault]), _more_headers(fault))
        return
    if fault is Fault.HUGE:
        _flood(wire, over)
        return
    answer = real()
    if answer.status != 200 or fault is None:
        _send(wire, answer, keep=fault is None)
        return
    _spoil(fault, answer, wire, over)


def _spoil(fault: Fault, answer: Answer, wire: socket.socket, over: threading.Event) -> None:
    body = answer.body
    half = body[: len(body) // 2]
    length = len(body)
    match fault:
        case Fault.RESET_MIDWAY | Fault.STALL_MIDWAY:
            wire.sendall(_head(answer, [f"Content-Length: {length}"]) + half)
            _end(fault, wire, over)
        case Fault.DRIP:
            wire.sendall(_head(answer, [f"Content-Length: {length}"]))
            _drip(wire, body, over)
        case Fault.DRIP_HEADER:
            _drip(wire, _head(answer, [f"Content-Length: {length}"]), over)
        case Fault.TRUNCATED:
            wire.sendall(_head(answer, [f"Content-Length: {length}"]) + half)
        case Fault.TRUNCATED_CHUNKS:
            chunk = f"{len(half):x}\r\n".encode() + half + b"\r\n"
            wire.sendall(_head(answer, ["Transfer-Encoding: chunked"]) + chunk)
        case Fault.TRUNCATED_CLOSE:
            wire.sendall(_head(answer, []) + half)
        case Fault.BAD_GZIP:
            lines = [f"Content-Length: {length}", "Content-Encoding: gzip"]
            wire.sendall(_head(answer, lines) + body)
        case Fault.TWO_LENGTHS:
            lines = [f"Content-Length: {length}", f"Content-Length: {length // 2}"]
            wire.sendall(_head(answer, lines) + body)
        case Fault.BOMB:
            packed = bomb()
            lines = [f"Content-Length: {len(packed)}", "Content-Encoding: gzip"]
            wire.sendall(_head(answer, lines) + packed)
        case Fault.REDIRECT:
            answer = Answer(status=302, content_type="text/html", body=b"")
            _send(wire, answer, ["Location: https://127.0.0.1:1/api"])
        case _:
            _send(wire, _turned(fault, answer))


def _turned(fault: Fault, answer: Answer) -> Answer:
    """Another answer, whole and of the right length."""
    text = "text/html; charset=utf-8"
    simple: dict[Fault, Answer] = {
        Fault.NO_SUCH_PATH: Answer(404, "text/plain; charset=utf-8", b"404 page not found\n"),
        Fault.BAD_GATEWAY: Answer(502, text, b"<html><h1>502 Bad Gateway</h1></html>"),
        Fault.EMPTY: replace(answer, body=b""),
        Fault.EMPTY_OBJECT: replace(answer, body=b"{}"),
        Fault.NULL: replace(answer, body=b"null"),
        Fault.HTML: Answer(200, text, b"<html><form>Sign in</form></html>"),
        Fault.TEXT: replace(answer, content_type="text/plain"),
        Fault.BAD_JSON: replace(answer, body=answer.body.replace(b"{", b"[", 3)),
    }
    if fault in simple:
        return simple[fault]
    whole = json.loads(answer.body)
    return replace(answer, body=json.dumps(_other(fault, whole)).encode())


def _other(fault: Fault, whole: dict[str, Any]) -> dict[str, Any]:
    metadata = whole.get("metadata") or {}
    items = whole.get("items") or []
    match fault:
        case Fault.OTHER_LIST:
            return {"kind": "EventList", "apiVersion": "events.k8s.io/v1", "metadata": {}} | {
                "items": []
            }
        case Fault.METADATA_ONLY:
            kind = "PartialObjectMetadata" + ("List" if "items" in whole else "")
            bare = [{"metadata": item.get("metadata")} for item in items]
            return (
                whole
                | {"kind": kind, "apiVersion": "meta.k8s.io/v1"}
                | ({"items": bare} if "items" in whole else {})
            )
        case Fault.NO_ITEMS:
            return {name: value for name, value in whole.items() if name != "items"}
        case Fault.STRANGE_ITEMS:
            return whole | {"items": [*items, None, "text", {"metadata": []}]}
        case Fault.CHANGED:
            return whole | {"metadata": metadata | {"resourceVersion": "1"}}
        case Fault.REPEATED:
            return whole | {"items": [*items, *items]}
        case Fault.ENDLESS:
            return whole | {"metadata": metadata | {"continue": "again"}}
        case _:
            raise AssertionError(fault)


def _status(code: int, reason: str) -> Answer:
    status = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": f"injected: {reason}",
        "reason": reason,
        "code": code,
    }
    return Answer(code, "application/json", json.dumps(status).encode())


def _more_headers(fault: Fault) -> list[str]:
    match fault:
        case Fault.BUSY_SECONDS:
            return ["Retry-After: 1"]
        case Fault.BUSY_DATE:
            return [f"Retry-After: {formatdate(time() + 1, usegmt=True)}"]
        case Fault.BUSY_LONG:
            return ["Retry-After: 3600"]
        case _:
            return []


def _head(answer: Answer, lines: list[str], *, keep: bool = False) -> bytes:
    phrase = HTTPStatus(answer.status).phrase
    head = [f"HTTP/1.1 {answer.status} {phrase}", f"Content-Type: {answer.content_type}", *lines]
    if not keep:
        head.append("Connection: close")
    return "\r\n".join([*head, "", ""]).encode()


def _send(
    wire: socket.socket, answer: Answer, lines: list[str] | None = None, *, keep: bool = False
) -> None:
    length = f"Content-Length: {len(answer.body)}"
    wire.sendall(_head(answer, [length, *(lines or ())], keep=keep) + answer.body)


def _drip(wire: socket.socket, data: bytes, over: threading.Event) -> None:
    for byte in data:
        wire.sendall(bytes([byte]))
        if over.wait(_DRIP_SECONDS):
            return


def _end(fault: Fault, wire: socket.socket, over: threading.Event) -> None:
    if fault in {Fault.STALL, Fault.STALL_MIDWAY}:
        wire.settimeout(0.2)
        while not over.is_set():
            try:
                if not wire.recv(1):
                    return
            except TimeoutError:
                continue
        return
    # Closed with unsent data thrown away: the other side sees a reset.
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(wire.detach())


def _flood(wire: socket.socket, over: threading.Event) -> None:
    """An answer of 500 MiB, of which nobody is meant to take the whole."""
    head = Answer(200, "application/json", b"")
    wire.sendall(_head(head, [f"Content-Length: {HUGE_BYTES}"]) + b'{"items": ["')
    block = b"x" * 2**16
    for _ in range(HUGE_BYTES // len(block)):
        if over.is_set():
            return
        wire.sendall(block)


def bomb() -> bytes:
    """512 MiB of blanks in half a MiB; packed once, whoever asks first."""
    with _PACKING:
        return _packed()


@cache
def _packed() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    block = b" " * 2**20
    return b"".join([*(packer.compress(block) for _ in range(512)), packer.flush()])

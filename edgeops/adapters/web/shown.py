"""What is shown of the latest posting, rendered once and kept packed until the next."""

import gzip
import hashlib
import html
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from edgeops.adapters.web.guard import failure
from edgeops.ports.board import Board, Posting

_POLICY: Final = re.compile(
    r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', re.IGNORECASE
)
_RETRY_SECONDS: Final = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    number: int
    body: bytes
    packed: bytes
    etag: str
    headers: dict[str, str]


class Shown:
    """
    An endpoint that shows the latest posting: 503 before the first, 304 to those who have it.

    It runs in a thread of the pool: rendering a thousand zones must hold up nobody else.

    Args:
        render: what it looks like; called once for each posting.
        headers: of the answer, made of what was rendered.
    """

    def __init__(
        self,
        board: Board,
        render: Callable[[Posting], str],
        media_type: str,
        headers: Callable[[str], dict[str, str]] = lambda _text: {},
    ) -> None:
        self._board, self._render, self._headers = board, render, headers
        self._media_type = media_type
        self._lock = threading.Lock()
        self._kept: _Kept | None = None

    def answer(self, request: Request) -> Response:
        """Runs in a thread."""
        posting = self._board.latest()
        if posting is None:
            return not_yet()
        kept = self._current(posting)
        headers = {"etag": kept.etag, "vary": "accept-encoding", **kept.headers}
        if _has(request.headers.get("if-none-match", ""), kept.etag):
            return Response(status_code=304, headers=headers)
        if packs(request.headers.getlist("accept-encoding")):
            headers["content-encoding"] = "gzip"
            return Response(kept.packed, headers=headers, media_type=self._media_type)
        return Response(kept.body, headers=headers, media_type=self._media_type)

    def _current(self, posting: Posting) -> _Kept:
        with self._lock:
            if self._kept is None or self._kept.number != posting.number:
                text = self._render(posting)
                body = text.encode("utf-8", "backslashreplace")
                self._kept = _Kept(
                    number=posting.number,
                    body=body,
                    packed=gzip.compress(body, 6, mtime=0),
                    # Weak: packed or not, it is the same report.
                    etag=f'W/"{hashlib.sha256(body).hexdigest()[:32]}"',
                    headers=self._headers(text),
                )
            return self._kept


def not_yet() -> Response:
    """The answer of those who need a report while there is none."""
    return failure(503, "there is no report yet", {"retry-after": _RETRY_SECONDS})


def policy_of(page: str) -> dict[str, str]:
    """
    The page's own policy as a header, with what only a header can forbid.

    Where it has none, the answer keeps the strict one that every answer has.
    """
    found = _POLICY.search(page)
    if found is None:
        return {}
    policy = html.unescape(found[1]).rstrip("; ")
    return {"content-security-policy": f"{policy}; frame-ancestors 'none'"}


def packs(accepted: Iterable[str]) -> bool:
    """Whether the values of ``Accept-Encoding`` allow gzip."""
    for entry in ",".join(accepted).split(","):
        name, _, parameters = entry.partition(";")
        if name.strip().lower() in {"gzip", "*"}:
            weight = parameters.strip().removeprefix("q=").strip() or "1"
            return weight.strip("0.") != ""
    return False


def _has(given: str, etag: str) -> bool:
    """Whether ``If-None-Match`` names it; the weak comparison of RFC 9110, 13.1.2."""
    tags = {tag.strip().removeprefix("W/") for tag in given.split(",")}
    return given.strip() == "*" or etag.removeprefix("W/") in tags

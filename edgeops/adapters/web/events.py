"""``/api/v1/events``: one follower's connection."""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from edgeops.adapters.web.feed import Feed
from edgeops.adapters.web.guard import failure
from edgeops.adapters.web.limits import Limits

_PIECE_BYTES: Final = 64 * 1024
_MEDIA_TYPE: Final = "text/event-stream"


class Following(Response):
    """
    An answer without an end: what the feed tells, at the pace of the follower.

    One that takes nothing for `Limits.stall_seconds` loses its connection: what is underway to it
    is one piece, and the rest of what it has not read is kept for all.
    """

    media_type = _MEDIA_TYPE

    def __init__(self, feed: Feed, request: Request, limits: Limits) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._feed, self._limits = feed, limits
        self._last = request.headers.get("last-event-id", "")
        self._transport: asyncio.Transport = request.scope["state"]["transport"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        self._feed.followers += 1
        telling = asyncio.create_task(self._tell(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait((telling, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._feed.followers -= 1
            telling.cancel()
            leaving.cancel()
            await asyncio.gather(telling, leaving, return_exceptions=True)

    async def _tell(self, send: Send) -> None:
        async for event in self._feed.follow(self._last):
            for first in range(0, len(event), _PIECE_BYTES):
                piece = event[first : first + _PIECE_BYTES]
                try:
                    async with asyncio.timeout(self._limits.stall_seconds):
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
                except TimeoutError:
                    self._transport.abort()
                    return
        await send({"type": "http.response.body", "body": b""})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def full() -> Response:
    """The answer to a follower too many."""
    return failure(503, "too many clients follow already", {"retry-after": "10"})

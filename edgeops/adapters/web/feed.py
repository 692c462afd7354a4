"""
Changes as server-sent events: what each follower is told, and no more of it than is needed.

Changes are kept once, for all; a follower is a place in them. One that was away too long, or was
told by another process, gets everything anew.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from edgeops.adapters.web.limits import Limits
from edgeops.ports.board import Board, Posting
from edgeops.ports.serving import Views

_PATIENCE_SECONDS: Final = 0.25
"""For how long a thread waits on the board before it looks whether the server stops."""

HEARTBEAT: Final = b": still here\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    number: int
    since: int
    event: bytes


class Feed:
    """Lives in one event loop; only `run` waits on the board, in a thread of the pool."""

    def __init__(self, board: Board, views: Views, limits: Limits) -> None:
        self._board, self._views, self._limits = board, views, limits
        self._run = secrets.token_hex(4)
        self._changes: deque[_Change] = deque()
        self._size = 0
        self._latest: Posting | None = None
        self._whole: tuple[int, bytes] | None = None
        self._making = asyncio.Lock()
        self._news = asyncio.Condition()
        self.stopping = False
        self.followers = 0

    async def run(self) -> None:
        """Take every posting from the board until `stop`."""
        while not self.stopping:
            after = 0 if self._latest is None else self._latest.number
            posting = await asyncio.to_thread(self._board.wait, after, _PATIENCE_SECONDS)
            if posting is not None and not self.stopping:
                await self._take(posting)

    async def stop(self) -> None:
        """Let every follower go."""
        async with self._news:
            self.stopping = True
            self._news.notify_all()

    async def _take(self, posting: Posting) -> None:
        before = self._latest
        if before is not None:
            data = await asyncio.to_thread(self._views.change, before, posting)
            event = self._event(posting.number, data)
            self._changes.append(_Change(number=posting.number, since=before.number, event=event))
            self._size += len(event)
            while self._changes and (
                len(self._changes) > self._limits.kept_changes
                or self._size > self._limits.kept_bytes
            ):
                self._size -= len(self._changes.popleft().event)
        async with self._news:
            self._latest = posting
            self._news.notify_all()

    async def follow(self, last_event_id: str) -> AsyncIterator[bytes]:
        """
        Events and heartbeats from what *last_event_id* names on, until the server stops.

        Args:
            last_event_id: what the follower had last, empty for nothing.
        """
        known = self._number_of(last_event_id)
        yield b"retry: 2000\n\n"
        while not self.stopping:
            if self._latest is None or self._latest.number == known:
                if not await self._anything_after(known):
                    yield HEARTBEAT
                continue
            change = next((item for item in self._changes if item.since == known), None)
            if change is None:
                known, event = await self._everything(self._latest)
            else:
                known, event = change.number, change.event
            yield event

    async def _anything_after(self, known: int | None) -> bool:
        def is_new() -> bool:
            return self.stopping or (self._latest is not None and self._latest.number != known)

        try:
            async with asyncio.timeout(self._limits.heartbeat_seconds), self._news:
                await self._news.wait_for(is_new)
        except TimeoutError:
            return False
        return True

    async def _everything(self, posting: Posting) -> tuple[int, bytes]:
        async with self._making:
            if self._whole is None or self._whole[0] != posting.number:
                data = await asyncio.to_thread(self._views.change, None, posting)
                self._whole = (posting.number, self._event(posting.number, data))
            return self._whole

    def _event(self, number: int, data: bytes) -> bytes:
        return b"id: %s-%d\nevent: report\ndata: %s\n\n" % (self._run.encode(), number, data)

    def _number_of(self, last_event_id: str) -> int | None:
        run, _, number = last_event_id.partition("-")
        if run != self._run or not number.isascii() or not number.isdigit() or len(number) > 18:
            return None
        return int(number)

"""
One API server, followed: what it serves, each wanted kind of it, and whether it answers at all.

Looked at every half minute, and whenever a kind has trouble: two conditional GETs, which in an
idle stretch are all that is sent.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from edgeops.adapters import apiserver, apistream, discovery, openapi
from edgeops.adapters.answers import RefusedError
from edgeops.adapters.apiserver import JSON, NO_ANSWER
from edgeops.adapters.discovery import Discovery
from edgeops.adapters.watch_kind import Kind
from edgeops.core.schemas import Schemas
from edgeops.errors import LiveStateError
from edgeops.ports import NotRead, Wanted
from edgeops.ports.board import ClusterTally
from edgeops.ports.watching import Happened, KindRead, Lost, Reached, Went

_EVERY: Final = 30.0
_GRACE: Final = 5.0
"""Seconds for which a server may be silent before nothing is known of it any more."""

_LONGEST: Final = 30.0
_WHO_ARE_YOU: Final = 401
_SCHEMA_SECONDS: Final = 120.0

Name = tuple[str, str]
"""Group and kind."""


class WatchedPlace:
    """
    Follows one context until it is cancelled; a `Site`.

    Args:
        context: of kubeconfig; empty for the current one.
        tell: takes what happened, all at once.
        patience: for how many seconds a watch is asked for, at least.
    """

    client: apistream.Stream

    def __init__(
        self,
        context: str,
        config_file: str | None,
        tell: Callable[[Sequence[Happened]], None],
        *,
        patience: float,
    ) -> None:
        self.context = context
        self.patience = patience
        self.tell = tell
        self.lists = self.events = self.reconnects = self.relists = self.watching = 0
        self._config_file = config_file
        self._wanted: dict[Name, Wanted] = {}
        self._round = 0
        self._kinds: dict[Name, Kind] = {}
        self._tasks: dict[Name, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup
        self._unserved: dict[Name, NotRead | None] = {}
        self._answers: dict[str, apistream.Tagged] = {}
        self._discovery: Discovery | None = None
        self._up = asyncio.Event()
        self._wake = asyncio.Event()
        self._down_since: float | None = None
        self._lost = self._let_out = False
        self._told: tuple[int, Schemas | None, tuple[str, ...]] | None = None
        self._schemas: Schemas | None = None
        self._schema_urls: tuple[object, ...] = ()
        self._notes: tuple[str, ...] = ()
        self._last_success: str | None = None

    # What kinds ask of their site

    @property
    def is_reachable(self) -> bool:
        return self._up.is_set()

    async def reachable(self) -> None:
        await self._up.wait()

    def suspect(self) -> None:
        self._wake.set()

    def settled(self) -> None:
        if self._all_read() and self._told is None:
            self._wake.set()

    # What the watcher asks

    def want(self, wanted: Sequence[Wanted], number: int) -> None:
        """Follow these kinds from now on; *number* is that of the round of wishes."""
        self._wanted = {(one.group, one.kind): one for one in wanted}
        self._round = number
        self._told = None
        self._wake.set()

    def tally(self) -> ClusterTally:
        """The counts so far."""
        gaps = [kind for kind in self._kinds.values() if kind.gap is not None]
        unserved = [gap for gap in self._unserved.values() if gap is not None]
        unread = len(self._wanted) if self._lost else len(gaps) + len(unserved)
        return ClusterTally(
            name=self.context,
            last_success=self._last_success,
            watching=self.watching,
            reconnects=self.reconnects,
            relists=self.relists,
            lists=self.lists,
            events=self.events,
            unread=unread,
        )

    async def run(self) -> None:
        """Follow, and begin anew after whatever passes."""
        async for attempt in apistream.again_and_again(
            _is_outage, longest=_LONGEST, told=self._failed
        ):
            with attempt:
                self.client = apistream.opened(self.context or None, self._config_file)
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self._close)
            self._group = await stack.enter_async_context(asyncio.TaskGroup())
            while True:
                async for attempt in apistream.again_and_again(
                    _is_outage, longest=_LONGEST, told=self._failed
                ):
                    with attempt:
                        await self._look()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_EVERY):
                        await self._wake.wait()

    # Looking

    async def _close(self) -> None:
        await self.client.aclose()

    async def _look(self) -> None:
        self._wake.clear()
        if self._let_out:
            await self._open_anew()
        for root in discovery.ROOTS:
            self._answers[root] = await apistream.get(
                self.client, root, {}, discovery.FORM, before=self._answers.get(root)
            )
        found = discovery.read({root: one.body for root, one in self._answers.items()})
        self._discovery = found
        self._down_since = None
        self._up.set()
        self._follow(found)
        if self._all_read():
            await self._learn()
            self._reached()

    async def _open_anew(self) -> None:
        """Read the kubeconfig again: it may have other credentials by now."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.client.aclose()
        self.client = apistream.opened(self.context or None, self._config_file)
        self._let_out = False

    def _failed(self, error: Exception) -> None:
        """The server does not answer; what was known of it holds for a moment yet."""
        self._up.clear()
        self._told = None
        self._let_out = isinstance(error, RefusedError) and error.status == _WHO_ARE_YOU
        now = asyncio.get_running_loop().time()
        self._down_since = self._down_since or now
        if self._discovery is None or self._lost or now - self._down_since >= _GRACE:
            self._lost = True
            self.tell([Lost(context=self.context, reason=self._words(error))])

    def _words(self, error: Exception) -> str:
        if isinstance(error, RefusedError):
            return str(error)
        if isinstance(error, LiveStateError):
            return str(error).removeprefix(f"{self.context or 'the current context'}: ")
        return f"{apiserver.address(self.client.base_url)}: {apiserver.words(error)}"

    def _all_read(self) -> bool:
        served = self._wanted.keys() - self._unserved.keys()
        return self._discovery is not None and all(
            name in self._kinds and self._kinds[name].read for name in served
        )

    def _reached(self) -> None:
        self._last_success = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        told = (self._round, self._schemas, self._notes)
        if self._lost or self._told != told:
            self._told, self._lost = told, False
            self.tell(
                [
                    Reached(
                        context=self.context,
                        round=self._round,
                        schemas=self._schemas,
                        notes=self._notes,
                    )
                ]
            )

    def _follow(self, found: Discovery) -> None:
        """Begin, go on and end with kinds, by what is wanted and what is served."""
        for name in self._kinds.keys() - self._wanted.keys():
            self._end(name)
        for name in self._unserved.keys() - self._wanted.keys():
            del self._unserved[name]
        for name, wanted in self._wanted.items():
            group, kind = name
            resource = found.resources.get((group, wanted.version or "", kind))
            if resource is None:
                self._unserve(name, wanted, stale=group in found.stale)
                continue
            self._unserved.pop(name, None)
            before = self._kinds.get(name)
            if before is not None and name in self._tasks:
                if before.resource == resource and before.follows(wanted):
                    continue
                self._tasks.pop(name).cancel()
            made = Kind(self, wanted, resource, before)
            self._kinds[name] = made
            self._tasks[name] = self._group.create_task(made.run())

    def _unserve(self, name: Name, wanted: Wanted, *, stale: bool) -> None:
        if name in self._kinds:
            self._end(name)
        gap = None
        if stale:
            reason = "discovery of the group is incomplete"
            gap = NotRead(wanted=wanted, reason=reason, namespaces=wanted.namespaces)
        if self._unserved.get(name, wanted) != gap:
            self._unserved[name] = gap
            self.tell([KindRead(context=self.context, wanted=wanted, gap=gap)])

    def _end(self, name: Name) -> None:
        kind = self._kinds.pop(name)
        if name in self._tasks:
            self._tasks.pop(name).cancel()
        told: list[Happened] = [Went(context=self.context, key=key) for key in kind.known]
        self.tell([*told, KindRead(context=self.context, wanted=kind.wanted)])

    # What the server says of kinds that the package does not know

    async def _learn(self) -> None:
        there = {name for name, kind in self._kinds.items() if kind.known}
        versions = tuple(
            sorted(
                {
                    version
                    for name, wanted in self._wanted.items()
                    if name in there
                    for version in wanted.unknown
                }
            )
        )
        if not versions:
            self._schemas, self._notes, self._schema_urls = None, (), ()
            return
        try:
            paths = (await apistream.get(self.client, "/openapi/v3", {}, JSON)).body.get("paths")
        except RefusedError:
            paths = None
        told = paths if isinstance(paths, dict) else {}
        urls = (versions, *(str(told.get(_document(version))) for version in versions))
        if urls != self._schema_urls:
            self._schemas, notes = await asyncio.to_thread(self._server_schemas, versions)
            name = self.context or "the current context"
            self._notes = tuple(f"{name}: {note}" for note in notes)
            self._schema_urls = urls

    def _server_schemas(self, versions: Sequence[str]) -> tuple[Schemas | None, tuple[str, ...]]:
        with apiserver.opened(self.context or None, self._config_file, _SCHEMA_SECONDS) as (
            client,
            _,
        ):
            told = openapi.server_schemas(client, versions)
        for version, reason in told.failed.items():
            raise LiveStateError(f"no schemas of {version}: {reason}")
        return told.schemas, told.notes


def _document(api_version: str) -> str:
    return f"apis/{api_version}" if "/" in api_version else f"api/{api_version}"


def _is_outage(error: Exception) -> bool:
    return isinstance(error, (RefusedError, LiveStateError, *NO_ANSWER))

"""
One kind in a whole cluster, or in one namespace: a LIST, then a WATCH that goes on where the
last one ended.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

from edgeops.adapters import answers, apiserver, apistream
from edgeops.adapters.answers import RefusedError, TooLargeError
from edgeops.adapters.apiserver import JSON, NO_ANSWER
from edgeops.adapters.discovery import Resource
from edgeops.core.objects import KubeObject, ResourceKey
from edgeops.ports import Wanted
from edgeops.ports.watching import Happened

METADATA: Final = "application/json;as=PartialObjectMetadata{};g=meta.k8s.io;v=v1"
"""Metadata only: of one object, or with ``List`` of many."""

FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
_GONE: Final = 410
_OF_THE_SITE: Final = frozenset({401, NOT_FOUND})
"""A refusal that may concern more than one kind: other credentials are due, or a group is gone."""

LONGEST: Final = 30.0
"""The longest pause between two attempts, in seconds."""

_PAGE: Final = 500
_GRACE: Final = 5.0
"""Seconds for which a watch may be cut before what it follows counts as unread."""

_BRIEF: Final = 0.3
"""A watch that ends sooner than that was no good."""

_QUIET: Final = 0.5
"""
Seconds without an event after which a watch that has begun has told all that it had to tell.

What happened since the version that it goes on from comes at once, and a version may be old: of a
LIST that dripped, or of a watch that was cut. Nothing tells where that ends: bookmarks come once
a minute.
"""

_CATCHING_UP: Final = 5.0
"""The longest that is waited for such a pause, in seconds: some kinds never rest."""


class Site(Protocol):
    """The place that a kind is part of; the counts are those of its tally."""

    context: str
    client: apistream.Stream
    lists: int
    events: int
    reconnects: int
    relists: int
    watching: int
    patience: float
    """For how many seconds a watch is asked for."""

    def tell(self, happened: Sequence[Happened]) -> None:
        """Pass on what happened, all at once."""
        ...

    def settled(self) -> None:
        """Hear that a kind is current, or known to be unread."""
        ...

    def suspect(self) -> None:
        """Hear that the server did not answer."""
        ...

    @property
    def is_reachable(self) -> bool: ...

    async def reachable(self) -> None:
        """Wait until the server answers."""
        ...


class Followed(Protocol):
    """The kind that a scope is part of."""

    site: Site
    wanted: Wanted
    resource: Resource

    def objects(self, items: Iterable[Mapping[str, Any]]) -> list[KubeObject]:
        """The wanted ones of the items of a LIST."""
        ...

    def replace(self, found: Sequence[KubeObject], covers: Callable[[ResourceKey], bool]) -> None:
        """Take a whole LIST: of what it covers, there is nothing else."""
        ...

    def take(self, kind: str, body: Mapping[str, Any]) -> None:
        """Take one event of a watch."""
        ...

    def broke(self) -> None:
        """Hear that a watch ended, so that it is not current until the next one begins."""
        ...


class Scope:
    """
    A kind in the whole cluster, or in one namespace.

    Args:
        namespace: empty for the whole cluster.
        heard: is told that it is current, or why it is not.
    """

    def __init__(self, kind: Followed, namespace: str, heard: Callable[[str | None], None]) -> None:
        self._kind = kind
        self._site = kind.site
        self._namespace = namespace
        self._heard = heard
        plural = kind.resource.plural
        inner = f"namespaces/{namespace}/{plural}" if namespace else plural
        self._path = f"{kind.resource.path}/{inner}"
        self._page = _PAGE
        self._version: str | None = None
        self._watched = False
        self._failing: asyncio.TimerHandle | None = None
        self._catching_up: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """
        Follow it until it is forbidden.

        Raises:
            RefusedError: if it is.
        """
        while True:
            async for attempt in apistream.again_and_again(
                _passes, longest=LONGEST, told=self._failed
            ):
                with attempt:
                    await self._site.reachable()
                    await self._follow()

    async def stay(self) -> None:
        """Follow it, also when it is forbidden for a while."""
        pauses = max(LONGEST, float(len(self._kind.wanted.namespaces)))
        while True:
            try:
                await self.run()
            except RefusedError as error:
                self._unread(str(error))
                await asyncio.sleep(pauses * random.uniform(0.5, 1))  # noqa: S311

    async def _follow(self) -> None:
        if self._version is None:
            self._version = await self._list()
        try:
            await self._watch(self._version)
        except RefusedError as error:
            if error.status == _GONE:
                self._version = None
                self._site.relists += 1
                return
            if error.status == FORBIDDEN:
                # What may not be watched may perhaps be listed; the refusal of that says more.
                self._version = None
                await self._list()
            raise

    async def _list(self) -> str:
        accept = JSON if self._kind.wanted.whole else METADATA.format("List")
        found: list[KubeObject] = []
        token, version = "", None
        self._site.lists += 1
        while True:
            query = {"limit": str(self._page)} | ({"continue": token} if token else {})
            try:
                answer = await apistream.get(self._site.client, self._path, query, accept)
            except TooLargeError:
                self._page = max(1, self._page // 10)
                raise
            page = answers.page(
                answer.body, self._kind.resource.api_version, whole=self._kind.wanted.whole
            )
            if version not in (None, page.version):
                raise ValueError("the list changed while it was read")
            version, token = page.version, page.token
            found += self._kind.objects(page.items)
            if not token:
                self._kind.replace(found, self._covers)
                return version

    def _covers(self, key: ResourceKey) -> bool:
        return not self._namespace or key.namespace == self._namespace

    async def _watch(self, version: str) -> None:
        """Follow from *version* on; the end of an established watch is no failure."""
        patience = self._site.patience * random.uniform(1, 2)  # noqa: S311 - no secret
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(max(1, int(patience))),
        }
        accept = JSON if self._kind.wanted.whole else METADATA.format("")
        clock = asyncio.get_running_loop()
        self._site.reconnects += self._watched
        async with apistream.followed(self._site.client, self._path, query, accept) as events:
            self._watched = True
            if self._version != version:
                # Told to be unread while this request was on its way: what was known is forgotten.
                return
            begun = clock.time()
            self._answered()
            self._catch_up(begun)
            self._site.watching += 1
            try:
                async for event in events:
                    self._take(event)
                    if self._catching_up is not None:
                        self._catch_up(begun)
            except answers.NoEventError:
                # What came before it may have been spoiled as well: everything is asked anew.
                self._version = None
                self._site.relists += 1
                raise
            except NO_ANSWER:
                if clock.time() - begun < _BRIEF:
                    raise
                self._site.suspect()
            finally:
                self._site.watching -= 1
                self._caught_up()
                self._kind.broke()
        if clock.time() - begun < _BRIEF:
            raise ConnectionError("the server ended a watch at once")

    def _take(self, event: Mapping[str, Any]) -> None:
        wanted = self._kind.wanted
        taken = answers.event(
            event, wanted.kind, self._kind.resource.api_version, whole=wanted.whole
        )
        if taken.type != "BOOKMARK":
            self._kind.take(taken.type, taken.object)
        self._version = taken.version

    def _catch_up(self, begun: float) -> None:
        """Be well once the server has nothing more to say; *begun* is when the watch did."""
        self._caught_up()
        clock = asyncio.get_running_loop()
        at = min(clock.time() + _QUIET, begun + _CATCHING_UP)
        self._catching_up = clock.call_at(at, self._well)

    def _caught_up(self) -> None:
        if self._catching_up is not None:
            self._catching_up.cancel()
            self._catching_up = None

    def _well(self) -> None:
        self._caught_up()
        self._heard(None)

    def _answered(self) -> None:
        """What is known now holds again, however old: it is not forgotten any more."""
        if self._failing is not None:
            self._failing.cancel()
            self._failing = None

    def _failed(self, error: Exception) -> None:
        """Something went wrong that may pass; if it does not, this is unread."""
        if not isinstance(error, RefusedError) or error.status in _OF_THE_SITE:
            self._site.suspect()
        if self._failing is None:
            words = apiserver.words(error)
            clock = asyncio.get_running_loop()
            self._failing = clock.call_later(_GRACE, self._unread, words)

    def _unread(self, reason: str) -> None:
        self._failing = None
        if self._site.is_reachable:
            self._version = None
            self._heard(reason)


def _passes(error: Exception) -> bool:
    """Whether what went wrong may be over the next time: all but the lack of a right."""
    if isinstance(error, RefusedError):
        return error.status != FORBIDDEN
    return isinstance(error, NO_ANSWER)


def version_of(body: Mapping[str, Any]) -> str:
    """The resourceVersion of an object."""
    return str((body.get("metadata") or {}).get("resourceVersion") or "")

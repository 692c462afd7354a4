"""
One kind of one API server, followed: a LIST, then a WATCH that goes on where the last one ended.

Forbidden for the whole cluster, it is followed namespace by namespace; a cluster-scoped kind is
asked for name by name. What is current and what is not is told to a `Site`.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from edgeops.adapters import apiserver, apistream
from edgeops.adapters.apiserver import JSON, NO_ANSWER, RefusedError, Resource
from edgeops.core.objects import KubeObject, ResourceKey
from edgeops.core.packed import packed
from edgeops.ports import NotRead, Wanted
from edgeops.ports.watching import Came, Happened, KindRead, Went

_PAGE: Final = 500
_METADATA: Final = "application/json;as=PartialObjectMetadata{};g=meta.k8s.io;v=v1"
_FORBIDDEN, _NOT_FOUND, _GONE = 403, 404, 410
_GRACE: Final = 5.0
"""Seconds for which a watch may be cut before what it follows counts as unread."""

_LONGEST: Final = 30.0
"""The longest pause between two attempts, in seconds."""

_PROBE: Final = 120.0
"""After so many seconds a kind that is followed in parts is tried as a whole again."""

_BRIEF: Final = 0.3
"""A watch that ends sooner than that was no good."""


class Site(Protocol):
    """The place that a kind is part of."""

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


class GoneError(Exception):
    """The server does not know any more what happened since."""


class Kind:
    """
    Follows one kind until it is cancelled.

    Args:
        resource: how the server serves it.
        before: what followed it until now, otherwise.
    """

    def __init__(
        self, site: Site, wanted: Wanted, resource: Resource, before: "Kind | None" = None
    ) -> None:
        self.site = site
        self.wanted = wanted
        self.resource = resource
        self.known: dict[ResourceKey, str] = {}
        """By object, its resourceVersion."""

        if before is not None:
            same = before.resource == resource and before.wanted.whole == wanted.whole
            self.known = before.known if same else dict.fromkeys(before.known, "")

        self.read = False
        """Whether it is current, or known to be unread."""

        self._told: tuple[NotRead | None, tuple[str, ...]] | None = None

    @property
    def gap(self) -> NotRead | None:
        """What of it cannot be read, as far as that is known."""
        return self._told[0] if self._told else None

    def follows(self, wanted: Wanted) -> bool:
        """Go on with *wanted* in place of what it is about; whether that can be done."""
        like = replace(self.wanted, names=wanted.names, unknown=wanted.unknown)
        if like != wanted:
            return False
        self.wanted = wanted
        return True

    async def run(self) -> None:
        """Follow the whole kind; in parts for as long as that is forbidden."""
        while True:
            whole = Scope(self, "", self._whole)
            try:
                await whole.run()
            except RefusedError as error:
                await self._in_parts(str(error))

    def _whole(self, reason: str | None) -> None:
        if reason is None:
            self.tell()
            return
        self.tell(NotRead(wanted=self.wanted, reason=reason, namespaces=self.wanted.namespaces))

    async def _in_parts(self, reason: str) -> None:
        """Follow namespaces or names one by one, for a while."""
        if self.resource.namespaced:
            await self._by_namespace(reason)
        elif self.wanted.names:
            await self._by_name(reason)
        else:
            gap = NotRead(wanted=self.wanted, reason=reason, namespaces=frozenset())
            self.tell(gap)
            await asyncio.sleep(_LONGEST * random.uniform(0.5, 1))  # noqa: S311

    async def _by_namespace(self, reason: str) -> None:
        refused: dict[str, str] = {}
        pending = set(self.wanted.namespaces)

        def heard(place: str) -> Callable[[str | None], None]:
            def hear(why: str | None) -> None:
                pending.discard(place)
                if why is None:
                    refused.pop(place, None)
                else:
                    refused[place] = why
                if not pending:
                    self.tell(self._parts_gap(reason, refused))

            return hear

        elsewhere = [key for key in self.known if key.namespace not in self.wanted.namespaces]
        self.forget(elsewhere)
        try:
            async with asyncio.timeout(_PROBE), asyncio.TaskGroup() as group:
                for place in sorted(self.wanted.namespaces):
                    group.create_task(Scope(self, place, heard(place)).stay())
        except TimeoutError:
            pass

    def _parts_gap(self, reason: str, refused: Mapping[str, str]) -> NotRead | None:
        if not refused:
            return None
        other = [why for _, why in sorted(refused.items()) if not why.startswith(f"{_FORBIDDEN} ")]
        return NotRead(
            wanted=self.wanted,
            reason=other[-1] if other else reason,
            namespaces=frozenset(refused),
        )

    async def _by_name(self, reason: str) -> None:
        """GET each name; there is no watch without the right to list."""
        found: list[KubeObject] = []
        refused: set[str] = set()
        accept = JSON if self.wanted.whole else _METADATA.format("")
        for name in sorted(self.wanted.names):
            path = f"{self.resource.path}/{self.resource.plural}/{name}"
            try:
                answer = await apistream.get(self.site.client, path, {}, accept)
            except RefusedError as error:
                if error.status != _NOT_FOUND:
                    refused.add(name)
            except NO_ANSWER as error:
                refused.add(name)
                reason = apiserver.words(error)
                self.site.suspect()
            else:
                found.append(self._object(answer.body))
        note = f"{self.resource.plural} may not be listed: one that git does not name is not seen."
        self.replace(found, lambda _: True)
        gap = NotRead(
            wanted=self.wanted, reason=reason, namespaces=frozenset(), names=frozenset(refused)
        )
        self.tell(gap if refused else None, (f"{self.site.context}: {note}",))
        await asyncio.sleep(_LONGEST)

    def tell(self, gap: NotRead | None = None, notes: tuple[str, ...] = ()) -> None:
        """Say how far the kind is current; what is refused is forgotten with it."""
        told: list[Happened] = []
        if self._told != (gap, notes):
            self._told = (gap, notes)
            told.append(
                KindRead(context=self.site.context, wanted=self.wanted, gap=gap, notes=notes)
            )
        if gap is not None and not gap.names:
            lost = [
                key
                for key in self.known
                if gap.namespaces >= self.wanted.namespaces or key.namespace in gap.namespaces
            ]
            told += self._gone(lost)
        if told:
            self.site.tell(told)
        self.read = True
        self.site.settled()

    def forget(self, keys: Sequence[ResourceKey]) -> None:
        """Say of objects that they are followed no more."""
        if gone := self._gone(keys):
            self.site.tell(gone)

    def _gone(self, keys: Sequence[ResourceKey]) -> list[Happened]:
        for key in keys:
            del self.known[key]
        return [Went(context=self.site.context, key=key) for key in keys]

    def replace(self, found: Sequence[KubeObject], covers: Callable[[ResourceKey], bool]) -> None:
        """Take a whole LIST: of what it covers, there is nothing else."""
        versions = {item.key: item for item in found}
        told: list[Happened] = []
        for key, item in versions.items():
            version = _version(item.body)
            if self.known.get(key) != version:
                self.known[key] = version
                told.append(Came(context=self.site.context, live=_kept(item)))
        told += self._gone([key for key in self.known if covers(key) and key not in versions])
        if told:
            self.site.tell(told)

    def take(self, kind: str, body: Mapping[str, Any]) -> None:
        """Take one event of a watch."""
        item = self._object(body)
        if not self.wanted.covers(item.namespace):
            return
        self.site.events += 1
        if kind == "DELETED":
            if item.key in self.known:
                self.forget([item.key])
        elif self.known.get(item.key) != (version := _version(body)):
            self.known[item.key] = version
            self.site.tell([Came(context=self.site.context, live=_kept(item))])

    def objects(self, page: Mapping[str, Any]) -> list[KubeObject]:
        """The wanted objects of a page of a LIST."""
        found = (self._object(item) for item in page.get("items") or ())
        return [item for item in found if self.wanted.covers(item.namespace)]

    def _object(self, body: Mapping[str, Any]) -> KubeObject:
        served = {"apiVersion": self.resource.api_version, "kind": self.wanted.kind}
        return KubeObject({**body, **served})


class Scope:
    """
    A kind in the whole cluster, or in one namespace.

    Args:
        namespace: empty for the whole cluster.
        heard: is told that it is current, or why it is not.
    """

    def __init__(self, kind: Kind, namespace: str, heard: Callable[[str | None], None]) -> None:
        self._kind = kind
        self._site = kind.site
        self._namespace = namespace
        self._heard = heard
        plural = kind.resource.plural
        inner = f"namespaces/{namespace}/{plural}" if namespace else plural
        self._path = f"{kind.resource.path}/{inner}"
        self._version: str | None = None
        self._watched = False
        self._failing: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """
        Follow it until it is forbidden.

        Raises:
            RefusedError: if it is.
        """
        while True:
            async for attempt in apistream.again_and_again(
                _passes, longest=_LONGEST, told=self._failed
            ):
                with attempt:
                    await self._site.reachable()
                    await self._follow()

    async def stay(self) -> None:
        """Follow it, also when it is forbidden for a while."""
        pauses = max(_LONGEST, float(len(self._kind.wanted.namespaces)))
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
        except GoneError:
            self._version = None
            self._site.relists += 1
        except RefusedError as error:
            if error.status == _GONE:
                self._version = None
                self._site.relists += 1
                return
            if error.status == _FORBIDDEN:
                # What may not be watched may perhaps be listed; the refusal of that says more.
                self._version = None
                await self._list()
            raise

    async def _list(self) -> str:
        accept = JSON if self._kind.wanted.whole else _METADATA.format("List")
        found: list[KubeObject] = []
        token = ""
        self._site.lists += 1
        while True:
            query = {"limit": str(_PAGE)} | ({"continue": token} if token else {})
            page = (await apistream.get(self._site.client, self._path, query, accept)).body
            found += self._kind.objects(page)
            metadata = page.get("metadata") or {}
            token = str(metadata.get("continue") or "")
            if not token:
                break
        self._kind.replace(found, self._covers)
        return str(metadata.get("resourceVersion") or "")

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
        accept = JSON if self._kind.wanted.whole else _METADATA.format("")
        clock = asyncio.get_running_loop()
        self._site.reconnects += self._watched
        async with apistream.followed(self._site.client, self._path, query, accept) as events:
            self._watched = True
            begun = clock.time()
            self._well()
            self._site.watching += 1
            try:
                async for event in events:
                    self._take(event)
            except NO_ANSWER:
                if clock.time() - begun < _BRIEF:
                    raise
                self._site.suspect()
            finally:
                self._site.watching -= 1
        if clock.time() - begun < _BRIEF:
            raise ConnectionError("the server ended a watch at once")

    def _take(self, event: Mapping[str, Any]) -> None:
        kind, body = str(event.get("type")), event["object"]
        if kind == "ERROR":
            code = body.get("code")
            if code == _GONE:
                raise GoneError
            message = str(body.get("message") or "the watch failed")
            wait = (body.get("details") or {}).get("retryAfterSeconds")
            raise RefusedError(int(code or 0), f"{code} {message}", float(wait) if wait else None)
        if kind != "BOOKMARK":
            self._kind.take(kind, body)
        self._version = _version(body)

    def _well(self) -> None:
        if self._failing is not None:
            self._failing.cancel()
            self._failing = None
        self._heard(None)

    def _failed(self, error: Exception) -> None:
        """Something went wrong that may pass; if it does not, this is unread."""
        if not isinstance(error, RefusedError) or error.status == _NOT_FOUND:
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
        return error.status != _FORBIDDEN
    return isinstance(error, NO_ANSWER)


def _kept(item: KubeObject) -> KubeObject:
    return item if item.kind == "Namespace" else packed(item)


def _version(body: Mapping[str, Any]) -> str:
    return str((body.get("metadata") or {}).get("resourceVersion") or "")

"""
One kind of one API server, followed.

Forbidden for the whole cluster, it is followed namespace by namespace; a cluster-scoped kind is
asked for name by name. What is current and what is not is told to a `Site`.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from edgeops.adapters import answers, apiserver, apistream
from edgeops.adapters.answers import RefusedError
from edgeops.adapters.apiserver import JSON, NO_ANSWER
from edgeops.adapters.discovery import Resource
from edgeops.adapters.watch_scope import (
    FORBIDDEN,
    LONGEST,
    METADATA,
    Scope,
    Site,
    version_of,
)
from edgeops.core.objects import KubeObject, ResourceKey
from edgeops.core.packed import packed
from edgeops.ports import NotRead, Wanted
from edgeops.ports.watching import Came, Happened, KindRead, Went

_PROBE: Final = 120.0
"""After so many seconds a kind that is followed in parts is tried as a whole again."""


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
            await asyncio.sleep(LONGEST * random.uniform(0.5, 1))  # noqa: S311

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
        async with asyncio.TaskGroup() as group:
            scopes = [
                group.create_task(Scope(self, place, heard(place)).stay())
                for place in sorted(self.wanted.namespaces)
            ]
            await self._until_allowed()
            for scope in scopes:
                scope.cancel()

    async def _until_allowed(self) -> None:
        """Ask now and then whether the whole cluster may be listed by now."""
        path = f"{self.resource.path}/{self.resource.plural}"
        while True:
            await asyncio.sleep(_PROBE * random.uniform(0.5, 1))  # noqa: S311 - no secret
            with contextlib.suppress(RefusedError, *NO_ANSWER):
                await apistream.get(self.site.client, path, {"limit": "1"}, METADATA.format("List"))
                return

    def _parts_gap(self, reason: str, refused: Mapping[str, str]) -> NotRead | None:
        if not refused:
            return None
        other = [why for _, why in sorted(refused.items()) if not why.startswith(f"{FORBIDDEN} ")]
        return NotRead(
            wanted=self.wanted,
            reason=other[-1] if other else reason,
            namespaces=frozenset(refused),
        )

    async def _by_name(self, reason: str) -> None:
        """GET each name; there is no watch without the right to list."""
        found: list[KubeObject] = []
        refused: set[str] = set()
        accept = JSON if self.wanted.whole else METADATA.format("")
        for name in sorted(self.wanted.names):
            path = f"{self.resource.path}/{self.resource.plural}/{name}"
            try:
                answer = await apistream.get(self.site.client, path, {}, accept)
                body = answers.the_object(
                    answer.body, self.wanted.kind, name, whole=self.wanted.whole
                )
            except RefusedError as error:
                if not error.says_absent(name):
                    refused.add(name)
            except NO_ANSWER as error:
                refused.add(name)
                reason = apiserver.words(error)
                self.site.suspect()
            else:
                found.append(self._object(body))
        note = f"{self.resource.plural} may not be listed: one that git does not name is not seen."
        self.replace(found, lambda _: True)
        gap = NotRead(
            wanted=self.wanted, reason=reason, namespaces=frozenset(), names=frozenset(refused)
        )
        self.tell(gap if refused else None, (f"{self.site.context}: {note}",))
        await asyncio.sleep(LONGEST)

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
            version = version_of(item.body)
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
        elif self.known.get(item.key) != (version := version_of(body)):
            self.known[item.key] = version
            self.site.tell([Came(context=self.site.context, live=_kept(item))])

    def broke(self) -> None:
        """Hear that a watch ended: what follows is not known before the next one begins."""
        self.read = False

    def objects(self, items: Iterable[Mapping[str, Any]]) -> list[KubeObject]:
        """The wanted ones of the items of a LIST."""
        found = (self._object(item) for item in items)
        return [item for item in found if self.wanted.covers(item.namespace)]

    def _object(self, body: Mapping[str, Any]) -> KubeObject:
        served = {"apiVersion": self.resource.api_version, "kind": self.wanted.kind}
        return KubeObject({**body, **served})


def _kept(item: KubeObject) -> KubeObject:
    return item if item.kind == "Namespace" else packed(item)

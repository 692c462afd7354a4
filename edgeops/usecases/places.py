"""What is known of one place that is watched, kept up to date change by change."""

from collections.abc import Set as AbstractSet
from collections.abc import ValuesView
from dataclasses import dataclass, replace
from typing import Final

from edgeops.core.engine import applied_revision, has_generated, is_application_set
from edgeops.core.objects import KubeObject, ResourceKey
from edgeops.core.rows import LiveIndex
from edgeops.core.schemas import Schemas
from edgeops.ports import LiveState, NotRead
from edgeops.ports.watching import Came, Happened, KindRead, Lost, Reached, Went
from edgeops.usecases.reading import index

_ENGINE: Final = frozenset({"Application", "ApplicationSet", "Kustomization"})
_OVERALL: Final = frozenset({"Namespace", "Application", "ApplicationSet"})
"""Kinds of which more than a row's own objects is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What one thing that happened may bear on."""

    key: ResourceKey | None = None
    """The one object; None for the place as a whole."""

    engine: bool = False
    """Whether it says otherwise what an engine applied, or whether it ever ran."""

    overall: bool = False
    """Whether it is a namespace, or something of the whole place."""

    schemas: bool = False


class Place:
    """
    The live objects of a context; `LiveState` and `LiveIndex` are views of it.

    Not known at first: until a place is reached or lost, nothing can be said of it.
    """

    def __init__(self) -> None:
        self._objects: dict[ResourceKey, KubeObject] = {}
        self._spaces: dict[str, dict[ResourceKey, KubeObject]] = {}
        self._views: dict[str, ValuesView[KubeObject]] = {}
        self._kinds: dict[tuple[str, str], tuple[NotRead | None, tuple[str, ...]]] = {}
        self._notes: tuple[str, ...] = ()
        self.schemas: Schemas | None = None
        self.failure: str | None = None
        self.round = 0
        """The latest round of wishes that is met."""

        self._index: LiveIndex | None = None

    def knows(self, number: int) -> bool:
        """Whether all that is wanted since that round is current, or known to be unread."""
        return self.failure is not None or self.round >= number

    def take(self, happened: Happened) -> Touched | None:
        """Take one thing in; None if it makes no difference."""
        match happened:
            case Came():
                return self._came(happened.live)
            case Went():
                return self._went(happened.key)
            case KindRead():
                return self._read(happened)
            case Reached():
                return self._reached(happened)
            case Lost():
                known, self.failure = self.failure, happened.reason
                same = known == self.failure
                return None if same else Touched(engine=True, overall=True)

    def _came(self, live: KubeObject) -> Touched:
        key = live.key
        before = self._objects.get(key)
        self._objects[key] = live
        if key.namespace not in self._spaces:
            space = self._spaces[key.namespace] = {}
            self._views[key.namespace] = space.values()
        self._spaces[key.namespace][key] = live
        self._index = None
        return Touched(
            key=key, engine=_said(before) != _said(live), overall=key.kind == "Namespace"
        )

    def _went(self, key: ResourceKey) -> Touched | None:
        before = self._objects.pop(key, None)
        if before is None:
            return None
        space = self._spaces[key.namespace]
        del space[key]
        if not space:
            del self._spaces[key.namespace], self._views[key.namespace]
        self._index = None
        return Touched(key=key, engine=_said(before) is not None, overall=key.kind == "Namespace")

    def _read(self, happened: KindRead) -> Touched | None:
        kind = (happened.wanted.group, happened.wanted.kind)
        told = (happened.gap, happened.notes)
        if self._kinds.get(kind) == told:
            return None
        was_plain = self._kinds.get(kind, (None, ())) == (None, ())
        self._kinds[kind] = told
        if was_plain and told == (None, ()):
            return None
        self._index = None
        return Touched(engine=True, overall=True)

    def _reached(self, happened: Reached) -> Touched | None:
        self.round = max(self.round, happened.round)
        before = (self.failure, self.schemas, self._notes)
        new_schemas = self.schemas is not happened.schemas
        self.failure, self.schemas, self._notes = None, happened.schemas, happened.notes
        if before == (self.failure, self.schemas, self._notes):
            return None
        self._index = None
        return Touched(engine=True, overall=True, schemas=new_schemas)

    def state(self) -> LiveState | str:
        """What was read, less the objects of which only their own rows ask."""
        if self.failure is not None:
            return self.failure
        return LiveState(
            objects=tuple(
                sorted(
                    (item for item in self._objects.values() if item.kind in _OVERALL),
                    key=lambda item: item.key,
                )
            ),
            unread=self._unread(),
            notes=(
                *(note for _, (_, notes) in self._by_kind() for note in notes),
                *self._notes,
            ),
            schemas=self.schemas,
        )

    def index(self, schemas: Schemas) -> LiveIndex:
        """The objects and gaps, ready to be asked."""
        if self.failure is not None:
            return LiveIndex(failure=self.failure, schemas=schemas)
        if self._index is None or self._index.schemas is not schemas:
            gaps = index(LiveState(unread=self._unread()))
            self._index = replace(gaps, objects=self._objects, spaces=self._views, schemas=schemas)
        return self._index

    def _unread(self) -> tuple[NotRead, ...]:
        return tuple(gap for _, (gap, _) in self._by_kind() if gap is not None)

    def _by_kind(self) -> list[tuple[tuple[str, str], tuple[NotRead | None, tuple[str, ...]]]]:
        return sorted(self._kinds.items(), key=lambda item: item[0])

    def keep(self, kinds: AbstractSet[tuple[str, str]]) -> None:
        """Forget what was said of every other kind, given as group and name."""
        for kind in self._kinds.keys() - kinds:
            del self._kinds[kind]
            self._index = None


def _said(item: KubeObject | None) -> tuple[str | None, bool] | None:
    """What an engine's object says that bears on more than itself; None for another."""
    if item is None or item.kind not in _ENGINE:
        return None
    return applied_revision(item), is_application_set(item) and has_generated(item)

"""
A drift check that stands: change by change, the same report that a fresh check would make.

What a change may bear on is worked out here, generously; whether anything is compared anew is
decided by `edgeops.core.standing`, from what comparisons rest on. Equality with a fresh check
is a law: `tests/usecases/test_standing.py`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from edgeops.core.findings import DriftReport, Finding, Unread
from edgeops.core.objects import ResourceKey
from edgeops.core.rows import Assessment, LiveIndex, Row
from edgeops.core.schemas import Schemas
from edgeops.core.standing import Memory
from edgeops.ports import Builder, Repository
from edgeops.ports.watching import Happened
from edgeops.usecases.applied import Revisions, ThirdSides, third_sides, with_revisions
from edgeops.usecases.applied_memory import AppliedBuilds
from edgeops.usecases.desired import Selection
from edgeops.usecases.drift import Tools
from edgeops.usecases.places import Place
from edgeops.usecases.reading import States
from edgeops.usecases.reporting import (
    report_of,
    stray_findings,
    surroundings,
    synced_revision,
    used_rules,
    with_strays,
)
from edgeops.usecases.schemas import definitions, known_schemas, structure_note, undescribed
from edgeops.usecases.scope import Contexts, only_made
from edgeops.usecases.wishes import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """With what, and of what part of a fleet, a standing check is made."""

    tools: Tools
    repository: Repository
    builder: Builder
    contexts: Contexts
    selection: Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What outlasts a desired state: what lives, and what was compared and built."""

    places: dict[str, Place] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    applied: AppliedBuilds = field(default_factory=AppliedBuilds)
    schemas: dict[str, tuple[tuple[Any, ...], Schemas]] = field(default_factory=dict)
    """By context, what is known of its kinds, after what it was made of."""

    def take(self, happened: Iterable[Happened]) -> None:
        """Take in what happens before there is anything to compare it with."""
        for one in happened:
            self.places.setdefault(one.context, Place()).take(one)

    def knows(self, wish: Wish, number: int) -> bool:
        """Whether all that a round of wishes asks for is current, or known to be unread."""
        return all(
            context in self.places and self.places[context].knows(number) for context in wish.wanted
        )


class Standing:
    """
    The rows of one desired state, assessed.

    Of one thread. Nothing here waits, except where git as of an applied revision is built.
    """

    def __init__(self, ways: Ways, world: World, wish: Wish) -> None:
        self._ways = ways
        self._world = world
        self._wish = wish
        for context in wish.wanted:
            world.places.setdefault(context, Place())
        for context in world.places.keys() - wish.wanted.keys():
            del world.places[context]
        for context, kinds in wish.wanted.items():
            world.places[context].keep({(one.group, one.kind) for one in kinds})
        world.memory.keep(frozenset((row.cluster, row.zone) for row in wish.rows))
        self._rules = used_rules(wish.desired, ways.tools.rules)
        own = (*wish.desired.rules, *ways.tools.rules)
        self._around = [surroundings(row, ways.tools.schemas, own) for row in wish.rows]
        self._reach = _Reach(wish.rows)
        self._placed: Sequence[Row] = ()
        self._revisions = Revisions(applied={}, unborn={})
        self._assessments: dict[int, Assessment] = {}
        self._drifted: frozenset[int] = frozenset()
        self._sides: ThirdSides | None = None
        self._states: States = {}
        self._schemas: Mapping[str, Schemas] = {}
        self._strays: Mapping[str, Sequence[Finding]] = {}
        self._dirty = set(range(len(wish.rows)))
        self._engine_stale = self._overall_stale = self._schemas_stale = True
        self._moved = True

    @property
    def wish(self) -> Wish:
        """What is compared with."""
        return self._wish

    def take(self, happened: Iterable[Happened]) -> None:
        """Take in what happened, in order."""
        for one in happened:
            place = self._world.places.setdefault(one.context, Place())
            if (touched := place.take(one)) is None:
                continue
            self._engine_stale |= touched.engine
            self._overall_stale |= touched.overall
            self._schemas_stale |= touched.schemas
            self._moved |= touched.key is None
            self._dirty |= self._reach.rows(one.context, touched.key)

    def retry(self) -> None:
        """Ask again for applied revisions that could not be had."""
        if self._world.applied.forget_failures():
            self._sides = None

    def settle(self) -> bool:
        """Assess what was touched; whether the report says otherwise than before."""
        changed, self._moved = self._moved, False
        if self._engine_stale or self._overall_stale:
            self._states = {
                context: self._world.places[context].state() for context in self._wish.wanted
            }
        if self._schemas_stale:
            self._learn()
        indexes = self._indexes()
        if self._engine_stale:
            self._place(indexes)
        changed |= self._assess(self._dirty, indexes)
        self._dirty = set()
        changed |= self._tell_causes(indexes)
        if self._overall_stale:
            strays = self._stray_findings()
            changed |= strays != self._strays
            self._strays = strays
        self._engine_stale = self._overall_stale = self._schemas_stale = False
        return changed

    def report(self, *, started: str, seconds: float, unread: Sequence[Unread] = ()) -> DriftReport:
        """
        The report as of the last `settle`.

        Args:
            started: RFC 3339; its day decides which waivers hold.
            seconds: how long the comparison took.
            unread: what could not be read beside the places.
        """
        assert self._sides is not None
        found = report_of(
            self._wish.desired,
            with_strays([one for _, one in sorted(self._assessments.items())], self._strays),
            self._states,
            rules=self._rules,
            started=started,
            seconds=seconds,
            notes=(*self._sides.notes, *structure_note(self._undescribed, self._indexes())),
        )
        return replace(found, unread=(*found.unread, *unread)) if unread else found

    def _indexes(self) -> Mapping[str, LiveIndex]:
        return {
            context: self._world.places[context].index(schemas)
            for context, schemas in self._schemas.items()
        }

    def _learn(self) -> None:
        """See what is known of each place's kinds; what is known already stays the same value."""
        own = definitions(self._wish.rows)
        known: Mapping[str, Schemas] | None = None
        for context in self._wish.wanted:
            place = self._world.places[context]
            before = self._world.schemas.get(context)
            told = before[0][0] if place.failure is not None and before else place.schemas
            grounds = (told, tuple(own.get(context, ())))
            if before is not None and before[0] == grounds:
                continue
            if known is None:
                known = known_schemas(self._wish.rows, self._states, self._ways.tools.schemas)
            self._world.schemas[context] = (grounds, known[context])
        self._schemas = {context: self._world.schemas[context][1] for context in self._wish.wanted}
        self._undescribed = undescribed(self._wish.rows, self._schemas)
        self._dirty = set(range(len(self._wish.rows)))

    def _place(self, indexes: Mapping[str, LiveIndex]) -> None:
        """See which Applications there are to miss, and which revision each folder is at."""
        desired = self._wish.desired
        assert desired.fleet is not None
        before = self._placed
        rows = only_made(self._wish.rows, self._states)
        self._placed, self._revisions = with_revisions(
            rows, desired.engines, indexes, desired.fleet, desired.repository.revision
        )
        self._sides = None
        for number, row in enumerate(self._placed):
            if len(before) <= number or not _same_place(before[number], row):
                self._dirty.add(number)

    def _assess(self, numbers: Collection[int], indexes: Mapping[str, LiveIndex]) -> bool:
        changed = False
        for number in numbers:
            row = self._placed[number]
            if self._sides is not None:
                row = self._sides.of(row)
            found = self._world.memory.assess(
                row,
                indexes,
                self._around[number],
                synced_revision=synced_revision(row, indexes),
            )
            changed |= self._assessments.get(number) != found
            self._assessments[number] = found
        return changed

    def _tell_causes(self, indexes: Mapping[str, LiveIndex]) -> bool:
        """Compare what drifted with what the engines applied, as far as that is not done."""
        drifted = frozenset(
            number for number, found in self._assessments.items() if found.report.drifted
        )
        before, self._drifted = self._drifted, drifted
        if self._sides is not None and drifted == before:
            return False
        rows = drifted if self._sides is None else drifted - before
        notes = self._sides.notes if self._sides is not None else None
        desired, world = self._wish.desired, self._world
        assert desired.fleet is not None
        self._sides = third_sides(
            [self._placed[number] for number in sorted(drifted)],
            self._revisions,
            desired.engines,
            desired.fleet,
            self._ways.repository,
            self._ways.builder,
            fetch=True,
            built=world.applied,
        )
        world.applied.keep({*self._revisions.applied.values(), *self._revisions.unborn.values()})
        return self._assess(rows, indexes) or notes != self._sides.notes

    def _stray_findings(self) -> Mapping[str, Sequence[Finding]]:
        fleet = self._wish.desired.fleet
        assert fleet is not None
        ways = self._ways
        return stray_findings(
            fleet, self._states, ways.selection, ways.contexts, ways.tools.schemas
        )


class _Reach:
    """Which rows an object may bear on: those that have it, and those whose namespace it is in."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._by_key: dict[tuple[str, ResourceKey], set[int]] = {}
        self._by_space: dict[tuple[str, str], set[int]] = {}
        self._by_place: dict[str, set[int]] = {}
        for number, row in enumerate(rows):
            for part in row.parts:
                self._by_place.setdefault(part.context, set()).add(number)
                for item in part.objects:
                    self._by_key.setdefault((part.context, item.key), set()).add(number)
                for space in part.namespaces:
                    self._by_space.setdefault((part.context, space), set()).add(number)

    def rows(self, context: str, key: ResourceKey | None) -> set[int]:
        """Their numbers; of no object in particular, all of the place."""
        if key is None:
            return self._by_place.get(context, set())
        return self._by_key.get((context, key), set()) | self._by_space.get(
            (context, key.namespace), set()
        )


def _same_place(one: Row, other: Row) -> bool:
    """Whether two placings of a row are compared alike."""
    return len(one.parts) == len(other.parts) and all(
        left.objects is right.objects
        and left.in_sync == right.in_sync
        and (left.applied is None) == (right.applied is None)
        for left, right in zip(one.parts, other.parts, strict=True)
    )

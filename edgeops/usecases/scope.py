"""
Which desired objects a check can speak of, once it is known what was read.

Two kinds of objects are in no rendered file or in no dump: the Applications that an
ApplicationSet makes, and what nobody put into a dump of one zone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from edgeops.core.documents import dump_json
from edgeops.core.engine import (
    ZONE_LABEL,
    has_generated,
    has_template_patch,
    is_application_set,
)
from edgeops.core.fleet.model import Cluster, Fleet
from edgeops.core.objects import KubeObject, ResourceKey
from edgeops.core.plan.names import repository_path
from edgeops.core.rows import Part, Row
from edgeops.ports import LiveState
from edgeops.usecases.reading import States
from edgeops.usecases.rendering import Appliers, EngineObjects

Yielded = Callable[[Fleet, Cluster], Sequence[KubeObject]]
"""The Applications that a cluster's ApplicationSet makes; none under Flux."""

Contexts = Callable[[Cluster], tuple[str, str]]
"""Where a cluster's objects, and its engine's objects, are read from."""


def made_by(engines: Mapping[str, EngineObjects], planned: Yielded) -> Yielded:
    """
    The Applications of the ApplicationSet as git has it, which a person may have edited.

    Where its template cannot be evaluated here, *planned* tells.
    """

    def made(fleet: Fleet, cluster: Cluster) -> Sequence[KubeObject]:
        plan = planned(fleet, cluster)
        engine = engines.get(cluster.name)
        if engine is None or len(plan) != len(cluster.zones):
            return plan
        sets = [item for item in engine.objects if is_application_set(item)]
        appliers = Appliers(sets)
        found = [
            item
            for zone in cluster.zones
            for item in appliers.of(repository_path(fleet, zone.overlay), zone)
        ]
        templated = len(sets) == 1 and not has_template_patch(sets[0])
        names = [(item.key, item.labels.get(ZONE_LABEL)) for item in found]
        if not templated or names != [(item.key, item.labels.get(ZONE_LABEL)) for item in plan]:
            return plan
        return plan if any("{{" in dump_json(item.body) for item in found) else found

    return made


def with_yielded(
    rows: Iterable[Row], fleet: Fleet, yielded: Yielded, contexts: Contexts
) -> list[Row]:
    """Add to each zone the Application that its cluster's ApplicationSet makes."""
    by_zone = {
        (cluster.name, str(item.labels.get(ZONE_LABEL))): Part(
            context=contexts(cluster)[1], objects=(item,), generated=True
        )
        for cluster in fleet.clusters
        for item in yielded(fleet, cluster)
    }
    result = []
    for row in rows:
        part = by_zone.get((row.cluster or "", row.zone or ""))
        # After the parts of the overlay and of the engine in charge: what they say counts first.
        parts = row.parts if part is None else (*row.parts[:2], part, *row.parts[2:])
        result.append(replace(row, parts=parts))
    return result


def only_made(rows: Sequence[Row], states: States) -> list[Row]:
    """
    Leave out the Applications of an ApplicationSet that its controller never processed.

    They are made by the controller, not by git: until it has run there is nothing to miss.
    """
    generated = [part for row in rows for part in row.parts if part.generated]
    idle = {
        context
        for context in {part.context for part in generated}
        if _controller_never_ran(
            states[context],
            {item.key for part in generated if part.context == context for item in part.objects},
        )
    }
    return [
        replace(
            row,
            parts=tuple(
                part for part in row.parts if not (part.generated and part.context in idle)
            ),
        )
        for row in rows
    ]


def _controller_never_ran(state: LiveState | str, ours: set[object]) -> bool:
    if isinstance(state, str):
        return False
    if any(gap.wanted.kind in {"Application", "ApplicationSet"} for gap in state.unread):
        return False
    return not any(
        item.key in ours or (item.kind == "ApplicationSet" and has_generated(item))
        for item in state.objects
    )


def only_dumped(rows: Sequence[Row], states: States) -> tuple[list[Row], tuple[str, ...]]:
    """
    Leave out what a dump of a zone does not speak of, and say so.

    The engine's objects live elsewhere, often in another cluster. And a Namespace that is not
    in the dump exists all the same where the dump has objects in it.
    """
    notes: dict[str, None] = {}
    dumps = {context: _Dump.of(state) for context, state in states.items()}
    kept = []
    for row in rows:
        parts = []
        for part in row.parts:
            objects = []
            for item in part.objects:
                if (note := _not_dumped(item, part, dumps[part.context])) is None:
                    objects.append(item)
                else:
                    notes[note] = None
            parts.append(replace(part, objects=tuple(objects)))
        kept.append(replace(row, parts=tuple(parts)))
    return kept, tuple(notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dump:
    """What a dump has something of."""

    namespaces: frozenset[str]
    kinds: frozenset[tuple[str, str, str]]
    """By namespace, group and kind."""

    keys: frozenset[ResourceKey]

    @classmethod
    def of(cls, state: LiveState | str) -> "_Dump":
        objects = state.objects if isinstance(state, LiveState) else ()
        return cls(
            namespaces=frozenset(item.namespace for item in objects),
            kinds=frozenset((item.namespace, item.group, item.kind) for item in objects),
            keys=frozenset(item.key for item in objects),
        )


def _not_dumped(item: KubeObject, part: Part, dump: _Dump) -> str | None:
    if not part.namespaces and item.namespace not in dump.namespaces:
        return (
            f"The dump has nothing of namespace {item.namespace}: "
            "the sync engine's objects were not compared."
        )
    if not part.namespaces and (item.namespace, item.group, item.kind) not in dump.kinds:
        where = f"in namespace {item.namespace}" if item.namespace else "at all"
        return f"The dump has no {item.kind} {where}: the sync engine's were not compared."
    is_namespace = item.kind == "Namespace" and item.group == ""
    if is_namespace and item.name in dump.namespaces and item.key not in dump.keys:
        return f"The dump lacks the Namespace {item.name} itself: its labels were not compared."
    return None

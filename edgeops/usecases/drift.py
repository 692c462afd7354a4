"""
`edgeops drift`: what git asks for, what lives, and what differs.

`check_repository` and `check_manifests` compute a report; showing it is somebody else's work.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from edgeops import __version__
from edgeops.core import compare as comparing
from edgeops.core.autoscaling import replica_ranges
from edgeops.core.compare import Surroundings
from edgeops.core.engine import PART_OF_LABEL, applied_revision
from edgeops.core.findings import DriftReport, RuleUse
from edgeops.core.fleet.model import Fleet
from edgeops.core.ignore import IgnoreRule
from edgeops.core.objects import KubeObject
from edgeops.core.rows import Assessment, LiveIndex, Row, assess, row_order, stray_namespaces
from edgeops.core.schemas import Schemas
from edgeops.core.settled import Settled
from edgeops.core.waivers import Place, settle
from edgeops.ports import Builder, Clock, Files, LiveState, Repository, VerdictMemory
from edgeops.usecases.applied import third_sides, with_revisions
from edgeops.usecases.confirm import Confirmation, try_findings
from edgeops.usecases.desired import (
    Desired,
    ParseFleet,
    Selection,
    desired_from_repository,
)
from edgeops.usecases.manifests import desired_from_manifests, manifest_row
from edgeops.usecases.notes import reach_notes
from edgeops.usecases.reading import Readers, States, indexed, namespaced, read_all
from edgeops.usecases.schemas import known_schemas, structure_notes
from edgeops.usecases.scope import Contexts, Yielded, made_by, only_dumped, only_made, with_yielded


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What every drift check works with."""

    clock: Clock
    schemas: Schemas
    readers: Readers
    rules: tuple[IgnoreRule, ...] = ()
    """Rules from an ignore file, beside those of ``edgeops.yaml``."""

    complete: bool = True
    """Whether a place is read from a cluster; a dump may lack what nobody dumped."""

    onlooker: Callable[[Row, Mapping[str, LiveIndex], Surroundings], None] | None = None
    """Is shown each row with what was read of it; ``--explain`` looks on."""

    memory: VerdictMemory | None = None
    """Remembers pairs of which there was nothing to tell; None compares everything anew."""

    confirmation: Confirmation | None = None
    """Where differences may be tried by dry runs; None asks for no right but to read."""


def check_repository(
    tools: Tools,
    repository: Repository,
    files: Files,
    builder: Builder,
    *,
    parse: ParseFleet,
    yielded: Yielded,
    contexts: Contexts,
    rev: str | None,
    selection: Selection,
) -> DriftReport:
    """
    Compare a revision of the repository with the live clusters.

    A cluster that cannot be read is Unknown in the report; the others are compared.

    Args:
        contexts: where a cluster's objects, and its engine's objects, are read from.
        rev: what to compare with; None takes the work tree.

    Raises:
        ConfigurationError: if ``edgeops.yaml`` or the selection is not valid.
        RepositoryError: if the revision cannot be read.
    """
    started, begun = tools.clock.now(), tools.clock.monotonic()
    desired = desired_from_repository(
        repository, files, builder, parse, rev=rev, selection=selection, contexts=contexts
    )
    assert desired.fleet is not None
    rows = with_yielded(desired.rows, desired.fleet, made_by(desired.engines, yielded), contexts)
    states = read_all(rows, tools.readers, tools.schemas)
    rows = only_made(rows, states)
    skipped: tuple[str, ...] = ()
    if not tools.complete:
        rows, skipped = only_dumped(rows, states)
    indexes = indexed(states)
    rows, revisions = with_revisions(
        rows, desired.engines, indexes, desired.fleet, desired.repository.revision
    )
    schemas = known_schemas(rows, states, tools.schemas)
    indexes = _informed(indexes, schemas)
    settled = None if tools.memory is None else Settled(known=tools.memory.known())
    assessments = [_assess(row, indexes, tools, desired, settled) for row in rows]
    drifted = [row for row, found in zip(rows, assessments, strict=True) if found.report.drifted]
    before = third_sides(
        drifted,
        revisions,
        desired.engines,
        desired.fleet,
        repository,
        builder,
        fetch=tools.complete,  # a dump is compared without a network
    )
    assessments = [
        _assess(before.of(row), indexes, tools, desired, settled) if found.report.drifted else found
        for row, found in zip(rows, assessments, strict=True)
    ]
    if tools.memory is not None and settled is not None:
        tools.memory.keep(settled.seen)
    assessments, remarks = _tried(assessments, rows, states, indexes, tools, desired)
    assessments = _with_strays(assessments, desired, states, selection, contexts, tools)
    notes = (*skipped, *before.notes, *remarks)
    return _report(tools, desired, assessments, states, started, begun, notes=notes)


def check_manifests(
    tools: Tools, objects: Sequence[KubeObject], *, context: str, namespace: str | None
) -> DriftReport:
    """
    Compare manifests that are already built with what lives.

    Raises:
        DesiredStateError: if an object is desired twice.
    """
    started, begun = tools.clock.now(), tools.clock.monotonic()
    rows = [manifest_row(objects, context, namespace)]
    states = read_all(rows, tools.readers, tools.schemas)
    known = known_schemas(rows, states, tools.schemas)
    state = states[context]
    desired = desired_from_manifests(
        objects,
        state.objects if isinstance(state, LiveState) else (),
        context=context,
        namespace=namespace,
        namespaced=lambda item: namespaced(item, known[context]),
    )
    indexes = _informed(indexed(states), known)
    assessments = [_assess(row, indexes, tools, desired) for row in desired.rows]
    assessments, remarks = _tried(assessments, desired.rows, states, indexes, tools, desired)
    return _report(tools, desired, assessments, states, started, begun, notes=remarks)


def _tried(
    assessments: Sequence[Assessment],
    rows: Sequence[Row],
    states: States,
    indexes: Mapping[str, LiveIndex],
    tools: Tools,
    desired: Desired,
) -> tuple[list[Assessment], tuple[str, ...]]:
    """The assessments as a dry run leaves them, and notes on how the rows were compared."""
    schemas = {context: one.schemas or tools.schemas for context, one in indexes.items()}
    left, tried = try_findings(
        assessments,
        rows,
        states,
        schemas,
        confirmation=tools.confirmation,
        engine=desired.fleet.engine if desired.fleet else None,
    )
    return left, (*structure_notes(rows, indexes, schemas), *tried)


def _informed(
    indexes: Mapping[str, LiveIndex], schemas: Mapping[str, Schemas]
) -> dict[str, LiveIndex]:
    return {context: replace(one, schemas=schemas[context]) for context, one in indexes.items()}


def _assess(
    row: Row,
    indexes: Mapping[str, LiveIndex],
    tools: Tools,
    desired: Desired,
    settled: Settled | None = None,
) -> Assessment:
    around = Surroundings(
        schemas=tools.schemas,
        replicas=replica_ranges(item for part in row.parts for item in part.objects),
        rules=(*desired.rules, *tools.rules),
        settled=settled,
    )
    if tools.onlooker is not None:
        tools.onlooker(row, indexes, around)
    return assess(row, indexes, around, synced_revision=_synced_revision(row, indexes))


def _synced_revision(row: Row, indexes: Mapping[str, LiveIndex]) -> str | None:
    for part in row.parts:
        for item in part.objects:
            live = indexes[part.context].objects.get(item.key)
            if live is not None and (revision := applied_revision(live)) is not None:
                return revision
    return None


def _with_strays(
    assessments: Sequence[Assessment],
    desired: Desired,
    states: States,
    selection: Selection,
    contexts: Contexts,
    tools: Tools,
) -> list[Assessment]:
    """Count namespaces of the fleet that no overlay renders in the row of their cluster."""
    assert desired.fleet is not None
    around = Surroundings(schemas=tools.schemas)
    result = list(assessments)
    for cluster in desired.fleet.clusters:
        state = states.get(contexts(cluster)[0])
        if not isinstance(state, LiveState) or not selection.takes(cluster, None):
            continue
        rendered = frozenset(zone.namespace for zone in cluster.zones)
        strays = [
            replace(comparing.extraneous(item, around), cluster=cluster.name)
            for item in stray_namespaces(
                state.objects, label=PART_OF_LABEL, fleet=desired.fleet.name, rendered=rendered
            )
        ]
        for position, item in enumerate(result):
            if strays and item.report.cluster == cluster.name and item.report.zone is None:
                report = replace(
                    item.report,
                    extraneous=item.report.extraneous + len(strays),
                    drifted=True,
                )
                result[position] = replace(item, report=report, findings=(*strays, *item.findings))
    return result


def _report(
    tools: Tools,
    desired: Desired,
    assessments: Sequence[Assessment],
    states: States,
    started: str,
    begun: float,
    notes: Sequence[str] = (),
) -> DriftReport:
    ordered = sorted(assessments, key=lambda item: row_order(item.report))
    settled = settle(
        [item.report for item in ordered],
        [finding for item in ordered for finding in item.findings],
        desired.fleet.drift.waivers if desired.fleet else (),
        today=datetime.fromisoformat(started).date(),
        places=_places(desired.fleet),
    )
    return DriftReport(
        repository=desired.repository,
        started_at=started,
        duration_seconds=round(tools.clock.monotonic() - begun, 3),
        edgeops_version=__version__,
        kustomize_version=desired.kustomize_version,
        zones=settled.zones,
        findings=settled.findings,
        unread=tuple(gap for item in ordered for gap in item.unread),
        rules=_uses(_rules(tools, desired), ordered),
        waived=settled.waived,
        notes=(*desired.notes, *notes, *reach_notes(states, ordered), *settled.notes),
    )


def _rules(tools: Tools, desired: Desired) -> tuple[IgnoreRule, ...]:
    """All rules that could hide something: our own first, then those of the engine's objects."""
    engines = (rule for row in desired.rows for part in row.parts for rule in part.rules)
    return (*desired.rules, *tools.rules, *dict.fromkeys(engines))


def _places(fleet: Fleet | None) -> set[Place]:
    """Every row that a report of the whole fleet has."""
    clusters = fleet.clusters if fleet else ()
    zones: set[Place] = {(zone.cluster, zone.name) for item in clusters for zone in item.zones}
    return zones | {(cluster.name, None) for cluster in clusters}


def _uses(rules: Sequence[IgnoreRule], assessments: Iterable[Assessment]) -> tuple[RuleUse, ...]:
    hid: Counter[IgnoreRule] = Counter()
    for item in assessments:
        hid.update(item.hidden)
    return tuple(RuleUse(rule=rule.text, source=rule.source, hid=hid[rule]) for rule in rules)

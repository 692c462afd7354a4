"""
`edgeops drift`: what git asks for, what lives, and what differs.

`check_repository` and `check_manifests` compute a report; showing it is somebody else's work.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from edgeops.core.compare import Surroundings
from edgeops.core.findings import DriftReport
from edgeops.core.ignore import IgnoreRule
from edgeops.core.objects import KubeObject
from edgeops.core.rows import Assessment, LiveIndex, Row, assess
from edgeops.core.schemas import Schemas
from edgeops.core.settled import Settled
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
from edgeops.usecases.reading import Readers, States, indexed, namespaced, read_all
from edgeops.usecases.reporting import (
    informed,
    report_of,
    stray_findings,
    surroundings,
    synced_revision,
    used_rules,
    with_strays,
)
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
    return check_desired(
        tools,
        desired,
        repository,
        builder,
        yielded=yielded,
        contexts=contexts,
        selection=selection,
        since=(started, begun),
    )


def check_desired(
    tools: Tools,
    desired: Desired,
    repository: Repository,
    builder: Builder,
    *,
    yielded: Yielded,
    contexts: Contexts,
    selection: Selection,
    since: tuple[str, float],
) -> DriftReport:
    """
    Compare what is rendered already with the live clusters, as `check_repository` does.

    Args:
        since: when the check began, by both clocks.
    """
    started, begun = since
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
    indexes = informed(indexes, schemas)
    settled = None  # who looks on is to see every pair compared
    if tools.onlooker is None:
        settled = Settled(known=tools.memory.known() if tools.memory else frozenset())
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
    strays = stray_findings(desired.fleet, states, selection, contexts, tools.schemas)
    assessments = with_strays(assessments, strays)
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
    indexes = informed(indexed(states), known)
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


def _assess(
    row: Row,
    indexes: Mapping[str, LiveIndex],
    tools: Tools,
    desired: Desired,
    settled: Settled | None = None,
) -> Assessment:
    around = replace(
        surroundings(row, tools.schemas, (*desired.rules, *tools.rules)), settled=settled
    )
    if tools.onlooker is not None:
        tools.onlooker(row, indexes, around)
    return assess(row, indexes, around, synced_revision=synced_revision(row, indexes))


def _report(
    tools: Tools,
    desired: Desired,
    assessments: Sequence[Assessment],
    states: States,
    started: str,
    begun: float,
    notes: Sequence[str] = (),
) -> DriftReport:
    return report_of(
        desired,
        assessments,
        states,
        rules=used_rules(desired, tools.rules),
        started=started,
        seconds=tools.clock.monotonic() - begun,
        notes=notes,
    )

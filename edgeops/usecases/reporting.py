"""From rows that were assessed to a drift report, and what their assessment must know."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from edgeops import __version__
from edgeops.core import compare as comparing
from edgeops.core.autoscaling import replica_ranges
from edgeops.core.compare import Surroundings
from edgeops.core.engine import PART_OF_LABEL, applied_revision
from edgeops.core.findings import DriftReport, Finding, RuleUse
from edgeops.core.fleet.model import Fleet
from edgeops.core.ignore import IgnoreRule
from edgeops.core.rows import Assessment, LiveIndex, Row, row_order, stray_namespaces
from edgeops.core.schemas import Schemas
from edgeops.core.waivers import Place, settle
from edgeops.ports import LiveState
from edgeops.usecases.desired import Desired, Selection
from edgeops.usecases.notes import reach_notes
from edgeops.usecases.reading import States
from edgeops.usecases.scope import Contexts


def informed(
    indexes: Mapping[str, LiveIndex], schemas: Mapping[str, Schemas]
) -> dict[str, LiveIndex]:
    """The indexes with what is known of the kinds of each place."""
    return {context: replace(one, schemas=schemas[context]) for context, one in indexes.items()}


def surroundings(row: Row, schemas: Schemas, rules: tuple[IgnoreRule, ...]) -> Surroundings:
    """What all comparisons of a row share."""
    return Surroundings(
        schemas=schemas,
        replicas=replica_ranges(item for part in row.parts for item in part.objects),
        rules=rules,
        zone=row.zone,
    )


def synced_revision(row: Row, indexes: Mapping[str, LiveIndex]) -> str | None:
    """What the engine last applied, by the first of a row's live objects that says so."""
    for part in row.parts:
        for item in part.objects:
            live = indexes[part.context].objects.get(item.key)
            if live is not None and (revision := applied_revision(live)) is not None:
                return revision
    return None


def stray_findings(
    fleet: Fleet, states: States, selection: Selection, contexts: Contexts, schemas: Schemas
) -> Mapping[str, Sequence[Finding]]:
    """By cluster, the namespaces of the fleet that no overlay renders."""
    around = Surroundings(schemas=schemas)
    found: dict[str, Sequence[Finding]] = {}
    for cluster in fleet.clusters:
        state = states.get(contexts(cluster)[0])
        if not isinstance(state, LiveState) or not selection.takes(cluster, None):
            continue
        rendered = frozenset(zone.namespace for zone in cluster.zones)
        found[cluster.name] = [
            replace(comparing.extraneous(item, around), cluster=cluster.name)
            for item in stray_namespaces(
                state.objects, label=PART_OF_LABEL, fleet=fleet.name, rendered=rendered
            )
        ]
    return found


def with_strays(
    assessments: Sequence[Assessment], strays: Mapping[str, Sequence[Finding]]
) -> list[Assessment]:
    """Count the stray namespaces of each cluster in its row without a zone."""
    return [
        _with(item, strays.get(item.report.cluster or "", ())) if item.report.zone is None else item
        for item in assessments
    ]


def _with(item: Assessment, strays: Sequence[Finding]) -> Assessment:
    if not strays:
        return item
    extraneous = item.report.extraneous + len(strays)
    report = replace(item.report, extraneous=extraneous, drifted=True)
    return replace(item, report=report, findings=(*strays, *item.findings))


def report_of(
    desired: Desired,
    assessments: Sequence[Assessment],
    states: States,
    *,
    rules: Sequence[IgnoreRule],
    started: str,
    seconds: float,
    notes: Sequence[str] = (),
) -> DriftReport:
    """
    The report: rows in order, what is waived set apart, and how far it all reaches.

    Args:
        rules: all that could hide something, as `used_rules` gives them.
        started: RFC 3339; its day decides which waivers hold.
        seconds: how long it took.
        notes: sentences that stand before those of the rows.
    """
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
        duration_seconds=round(seconds, 3),
        edgeops_version=__version__,
        kustomize_version=desired.kustomize_version,
        zones=settled.zones,
        findings=settled.findings,
        unread=tuple(gap for item in ordered for gap in item.unread),
        rules=_uses(rules, ordered),
        waived=settled.waived,
        notes=(*desired.notes, *notes, *reach_notes(states, ordered), *settled.notes),
    )


def used_rules(desired: Desired, added: tuple[IgnoreRule, ...]) -> tuple[IgnoreRule, ...]:
    """All rules that could hide something: our own first, then those of the engine's objects."""
    # Most are the same objects in each row; hashing them there would be quadratic in the zones.
    each = {id(rule): rule for row in desired.rows for part in row.parts for rule in part.rules}
    return (*desired.rules, *added, *dict.fromkeys(each.values()))


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

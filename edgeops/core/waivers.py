"""
Waivers: drift that is known, that somebody answers for, until a day.

A waived finding is shown apart and does not fail the run. From the day after its last one the
waiver holds no more: the finding is back, and names who let it lapse.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from edgeops.core.compare import narrowed
from edgeops.core.findings import Drift, FieldChange, Finding, Terms, ZoneReport
from edgeops.core.fleet.model import Waiver
from edgeops.core.paths import covers

Place = tuple[str | None, str | None]
"""A cluster and a zone; zone None for the cluster's other engine objects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Rows and findings after the waivers."""

    zones: tuple[ZoneReport, ...]
    findings: tuple[Finding, ...]
    waived: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()


def settle(
    zones: Sequence[ZoneReport],
    findings: Sequence[Finding],
    waivers: Sequence[Waiver],
    *,
    today: date,
    places: Collection[Place],
) -> Settled:
    """
    Take out of a report what is waived, field by field, and count anew.

    An object that is waived whole counts as synced where it is in both git and the cluster,
    and not at all where it is in one of them.

    Args:
        today: the day in UTC.
        places: every row that a report of the whole fleet has. A waiver whose own ones were not
            all read is not called idle.
    """
    left: list[Finding] = []
    waived: list[Finding] = []
    away: Counter[tuple[Place, Drift]] = Counter()
    used: set[str] = set()
    for finding in findings:
        concerned = [waiver for waiver in waivers if _concerns(waiver, finding)]
        used.update(waiver.place for waiver in concerned)
        parts = list(_parts(finding, [item for item in concerned if not _expired(item, today)]))
        waived += [part for part in parts if part.waiver is not None]
        rest = [part for part in parts if part.waiver is None]
        for part in rest:
            lapsed = [item for item in concerned if _expired(item, today) and _concerns(item, part)]
            left.append(_named(part, lapsed))
        if not rest:
            away[(finding.cluster, finding.zone), finding.drift] += 1
    drifted = {(finding.cluster, finding.zone) for finding in left}
    read = {(row.cluster, row.zone) for row in zones if not row.unread and not row.unknown}
    return Settled(
        zones=tuple(_counted(row, away, drifted) for row in zones),
        findings=tuple(left),
        waived=tuple(waived),
        notes=tuple(
            _idle(waiver, today)
            for waiver in waivers
            if waiver.place not in used
            and read.issuperset(place for place in places if _is_in(waiver, *place))
        ),
    )


def _expired(waiver: Waiver, today: date) -> bool:
    return today > waiver.expires


def _is_in(waiver: Waiver, cluster: str | None, zone: str | None) -> bool:
    return waiver.cluster in {None, cluster} and waiver.zone in {None, zone}


def _concerns(waiver: Waiver, finding: Finding) -> bool:
    return (
        _is_in(waiver, finding.cluster, finding.zone)
        and (waiver.kind, waiver.name) == (finding.key.kind, finding.key.name)
        and waiver.namespace in {None, finding.key.namespace}
        and waiver.drift in {None, finding.drift.value}
        and (waiver.path is None or any(_covers(waiver, change) for change in finding.fields))
    )


def _covers(waiver: Waiver, change: FieldChange) -> bool:
    return waiver.path is None or covers(waiver.path, change.path)


def _parts(finding: Finding, waivers: Sequence[Waiver]) -> Iterator[Finding]:
    """*finding*, taken apart by who waives what of it; each field goes to the first waiver."""
    for waiver in waivers:
        if waiver.path is None:
            yield replace(finding, waiver=_terms(waiver))
            return
    fields = list(finding.fields)
    for waiver in waivers:
        if covered := [change for change in fields if _covers(waiver, change)]:
            fields = [change for change in fields if change not in covered]
            yield replace(narrowed(finding, covered), waiver=_terms(waiver))
    if len(fields) == len(finding.fields):
        yield finding
    elif fields:
        yield narrowed(finding, fields)


def _terms(waiver: Waiver) -> Terms:
    return Terms(
        owner=waiver.owner,
        reason=waiver.reason,
        expires=waiver.expires.isoformat(),
        path=waiver.path,
    )


def _named(finding: Finding, lapsed: Sequence[Waiver]) -> Finding:
    """*finding* with the names of those who let its waivers expire."""
    words = [finding.message] if finding.message else []
    words += [
        f"waived until {waiver.expires.isoformat()} by {waiver.owner}, which is over: "
        f"{_title(waiver)}"
        for waiver in lapsed
    ]
    return replace(finding, message="; ".join(words) or None)


def _counted(
    row: ZoneReport, away: Counter[tuple[Place, Drift]], drifted: Collection[Place]
) -> ZoneReport:
    place = (row.cluster, row.zone)
    equal = away[place, Drift.MODIFIED] + away[place, Drift.NOT_IN_FORCE]
    return replace(
        row,
        synced=row.synced + equal,
        modified=row.modified - equal,
        missing=row.missing - away[place, Drift.MISSING],
        extraneous=row.extraneous - away[place, Drift.EXTRANEOUS],
        drifted=place in drifted,
    )


def _idle(waiver: Waiver, today: date) -> str:
    over = f" and ended on {waiver.expires.isoformat()}" if _expired(waiver, today) else ""
    return f"A waiver matches nothing{over}: {_title(waiver)}, owner {waiver.owner}."


def _title(waiver: Waiver) -> str:
    key = "/".join(part for part in (waiver.kind, waiver.namespace, waiver.name) if part)
    what = f"{key} {waiver.path}" if waiver.path else key
    return f"{what} ({waiver.place})"

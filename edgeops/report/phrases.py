"""The words that every format for people uses, so that they all say the same."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from edgeops.core.findings import (
    Attribution,
    Cause,
    DriftReport,
    FieldChange,
    Finding,
    SyncStatus,
    Terms,
    Unread,
    ZoneReport,
)
from edgeops.report.inert import inert

NO_ZONE: Final = "(no zone)"
"""Stands for the engine's objects that belong to no zone, and for a comparison without one."""

COUNTS: Final = ("objects", "synced", "modified", "missing", "extraneous", "unknown")
"""The counts of a row in the order of the contract; each is an attribute of `ZoneReport`."""


def plural(number: int, noun: str) -> str:
    """``1 object``, ``2 objects``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def counts_of(row: ZoneReport) -> tuple[int, ...]:
    """The numbers of *row* in the order of `COUNTS`."""
    return (row.objects, row.synced, row.modified, row.missing, row.extraneous, row.unknown)


def named_zones(rows: Iterable[ZoneReport]) -> list[ZoneReport]:
    """The rows that are zones: not those of a cluster's other engine objects."""
    return [row for row in rows if row.zone is not None]


def place(cluster: str | None, zone: str | None) -> str:
    """``edge-usw2/us-west-2-lax-1a``; inert."""
    if cluster is None and zone is None:
        return NO_ZONE
    return inert(f"{cluster or '-'}/{zone or NO_ZONE}")


def verdict(report: DriftReport) -> str:
    """One sentence that opens with the status."""
    objects = plural(sum(row.objects for row in report.zones), "object")
    zones = named_zones(report.zones)
    where = f" in {plural(len(zones), 'zone')}" if zones else ""
    found = plural(len(report.findings), "finding")
    match report.status:
        case SyncStatus.SYNCED:
            but = f" but for {plural(len(report.waived), 'waived finding')}"
            return f"Synced: {objects}{where}, all as git says{but if report.waived else ''}"
        case SyncStatus.OUT_OF_SYNC:
            return f"OutOfSync: {found}{_pending(report.findings)}; {objects}{where} compared"
        case SyncStatus.UNKNOWN:
            unread = plural(len(unread_lines(report.unread)), "thing")
            reason = f"{unread} could not be read" if report.unread else "not all could be read"
            return f"Unknown: {reason}; {found}{_pending(report.findings)} in the rest"


def _pending(findings: Sequence[Finding]) -> str:
    pending = sum(finding.cause is Cause.PENDING for finding in findings)
    return f" ({pending} pending: the engine has yet to apply what git has)" if pending else ""


def facts(finding: Finding) -> str:
    """Drift, severity and, where something tells, the cause: ``Modified, high, edited``."""
    words = [finding.drift.value, finding.severity.value]
    if finding.cause is not None:
        words.append(finding.cause.value)
    return ", ".join(words)


def source(finding: Finding) -> str | None:
    """``base/product-api.yaml:12``, None where no file is known; inert."""
    if finding.origin is None:
        return None
    line = "" if finding.origin.line is None else f":{finding.origin.line}"
    return inert(f"{finding.origin.path}{line}")


def author(attribution: Attribution) -> str:
    """Who wrote it, and not later than when; inert."""
    manager = inert(attribution.manager) or "(unnamed manager)"
    details = [attribution.manager_class.value, inert(attribution.operation)]
    if attribution.subresource:
        details.append(f"subresource {inert(attribution.subresource)}")
    when = f", not later than {inert(attribution.changed_at)}" if attribution.changed_at else ""
    return f"{manager} ({', '.join(filter(None, details))}){when}"


def appendix(report: DriftReport) -> Iterator[tuple[str, list[str]]]:
    """
    What stands after the findings: headings, each with at least one line; inert.

    What was not read, what a person waived, what rules hid: a verdict is only as good as what
    was left out of it, so every format for people shows all of these.
    """
    waived = (
        f"{place(item.cluster, item.zone)} {inert(str(item.key))}: {_waived(item)}"
        for item in report.waived
    )
    rules = (
        f"{plural(rule.hid, 'difference')}: {inert(rule.rule)} ({inert(rule.source)})"
        for rule in report.rules
        if rule.hid
    )
    for heading, lines in (
        ("Could not be read", unread_lines(report.unread)),
        ("Waived", waived),
        ("Left alone by ignore rules", rules),
        ("Notes", map(inert, report.notes)),
    ):
        if found := list(lines):
            yield heading, found


def _waived(finding: Finding) -> str:
    fields = "".join(f", {inert(change.path)}" for change in finding.fields)
    told = f"{facts(finding)}{fields}"
    return told if finding.waiver is None else f"{told}; {terms(finding.waiver)}"


def terms(waiver: Terms) -> str:
    """Who answers for what is waived, until when and why; inert."""
    return inert(f"{waiver.owner} answers for it until {waiver.expires}: {waiver.reason}")


def unread_line(unread: Unread) -> str:
    """What could not be read, where and why; inert."""
    where = "/".join(filter(None, (unread.cluster, unread.zone)))
    return inert(": ".join(filter(None, (where, unread.what, unread.reason))))


def unread_lines(unread: Iterable[Unread]) -> list[str]:
    """One line for each reason and cluster: a cluster that is away is not told zone by zone."""
    zones: dict[tuple[str | None, str, str], list[str | None]] = {}
    for gap in unread:
        zones.setdefault((gap.cluster, gap.what, gap.reason), []).append(gap.zone)
    lines = []
    for (cluster, what, reason), found in zones.items():
        one = Unread(what=what, reason=reason, cluster=cluster, zone=found[0])
        if len(found) > 1:
            where = f"{cluster or NO_ZONE} ({plural(len(found), 'row')})"
            one = replace(one, cluster=where, zone=None)
        lines.append(unread_line(one))
    return lines


def particulars(finding: Finding, change: FieldChange) -> str:
    """Cause and author of *change* where they are not those of the whole finding; inert."""
    parts = []
    if change.cause is not None and change.cause is not finding.cause:
        parts.append(change.cause.value)
    if change.attribution is not None and change.attribution != finding.attribution:
        parts.append(f"by {author(change.attribution)}")
    return ", ".join(parts)


def compared(report: DriftReport) -> str:
    """Which states and which versions the verdict stands on; inert."""
    state = report.repository
    parts = [f"revision {inert(state.revision)}" if state.revision else "no commit"]
    if state.branch:
        parts.append(f"branch {inert(state.branch)}")
    if state.dirty:
        parts.append("with edits that are not committed")
    parts.append(f"kustomize {inert(report.kustomize_version or 'not used')}")
    parts.append(f"edgeops {inert(report.edgeops_version)}")
    parts.append(f"{inert(report.started_at)}, {report.duration_seconds:.1f} s")
    return ", ".join(parts)

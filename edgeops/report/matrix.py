"""
Zones by services: which cell drifted, and how badly.

A report counts the objects of a zone, and names only those that differ. So a cell without a
finding says that nothing was found there; of a zone that could not be read whole it says that
nobody knows.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from edgeops.core.findings import (
    SEVERITY_RANK,
    Cause,
    DriftReport,
    Finding,
    SyncStatus,
    ZoneReport,
)

SERVICE_KINDS: Final = frozenset(
    {
        "Deployment", "StatefulSet", "DaemonSet", "Rollout", "Job", "CronJob", "Pod", "Service",
        "Ingress", "HTTPRoute", "GRPCRoute", "ServiceDefaults", "ServiceIntentions",
        "ServiceResolver", "ServiceRouter", "ServiceSplitter",
    }
)  # fmt: skip
"""Kinds whose objects bear the name of a service: the workload, and the ways to it."""

MAX_SERVICES: Final = 12
"""The most services with a column of their own; `OTHER` takes the rest."""

OTHER: Final = "other objects"

_Place = tuple[str | None, str | None]


class Level(StrEnum):
    """How a cell stands, the worst first; those of a finding are its severity."""

    UNKNOWN = "unknown"
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    SYNCED = "synced"


LEVEL_RANK: Final = {level: rank for rank, level in enumerate(Level)}
"""0 is the worst."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What was found of one service in one zone, or of all of a zone."""

    level: Level
    findings: tuple[Finding, ...] = ()
    waived: int = 0
    """Findings that somebody answers for; they do not count for the level."""

    @property
    def pending(self) -> bool:
        """Whether all of it is known, and only waits for the engine."""
        if self.level is Level.UNKNOWN or not self.findings:
            return False
        return all(finding.cause is Cause.PENDING for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One zone: its counts, all of its findings, and a cell for each column."""

    zone: ZoneReport
    whole: Cell
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Rows in the order of the report; columns by name, `OTHER` last."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


class Columns:
    """The columns that a report needs, and the one of each finding."""

    def __init__(self, report: DriftReport) -> None:
        findings = (*report.findings, *report.waived)
        self._services = frozenset(
            finding.key.name for finding in findings if finding.key.kind in SERVICE_KINDS
        )
        zones: defaultdict[str, set[_Place]] = defaultdict(set)
        for finding in findings:
            zones[self._name(finding)].add((finding.cluster, finding.zone))
        others = zones.pop(OTHER, set())
        most = sorted(zones, key=lambda name: (-len(zones[name]), name))
        self._own = frozenset(most[:MAX_SERVICES])
        left = [OTHER] if others or len(most) > MAX_SERVICES else []
        self.names = (*sorted(self._own), *left)

    def of(self, finding: Finding) -> str:
        """One of `names`."""
        name = self._name(finding)
        return name if name in self._own else OTHER

    def _name(self, finding: Finding) -> str:
        return finding.key.name if finding.key.name in self._services else OTHER


def matrix(report: DriftReport, columns: Columns) -> Matrix:
    """The findings of *report* by zone and column."""
    found = _by_place(report.findings)
    waived = _by_place(report.waived)
    return Matrix(
        columns=columns.names,
        rows=tuple(
            _row(
                zone,
                columns,
                found.get((zone.cluster, zone.zone), ()),
                waived.get((zone.cluster, zone.zone), ()),
            )
            for zone in report.zones
        ),
    )


def worst(levels: Iterable[Level]) -> Level:
    """The first of *levels* in the order of `Level`; `Level.SYNCED` for none."""
    return min(levels, key=LEVEL_RANK.__getitem__, default=Level.SYNCED)


def _by_place(findings: Iterable[Finding]) -> dict[_Place, list[Finding]]:
    grouped: defaultdict[_Place, list[Finding]] = defaultdict(list)
    for finding in findings:
        grouped[(finding.cluster, finding.zone)].append(finding)
    return dict(grouped)


def _row(
    zone: ZoneReport, columns: Columns, found: Sequence[Finding], waived: Sequence[Finding]
) -> Row:
    is_unknown = zone.status is SyncStatus.UNKNOWN
    level = _level(found)
    return Row(
        zone=zone,
        whole=Cell(
            level=Level.UNKNOWN if is_unknown else level, findings=tuple(found), waived=len(waived)
        ),
        cells=tuple(
            _cell(
                [finding for finding in found if columns.of(finding) == name],
                sum(columns.of(finding) == name for finding in waived),
                is_unknown=is_unknown,
            )
            for name in columns.names
        ),
    )


def _cell(findings: Sequence[Finding], waived: int, *, is_unknown: bool) -> Cell:
    level = Level.UNKNOWN if is_unknown and not findings else _level(findings)
    return Cell(level=level, findings=tuple(findings), waived=waived)


def _level(findings: Sequence[Finding]) -> Level:
    severities = sorted((finding.severity for finding in findings), key=SEVERITY_RANK.__getitem__)
    return Level(severities[0].value) if severities else Level.SYNCED

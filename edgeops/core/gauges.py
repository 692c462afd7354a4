"""
What of a drift report is a number: families of gauges, by name, label and value.

The one list of names: ``-o prometheus``, ``/metrics`` and the alerts all take theirs from here.
Labels are names that people chose (clusters, zones), kinds and closed sets; object names are none,
so that the number of series is bounded by the fleet and not by what happens in it.
https://prometheus.io/docs/practices/naming/
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from edgeops.core.findings import DriftReport, SyncStatus, worst

Labels = tuple[tuple[str, str], ...]
"""Names and values in the order they are written; one series for each."""

FINDINGS: Final = "edgeops_drift_findings"
UNREAD: Final = "edgeops_drift_unread"
_STATES: Final = ("synced", "modified", "missing", "extraneous", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One metric; without series it is announced all the same."""

    name: str
    help: str
    labels: tuple[str, ...]
    series: Mapping[Labels, float]


def families(report: DriftReport) -> Iterator[Family]:
    """
    The gauges of *report*, in fixed order.

    A row without a cluster or zone has the empty label, which to Prometheus is no label.
    """
    yield Family(
        name=FINDINGS,
        help="Objects that drifted, by kind and severity.",
        labels=("cluster", "zone", "kind", "severity"),
        series=_findings(report),
    )
    yield Family(
        name="edgeops_drift_objects",
        help="Objects compared, by what was found of them.",
        labels=("cluster", "zone", "state"),
        series=_objects(report),
    )
    yield Family(
        name="edgeops_drift_zone_status",
        help="1 for the status that the zone has, 0 for the others.",
        labels=("cluster", "zone", "status"),
        series=_statuses(report),
    )
    yield Family(
        name="edgeops_drift_zone_unread",
        help="Things that could not be read, by the place that they concern.",
        labels=("cluster", "zone"),
        series=_unread(report),
    )
    yield _one(
        UNREAD, "Things that could not be read, so that the verdict is Unknown.", len(report.unread)
    )
    yield _one(
        "edgeops_drift_last_run_timestamp_seconds",
        "When the comparison started, in seconds since 1970.",
        int(datetime.fromisoformat(report.started_at).timestamp()),
    )
    yield _one(
        "edgeops_drift_duration_seconds",
        "How long the comparison took.",
        round(report.duration_seconds, 3),
    )


def _one(name: str, text: str, value: float) -> Family:
    return Family(name=name, help=text, labels=(), series={(): value})


def _place(cluster: str | None, zone: str | None) -> Labels:
    return (("cluster", cluster or ""), ("zone", zone or ""))


def _findings(report: DriftReport) -> Mapping[Labels, int]:
    series: Counter[Labels] = Counter()
    for finding in report.findings:
        labels = _place(finding.cluster, finding.zone)
        kind = ("kind", finding.key.kind)
        series[(*labels, kind, ("severity", finding.severity.value))] += 1
    return series


def _objects(report: DriftReport) -> Mapping[Labels, int]:
    series: Counter[Labels] = Counter()
    for row in report.zones:
        for state in _STATES:
            series[(*_place(row.cluster, row.zone), ("state", state))] += getattr(row, state)
    return series


def _unread(report: DriftReport) -> Mapping[Labels, int]:
    return Counter(_place(item.cluster, item.zone) for item in report.unread)


def _statuses(report: DriftReport) -> Mapping[Labels, int]:
    zones: dict[Labels, SyncStatus] = {}
    for row in report.zones:
        labels = _place(row.cluster, row.zone)
        zones[labels] = worst((row.status, zones.get(labels, SyncStatus.SYNCED)))
    return {
        (*labels, ("status", status.value)): int(status is current)
        for labels, current in zones.items()
        for status in SyncStatus
    }

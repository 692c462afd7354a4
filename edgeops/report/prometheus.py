"""
The report as Prometheus metrics in the text exposition format, version 0.0.4.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from edgeops.core.findings import DriftReport, SyncStatus, worst
from edgeops.report.inert import inert
from edgeops.report.phrases import COUNTS, counts_of

Labels = tuple[tuple[str, str], ...]
"""Names and values in the order they are written; one series for each."""


def render_prometheus(report: DriftReport) -> str:
    """
    Gauges of this one comparison, for a node exporter's textfile directory or a push gateway.

    A row without a cluster or zone has the empty label, which to Prometheus is no label.
    """
    return "".join(_lines(report))


def _lines(report: DriftReport) -> Iterator[str]:
    yield from _family(
        "edgeops_drift_findings", "Objects that drifted, by kind and severity.", _findings(report)
    )
    yield from _family(
        "edgeops_drift_objects", "Objects compared, by what was found of them.", _objects(report)
    )
    yield from _family(
        "edgeops_drift_zone_status",
        "1 for the status that the zone has, 0 for the others.",
        _statuses(report),
    )
    yield from _family(
        "edgeops_drift_unread",
        "Things that could not be read, so that the verdict is Unknown.",
        {(): len(report.unread)},
    )
    yield from _family(
        "edgeops_drift_last_run_timestamp_seconds",
        "When the comparison started, in seconds since 1970.",
        {(): int(datetime.fromisoformat(report.started_at).timestamp())},
    )
    yield from _family(
        "edgeops_drift_duration_seconds",
        "How long the comparison took.",
        {(): round(report.duration_seconds, 3)},
    )


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
        for state, number in zip(COUNTS[1:], counts_of(row)[1:], strict=True):
            series[(*_place(row.cluster, row.zone), ("state", state))] += number
    return series


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


def _family(name: str, text: str, series: Mapping[Labels, float]) -> Iterator[str]:
    """A metric with its help and type; a metric without series is still announced."""
    yield f"# HELP {name} {text}\n# TYPE {name} gauge\n"
    for labels, value in series.items():
        inside = ",".join(f'{label}="{_escaped(item)}"' for label, item in labels)
        yield f"{name}{{{inside}}} {value}\n" if inside else f"{name} {value}\n"


def _escaped(value: str) -> str:
    """A label value: backslash and quote are escaped, a line break is already inert."""
    return inert(value).replace("\\", "\\\\").replace('"', '\\"')

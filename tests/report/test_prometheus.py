"""The text exposition format, read by a parser that forgives nothing."""

import re
from dataclasses import dataclass, field

import pytest

from edgeops.core.findings import Drift, DriftReport, Finding, Severity, ZoneReport
from edgeops.core.objects import ResourceKey
from edgeops.report.prometheus import render_prometheus
from tests.report import samples
from tests.report.sample_findings import LAX

Labels = frozenset[tuple[str, str]]

NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
SERIES = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?[0-9]+(?:\.[0-9]+)?)")
ESCAPES = {'\\"': '"', "\\\\": "\\", "\\n": "\n"}


@dataclass
class Family:
    help: str
    series: dict[Labels, float] = field(default_factory=dict)


def parse(text: str) -> dict[str, Family]:
    """Families by name; HELP, TYPE and series of each stand together, no series comes twice."""
    assert text.endswith("\n")
    families: dict[str, Family] = {}
    name = ""
    lines = iter(text.removesuffix("\n").split("\n"))
    for line in lines:
        if line.startswith("# HELP "):
            _, _, name, about = line.split(" ", 3)
            assert name not in families
            families[name] = Family(help=about)
            assert next(lines) == f"# TYPE {name} gauge"
            continue
        match = SERIES.fullmatch(line)
        assert match, line
        assert match[1] == name
        pairs = [
            (label, re.sub(r"\\.", lambda escape: ESCAPES[escape[0]], value))
            for label, value in re.findall(LABEL, match[2] or "")
        ]
        assert len(dict(pairs)) == len(pairs)
        labels = frozenset(pairs)
        assert labels not in families[name].series
        families[name].series[labels] = float(match[match.lastindex or 0])
    return families


def labels(**values: str) -> Labels:
    return frozenset(values.items())


def test_families() -> None:
    families = parse(render_prometheus(samples.full()))
    assert list(families) == [
        "edgeops_drift_findings",
        "edgeops_drift_objects",
        "edgeops_drift_zone_status",
        "edgeops_drift_zone_unread",
        "edgeops_drift_unread",
        "edgeops_drift_last_run_timestamp_seconds",
        "edgeops_drift_duration_seconds",
    ]
    none = labels()
    assert families["edgeops_drift_unread"].series == {none: 3}
    assert sum(families["edgeops_drift_zone_unread"].series.values()) == 3
    at = labels(cluster="edge-euc1", zone="region")
    assert families["edgeops_drift_zone_unread"].series[at] == 1
    assert families["edgeops_drift_duration_seconds"].series == {none: 0.812}
    # date -u -d 2026-01-31T12:00:00Z +%s
    assert families["edgeops_drift_last_run_timestamp_seconds"].series == {none: 1769860800}


def test_findings_are_counted() -> None:
    report = samples.full()
    series = parse(render_prometheus(report))["edgeops_drift_findings"].series
    assert sum(series.values()) == len(report.findings)
    at = {"cluster": "edge-usw2", "zone": LAX, "kind": "Deployment", "severity": "high"}
    assert series[labels(**at)] == 1


def test_every_zone_has_one_status_and_five_states() -> None:
    report = samples.full()
    families = parse(render_prometheus(report))
    statuses = families["edgeops_drift_zone_status"].series
    assert len(statuses) == 3 * len(report.zones)
    assert sum(statuses.values()) == len(report.zones)
    for row in report.zones:
        at = {"cluster": row.cluster or "", "zone": row.zone or ""}
        assert statuses[labels(**at, status=row.status.value)] == 1
        objects = families["edgeops_drift_objects"].series
        assert objects[labels(**at, state="synced")] == row.synced
        assert objects[labels(**at, state="unknown")] == row.unknown


def test_rows_of_one_place_become_one_series() -> None:
    row = ZoneReport(cluster=None, zone=None, namespace=None, synced=2)
    drifted = ZoneReport(cluster=None, zone=None, namespace=None, missing=1, drifted=True)
    report = DriftReport(
        repository=samples.empty().repository,
        started_at="2026-01-31T12:00:00Z",
        duration_seconds=0,
        edgeops_version="0",
        kustomize_version=None,
        zones=(drifted, row),
    )
    families = parse(render_prometheus(report))
    at = {"cluster": "", "zone": ""}
    assert families["edgeops_drift_objects"].series[labels(**at, state="synced")] == 2
    assert families["edgeops_drift_zone_status"].series[labels(**at, status="OutOfSync")] == 1


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        ("Plain", "Plain"),
        ('a"b', 'a"b'),
        ("a\\b", "a\\b"),
        ("a\nb", "a\\nb"),
        ('"} 1\nup 1', '"} 1\\nup 1'),
        ("\x1b[0m", "\\x1b[0m"),
    ],
)
def test_labels_are_escaped(kind: str, read: str) -> None:
    finding = Finding(
        cluster="c",
        zone="z",
        key=ResourceKey("", kind, "", "x"),
        api_version="v1",
        drift=Drift.MISSING,
        severity=Severity.HIGH,
    )
    report = DriftReport(
        repository=samples.empty().repository,
        started_at="2026-01-31T12:00:00Z",
        duration_seconds=0,
        edgeops_version="0",
        kustomize_version=None,
        findings=(finding,),
    )
    series = parse(render_prometheus(report))["edgeops_drift_findings"].series
    assert list(series) == [labels(cluster="c", zone="z", kind=read, severity="high")]


def test_metric_without_series_is_announced() -> None:
    assert parse(render_prometheus(samples.empty()))["edgeops_drift_findings"].series == {}

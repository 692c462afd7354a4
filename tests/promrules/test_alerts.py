"""The alerts that ``edgeops schedule kubernetes --alerts`` prints, under Prometheus' own engine."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from edgeops.adapters import metrics
from edgeops.core import documents
from edgeops.core.findings import DriftReport, Unread
from edgeops.core.schedule.alerts import prometheus_rule, watch_rule
from edgeops.report.prometheus import render_prometheus
from tests.adapters.webserver import posting, report_of
from tests.promrules.judge import judge

START, MINUTES = "2026-01-31T12:00:00Z", 30
NAME, NAMESPACE = "drift-shop", "edgeops"
NOW = 1769860800
"""The start, in seconds since 1970."""

_JOB = f'namespace="{NAMESPACE}",cronjob="{NAME}"'
_OWNED = f'namespace="{NAMESPACE}",job_name="{NAME}-29"'


def constant(value: float) -> str:
    return f"{value:.0f}x{MINUTES}"


def advancing(value: float) -> str:
    return f"{value:.0f}+60x{MINUTES}"


SCHEDULED = {
    f"kube_cronjob_next_schedule_time{{{_JOB}}}": advancing(NOW + 600),
    f"kube_cronjob_status_last_successful_time{{{_JOB}}}": advancing(NOW - 60),
    f"kube_job_status_failed{{{_OWNED}}}": constant(0),
    f"kube_job_status_start_time{{{_OWNED}}}": advancing(NOW - 90),
}
"""What kube-state-metrics says of checks that run when they are due and succeed."""

WATCHING = {
    f'up{{job="{NAME}"}}': constant(1),
    'edgeops_watch_last_success_timestamp_seconds{cluster="edge-usw2"}': advancing(NOW),
}

UNKNOWN = Unread(cluster="c", zone="z", what="apps/v1 Deployment", reason="403 Forbidden")


def series(report: DriftReport) -> dict[str, str]:
    """What ``-o prometheus`` says of a report, all the time."""
    found = {}
    for family in text_string_to_metric_families(render_prometheus(report)):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items() if value)
            found[f"{sample.name}{{{labels}}}"] = constant(sample.value)
    return found


@pytest.fixture(params=["schedule", "watch"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def rules(kind: str, tmp_path: Path) -> Path:
    """The rules, as the operator hands them to Prometheus."""
    return written(tmp_path, body_of(kind))


def body_of(kind: str) -> dict[str, Any]:
    make = prometheus_rule if kind == "schedule" else watch_rule
    return make(NAME, NAMESPACE)


def written(folder: Path, body: Mapping[str, Any]) -> Path:
    file = folder / "rules.yaml"
    file.write_text(documents.dump_yaml(body["spec"]))
    return file


def well(kind: str) -> dict[str, str]:
    return dict(SCHEDULED if kind == "schedule" else WATCHING)


def fired(rules: Path, given: Mapping[str, str]) -> list[str]:
    found = judge(rules, given, start=START, minutes=MINUTES)
    assert found.errors == []
    for alert in found.firing:
        shown = " ".join(alert["annotations"].values())
        assert "{{" not in shown
        assert "error" not in shown
    return found.alerts


def test_silent_when_all_is_as_git_says(rules: Path, kind: str) -> None:
    assert fired(rules, {**series(report_of()), **well(kind)}) == []


def test_drift(rules: Path, kind: str) -> None:
    given = {**series(report_of("a", "b")), **well(kind)}
    found = judge(rules, given, start=START, minutes=MINUTES)
    (alert,) = found.firing
    assert alert["labels"] == {
        "alertname": "EdgeopsDrift", "cluster": "c", "zone": "z", "severity": "critical",
    }  # fmt: skip
    assert alert["annotations"]["summary"] == "Drift in c/z"
    assert alert["annotations"]["description"].startswith("2 objects ")


def test_what_lasts_a_moment_wakes_nobody(rules: Path, kind: str) -> None:
    given = {**series(report_of("a")), **well(kind)}
    assert judge(rules, given, start=START, minutes=5).firing == []


def test_what_could_not_be_read(rules: Path, kind: str) -> None:
    report = replace(report_of(unread=True), unread=(UNKNOWN,))
    assert fired(rules, {**series(report), **well(kind)}) == ["EdgeopsUnknown"]


@pytest.mark.parametrize("kind", ["schedule"], indirect=True)
def test_checks_that_do_not_start(rules: Path) -> None:
    name = f"kube_cronjob_next_schedule_time{{{_JOB}}}"
    stuck = {**series(report_of()), **SCHEDULED, name: constant(NOW)}
    assert fired(rules, stuck) == ["EdgeopsCheckSilent"]


@pytest.mark.parametrize("kind", ["schedule"], indirect=True)
def test_checks_that_fail(rules: Path) -> None:
    failing = {
        **SCHEDULED,
        f"kube_job_status_failed{{{_OWNED}}}": constant(1),
        f"kube_job_status_start_time{{{_OWNED}}}": constant(NOW),
        f"kube_cronjob_status_last_successful_time{{{_JOB}}}": constant(NOW - 900),
    }
    assert fired(rules, failing) == ["EdgeopsCheckFailed"]
    # One that never succeeded; and one that did since.
    del failing[f"kube_cronjob_status_last_successful_time{{{_JOB}}}"]
    assert fired(rules, failing) == ["EdgeopsCheckFailed"]
    failing[f"kube_cronjob_status_last_successful_time{{{_JOB}}}"] = constant(NOW + 60)
    assert fired(rules, failing) == []


@pytest.mark.parametrize("kind", ["watch"], indirect=True)
def test_a_cluster_that_is_not_current(rules: Path) -> None:
    stale = {**series(report_of()), **WATCHING}
    stale['edgeops_watch_last_success_timestamp_seconds{cluster="b"}'] = constant(NOW - 60)
    found = judge(rules, stale, start=START, minutes=MINUTES)
    assert found.alerts == ["EdgeopsWatchStale"]
    assert found.firing[0]["labels"]["cluster"] == "b"


@pytest.mark.parametrize("kind", ["watch"], indirect=True)
def test_a_watcher_that_is_gone(rules: Path) -> None:
    assert fired(rules, {f'up{{job="{NAME}"}}': constant(0)}) == ["EdgeopsWatchGone"]
    assert fired(rules, {'up{job="other"}': constant(1)}) == ["EdgeopsWatchGone"]


def test_rules_that_are_wrong_are_found(tmp_path: Path, kind: str) -> None:
    body = body_of(kind)
    body["spec"]["groups"][0]["rules"][0]["expr"] += " >"
    assert judge(written(tmp_path, body), {}, start=START, minutes=1).errors


def test_every_series_of_ours_is_there(kind: str) -> None:
    """A name that nobody exposes would never fire."""
    text = documents.dump_yaml(body_of(kind))
    names = set(re.findall(r"\bedgeops_[a-z_]+", text))
    assert len(names) >= 2
    exposed, _ = metrics.exposition(posting(1, report_of("a")), followers=0, accepted="")
    found = set(re.findall(r"^(edgeops_[a-z_]+)\{?", exposed.decode(), re.MULTILINE))
    if kind == "schedule":
        found &= set(re.findall(r"\bedgeops_[a-z_]+", render_prometheus(report_of("a"))))
    assert names <= found

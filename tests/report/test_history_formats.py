"""The history for machines and browsers: golden files, and what each format promises."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from prometheus_client.parser import text_string_to_metric_families

from edgeops.core.episodes import Episode, EpisodeKey, State, advance
from edgeops.core.findings import Severity, SyncStatus
from edgeops.report.episodes import render
from edgeops.report.episodes_html import render_html
from edgeops.report.episodes_junit import render_junit
from edgeops.report.episodes_prometheus import render_prometheus
from edgeops.report.episodes_sarif import baseline_state, render_sarif
from edgeops.report.html_assets import assets, plain_policy
from edgeops.report.inert import inert
from edgeops.report.registry import FORMATS
from edgeops.report.sarif import render_sarif as render_drift_sarif
from tests.core.drifts import CLUSTER, LAX, at, found, report
from tests.report.conftest import Golden
from tests.report.sample_findings import HOSTILE
from tests.report.sample_history import HISTORIES, LAST, NOW, REPORTS, hostile, names, played
from tests.report.test_markup import Page
from tests.report.test_prometheus import labels, parse

UNKNOWN = replace(LAST, status=SyncStatus.UNKNOWN, unread=2)


@pytest.mark.parametrize(
    ("format_name", "suffix"),
    [("html", "html"), ("junit", "junit.xml"), ("sarif", "sarif"), ("prometheus", "prom")],
)
def test_history(format_name: str, suffix: str, golden: Golden) -> None:
    text = render(played(), LAST, NOW, format_name, color=False, width=100)
    if format_name == "html":
        for asset in (plain_policy(), assets().style):
            assert text.count(asset) == 1
            text = text.replace(asset, "…")
    if format_name == "sarif":
        text = re.sub(r'"version": "0\.[^"]*"', '"version": "…"', text, count=1)
    golden(f"over-time/history.{suffix}", text)


@pytest.mark.parametrize("name", HISTORIES)
@pytest.mark.parametrize("format_name", FORMATS)
def test_nothing_active_gets_out(format_name: str, name: str) -> None:
    kept, last = HISTORIES[name]
    text = render(kept, last, NOW, format_name, color=False, width=100)
    active = {item for item in text if ord(item) < 32 or 0x7F <= ord(item) < 0xA0}
    assert active <= {"\n"}
    if format_name != "yaml":  # it carries the value itself, as an escape where it must
        assert "\u202e" not in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_hostile_texts_are_still_told() -> None:
    """An escape is shown, not left out: who attacks is seen."""
    shown = "".join(Page(render_html(hostile(), LAST, NOW)).texts)
    cases = "".join(ET.fromstring(render_junit(hostile(), LAST, NOW)).itertext())
    for attack in HOSTILE:
        assert inert(attack) in shown
        assert inert(attack) in cases
    results = json.loads(render_sarif(hostile(), LAST, NOW, None))["runs"][0]["results"]
    messages = "".join(item["message"]["text"] for item in results)
    assert "[click] (https://evil.example)" in messages
    assert "](" not in messages
    metrics = text_string_to_metric_families(render_prometheus(hostile(), LAST, NOW))
    labelled = {sample.labels.get("kind") for family in metrics for sample in family.samples}
    assert {inert(attack) for attack in HOSTILE} <= labelled


def test_no_string_of_sarif_acts_once_it_is_decoded() -> None:
    def strings(value: object) -> Iterator[str]:
        match value:
            case dict():
                yield from (text for item in value.values() for text in strings(item))
            case list():
                yield from (text for item in value for text in strings(item))
            case str():
                yield from value.split("\n")

    found = list(strings(json.loads(render_sarif(hostile(), LAST, NOW, at(0)))))
    assert len(found) > len(HOSTILE)
    assert [text for text in found if text != inert(text)] == []


# JUnit


def test_junit_fails_what_is_open_and_passes_what_is_resolved() -> None:
    root = ET.fromstring(render_junit(played(), LAST, NOW))
    cases = {case.get("name"): {child.tag for child in case} for case in root.iter("testcase")}
    told = {State.OPEN: {"failure"}, State.RESOLVED: {"system-out"}, State.WAIVED: {"skipped"}}
    for episode in played():
        assert cases.pop(f"{episode.key.resource} is as git says") == told[episode.state]
    assert cases == {"the last check could read everything": set()}
    suites = [suite.get("name") for suite in root]
    assert suites == ["last check", f"{CLUSTER}/us-west-2-las-1a", f"{CLUSTER}/{LAX}"]
    assert root.get("failures") == str(len(names(played(), State.OPEN)))


@pytest.mark.parametrize("last", [None, UNKNOWN])
def test_junit_is_not_green_where_nothing_is_known(last: object) -> None:
    text = render_junit([], None if last is None else UNKNOWN, NOW)
    assert ET.fromstring(text).get("errors") == "1"


# SARIF


@pytest.mark.parametrize(
    ("name", "baseline", "state"),
    [
        ("fresh", at(200), "new"),
        ("fresh", at(201), "unchanged"),
        ("more", at(250), "updated"),
        ("more", at(301), "unchanged"),
        ("less", at(250), "unchanged"),  # one field is as git says again
        ("back", at(250), "new"),  # resolved at 200, and there again
        ("gone", at(250), "absent"),
        ("gone", at(301), None),  # not there any more before the baseline, nor now
        ("brief", at(50), None),  # came and went since: in neither
        ("brief", at(150), "absent"),
    ],
)
def test_baseline_state(name: str, baseline: str, state: str | None) -> None:
    known: dict[EpisodeKey, Episode] = {}
    for item in (
        report(0, found("more"), found("back"), found("gone")),
        report(100, found("more"), found("back"), found("gone"), found("brief")),
        report(
            200,
            found("more"),
            found("less", paths=["spec.replicas", "spec.z"]),
            found("gone"),
            found("fresh"),
        ),
        report(
            300,
            found("more", paths=["spec.replicas", "spec.z"]),
            found("less"),
            found("back"),
            found("fresh"),
        ),
    ):
        known |= {episode.key: episode for episode in advance(known, item).changed}
    (episode,) = [item for item in known.values() if item.key.resource.name == name]
    assert baseline_state(episode, baseline) == state


def test_sarif_compares_with_the_check_before_the_last_or_with_since() -> None:
    def states(since: str | None) -> dict[str, str]:
        results = json.loads(render_sarif(played(), LAST, NOW, since))["runs"][0]["results"]
        return {
            item["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].split("/")[-1]: item[
                "baselineState"
            ]
            for item in results
        }

    assert states(None) == {"web": "unchanged", "kept": "unchanged", "old": "absent"}
    assert states(at(30)) == {"web": "new", "kept": "new", "api": "absent"}


def test_sarif_is_matched_with_that_of_a_drift_report() -> None:
    def alerts(text: str) -> set[tuple[str, str]]:
        (run,) = json.loads(text)["runs"]
        return {
            (item["ruleId"], item["partialFingerprints"]["edgeopsObject/v1"])
            for item in run["results"]
        }

    drifted = REPORTS[4]
    begun = [event.episode for event in advance({}, drifted).events]
    assert alerts(render_sarif(begun, LAST, NOW, None)) == alerts(render_drift_sarif(drifted))


@pytest.mark.parametrize("last", [None, UNKNOWN])
def test_sarif_did_not_succeed_where_nothing_is_known(last: object) -> None:
    text = render_sarif([], None if last is None else UNKNOWN, NOW, None)
    (invocation,) = json.loads(text)["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert len(invocation["toolExecutionNotifications"]) == 1


def test_sarif_suppresses_what_is_waived() -> None:
    results = json.loads(render_sarif(played(), LAST, NOW, None))["runs"][0]["results"]
    assert [item.get("suppressions") is not None for item in results].count(True) == 1


# Prometheus


@pytest.mark.parametrize("name", HISTORIES)
def test_prometheus_reads_what_was_written(name: str) -> None:
    kept, last = HISTORIES[name]
    text = render_prometheus(kept, last, NOW)
    families = {item.name: item for item in text_string_to_metric_families(text)}
    assert {item.type for item in families.values()} == {"gauge"}
    assert all(item.documentation for item in families.values())
    still = [item for item in kept if item.state is State.OPEN]
    counted = families["edgeops_history_open_episodes"].samples
    assert sum(sample.value for sample in counted) == len(still)
    used = {
        label for family in families.values() for item in family.samples for label in item.labels
    }
    assert used <= {"cluster", "zone", "kind", "severity", "status"}


def test_gauges() -> None:
    families = parse(render_prometheus(played(), LAST, NOW))
    place = {"cluster": CLUSTER, "zone": LAX}
    assert families["edgeops_history_open_episodes"].series == {
        labels(**place, kind="Deployment", severity=Severity.MEDIUM.value): 1
    }
    # It was there at 0 as well, but has been there without a break since 240.
    assert families["edgeops_history_oldest_open_age_seconds"].series == {labels(**place): 90 * 60}
    assert families["edgeops_history_flapping_episodes"].series == {labels(**place): 1}
    assert families["edgeops_history_fought_fields"].series == {labels(**place): 1}
    assert families["edgeops_history_status"].series == {
        labels(status="Synced"): 0,
        labels(status="OutOfSync"): 1,
        labels(status="Unknown"): 0,
    }
    (moment,) = families["edgeops_history_last_run_timestamp_seconds"].series.values()
    assert moment == 1769817600 + 300 * 60


def test_the_oldest_counts_and_no_clock_makes_it_younger_than_now() -> None:
    def oldest(now: str) -> list[float]:
        known = {item.key: item for item in advance({}, report(0, found("a"))).changed}
        known |= {
            item.key: item for item in advance(known, report(60, found("a"), found("b"))).changed
        }
        text = render_prometheus(list(known.values()), LAST, now)
        return list(parse(text)["edgeops_history_oldest_open_age_seconds"].series.values())

    assert oldest(at(90)) == [90 * 60]
    assert oldest(at(-5)) == [0]


def test_gauges_before_the_first_check() -> None:
    families = parse(render_prometheus([], None, NOW))
    assert families["edgeops_history_status"].series[labels(status="Unknown")] == 1
    assert families["edgeops_history_last_run_timestamp_seconds"].series == {}

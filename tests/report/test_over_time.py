"""History, comparisons, messages and summaries: golden files, and nothing acts on its reader."""

import json
from dataclasses import replace

import pytest

from edgeops.core.differing import Trend, difference
from edgeops.core.documents import load
from edgeops.core.episodes import Happening, advance
from edgeops.core.findings import Change, DriftReport, FieldChange, Severity
from edgeops.core.telling import Interest, Item, news
from edgeops.report import comparison, episodes, message, summary
from tests.core.drifts import LAS, LAX, at, found, report
from tests.report import samples
from tests.report.conftest import Golden
from tests.report.sample_history import LAST, NOW, REPORTS, played

SUFFIX = {"table": "table.txt", "json": "json", "yaml": "yaml", "markdown": "md"}


@pytest.mark.parametrize("format_name", SUFFIX)
def test_history(format_name: str, golden: Golden) -> None:
    text = episodes.render(played(), LAST, NOW, format_name, color=False, width=100)
    golden(f"over-time/history.{SUFFIX[format_name]}", text)


def test_history_before_the_first_check() -> None:
    body = episodes.document([], None, NOW)
    assert (body["status"], body["lastRun"], body["episodes"]) == ("Unknown", None, [])
    assert "No check" in episodes.render([], None, NOW, "table", color=False, width=80)


OLD = report(0, found(), found("api"), found("gone"), found("far", zone=LAS))
NEW = report(
    60,
    found(severity=Severity.HIGH),
    found("api"),
    found("fresh", drift=REPORTS[0].findings[0].drift),
    unread=[LAS],
)


@pytest.mark.parametrize("format_name", SUFFIX)
def test_comparison(format_name: str, golden: Golden) -> None:
    diff = difference(OLD, NEW)
    text = comparison.render(diff, format_name, color=False, width=100)
    golden(f"over-time/report-diff.{SUFFIX[format_name]}", text)


@pytest.mark.parametrize(
    ("old", "new", "trend", "changes"),
    [
        (report(0, found()), report(1, found()), Trend.SAME, []),
        (report(0, found()), report(1), Trend.BETTER, ["resolved"]),
        (report(0), report(1, found()), Trend.WORSE, ["new"]),
        (report(0, found()), report(1, unread=[LAX]), Trend.UNKNOWN, []),
        (report(0, unread=[LAX]), report(1, found()), Trend.WORSE, ["new"]),
        (report(0, found()), report(1, zones=[LAS]), Trend.SAME, []),
        (report(0, found()), report(0, found()), Trend.SAME, []),
    ],
)
def test_trends(old: DriftReport, new: DriftReport, trend: Trend, changes: list[str]) -> None:
    diff = difference(old, new)
    assert diff.status is trend
    assert [event.what.value for event in diff.events] == changes


def items(count: int, zones: int = 1) -> list[Item]:
    findings = [found(f"web-{n}", zone=f"zone-{z:02}") for z in range(zones) for n in range(count)]
    known = {event.episode.key: event.episode for event in advance({}, report(0, *findings)).events}
    return list(news(known.values(), {}, Interest(), at(0)).items)


def test_message(golden: Golden) -> None:
    told = news(played(), {}, Interest(), NOW)
    known = {item.key: item for item in played()}
    later = advance(known, report(400, found("kept", zone=LAS), found("api", paths=["spec.z"])))
    after = {**known, **{item.key: item for item in later.changed}}
    more = news(after.values(), told.told, Interest(), at(400))
    both = [*told.items, *more.items]
    golden("over-time/message.txt", f"{message.title(both)}\n\n{message.text(both)}")


def test_a_message_is_short_whatever_happened() -> None:
    text = message.text(items(30, zones=40))
    assert len(text.splitlines()) == 20 * 12 + 1
    assert "  and 20 more objects\n" in text
    assert text.endswith("and 600 objects in 20 more zones\n")
    assert message.title(items(30, zones=40)) == "Drift: 1200 new"


def test_a_message_is_inert_and_has_no_values() -> None:
    known = {e.episode.key: e.episode for e in advance({}, samples.full()).events}
    told = news(known.values(), {}, Interest(), samples.full().started_at)
    text = message.text(told.items)
    assert "\x1b" not in text
    assert "\u202e" not in text
    secret = FieldChange(path="data.key", change=Change.CHANGED, desired="hunter1", live="hunter2")
    (event,) = advance({}, report(0, replace(found(), fields=(secret,)))).events
    (item,) = news([event.episode], {}, Interest(), at(0)).items
    assert "data.key" in message.text([item])
    assert "hunter" not in message.title([item]) + message.text([item])


def test_good_and_grave() -> None:
    (item,) = items(1)
    assert not message.is_good([item])
    assert not message.is_grave([item])
    assert Happening.NEW is item.what


def test_summary_fits_into_a_termination_message() -> None:
    whole = report(0, *(found(f"web-{number}") for number in range(500)))
    text = summary.summary(whole)
    assert len(text.encode()) <= summary.LIMIT
    assert text.startswith("OutOfSync: 500 findings")
    named = text.count("Deployment/")
    assert text.endswith(f"... and {500 - named} more\n")
    assert 20 < named < 500


@pytest.mark.parametrize("render", ["history", "diff"])
def test_json_and_yaml_say_the_same(render: str) -> None:
    def text(form: str) -> str:
        if render == "history":
            return episodes.render(played(), None, NOW, form, color=False, width=80)
        return comparison.render(difference(OLD, NEW), form, color=False, width=80)

    assert json.loads(text("json")) == load(text("yaml"))

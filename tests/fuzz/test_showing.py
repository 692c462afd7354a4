"""Any report is shown in every format, and nothing in it acts on who looks at it."""

import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.core import documents
from edgeops.core.comings import comings
from edgeops.core.episodes import Episode, EpisodeKey, Happening, State
from edgeops.core.findings import Change, Drift, DriftReport, FieldChange, Severity, Unread
from edgeops.core.objects import ResourceKey
from edgeops.core.telling import Item
from edgeops.core.turns import Turn
from edgeops.report import message
from edgeops.report.comings import as_json, as_text
from edgeops.report.registry import FORMATS, render
from edgeops.report.summary import LIMIT, summary
from tests.core.drifts import at, found, report
from tests.fuzz.strategies import TEXTS, VALUES, fuzzed
from tests.report.test_markup import outside_code

CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
# Everything that moves a cursor, or shows a text in another order; a line break is none.
ACTIVE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
# What a chat takes for a call to somebody, or for a link.
CALLS = re.compile("[@<>!|]|://")


@st.composite
def reports(draw: st.DrawFn) -> DriftReport:
    """A report whose every text somebody else wrote."""
    zones = draw(st.lists(TEXTS, min_size=1, max_size=2, unique=True))
    findings = []
    for zone in zones:
        finding = found(name=draw(TEXTS), zone=zone, manager=draw(TEXTS))
        changes = tuple(
            FieldChange(
                path=draw(TEXTS) or "a",
                change=draw(st.sampled_from(Change)),
                desired=draw(VALUES),
                live=draw(VALUES),
            )
            for _ in range(draw(st.integers(0, 3)))
        )
        key = ResourceKey(draw(TEXTS), draw(TEXTS), draw(TEXTS), draw(TEXTS))
        findings.append(replace(finding, key=key, fields=changes, api_version=draw(TEXTS)))
    made = report(0, *findings, zones=zones)
    gap = Unread(what=draw(TEXTS), reason=draw(TEXTS), cluster=draw(TEXTS), zone=zones[0])
    return replace(made, unread=(gap,)) if draw(st.booleans()) else made


@pytest.mark.parametrize("name", FORMATS)
@fuzzed
@given(made=reports())
def test_any_report_is_shown_harmlessly(name: str, made: DriftReport) -> None:
    text = render(made, name, width=100)

    assert text.endswith("\n")
    # YAML is for programs: its emitter leaves as they are the marks that a screen does not show.
    assert not (CONTROL if name == "yaml" else ACTIVE).search(text)
    if name in {"json", "sarif"}:
        json.loads(text)
    elif name == "yaml":
        documents.load(text)
    elif name == "junit":
        ET.fromstring(text)
    elif name == "html":
        # The page's own script, if any, is not the one of the report.
        assert "<script>alert" not in text
    elif name == "markdown":
        assert "<script" not in outside_code(text)


@fuzzed
@given(reports(), reports())
def test_what_comes_and_goes_is_one_harmless_line(before: DriftReport, now: DriftReport) -> None:
    for event in comings(before, now):
        for line in (as_text(event, at(0)), as_json(event, at(0))):
            assert "\n" not in line
            assert not ACTIVE.search(line)
        json.loads(as_json(event, at(0)))


@fuzzed
@given(reports())
def test_a_termination_message_is_harmless_and_fits(made: DriftReport) -> None:
    text = summary(made)

    assert not ACTIVE.search(text)
    assert len(text.encode()) <= LIMIT


@st.composite
def news(draw: st.DrawFn) -> list[Item]:
    """What somebody is told, in other people's words."""
    items = []
    for _ in range(draw(st.integers(1, 4))):
        resource = ResourceKey(draw(TEXTS), draw(TEXTS), draw(TEXTS), draw(TEXTS))
        turn = Turn(path=draw(TEXTS), writer=draw(TEXTS), seen_at=at(1))
        episode = Episode(
            key=EpisodeKey(draw(TEXTS), draw(TEXTS), resource),
            api_version="v1",
            drift=Drift.MODIFIED,
            severity=Severity.HIGH,
            state=State.OPEN,
            first_seen=at(0),
            last_seen=at(1),
            opened=(at(0),),
            paths=tuple(draw(st.lists(TEXTS, max_size=5))),
            turns=(turn,),
        )
        what = draw(st.sampled_from(Happening))
        items.append(Item(what=what, episode=episode, flapping=draw(st.booleans())))
    return items


@fuzzed
@given(news())
def test_a_message_is_harmless(items: list[Item]) -> None:
    for text in (message.title(items), message.text(items)):
        assert not ACTIVE.search(text)
        assert not CALLS.search(text)
    # A line for each zone and each object, whatever stands in their names.
    zones = {(item.episode.key.cluster, item.episode.key.zone) for item in items}
    assert len(message.text(items).splitlines()) == len(zones) + len(items)

"""Any report is shown in every format, and nothing in it acts on who looks at it."""

import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.core import documents
from edgeops.core.findings import Change, DriftReport, FieldChange, Unread
from edgeops.core.objects import ResourceKey
from edgeops.report.registry import FORMATS, render
from tests.core.drifts import found, report
from tests.fuzz.strategies import TEXTS, VALUES, fuzzed
from tests.report.test_markup import outside_code

CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
# Everything that moves a cursor, or shows a text in another order; a line break is none.
ACTIVE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


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

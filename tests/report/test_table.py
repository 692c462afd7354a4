import re
from dataclasses import replace

import pytest

from edgeops.core.findings import Change, FieldChange
from edgeops.report.inert import inert
from edgeops.report.page import MAX_LINES, MAX_VALUE
from edgeops.report.table import render_table
from tests.report import samples
from tests.report.sample_findings import PATHS

WIDTHS = (40, 80, 200)
ANSI = re.compile("\x1b\\[[0-9;]*m")


@pytest.mark.parametrize("width", WIDTHS)
def test_names_to_copy_are_whole(width: int) -> None:
    report = samples.full()
    lines = [line.strip() for line in render_table(report, color=False, width=width).splitlines()]
    for finding in report.findings:
        assert inert(str(finding.key)) in lines
        for change in finding.fields:
            assert inert(change.path) in lines
        if finding.origin is not None:
            suffix = "" if finding.origin.line is None else f":{finding.origin.line}"
            place = inert(f"{finding.origin.path}{suffix}")
            assert any(line == place or line.endswith(f"  {place}") for line in lines)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_zone_is_whole(width: int) -> None:
    text = render_table(samples.full(), color=False, width=width)
    head = text.split("ConfigMap/")[0]
    for row in samples.full().zones:
        assert (row.zone or "-") in re.split(r"[\s/]+", head) or row.zone is None
        if row.namespace and width == 200:
            assert row.namespace in head


@pytest.mark.parametrize("width", WIDTHS)
def test_other_lines_keep_to_the_width(width: int) -> None:
    report = samples.full()
    whole = {inert(change.path) for finding in report.findings for change in finding.fields}
    whole |= {inert(str(finding.key)) for finding in report.findings}
    whole |= {
        inert(f"{finding.origin.path}:{finding.origin.line}")
        for finding in report.findings
        if finding.origin is not None
    }
    for line in render_table(report, color=False, width=width).splitlines():
        assert len(line) <= width or line.strip() in whole


def test_colour_adds_nothing_but_colour() -> None:
    plain = render_table(samples.full(), color=False, width=80)
    colored = render_table(samples.full(), color=True, width=80)
    assert "\x1b[" in colored
    assert [line.rstrip() for line in ANSI.sub("", colored).splitlines()] == plain.splitlines()


def test_colour_is_the_only_escape() -> None:
    colored = render_table(samples.full(), color=True, width=80)
    assert "\x1b" not in ANSI.sub("", colored)
    assert "\x1b[31mred" not in colored


def test_library_markup_and_emoji_are_off() -> None:
    text = render_table(samples.full(), color=False, width=200)
    assert "[bold]markup[/bold]" in text
    assert ":warning:" in text


def test_pending_is_said_in_one_word() -> None:
    text = render_table(samples.full(), color=False, width=80)
    assert "    Modified, medium, pending  base/nginx.yaml\n" in text
    assert "      pending, by argocd-controller (engine, Apply)\n" in text


def test_long_texts_are_shortened_and_say_so() -> None:
    report = samples.drifted()
    many = "\n".join(f"line {number}" for number in range(100))
    fields = (
        FieldChange(path="data.many", change=Change.ADDED, live=many),
        FieldChange(path="data.long", change=Change.ADDED, live="x" * 10_000),
    )
    findings = tuple(replace(finding, fields=fields) for finding in report.findings)
    text = render_table(replace(report, findings=findings), color=False, width=80)
    assert f"line {MAX_LINES - 1}\n      ... {100 - MAX_LINES} more lines\n" in text
    assert text.count("x") < MAX_VALUE + 50
    assert "(10000 characters)" in text


def test_rules_that_hid_nothing_are_not_shown() -> None:
    text = render_table(samples.full(), color=False, width=80)
    assert "3 differences: metadata.annotations <b> (edgeops.yaml)" in text
    assert "hid nothing" not in text


def test_is_ascii_where_the_report_is() -> None:
    assert render_table(samples.synced(), color=False, width=80).isascii()


@pytest.mark.parametrize("width", [0, 1, 10])
def test_any_width_will_do(width: int) -> None:
    assert PATHS[0] in render_table(samples.full(), color=False, width=width)

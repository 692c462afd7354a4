from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.core.findings import Change, FieldChange
from edgeops.report.inert import inert, inert_json
from edgeops.report.values import difference, shorten, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("Zürich 東京 🙂", "Zürich 東京 🙂"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\x9b2J", "\\x9b2J"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x00\x7f", "\\x00\\x7f"),
        ("\u202eabc", "\\u202eabc"),
        ("\u200b", "\\u200b"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\ud800", "\\ud800"),
        ("\ufffe\uffff", "\\ufffe\\uffff"),
        ("\U000e0001", "\\U000e0001"),
        ("a\u00a0b", "a\u00a0b"),
    ],
)
def test_inert(text: str, expected: str) -> None:
    assert inert(text) == expected


@given(st.text())
def test_inert_has_no_line_ends_and_is_stable(text: str) -> None:
    once = inert(text)
    assert len(once.splitlines()) <= 1
    assert inert(once) == once


def test_inert_json_escapes_what_json_leaves_raw() -> None:
    assert inert_json('{"a": "\x9b\x7fé"}\n') == '{"a": "\\u009b\\u007fé"}\n'


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("nginx:1.27", "nginx:1.27"),
        ("80", '"80"'),
        (80, "80"),
        ("true", '"true"'),
        (True, "true"),
        ("null", '"null"'),
        (None, "null"),
        ("", '""'),
        (" a", '" a"'),
        ("a ", '"a "'),
        ('"a"', '"\\"a\\""'),
        ('"a', '"\\"a"'),
        ("{a", '"{a"'),
        ([1, "a"], '[1, "a"]'),
        ({"b": 1, "a": None}, '{"b": 1, "a": null}'),
        ("Zürich", "Zürich"),
        ({"ü": "\u202e"}, '{"ü": "\\u202e"}'),
        ("\x1b[0m", "\\x1b[0m"),
    ],
)
def test_shown(value: Any, expected: str) -> None:
    assert shown(value) == expected


def lines(change: Change, desired: Any = None, live: Any = None, limit: int | None = None) -> str:
    field = FieldChange(path="x", change=change, desired=desired, live=live)
    return "|".join(f"{line.sign}{line.text}" for line in difference(field, limit))


@pytest.mark.parametrize(
    ("change", "desired", "live", "expected"),
    [
        (Change.CHANGED, 1, 2, "-1|+2"),
        (Change.CHANGED, None, "a", "-null|+a"),
        (Change.CHANGED, "1", 1, '-"1"|+1'),
        (Change.ADDED, None, "a", "+a"),
        (Change.ADDED, None, None, "+null"),
        (Change.ADDED, None, "a\nb\n", "+a|+b"),
        (Change.REMOVED, {"a": 1}, None, '-{"a": 1}'),
        (Change.REMOVED, "a\n\nb", None, "-a|-|-b"),
        (Change.CHANGED, "a\nb\n", "a\nc\n", " a|-b|+c"),
        (Change.CHANGED, "a\nb\n", "a\nb", '-"a\\nb\\n"|+a\\nb'),
        (Change.CHANGED, "a\nb\n\n", "a\nb\n", " a| b|-"),
        (Change.CHANGED, "a\r\nb", "a\nb", "-a\\r|+a| b"),
        (Change.CHANGED, "a", "a\nb", " a|+b"),
        (Change.CHANGED, "a\n", "a", '-"a\\n"|+a'),
        (Change.CHANGED, "--- x\na", "+++ x\na", "---- x|++++ x| a"),
        (Change.CHANGED, "a\nb", ["a"], '-a\\nb|+["a"]'),
    ],
)
def test_difference(change: Change, desired: Any, live: Any, expected: str) -> None:
    assert lines(change, desired, live) == expected


def test_far_apart_changes_of_a_text_are_separated() -> None:
    old = "\n".join("abcdefghij")
    new = old.replace("a", "A").replace("j", "J")
    assert lines(Change.CHANGED, old, new) == "-a|+A| b| c| ...| h| i|-j|+J"


def test_shortened_sides_show_where_they_differ() -> None:
    text = lines(Change.CHANGED, "x" * 500 + "GIT" + "y" * 500, "x" * 500 + "LIVE" + "y" * 500, 60)
    git, live = text.split("|")
    assert "GIT" in git
    assert "LIVE" in live
    assert git.endswith("... (1003 characters)")


@given(st.text(min_size=1), st.integers(1, 50), st.integers(0, 100))
def test_shorten_keeps_the_place_asked_for(text: str, limit: int, around: int) -> None:
    short = shorten(text, limit, around)
    if len(text) <= limit:
        assert short == text
    else:
        assert f"({len(text)} characters)" in short
        assert text[min(around, len(text) - 1)] in short

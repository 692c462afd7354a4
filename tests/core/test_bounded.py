"""Expressions out of a repository: what selects is taken, what may never end is not."""

import time

import pytest

from edgeops.core import bounded
from edgeops.core.jqpaths import JqPath

BODY = {"a": {"b": 1}, "l": [{"n": "x"}, {"n": "y"}], "range": {"input": 2}}


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        (".a.b", [("a", "b")]),
        ('.l[] | select(.n == "y")', [("l", "1")]),
        ('.l[] | select(.n | test("^x"))', [("l", "0")]),
        ('.l[] | select(.n == "repeat(.) * $ENV")', []),
        (".range.input", [("range", "input")]),
        ('.["def"]?, .a', [("def",), ("a",)]),
        ('.. | select(type == "number")', [("a", "b"), ("range", "input")]),
    ],
)
def test_what_selects(text: str, paths: list[tuple[str, ...]]) -> None:
    assert JqPath(text).select(BODY) == paths


@pytest.mark.parametrize(
    "text",
    [
        "repeat(.)",
        "range(infinite)|empty",
        "def f: f; f",
        "def f: [f]; f",
        "until(false; .)",
        "while(true; .)",
        "recurse(.)",
        "reduce .l[] as $x (.; .)",
        "foreach .l[] as $x (.; .)",
        "label $out | .a",
        "halt",
        '"" | halt_error',
        ".a)] | halt | [path(.a",
        "$ENV | debug | empty",
        ".[env.PATH]",
        ".[$ENV.PATH]",
        '."\\(repeat(.))"',
        "input",
        ".a | debug",
        ".a | stderr",
        '("x" * 1000000000) | empty',
        "..|..|..|..|..|empty",
        "|".join(["(.,.)"] * 30),
        "|".join(["(.+.)"] * 30),
        ".a" * 3000,
        "[.l | combinations]",
    ],
)
def test_what_may_never_end_or_asks_for_more(text: str) -> None:
    with pytest.raises(ValueError, match="jq"):
        JqPath(text)


@pytest.mark.parametrize("text", ["web-.*", "(web|api)-[a-z0-9]+", ".*", "a{2,5}b", "^web$", "a|b"])
def test_a_regular_expression(text: str) -> None:
    assert bounded.regex(text).pattern == text


@pytest.mark.parametrize(
    "text",
    ["(a+)+$", "(a|a)*(b*)*", "(a|aa)*b", "(a?a)*b", "(a*)*", "(?:(?:a+)b?)+", ".*.*.*.*.*x",
     r"(a+)\1", "(", "a" * 3000, "(a{1,9999}){1,9999}", "(" * 400 + ")" * 400 + "+*"],
)  # fmt: skip
def test_a_regular_expression_that_may_never_end(text: str) -> None:
    with pytest.raises(ValueError, match=r"regular expression|never end"):
        bounded.regex(text)


def test_what_is_taken_ends() -> None:
    begun = time.monotonic()
    for text in ("a*a*a*b", "[a-z]*a[a-z]*a[a-z]*ab", "(a|a)(a|aa){0,2}a*.*a*b"):
        assert not bounded.regex(text).fullmatch("a" * 253)
    assert time.monotonic() - begun < 60

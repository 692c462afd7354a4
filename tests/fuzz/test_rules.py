"""Rules for what to leave alone, put to any object: each says yes or no, and soon."""

import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from edgeops.core import bounded
from edgeops.core.ignore import hidden_by, parse_rules
from edgeops.core.jqpaths import JqPath
from edgeops.core.leaves import deltas
from edgeops.core.normalize import normalized
from edgeops.core.objects import KubeObject
from edgeops.errors import ConfigurationError
from tests.fuzz.strategies import TEXTS, fuzzed
from tests.fuzz.test_comparing import BODIES, FIELDS, SCHEMAS, pairs

_STEP = st.sampled_from((*FIELDS, "0", "1", "~0", "~1", "-", ""))
_POINTER = st.lists(_STEP, max_size=4).map(lambda steps: "".join(f"/{step}" for step in steps))
JQ_PIECES = (
    ".spec", ".a", ".[]", "[0]", "..", "|", ",", "?", "//", "select(", ")", ".name", "==", '"web"',
    "test(", "range(", "repeat(", "recurse", "def f: f;", "$ENV", "env", "input", "debug", "halt",
    "paths", "[", "]", "{", "}", "*", "+", "1e9", "limit(1;", "first(", "try", "error", "empty",
    "reduce .[] as $x (", ";", "@base64", "tojson", "fromjson", "until(false; .)", "\\(", '"',
)  # fmt: skip
_JQ = st.lists(st.one_of(st.sampled_from(JQ_PIECES), TEXTS), max_size=10).map("".join)
_RULES = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(("ConfigMap", "Deployment", "*", "")),
        "name": st.sampled_from(("web", "w*", "[w]eb", "(a+)+$")),
        "jsonPointers": st.lists(_POINTER, max_size=2),
        "jqPathExpressions": st.lists(_JQ, max_size=2),
        "managedFieldsManagers": st.lists(TEXTS, max_size=2),
    },
)


@fuzzed
@given(st.lists(_RULES, max_size=3), pairs())
def test_any_rule_is_put_to_any_difference(
    entries: list[Any], pair: tuple[KubeObject, KubeObject]
) -> None:
    try:
        rules = parse_rules(entries, source="rules.yaml", place="")
    except ConfigurationError:
        return
    desired, live = pair
    begun = time.monotonic()
    for delta in deltas(*(normalized(item, SCHEMAS) for item in pair)):
        found = hidden_by(rules, live, delta.path, None, desired=desired)
        assert found is None or found in rules
    assert time.monotonic() - begun < 20


@fuzzed
@given(_JQ, st.dictionaries(st.sampled_from(FIELDS), BODIES, max_size=3))
def test_a_jq_expression_selects_or_is_refused(text: str, body: dict[str, Any]) -> None:
    begun = time.monotonic()
    try:
        found = JqPath(text).select(body)
    except ValueError:
        return
    assert all(isinstance(token, str) for path in found for token in path)
    assert time.monotonic() - begun < 20


_REGEX_PIECES = ("a", "b", ".", "*", "+", "?", "|", "(", ")", "(?:", "[a-z]", "{1,9}", "{9,}", "^",
                 "$", "\\1", "(?=", "(?P<a>", "(?P=a)", "\\d", "*?", "a?")  # fmt: skip


@fuzzed
@given(st.lists(st.sampled_from(_REGEX_PIECES), max_size=12).map("".join))
def test_a_regular_expression_ends_or_is_refused(text: str) -> None:
    try:
        found = bounded.regex(text)
    except ValueError:
        return
    begun = time.monotonic()
    for name in ("a" * 120 + "!", "ab" * 60 + "!", "b" * 120):
        found.fullmatch(name)
    assert time.monotonic() - begun < 20

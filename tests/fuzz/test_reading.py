"""Whatever is read is a value or one clear refusal."""

import json
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgeops.adapters.history import SqliteHistory
from edgeops.adapters.package_data import zone_catalogue
from edgeops.adapters.snapshot import Snapshot
from edgeops.core import documents
from edgeops.core.document_limits import MOST_DEPTH
from edgeops.core.documents import DocumentError
from edgeops.core.fleet.spec import parse_fleet
from edgeops.core.ignore import parse_rules
from edgeops.core.paths import ListKey, covers, is_written, render
from edgeops.errors import ConfigurationError, HistoryError, LiveStateError
from tests.core.fleets import SAMPLE
from tests.fuzz.strategies import SCALARS, TEXTS, VALUES, YAML_LIKE, fuzzed


def wide(levels: int) -> str:
    """Nine times nine times nine …, in a few lines."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


def chained(levels: int) -> str:
    """Each line is shallow, and all together are deep."""
    lines = ["a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (wide(9), "its aliases mean more than 400000 values"),
        (chained(300), "more than 200 levels"),
        ("a: " + "[" * 100_000 + "]" * 100_000, "more than 200 levels"),
        ("[" * 100_000 + "]" * 100_000, "more than 200 levels"),
        ("[" * 500 + "]" * 500, "more than 200 levels"),
        ("\n".join(" " * n + "a:" for n in range(3000)), "more than 200 levels"),
        ("- " * 10_000 + "a", "more than 200 levels"),
        ("a: &a [*a]", "a value contains itself"),
        ("a: &a {<<: *a}", "a value contains itself"),
        ("a: " + "9" * 10_000, "not valid YAML"),
        ("a: 0x" + "f" * 10_000, "not valid YAML"),
        ("a: &a 1\n---\nb: *a", "undefined alias"),
        ('a: "b\0c"', "control characters are not allowed"),
        ('a: !!python/object/apply:os.system ["false"]', "could not determine a constructor"),
        (b"a: \xff\xfe", "invalid leading UTF-8"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_texts_made_to_harm_are_refused(text: str | bytes, told: str) -> None:
    with pytest.raises(DocumentError, match=told):
        documents.load_all(text)
    if "undefined" not in told and "constructor" not in told and told != "not valid YAML":
        with pytest.raises(DocumentError, match=told):
            documents.lines_of(text)
        with pytest.raises(DocumentError, match=told):
            documents.duplicate_key(text)


def test_a_million_elements_are_read() -> None:
    text = '{"a": [' + "1, " * 999_999 + "1]}"

    assert len(documents.load(text)["a"]) == 1_000_000


@fuzzed
@given(st.one_of(YAML_LIKE, YAML_LIKE.map(str.encode), st.binary(max_size=60)))
@example("!!set {a, b}")
@example("? [a]\n: b")
def test_a_text_is_documents_or_refused(text: str | bytes) -> None:
    try:
        found = documents.load_all(text)
    except DocumentError:
        return
    for document in found:
        written = documents.dump_json(document.value)
        assert depth(json.loads(written)) <= MOST_DEPTH


@fuzzed
@given(VALUES)
def test_what_is_written_as_yaml_is_read_again(value: Any) -> None:
    assert documents.load(documents.dump_yaml(value)) == value


def depth(value: Any) -> int:
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    nested = [depth(item) for item in below]
    return (1 if isinstance(value, (dict, list)) else 0) + max(nested, default=0)


@fuzzed
@given(st.data())
def test_a_fleet_is_read_or_refused(data: st.DataObject) -> None:
    lines = SAMPLE.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        how = data.draw(st.sampled_from(("drop", "double", "replace", "insert")))
        if how == "drop" and len(lines) > 1:
            del lines[at]
        elif how == "double":
            lines.insert(at, lines[at])
        elif how == "replace":
            head = lines[at].partition(":")[0]
            lines[at] = f"{head}: {json.dumps(data.draw(VALUES))}"
        else:
            lines.insert(at, data.draw(YAML_LIKE))
    try:
        parse_fleet("\n".join(lines), source="edgeops.yaml", catalogue=zone_catalogue())
    except ConfigurationError:
        return


RULES = st.fixed_dictionaries(
    {},
    optional={
        "group": TEXTS, "kind": TEXTS, "name": TEXTS, "namespace": TEXTS,
        "jsonPointers": st.one_of(VALUES, st.lists(TEXTS.map("/{}".format), max_size=3)),
        "jqPathExpressions": st.one_of(VALUES, st.lists(TEXTS.map(".{}".format), max_size=3)),
        "managedFieldsManagers": VALUES,
        "paths": st.one_of(VALUES, st.lists(TEXTS.map("/{}".format), max_size=3)),
        "target": st.one_of(VALUES, st.dictionaries(st.sampled_from(("kind", "name")), TEXTS)),
    },
)  # fmt: skip


@fuzzed
@given(st.lists(st.one_of(RULES, VALUES), max_size=3))
def test_ignore_rules_are_read_or_refused(entries: list[Any]) -> None:
    try:
        rules = parse_rules(entries, source="rules.yaml", place="")
    except ConfigurationError:
        return
    assert len(rules) == len(entries)


@fuzzed
@given(st.one_of(YAML_LIKE, VALUES.map(json.dumps), st.just("kind: List\nitems: [1]\n")))
def test_a_dump_is_objects_or_refused(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "dump.yaml")
        place.write_bytes(text.encode())
        try:
            Snapshot(str(place)).objects()
        except LiveStateError:
            return


@fuzzed
@given(st.lists(st.tuples(st.integers(0, 4095), st.integers(0, 255)), max_size=40))
def test_a_damaged_history_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "history.db")
        connection = sqlite3.connect(place)
        connection.execute("create table other (a, b)")
        connection.execute("insert into other values (1, 2)")
        connection.commit()
        connection.close()
        content = bytearray(place.read_bytes())
        for at, value in changes:
            content[at % len(content)] = value
        place.write_bytes(content)
        try:
            SqliteHistory(str(place), "shop").episodes()
        except HistoryError:
            return


SIGNS = st.lists(
    st.one_of(st.sampled_from([*'.[]="\\,', "a", "a-b", "[a=b]", '["a"]', "=1"]), TEXTS),
    max_size=25,
).map("".join)


@fuzzed
@given(st.one_of(SIGNS, SIGNS.map(lambda text: text * 200)), SIGNS)
def test_any_text_is_a_path_or_none(text: str, other: str) -> None:
    begun = time.monotonic()

    assert is_written(text) in {True, False}
    assert covers(text, text)
    if covers(text, other) and covers(other, text):
        assert text == other

    assert time.monotonic() - begun < 20


STEPS = st.one_of(
    TEXTS,
    st.dictionaries(
        st.sampled_from(("name", "port", "protocol", "containerPort")), SCALARS, min_size=1
    ).map(lambda keys: ListKey(tuple(sorted(keys.items())))),
)


@fuzzed
@given(st.lists(STEPS, max_size=4), st.lists(STEPS, max_size=4))
def test_two_paths_are_written_in_two_ways(one: list[Any], other: list[Any]) -> None:
    if [map(repr, one)] != [map(repr, other)] and _spelled(one) != _spelled(other):
        assert render(tuple(one)) != render(tuple(other))


def _spelled(path: list[Any]) -> list[Any]:
    """A path in which values that are written alike are alike."""
    return [
        step if isinstance(step, str) else [(name, _shown(value)) for name, value in step.fields]
        for step in path
    ]


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@fuzzed
@given(st.lists(st.one_of(TEXTS, st.integers(0, 3)), min_size=1, max_size=5))
def test_a_path_is_written_in_one_way(path: list[Any]) -> None:
    names = tuple(str(step) for step in path)
    text = render(names)

    assert is_written(text) or not text
    assert covers(text, text)
    assert text.isprintable() or any(not name.isprintable() for name in names)

"""YAML as Kubernetes reads it: the scalars of sigs.k8s.io/yaml."""

import pytest

from edgeops.core import documents


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("2024-01-01", "2024-01-01", id="no-dates"),
        pytest.param("12:30:45", "12:30:45", id="no-base-60"),
        pytest.param("yes", True, id="yes-is-a-boolean"),
        pytest.param("off", False, id="off-is-a-boolean"),
        pytest.param('"yes"', "yes", id="quoted-is-text"),
        pytest.param("0777", 511, id="leading-zero-is-octal"),
        pytest.param("0o17", 15, id="0o-is-octal"),
        pytest.param("0x1F", 31, id="hexadecimal"),
        pytest.param("1e3", 1000.0, id="exponent-is-a-float"),
        pytest.param(".5", 0.5, id="no-leading-zero"),
        pytest.param("~", None, id="tilde-is-null"),
        pytest.param("=", "=", id="equals-sign-is-text"),
        pytest.param("1.2.3", "1.2.3", id="a-version-is-text"),
        pytest.param("!!timestamp 2024-01-01", "2024-01-01", id="an-explicit-date-is-text"),
    ],
)
def test_scalars(text: str, value: object) -> None:
    (document,) = documents.load_all(f"key: {text}\n")
    assert document.value == {"key": value}
    assert type(document.value["key"]) is type(value)


def test_keys_are_text() -> None:
    assert documents.load("80: a\nyes: b\n") == {"80": "a", "true": "b"}


def test_empty_documents_are_left_out() -> None:
    found = documents.load_all("---\n---\na: 1\n---\n# nothing\n---\nb: 2\n")
    assert [(item.value, item.line) for item in found] == [({"a": 1}, 3), ({"b": 2}, 7)]


def test_json_is_read() -> None:
    assert documents.load(b' {"a": [1, 2.5, null]}') == {"a": [1, 2.5, None]}


def test_an_error_says_where() -> None:
    with pytest.raises(documents.DocumentError, match="not valid YAML") as caught:
        documents.load_all("a: 1\nb: [\n")
    assert caught.value.line == 3


def test_one_document_means_one() -> None:
    with pytest.raises(documents.DocumentError, match="more than one") as caught:
        documents.load("a: 1\n---\nb: 2\n")
    assert caught.value.line == 3


def test_lines_of_every_field() -> None:
    lines = documents.lines_of("a:\n  b:\n  - c: 1\n    d: 2\n  - e\n")
    assert lines["a.b"] == 2
    assert lines["a.b[0].d"] == 4
    assert lines["a.b[1]"] == 5


def test_a_key_that_stands_twice() -> None:
    assert documents.duplicate_key("a: 1\nb:\n  c: 1\n  c: 2\n") == ("c", 4)
    assert documents.duplicate_key("a: 1\nb: 2\n") is None

"""What SOPS leaves in a manifest, and what may be compared of it."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.core.encrypted import by_key_only
from edgeops.core.normalize import Tree
from edgeops.core.reasons import Why
from edgeops.core.sops import encrypted_sections, is_ciphertext, is_encrypted, is_sops_block

CIPHER = "ENC[AES256_GCM,data:bXk=,iv:Zm9v,tag:YmFy,type:str]"
BLOCK = {"mac": CIPHER, "lastmodified": "2026-01-01T00:00:00Z", "version": "3.9.0"}
FILE = json.dumps({"data": CIPHER, "sops": {**BLOCK, "age": [{"enc": "x" * 200}]}})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (CIPHER, True),
        (CIPHER + "\n", True),
        (FILE, True),
        (base64.b64encode(FILE.encode()).decode(), True),
        (f"see {CIPHER}", False),
        ("ENC[]", False),
        ("ENC", False),
        ("", False),
        (7, False),
        (None, False),
        (["ENC[AES256_GCM,data:x]"], False),
        ("x" * 400, False),
    ],
)
def test_what_is_encrypted(value: Any, expected: bool) -> None:
    assert is_ciphertext(value) is expected


def test_a_block_is_known_by_what_it_holds() -> None:
    assert is_sops_block(BLOCK)
    assert not is_sops_block({"version": "3"})
    assert not is_sops_block("mac")


def test_sections_with_secrets() -> None:
    body = {"metadata": {"name": CIPHER}, "spec": {"a": [{"b": CIPHER}]}, "plain": "x"}
    assert encrypted_sections(body) == {"spec"}
    assert encrypted_sections({"stringData": {"a": CIPHER}}) == {"data", "stringData"}
    assert is_encrypted(body)
    assert not is_encrypted({"spec": {"a": "ENC"}})


_VALUES = st.one_of(st.text(), st.integers(), st.booleans())
_TREES = st.dictionaries(
    st.text(min_size=1), st.one_of(_VALUES, st.dictionaries(st.text(min_size=1), _VALUES))
)


@given(_TREES)
def test_plain_trees_stay_as_they_are(tree: Tree) -> None:
    for live in (tree, {}, {**tree, "more": 1}):
        assert by_key_only(tree, live) == (tree, ())


@given(_TREES)
def test_every_encrypted_value_is_taken_from_live_and_told(tree: Tree) -> None:
    hidden: Tree = dict.fromkeys(tree, CIPHER)
    taken, verdicts = by_key_only(hidden, tree)
    assert taken == tree
    assert [verdict.delta.path for verdict in verdicts] == [(name,) for name in tree]
    assert all(verdict.why is Why.ENCRYPTED and not verdict.drift for verdict in verdicts)
    assert by_key_only(hidden, {}) == (hidden, ())

"""The explanation of an object, byte for byte, and its keys against their reference."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from edgeops.core.documents import load
from edgeops.report.explain import document, render
from tests.report.conftest import Golden
from tests.report.sample_explanation import explanation

ROOT = Path(__file__).parents[2]
SCREENS = ((40, False), (80, True), (100, False))


@pytest.mark.parametrize(("width", "color"), SCREENS)
def test_table(width: int, color: bool, golden: Golden) -> None:
    name = f"explained.table-{width}{'-color' if color else ''}.txt"
    golden(name, render(explanation(), "table", color=color, width=width))


def test_json(golden: Golden) -> None:
    text = render(explanation(), "json", color=False, width=80)
    golden("explained.json", text)
    # The JSON writer escapes what does not print; the reader gives it back.
    assert json.loads(text) == document(explanation())
    assert load(render(explanation(), "yaml", color=False, width=80)) == document(explanation())


def _paths(value: Any, path: str = "") -> set[str]:
    if isinstance(value, dict):
        return set().union(
            *(_paths(item, f"{path}.{key}" if path else key) for key, item in value.items())
        )
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return set().union(*(_paths(item, f"{path}[]") for item in value))
    return {f"{path}[]" if isinstance(value, list) else path}


def test_reference_names_exactly_the_keys() -> None:
    text = (ROOT / "docs/reference/explanation.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)
    assert len(named) == len(set(named))
    whole = document(explanation())
    whole["objects"] = whole["objects"][:1]  # a list without entries would show itself as a leaf
    for field in whole["objects"][0]["fields"]:
        field["desired"] = field["live"] = None  # any JSON: their keys are not ours
    assert set(named) == _paths(whole)

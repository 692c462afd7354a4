"""Each trap fires where it is set, and nothing else does."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.core.lint import RULES
from edgeops.errors import ExitStatus
from tests.lint.trees import apply, cases, repository

Make = Callable[[str, str], Path]


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Each repository once, as ``edgeops init`` wrote it; not to be changed."""
    made: dict[tuple[str, str], Path] = {}

    def of(engine: str, mesh: str) -> Path:
        if (engine, mesh) not in made:
            root = tmp_path_factory.mktemp("lint") / "repository"
            made[engine, mesh] = repository(root, engine, mesh)
        return made[engine, mesh]

    return of


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in cases()])
def test_a_trap_fires_where_it_is_set(
    case: Any, kept: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "repository"
    shutil.copytree(kept(case["engine"], case["mesh"]), root, symlinks=True)
    apply(root, case["engine"], case["edits"])
    capsys.readouterr()  # what init said, where this is the first case of its repository
    status = main(["validate", str(root), "-o", "json", "-q"])
    result = json.loads(capsys.readouterr().out)
    found = result["problems"]
    told = [(item["rule"], item["file"], item["line"]) for item in found]
    if "any" in case:
        assert set(case["any"]) <= {item["rule"] for item in found}, told
    else:
        assert {item["rule"] for item in found} == set(case["expect"]), told
    assert status is (ExitStatus.FINDINGS if found else ExitStatus.OK)
    assert set(case.get("at", ())) <= {_place(item) for item in found}
    assert result["notes"] == case.get("notes", result["notes"])


def _place(item: Any) -> str:
    line = "" if item["line"] is None else f":{item['line']}"
    return " ".join(filter(None, (item["rule"], f"{item['file']}{line}", item["path"])))


def test_every_rule_has_a_case() -> None:
    told = {rule for case in cases() for rule in (*case.get("expect", ()), *case.get("any", ()))}
    assert set(RULES) == told


def test_every_trap_of_the_list_has_a_case() -> None:
    """The 26 traps of GitOps repositories that the rules were made from, by number."""
    assert {case["trap"] for case in cases() if "trap" in case} == set(range(1, 27))

"""What cannot be a base, or does not tell enough, is refused in one message; nothing is written."""

from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.core.documents import load
from edgeops.errors import ExitStatus
from tests.bring.trees import MESHED, fleet_text, write_tree

CASES: list[dict[str, Any]] = load((Path(__file__).parent / "refused.yaml").read_text())


def everything(root: Path) -> dict[str, bytes]:
    """Every file below *root*."""
    return {str(path): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_refused(case: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tree(tmp_path, case["tree"])
    mesh = case.get("mesh", "consul-enterprise")
    text = fleet_text(case["app"], mesh=mesh, **case.get("fleet", {}))
    (tmp_path / "edgeops.yaml").write_text(text)
    before = everything(tmp_path)
    assert main(["init", str(tmp_path)]) is ExitStatus.FAILED
    told = capsys.readouterr()
    assert told.out == ""
    assert [_without_line(line) for line in told.err.splitlines()] == case["told"]
    assert everything(tmp_path) == before


def _without_line(line: str) -> str:
    """The lines of ``edgeops.yaml`` are tested elsewhere; here the file is made by a program."""
    head, colon, rest = line.partition("edgeops.yaml:")
    number, _, message = rest.partition(": ")
    return f"{head}{message}" if colon and number.isdigit() else line


def test_config_entries_without_consul(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tree(tmp_path, MESHED)
    text = fleet_text({"base": "base", "regionOnly": ["db"]}, mesh="none")
    (tmp_path / "edgeops.yaml").write_text(text)
    assert main(["init", str(tmp_path)]) is ExitStatus.FAILED
    assert capsys.readouterr().err.count("spec.mesh says that there is none") == 5


def test_a_link_that_leads_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tree(tmp_path / "elsewhere", MESHED)
    root = tmp_path / "fleet"
    root.mkdir()
    (root / "k8s").symlink_to(tmp_path / "elsewhere" / "base")
    (root / "edgeops.yaml").write_text(fleet_text({"base": "k8s"}))
    assert main(["init", str(root)]) is ExitStatus.FAILED
    assert "leads out of" in capsys.readouterr().err
    assert sorted(path.name for path in root.iterdir()) == ["edgeops.yaml", "k8s"]

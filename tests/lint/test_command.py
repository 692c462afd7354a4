"""``edgeops validate`` as a person meets it: what is refused, switched off, and left alone."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from edgeops.__main__ import main
from edgeops.errors import ExitStatus
from tests.lint.trees import apply, repository

BREAK = [{"file": "base/payments.yaml", "replace": "  replicas: 2", "by": "  replcas: 2"}]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return repository(tmp_path_factory.mktemp("kept") / "edge", "argocd", "consul-enterprise")


@pytest.fixture
def root(kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    capsys.readouterr()
    return Path(shutil.copytree(kept, tmp_path / "edge"))


def _switch_off(root: Path, rule: str) -> None:
    file = root / "edgeops.yaml"
    body = json.loads(file.read_text())
    body["spec"]["validate"] = {"off": [{"rule": rule, "reason": "known"}]}
    file.write_text(json.dumps(body, indent=2))


def test_a_rule_is_switched_off_by_its_id(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    apply(root, "argocd", BREAK)
    assert main(["validate", str(root), "-q"]) is ExitStatus.FINDINGS
    _switch_off(root, "unknown-field")
    capsys.readouterr()
    assert main(["validate", str(root), "-o", "json"]) is ExitStatus.OK
    (off,) = json.loads(capsys.readouterr().out)["off"]
    assert off == {"rule": "unknown-field", "reason": "known", "hid": 1}


def test_a_rule_that_there_is_not_is_refused_with_the_nearest(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _switch_off(root, "unknown-fields")
    assert main(["validate", str(root)]) is ExitStatus.FAILED
    said = capsys.readouterr()
    assert said.out == ""
    assert (
        "spec.validate.off[0].rule: there is no rule 'unknown-fields'; near: unknown-" in said.err
    )
    assert "edgeops.yaml:" in said.err


def test_nothing_is_written(root: Path) -> None:
    def state() -> str:
        argv = ("git", "-C", str(root), "status", "--porcelain", "--ignored")
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout

    before = state()
    main(["validate", str(root), "-q"])
    assert state() == before == ""


def test_what_git_ignores_is_not_looked_at(root: Path) -> None:
    (root / ".gitignore").write_text("/overlays/*/*/build/\n")
    place = root / "overlays/edge/us-west-2-lax-1a/build"
    place.mkdir()
    (place / "zone.yaml").write_text("<<<<<<< HEAD\n>>>>>>> b\n")
    assert main(["validate", str(root), "-q"]) is ExitStatus.OK


def test_it_works_without_a_repository(root: Path) -> None:
    shutil.rmtree(root / ".git")
    assert main(["validate", str(root), "-q"]) is ExitStatus.OK
    apply(root, "argocd", BREAK)
    assert main(["-C", str(root), "validate", "-q"]) is ExitStatus.FINDINGS


def test_without_the_file_it_cannot_tell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", str(tmp_path)]) is ExitStatus.FAILED
    assert "there is no edgeops.yaml here" in capsys.readouterr().err


def test_without_kustomize_it_cannot_tell(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(root), "--kustomize", "/nowhere/kustomize"]) is ExitStatus.FAILED
    assert "there is no kustomize at /nowhere/kustomize" in capsys.readouterr().err


def test_what_cannot_be_read_as_yaml_is_a_problem(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "base/payments.yaml").write_text("a: [\n")
    (root / "clusters/edge/argocd/project.yaml").write_bytes(b"\xff\xfe\x00")
    assert main(["validate", str(root), "-o", "json"]) is ExitStatus.FINDINGS
    found = json.loads(capsys.readouterr().out)["problems"]
    assert {item["rule"] for item in found} == {"does-not-build"}
    assert len(found) == 4


def test_init_tells_of_a_warning_that_validate_calls_a_problem(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = root / "overlays/edge/us-west-2-lax-1a/kustomization.yaml"
    file.write_text(file.read_text() + "commonLabels: {team: edge}\n")
    assert main(["init", str(root), "--no-commit"]) is ExitStatus.OK
    assert "warning: " in capsys.readouterr().err
    assert main(["validate", str(root), "-o", "json"]) is ExitStatus.FINDINGS
    found = json.loads(capsys.readouterr().out)["problems"]
    assert {item["rule"] for item in found} == {"build-warning", "labels-in-selectors"}


def test_the_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--rules", "-o", "json"]) is ExitStatus.OK
    listed = json.loads(capsys.readouterr().out)
    assert "spoke-names-spoke" in [rule["id"] for rule in listed["rules"]]

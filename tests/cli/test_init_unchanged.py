"""An init that had nothing to do is not planned again, until anything is different."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeops.__main__ import main
from edgeops.adapters import own_code
from edgeops.cli import init
from edgeops.errors import ExitStatus
from tests.adapters.gitrepo import GitDir, isolate

FLEET = """apiVersion: edgeops.dev/v1alpha1
kind: EdgeFleet
metadata: {name: shop}
spec:
  repository: {url: https://git.example.com/acme/edge.git, branch: main}
  engine: flux
  mesh: {provider: none}
  app: [{name: web, image: "example.com/web:1", port: 80, placement: everywhere}]
  clusters:
    - name: edge
      region: us-west-2
      availabilityZones: [us-west-2a]
      zones: [us-west-2-lax-1a]
"""


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitDir:
    isolate(monkeypatch, tmp_path / "home")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = GitDir(tmp_path / "fleet")
    made.commit({"edgeops.yaml": FLEET, "elsewhere/notes": "1"})
    assert run(made) is ExitStatus.OK
    assert run(made) is ExitStatus.OK
    return made


def run(fleet: GitDir, *flags: str) -> ExitStatus:
    return main(["init", *flags, "-C", str(fleet.root)])


class _PlannedError(Exception):
    pass


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> Callable[[GitDir], bool]:
    """Whether an init of a fleet gets as far as planning it."""

    def draw(*_: object, **__: object) -> None:
        raise _PlannedError

    def asked(fleet: GitDir, *flags: str) -> bool:
        with monkeypatch.context() as patch:
            patch.setattr(init, "draw", draw)
            return run(fleet, *flags) is ExitStatus.CRASHED

    return asked


def test_it_says_the_same(fleet: GitDir, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    first = run(fleet, "--no-commit"), capsys.readouterr()
    again = run(fleet), capsys.readouterr()
    assert again == first
    assert "Nothing to change: " in again[1].out
    assert "probePath" in again[1].err


def test_it_is_not_planned_again(
    fleet: GitDir, planned: Callable[[GitDir], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not planned(fleet)
    fleet.commit({"elsewhere/notes": "2"})
    assert not planned(fleet)
    with monkeypatch.context() as patch:
        patch.setattr(own_code, "whole", lambda: b"another edgeops")
        assert planned(fleet)


ADD = ("zone", "add", "us-west-2-las-1a")


def test_it_is_not_planned_after_a_zone_came(
    fleet: GitDir,
    planned: Callable[[GitDir], bool],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    assert main([*ADD, "-C", str(fleet.root)]) is ExitStatus.OK
    assert not planned(fleet)
    capsys.readouterr()
    told = run(fleet), capsys.readouterr()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another cache"))
    assert (run(fleet), capsys.readouterr()) == told
    assert "Nothing to change: " in told[1].out


def test_after_a_first_commit_what_is_wrong_with_its_branch_is_told(
    tmp_path: Path, fleet: GitDir, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before that there was no branch to tell of."""
    other = GitDir(tmp_path / "other", "--initial-branch=side")
    other.write({"edgeops.yaml": FLEET})
    assert run(other) is ExitStatus.OK
    capsys.readouterr()
    assert run(other) is ExitStatus.OK
    assert "goes to the branch side; the engine follows main" in capsys.readouterr().err


def test_it_is_planned_where_a_hook_wrote_anew(
    fleet: GitDir, planned: Callable[[GitDir], bool]
) -> None:
    file = "overlays/edge/us-west-2-las-1a/zone.yaml"
    fleet.hook("pre-commit", f"echo '# by a hook' >> {file}; git add {file}")
    assert main([*ADD, "-C", str(fleet.root)]) is ExitStatus.OK
    assert fleet.changes() == []
    assert planned(fleet)


def test_a_zone_in_an_untidy_tree_is_refused(
    fleet: GitDir, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.commit({"edgeops.yaml": FLEET.replace("web:1", "web:2")})
    assert main([*ADD, "-C", str(fleet.root)]) is ExitStatus.FAILED
    assert "run 'edgeops init' first" in " ".join(capsys.readouterr().err.split())


CHANGES: dict[str, Callable[[GitDir], object]] = {
    "an edit": lambda fleet: fleet.write({"base/web.yaml": "kind: Other\n"}),
    "a committed edit": lambda fleet: fleet.commit({"base/web.yaml": "kind: Other\n"}),
    "a new file": lambda fleet: fleet.write({"overlays/edge/region/extra.yaml": "a: b\n"}),
    "a deleted file": lambda fleet: (fleet.root / "base/web.yaml").unlink(),
    "what was generated": lambda fleet: fleet.commit({".edgeops/generated/base/web.yaml": "a: b"}),
    "edgeops.yaml": lambda fleet: fleet.commit({"edgeops.yaml": FLEET.replace("web:1", "web:2")}),
    "another branch": lambda fleet: fleet.git("checkout", "-q", "-b", "side"),
    "an older commit": lambda fleet: fleet.git("checkout", "-q", "HEAD~1"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_anything_else_is_planned(
    fleet: GitDir, planned: Callable[[GitDir], bool], change: Callable[[GitDir], object]
) -> None:
    change(fleet)
    assert planned(fleet)


def test_a_run_with_flags_is_planned(fleet: GitDir, planned: Callable[..., bool]) -> None:
    for flags in (["--dry-run"], ["--no-commit"], ["--commit-to", "side"], ["-o", "markdown"]):
        assert planned(fleet, *flags), flags


def test_it_costs_few_processes(fleet: GitDir, monkeypatch: pytest.MonkeyPatch) -> None:
    """No kustomize, and of git only what tells that all is as it was."""
    ran = []
    start = subprocess.Popen.__init__

    def noted(self: object, argv: object, *args: object, **kwargs: object) -> None:
        ran.append(argv)
        start(self, argv, *args, **kwargs)  # type: ignore[call-overload]  # as it was called

    monkeypatch.setattr(subprocess.Popen, "__init__", noted)
    assert run(fleet) is ExitStatus.OK
    assert len(ran) <= 12
    assert not [argv for argv in ran if "kustomize" in str(argv)]

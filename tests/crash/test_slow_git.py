"""A git that is slow to begin, and begins when edgeops is dead: the next run waits for it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters.gitrepo import GitDir
from tests.crash.test_interrupts import PATIENCE_SECONDS, alive, edgeops, fleet, until

__all__ = ["fleet"]

SLOW_SECONDS = 4
"""More than the next run takes to look, less than it waits."""


def killed(
    fleet: GitDir, folder: Path, monkeypatch: pytest.MonkeyPatch, words: str, *argv: str
) -> int:
    """Run edgeops until it starts the git that has *words*, and kill it; the pid of that git."""
    here, own = folder / "here", folder / "bin"
    own.mkdir(parents=True)
    script = own / "git"
    script.write_text(
        f"""#!/bin/sh
case " $* " in *" {words} "*) [ -e {here} ] || {{ echo $$ > {here}; sleep {SLOW_SECONDS}; }} ;; esac
exec {shutil.which("git")} "$@"
"""
    )
    script.chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(own), prepend=os.pathsep)
        run = subprocess.Popen(
            (sys.executable, "-m", "edgeops", "-C", str(fleet.root), *argv),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    until(lambda: here.exists() and bool(here.read_text()))
    run.kill()
    run.wait(PATIENCE_SECONDS)
    return int(here.read_text())


@pytest.mark.parametrize(
    "words",
    [
        "branch --no-track",
        "symbolic-ref -m",
        "add --intent-to-add",
        "commit --quiet",
        "reset --quiet",
    ],
)
def test_of_a_commit(
    fleet: GitDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    assert edgeops(fleet, "init").returncode == 0
    add = ("zone", "add", "us-west-2-las-1a", "--commit-to", "new")
    pid = killed(fleet, tmp_path, monkeypatch, words, *add)

    again = edgeops(fleet, "init")

    assert again.returncode == 0, again.stderr
    until(lambda: not alive(pid))
    made = (fleet.root / "overlays/edge/us-west-2-las-1a").is_dir()
    branches = fleet.git("branch", "--format=%(HEAD)%(refname:short)").split("\n")
    assert branches == ([" main", "*new"] if made else ["*main"])
    assert fleet.changes() == []
    assert not (fleet.root / ".git/edgeops").exists()


def test_of_a_run_that_mends(
    fleet: GitDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert edgeops(fleet, "init").returncode == 0
    add = ("zone", "add", "us-west-2-las-1a", "--commit-to", "new")
    killed(fleet, tmp_path / "first", monkeypatch, "add --intent-to-add", *add)
    pid = killed(fleet, tmp_path / "second", monkeypatch, "symbolic-ref HEAD", "init")

    again = edgeops(fleet, "init")

    assert again.returncode == 0, again.stderr
    assert not alive(pid)
    assert fleet.git("branch", "--format=%(HEAD)%(refname:short)") == "*main"
    assert fleet.changes() == []
    assert not (fleet.root / ".git/edgeops").exists()


def test_of_a_new_repository(
    fleet: GitDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(fleet.root / ".git")
    pid = killed(fleet, tmp_path, monkeypatch, "init --quiet", "init")

    again = edgeops(fleet, "init")

    assert again.returncode == 0, again.stderr
    until(lambda: not alive(pid))
    assert fleet.changes() == []
    assert not list(fleet.root.glob(".edgeops.journal"))

"""Two runs at once, ^C, SIGTERM, and locks of other people."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeops.adapters.kustomize import packaged_kubectl
from tests.adapters.gitrepo import GitDir, isolate
from tests.crash.site import FLEET

PATIENCE_SECONDS = 120


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitDir:
    isolate(monkeypatch, tmp_path / "home")
    repo = GitDir(tmp_path / "repo")
    repo.write({"edgeops.yaml": FLEET.replace(", path: fleet", "")})
    return repo


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """A kustomize that starts a child, says both their names, and waits until ``go`` is there."""
    place = tmp_path / "slow-kubectl"
    place.write_text(
        f"""#!/bin/sh
[ "$1" = version ] && exec {packaged_kubectl()} "$@"
sleep 1000 &
echo "$$ $!" >> {tmp_path}/pids
while [ ! -e {tmp_path}/go ]; do sleep 0.05; done
kill $!
exec {packaged_kubectl()} "$@"
"""
    )
    place.chmod(0o755)
    return place


def started(fleet: GitDir, slow: Path) -> subprocess.Popen[str]:
    """``edgeops init``, at work in its builds."""
    run = subprocess.Popen(
        (sys.executable, "-m", "edgeops", "-C", str(fleet.root), "init", "--kustomize", str(slow)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Who runs the tests in the background of a shell has them ignore ^C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    pids = slow.with_name("pids")
    until(lambda: pids.exists() and bool(pids.read_text().strip()))
    return run


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_children_and_undoes(
    fleet: GitDir, slow: Path, which: signal.Signals
) -> None:
    run = started(fleet, slow)

    run.send_signal(which)
    _, said = run.communicate(timeout=PATIENCE_SECONDS)

    assert (run.returncode, said.strip()) == (130, "edgeops: interrupted")
    pids = [int(word) for word in slow.with_name("pids").read_text().split()]
    until(lambda: not any(alive(pid) for pid in pids))
    assert fleet.changes() == ["?? edgeops.yaml"]
    assert not (fleet.root / ".git/edgeops").exists()


def test_of_two_at_once_one_works_and_the_other_says_so(fleet: GitDir, slow: Path) -> None:
    first = started(fleet, slow)

    second = subprocess.run(
        (sys.executable, "-m", "edgeops", "-C", str(fleet.root), "init"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (second.returncode, second.stdout) == (2, "")
    assert second.stderr == (
        f"edgeops: another edgeops (process {first.pid}) is at work here: wait until it is "
        "through\n"
    )
    slow.with_name("go").touch()
    _, said = first.communicate(timeout=PATIENCE_SECONDS)
    assert first.returncode == 0, said
    assert fleet.changes() == []


def test_a_killed_run_frees_the_lock(fleet: GitDir, slow: Path) -> None:
    run = started(fleet, slow)
    run.kill()
    run.communicate(timeout=PATIENCE_SECONDS)
    slow.with_name("go").touch()
    looked = edgeops(fleet, "plan")

    assert "An earlier edgeops was killed at work here: run 'edgeops init' first." in looked.stderr
    done = edgeops(fleet, "init")

    assert done.returncode == 0, done.stderr
    assert "An earlier edgeops was killed at work: " in done.stderr
    assert fleet.changes() == []


def test_the_lock_of_another_git_is_left_alone(fleet: GitDir) -> None:
    assert edgeops(fleet, "init").returncode == 0
    lock = fleet.root / ".git/refs/heads/main.lock"
    lock.touch()

    refused = edgeops(fleet, "zone", "add", "us-west-2-las-1a")

    assert refused.returncode == 2
    assert "main.lock" in refused.stderr
    assert lock.exists()
    assert fleet.changes() == []
    lock.unlink()


def test_what_a_person_edited_after_a_crash_stays(fleet: GitDir, slow: Path) -> None:
    run = started(fleet, slow)
    run.kill()
    run.communicate(timeout=PATIENCE_SECONDS)
    slow.with_name("go").touch()
    mine = fleet.root / "base/web.yaml"
    text = mine.read_text() + "# mine\n"
    mine.write_text(text)

    done = edgeops(fleet, "init")

    assert "Somebody has changed since, and these stay as they are: base/web.yaml." in done.stderr
    assert mine.read_text() == text


def test_a_journal_that_came_with_the_files_writes_nowhere_else(
    fleet: GitDir, tmp_path: Path
) -> None:
    room = fleet.root / ".git/edgeops"
    room.mkdir()
    (room / "files.json").write_text(
        '{"version": 1, "root": "../..", "token": "edgeops-000000000000", "made": [], "files": '
        '[{"path": "../owned", "before": "aGk=", "mode": null, "after": null}]}'
    )

    refused = edgeops(fleet, "init")

    assert refused.returncode == 2
    assert "is not a journal that this edgeops can read" in refused.stderr
    assert not (tmp_path / "owned").exists()


def edgeops(fleet: GitDir, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-m", "edgeops", "-C", str(fleet.root), *argv),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ},
    )

"""SIGTERM ends `edgeops watch` with 0 at whatever it is, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.adapters.gitrepo import GitDir
from tests.controlplane.daemon import free_port
from tests.crash.test_interrupts import PATIENCE_SECONDS, alive, edgeops, fleet, slow, until

__all__ = ["fleet", "slow"]

SOON = 20.0
"""Less than the 30 seconds that a kubelet gives a pod."""


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    """Of a cluster that nobody reaches."""
    server = {"server": f"https://127.0.0.1:{free_port()}"}
    body = {
        "apiVersion": "v1",
        "kind": "Config",
        "contexts": [{"name": "edge", "context": {"cluster": "edge", "user": "me"}}],
        "clusters": [{"name": "edge", "cluster": server}],
        "users": [{"name": "me", "user": {"token": "t"}}],
    }
    file = tmp_path / "kubeconfig"
    file.write_text(json.dumps(body))
    file.chmod(0o600)
    return file


def started(fleet: GitDir, slow: Path, kubeconfig: Path, tmp: Path) -> subprocess.Popen[str]:
    tmp.mkdir()
    # What `init` built is remembered elsewhere.
    own = {**os.environ, "TMPDIR": str(tmp), "XDG_CACHE_HOME": str(tmp.with_name("cache"))}
    return subprocess.Popen(
        (sys.executable, "-m", "edgeops", "watch", "--url", str(fleet.root),
         "--kustomize", str(slow), "--kubeconfig", str(kubeconfig), "--fetch-every", "1s",
         "--listen", "127.0.0.1:0"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=own,
    )  # fmt: skip


def pids(slow: Path) -> list[int]:
    file = slow.with_name("pids")
    return [int(word) for word in file.read_text().split()] if file.exists() else []


def ended(run: subprocess.Popen[str], slow: Path, tmp: Path) -> None:
    begun = time.monotonic()
    run.send_signal(signal.SIGTERM)
    _, said = run.communicate(timeout=PATIENCE_SECONDS)
    assert (run.returncode, said) == (0, "")
    assert time.monotonic() - begun < SOON
    until(lambda: not any(alive(pid) for pid in pids(slow)))
    assert list(tmp.iterdir()) == []


def test_in_the_first_build(fleet: GitDir, slow: Path, kubeconfig: Path, tmp_path: Path) -> None:
    assert edgeops(fleet, "init").returncode == 0
    run = started(fleet, slow, kubeconfig, tmp_path / "tmp")
    until(lambda: bool(pids(slow)))
    ended(run, slow, tmp_path / "tmp")


def test_in_the_build_of_a_new_commit(
    fleet: GitDir, slow: Path, kubeconfig: Path, tmp_path: Path
) -> None:
    assert edgeops(fleet, "init").returncode == 0
    slow.with_name("go").touch()
    run = started(fleet, slow, kubeconfig, tmp_path / "tmp")
    assert run.stdout is not None
    assert "Unknown" in run.stdout.readline()
    slow.with_name("go").unlink()
    before = len(pids(slow))
    file = next((fleet.root / "base").glob("web*.yaml"))
    file.write_text(file.read_text() + "# a word\n")
    fleet.git("commit", "-qam", "A word")
    until(lambda: len(pids(slow)) > before)
    ended(run, slow, tmp_path / "tmp")

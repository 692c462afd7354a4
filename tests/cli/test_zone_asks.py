"""``edgeops zone remove`` at a terminal: it shows what goes, and asks."""

import os
import pty
import sys
from pathlib import Path

import pytest

from tests.adapters.gitrepo import GitDir, isolate
from tests.cli.test_zone import EDGE, fleet


def at_a_terminal(root: Path, answer: str, *args: str) -> tuple[str, int]:
    """Run edgeops on a terminal of its own, answer its question, and give what it showed."""
    argv = [sys.executable, "-m", "edgeops", *args, "-C", str(root), "--no-color"]
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, argv)
    shown, answered = b"", False
    while True:
        try:
            part = os.read(terminal, 1 << 16)
        except OSError:  # Linux says so when the other side is closed
            break
        if not part:
            break
        shown += part
        if b"[y/N]" in shown and not answered:
            os.write(terminal, f"{answer}\n".encode())
            answered = True
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(terminal)
    return shown.decode(), status


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitDir:
    isolate(monkeypatch, tmp_path / "home")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    return fleet(tmp_path / "f")


def test_no_and_yes(repo: GitDir) -> None:
    head = repo.git("rev-parse", "HEAD")

    shown, status = at_a_terminal(repo.root, "n", "zone", "remove", EDGE)
    assert (status, repo.git("rev-parse", "HEAD")) == (2, head)
    assert shown.index("pruned by the engine") < shown.index("[y/N]")
    assert "Nothing was changed." in shown

    shown, status = at_a_terminal(repo.root, "y", "zone", "remove", EDGE)
    assert (status, repo.git("rev-list", "--count", f"{head}..HEAD")) == (0, "1")

    # Nobody can say whether the engine has synced, so the person is asked just that.
    shown, status = at_a_terminal(repo.root, "n", "zone", "remove", EDGE)
    assert (status, repo.git("rev-list", "--count", f"{head}..HEAD")) == (2, "1")
    assert "The cluster cannot be asked" in shown
    assert "Has the engine synced stage 1" in shown

"""A real bug, in a real process: exit 3, what is needed to mend it, and nothing secret."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edgeops import __version__

CANARY = "canary-e8b1f0"

BUGS = {
    "in-the-comparison": f"""
from edgeops.usecases import drift
def broken(*args, **kwargs):
    secret = "{CANARY}-local"
    raise KeyError("{CANARY}-text")
drift.check_repository = drift.check_manifests = broken
""",
    "with-causes": f"""
from edgeops.usecases import drift
def broken(*args, **kwargs):
    try:
        int("{CANARY}")
    except ValueError as error:
        raise RuntimeError("{CANARY}") from error
drift.check_repository = drift.check_manifests = broken
""",
    "in-the-report-on-it": """
from edgeops.cli import crash
from edgeops.usecases import drift
def broken(*args, **kwargs):
    raise ZeroDivisionError
crash.crash_text = drift.check_repository = drift.check_manifests = broken
""",
}


def run(folder: Path, bug: str, *argv: str) -> subprocess.CompletedProcess[str]:
    """``edgeops`` with a bug in it, in a process of its own."""
    (folder / "sitecustomize.py").write_text(bug)
    path = os.pathsep.join(str(item) for item in (folder, os.environ.get("PYTHONPATH", "")) if item)
    return subprocess.run(
        (sys.executable, "-m", "edgeops", *argv),
        env={
            **os.environ,
            "PYTHONPATH": path,
            "EDGEOPS_SECRET": f"{CANARY}-env",
            "PYTHONUTF8": "1",
        },
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug(tmp_path: Path, bug: str) -> None:
    place = tmp_path / f"{CANARY}-folder"
    place.mkdir()
    done = run(place, BUGS[bug], *("drift", "-vvv", "-C", str(place), f"--rev={CANARY}-rev"))
    assert done.returncode == 3
    assert done.stdout == ""
    assert CANARY not in done.stderr
    assert "has a bug" in done.stderr
    if bug == "in-the-report-on-it":
        assert "ZeroDivisionError" in done.stderr
        return
    assert f"edgeops {__version__} has a bug" in done.stderr
    assert "doing:     edgeops drift -v -C … --rev=…" in done.stderr
    for program in ("python:", "kustomize:", "git:"):
        (line,) = (text for text in done.stderr.splitlines() if text.startswith(program))
        assert line.split(":")[1].strip()[0].isdigit(), line
    assert "SECURITY.md" in done.stderr
    assert "sitecustomize.py:" in done.stderr
    assert "edgeops/cli/targets.py:" in done.stderr
    errors = [line for line in done.stderr.splitlines() if line and not line.startswith(" ")]
    expected = ["KeyError"] if bug == "in-the-comparison" else ["ValueError", "RuntimeError"]
    assert errors[-len(expected) :] == expected


def test_a_program_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even git is needed to tell of a bug."""
    monkeypatch.setenv("PATH", str(tmp_path))
    done = run(tmp_path, BUGS["in-the-comparison"], "drift", "-C", str(tmp_path))
    assert done.returncode == 3
    assert "git:       not found" in done.stderr

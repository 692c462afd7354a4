"""The same commit makes the same wheel, byte for byte."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = ("edgeops", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")


def built(tree: Path, time: int) -> tuple[str, str]:
    """A wheel's name and digest, out of a copy of the sources whose files have that time."""
    tree.mkdir()
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            skipped = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, tree / part, ignore=skipped)
        else:
            shutil.copy(source, tree / part)
    for path in tree.rglob("*"):
        os.utime(path, (time, time))
    subprocess.run(
        (
            sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
            "--no-index", "--wheel-dir", str(tree / "made"), str(tree),
        ),
        check=True,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1767225600"},
    )  # fmt: skip
    (wheel,) = (tree / "made").glob("*.whl")
    return wheel.name, hashlib.sha256(wheel.read_bytes()).hexdigest()


def test_a_wheel_built_twice_has_the_same_bytes(tmp_path: Path) -> None:
    assert built(tmp_path / "one", 1_600_000_000) == built(tmp_path / "two", 1_700_000_000)

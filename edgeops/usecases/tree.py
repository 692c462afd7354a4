"""The files of a directory as they will be, read when they are asked for."""

import contextlib
from collections.abc import Iterator, Mapping

from edgeops.core.reconcile import Reconciliation
from edgeops.errors import RepositoryError
from edgeops.ports import Files


def tree_after(merge: Reconciliation, files: Files) -> Mapping[str, bytes]:
    """What *files* will hold once *merge* is written."""
    return _Tree({item.path: item.after for item in merge.files}, files)


class _Tree(Mapping[str, bytes]):
    """A file at a time: most of a directory is not asked for."""

    def __init__(self, changed: Mapping[str, bytes | None], files: Files) -> None:
        self._known: dict[str, bytes | None] = dict(changed)
        self._files = files

    def __getitem__(self, path: str) -> bytes:
        if path not in self._known:
            self._known[path] = None
            # What is outside, or no file, is not a part of the tree; kustomize says so itself.
            with contextlib.suppress(RepositoryError):
                self._known[path] = self._files.read(path)
        content = self._known[path]
        if content is None:
            raise KeyError(path)
        return content

    def __iter__(self) -> Iterator[str]:
        there = {*self._files.below("."), *self._known}
        return iter(sorted(path for path in there if path in self))

    def __len__(self) -> int:
        return sum(1 for _ in self)

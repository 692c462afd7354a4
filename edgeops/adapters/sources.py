"""`Source`, twice: a revision whose files are written only if a build needs them, and a folder."""

import hashlib
import os
import posixpath
from collections.abc import Callable, Iterable
from pathlib import Path

from edgeops.adapters.trees import Entry


class RevisionSource:
    """
    The files of a commit; git's own tree ids stand for its directories.

    Args:
        entries: everything below the asked paths, directories among it.
        place: edgeops' directory in the repository.
        write: writes all of it to a directory, and says which; called once at most.
    """

    def __init__(self, entries: Iterable[Entry], place: str, write: Callable[[], str]) -> None:
        entries = tuple(entries)
        self._trees = {entry.path: entry.oid for entry in entries if entry.is_tree}
        self._place = place
        self._write = write
        self._root: str | None = None
        for entry in entries:
            if entry.is_link or entry.is_submodule:
                self._forget(entry.path)

    def _forget(self, path: str) -> None:
        """What a link leads to, and what a submodule holds, its own tree does not tell."""
        while path := posixpath.dirname(path):
            self._trees.pop(path, None)

    @property
    def root(self) -> str:
        if self._root is None:
            self._root = self._write()
        return self._root

    def digest(self, directory: str) -> str | None:
        return self._trees.get(posixpath.normpath(posixpath.join(self._place, directory)))


class FolderSource:
    """
    A folder, such as a copy of a work tree.

    Args:
        root: the folder. What is written below it after a digest was asked for changes no digest.
        shared: whether somebody else may write to it meanwhile, as to a work tree itself.
    """

    def __init__(self, root: str, *, shared: bool = False) -> None:
        self.root = root
        self.shared = shared
        self._known: dict[str, str | None] = {}

    def anew(self) -> "FolderSource":
        """The same folder, as it is now."""
        return FolderSource(self.root, shared=self.shared)

    def digest(self, directory: str) -> str | None:
        path = posixpath.normpath(directory)
        if path not in self._known:
            self._known[path] = self._digest(Path(self.root, path))
        return self._known[path]

    def _digest(self, place: Path) -> str | None:
        if place.is_symlink() or not place.is_dir():
            return None
        found = hashlib.sha256()
        for item in sorted(os.scandir(place), key=lambda item: item.name):
            if item.is_symlink():
                return None
            if item.is_dir():
                told = self.digest(os.path.relpath(item.path, self.root))
                if told is None:
                    return None
            elif not item.is_file():
                return None
            else:
                try:
                    told = hashlib.sha256(Path(item.path).read_bytes()).hexdigest()
                except OSError:
                    return None
            found.update(f"{item.name}\0{told}\0".encode(errors="surrogateescape"))
        return found.hexdigest()

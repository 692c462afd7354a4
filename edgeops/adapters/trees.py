"""Files of a git tree written to a directory of their own, and files copied from a work tree."""

import os
import shutil
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from edgeops.errors import RepositoryError


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of ``git ls-tree -r``."""

    mode: str
    oid: str
    path: str
    """Below the repository's root, POSIX."""

    @property
    def is_tree(self) -> bool:
        """Whether it is a directory, which only ``git ls-tree -t`` lists."""
        return self.mode == "040000"

    @property
    def is_submodule(self) -> bool:
        return self.mode == "160000"

    @property
    def is_link(self) -> bool:
        return self.mode == "120000"

    @classmethod
    def parse(cls, line: str) -> "Entry":
        head, _, path = line.partition("\t")
        mode, _, oid = head.split(" ")
        return cls(mode=mode, oid=oid, path=path)


def write(target: str, entries: Sequence[Entry], contents: Mapping[str, bytes]) -> None:
    """
    Write *entries* below *target*.

    Raises:
        RepositoryError: for a submodule, whose files the repository does not have.
    """
    made = _Made(target)
    for entry in entries:
        if entry.is_submodule:
            raise RepositoryError(_submodule(entry.path))
        place = made.place(entry.path)
        content = contents[entry.oid]
        if entry.is_link:
            _link(target, place, os.fsdecode(content))
            continue
        place.write_bytes(content)
        if entry.mode == "100755":
            place.chmod(0o755)


def copy(source: str, target: str, paths: Iterable[str]) -> None:
    """
    Copy files from the work tree *source*; those that are gone from it are left out.

    Raises:
        RepositoryError: for a submodule, or a file that cannot be read.
    """
    made = _Made(target)
    for path in paths:
        origin = Path(source, path)
        try:
            mode = origin.lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            continue
        if stat.S_ISLNK(mode):
            _link(target, made.place(path), str(origin.readlink()))
        elif stat.S_ISDIR(mode):
            raise RepositoryError(_submodule(path))
        else:
            try:
                copied = shutil.copyfile(origin, made.place(path))
                # Ours to write in, whatever may be done with the original.
                copied.chmod(stat.S_IMODE(mode) | stat.S_IWUSR)
            except OSError as error:
                raise RepositoryError(f"cannot read {path}: {error.strerror}") from error


def _submodule(path: str) -> str:
    return f"{path} is a submodule or another repository: its files are not in this one"


class _Made:
    """The directories that were made below *target*, each looked at once."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._known: set[Path] = set()

    def place(self, path: str) -> Path:
        """Where *path* goes, in a directory that is there."""
        parts = PurePosixPath(path)
        if parts.is_absolute() or {"..", ".git"} & set(parts.parts):
            raise RepositoryError(f"the repository has a file with the unsafe name {path!r}")
        place = Path(self._target, *parts.parts)
        if place.parent not in self._known:
            # A link written earlier must not lead a later file out of the target.
            real = os.path.realpath(place.parent)
            if not _inside(self._target, real):
                raise RepositoryError(f"{path} leads out of the repository through a symbolic link")
            place.parent.mkdir(parents=True, exist_ok=True)
            self._known.add(place.parent)
        return place


def _link(target: str, place: Path, to: str) -> None:
    """A link is written only if it stays inside; a build that needs another one says so."""
    if _inside(target, os.path.realpath(place.parent / to)) and not Path(to).is_absolute():
        place.symlink_to(to)


def _inside(target: str, path: str) -> bool:
    root = os.path.realpath(target)
    return os.path.commonpath((root, path)) == root

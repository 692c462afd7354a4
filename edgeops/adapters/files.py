"""
Edgeops' directory in the work tree, as a value that is safe to write through.

Every path is POSIX and relative to the directory. A path that leaves it, by ``..`` or through
a symbolic link, is refused: what a repository holds must not decide what is written elsewhere.
"""

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath

from edgeops.adapters import journal, trees, workroom
from edgeops.errors import CommittedError, RepositoryError

_Undo = Callable[[], None]
_Beside = Callable[[Path], Path]


class WorkDirectory:
    """
    Implements `edgeops.ports.Files` on a real directory, which need not exist yet.

    Args:
        root: the directory of ``edgeops.yaml``.
        passing: says that nobody misses it after a crash.
    """

    def __init__(self, root: str | os.PathLike[str], *, passing: bool = False) -> None:
        self._root = Path(os.path.normpath(Path(root).absolute()))
        self._passing = passing
        self._real = os.path.realpath(self._root)
        self._inside: set[Path] = set()
        """Directories that were found to lead nowhere else, while nothing was written."""

    @property
    def root(self) -> str:
        return str(self._root)

    def read(self, path: str) -> bytes | None:
        place = self._to_read(path)
        try:
            with open(place, "rb", opener=_without_waiting) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise RepositoryError(f"{path} is no plain file; put one in its place")
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise RepositoryError(f"cannot read {path}: {error.strerror}") from error

    def below(self, path: str) -> Iterator[str]:
        start = self._root if path in {"", "."} else self.place(path)
        found: list[str] = []
        for directory, names, files in os.walk(start):
            names[:] = [name for name in names if name != ".git"]
            # A link to a directory is one entry of ours, not a tree to walk.
            links = [name for name in names if Path(directory, name).is_symlink()]
            places = [Path(directory, name) for name in (*files, *links)]
            found += [place.relative_to(self._root).as_posix() for place in places]
        return iter(sorted(found))

    @contextlib.contextmanager
    def copy(self, paths: Sequence[str]) -> Iterator["WorkDirectory"]:
        with tempfile.TemporaryDirectory(prefix="edgeops-") as scratch:
            found = (path for top in paths for path in (top, *self.below(top)))
            trees.copy(self.root, scratch, [path for path in found if self._is_file(path)])
            yield WorkDirectory(scratch, passing=True)

    def _is_file(self, path: str) -> bool:
        place = self._root / path
        return place.is_symlink() or place.is_file()

    @contextlib.contextmanager
    def apply(self, writes: Mapping[str, bytes], deletes: Collection[str]) -> Iterator[None]:
        """
        Write and delete; whatever the block raises, ^C too, everything is as it was, unless that
        is committed (`CommittedError`).

        Where the process is killed instead, `edgeops.adapters.recovery` does that from a journal.
        """
        self._inside.clear()
        for path in (*writes, *deletes):
            self.place(path)
        with self._journal(writes, deletes) as beside:
            undo: list[_Undo] = []
            try:
                for path, content in sorted(writes.items()):
                    self._write(path, content, undo, beside)
                for path in sorted(deletes):
                    self._delete(path, undo, beside)
                yield
            except CommittedError:
                raise
            except BaseException:
                _take_back(undo)
                raise

    @contextlib.contextmanager
    def _journal(self, writes: Mapping[str, bytes], deletes: Collection[str]) -> Iterator[_Beside]:
        if self._passing or not (writes or deletes):
            yield lambda place: place.with_name(f".{place.name}.edgeops")
            return
        room = workroom.place(self._root)
        with journal.kept(room, self._root, writes, deletes) as kept:
            yield kept.beside

    def _write(self, path: str, content: bytes, undo: list[_Undo], beside: _Beside) -> None:
        place = self.place(path)
        try:
            before = _Saved.of(place)
            self._make(place.parent, undo)
            # First the way back, then the step: an interrupt in between costs nothing.
            undo.append(partial(before.restore, place, beside(place)))
            replace(place, content, before.mode, beside(place))
        except OSError as error:
            raise RepositoryError(f"cannot write {path}: {error.strerror or error}") from error

    def _delete(self, path: str, undo: list[_Undo], beside: _Beside) -> None:
        place = self.place(path)
        try:
            before = _Saved.of(place)
            if before.content is None:
                return
            undo.append(partial(before.restore, place, beside(place)))
            place.unlink()
            self._prune(place.parent, undo)
        except OSError as error:
            raise RepositoryError(f"cannot delete {path}: {error.strerror or error}") from error

    def _make(self, directory: Path, undo: list[_Undo]) -> None:
        """Make *directory* and its parents, each with its way back."""
        missing = []
        while not directory.exists():
            missing.append(directory)
            directory = directory.parent
        for new in reversed(missing):
            undo.append(partial(_remove_empty, new))
            new.mkdir(exist_ok=True)

    def _prune(self, directory: Path, undo: list[_Undo]) -> None:
        """Remove directories that the last file has left, as git does; never the root."""
        while directory != self._root and not any(directory.iterdir()):
            mode = stat.S_IMODE(directory.stat().st_mode)
            undo.append(partial(_restore_directory, directory, mode))
            directory.rmdir()
            directory = directory.parent

    def _to_read(self, path: str) -> Path:
        """As `place`, but a directory is followed once for all the files that are read in it."""
        place = self._root.joinpath(path)
        plain = ".." not in place.parts and "\0" not in path and not place.is_symlink()
        if not plain or place.parent not in self._inside:
            place = self.place(path)
            self._inside.add(place.parent)
        return place

    def place(self, path: str) -> Path:
        parts = PurePosixPath(path)
        if not path or parts.is_absolute() or ".." in parts.parts or "\0" in path:
            raise RepositoryError(f"{path!r} is not a path below {self._root}")
        place = self._root.joinpath(*parts.parts)
        real = os.path.realpath(place)
        if os.path.commonpath((self._real, real)) != self._real:
            raise RepositoryError(f"{path} leads out of {self._root} through a symbolic link")
        if place.is_dir():
            return place
        if place.is_symlink():
            raise RepositoryError(f"{path} is a symbolic link; put a plain file in its place")
        return place


def _without_waiting(path: str, flags: int) -> int:
    """Opens a pipe too, instead of waiting for somebody to write into it."""
    return os.open(path, flags | os.O_NONBLOCK)


class _Saved:
    """What stood at a place before it was written."""

    def __init__(self, content: bytes | None, mode: int | None) -> None:
        self.content = content
        self.mode = mode

    @classmethod
    def of(cls, place: Path) -> "_Saved":
        try:
            return cls(place.read_bytes(), stat.S_IMODE(place.stat().st_mode))
        except (FileNotFoundError, NotADirectoryError):
            return cls(None, None)

    def restore(self, place: Path, beside: Path) -> None:
        if self.content is None:
            with contextlib.suppress(NotADirectoryError):
                place.unlink(missing_ok=True)
            return
        now = _Saved.of(place)
        # Where nothing came of the step nothing is to be done, and perhaps nothing can be.
        if (now.content, now.mode) != (self.content, self.mode):
            replace(place, self.content, self.mode, beside)


def _take_back(undo: list[_Undo]) -> None:
    """Every step back, the last first; one that fails does not stop the others."""
    failed: list[OSError] = []
    for step in reversed(undo):
        try:
            step()
        except OSError as error:
            failed.append(error)
    if failed:
        raise journal.NotUndoneError(
            f"not everything could be undone ({failed[0]}): when the cause is mended, the next "
            "'edgeops init' does the rest"
        )


def replace(place: Path, content: bytes, mode: int | None, beside: Path) -> None:
    """
    Put *content* at *place* in one step: a reader sees the old file or the new one.

    Args:
        mode: the file's permissions; None takes those of a new file.
        beside: where it is put together, in the same directory.
    """
    try:
        beside.unlink(missing_ok=True)
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.chmod(_default_mode() if mode is None else mode)
        beside.replace(place)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def _default_mode() -> int:
    # The umask can only be read by setting it.
    mask = os.umask(0o022)
    os.umask(mask)
    return 0o666 & ~mask


def _remove_empty(directory: Path) -> None:
    with contextlib.suppress(OSError):
        directory.rmdir()


def _restore_directory(directory: Path, mode: int) -> None:
    directory.mkdir(exist_ok=True)
    directory.chmod(mode)

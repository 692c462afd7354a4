"""
Where edgeops keeps what only it needs while it writes, and the lock on it.

That is ``edgeops`` in the repository's own directory or, as long as there is no repository,
``.edgeops.journal`` in edgeops' directory. Whoever writes holds its lock, which ends with the
process, however that ends. A second file is held by git and its hooks too: who finds the lock
free and that one held, knows that children of a dead run are still at work.

docs/decisions/0022-a-run-that-dies.md has the reasons.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edgeops.adapters import process
from edgeops.errors import ProcessError, RepositoryError

OUTSIDE: Final = ".edgeops.journal"
"""Its name in a directory that is in no repository."""

_LOCK: Final = "lock"
_BUSY: Final = "busy"
_PATIENCE_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 0.05


def place(directory: Path) -> Path:
    """The folder for what is written in *directory*; it need not exist."""
    start = directory
    while not start.is_dir():
        start = start.parent
    try:
        asked = process.run(
            ("git", "rev-parse", "--absolute-git-dir"), cwd=str(start), accepted=range(256)
        )
    except ProcessError:
        return directory / OUTSIDE  # without git, nothing is committed either
    found = os.fsdecode(asked.stdout).rstrip("\n")
    return Path(found, "edgeops") if asked.status == 0 and found else directory / OUTSIDE


@contextlib.contextmanager
def alone(room: Path) -> Iterator[None]:
    """
    Hold the lock of *room* for as long as the block runs.

    Raises:
        RepositoryError: if somebody else holds it, or it cannot be made.
    """
    missing = [folder for folder in (room, *room.parents) if not folder.exists()]
    held = _taken(room)
    try:
        yield
    finally:
        # Who waits for it sees that it is gone, and makes another.
        with contextlib.suppress(OSError):
            (room / _LOCK).unlink()
        for folder in (room, *missing):
            with contextlib.suppress(OSError):
                folder.rmdir()
        os.close(held)


def _taken(room: Path) -> int:
    path = room / _LOCK
    try:
        while True:
            room.mkdir(parents=True, exist_ok=True)
            held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(held, 32, 0).decode("ascii", "replace").strip() or "unknown"
                os.close(held)
                raise RepositoryError(
                    f"another edgeops (process {holder}) is at work here: wait until it is through"
                ) from None
            if _is_still(path, held):
                os.ftruncate(held, 0)
                os.pwrite(held, f"{os.getpid()}\n".encode(), 0)
                return held
            os.close(held)  # its holder took it away between our two steps
    except OSError as error:
        raise RepositoryError(f"cannot write {path}: {error.strerror}") from error


def _is_still(path: Path, held: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(path.stat(), os.fstat(held))
    return False


@contextlib.contextmanager
def busy(room: Path) -> Iterator[int]:
    """
    A descriptor for children to inherit, by which a later run sees that they live.

    It is given when no child of a run that died is at work any more.

    Raises:
        RepositoryError: if one is for too long; else as `alone`.
    """
    held = _opened_busy(room)
    try:
        _hold(held)
        try:
            yield held
        finally:
            with contextlib.suppress(OSError):
                (room / _BUSY).unlink()
    finally:
        os.close(held)
        leave(room)


def _hold(held: int) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > end:
                raise RepositoryError(
                    "what an edgeops that was killed had started, git or a hook, is still at work "
                    "here: wait until it is through, or end it"
                ) from error
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def write(path: Path, content: bytes) -> None:
    """Put *content* at *path*, in the room, in one step that outlives a crash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def leave(room: Path) -> None:
    """Take the room away where nothing is left in it."""
    with contextlib.suppress(OSError):
        room.rmdir()


def _opened_busy(room: Path) -> int:
    try:
        room.mkdir(parents=True, exist_ok=True)
        return os.open(room / _BUSY, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise RepositoryError(f"cannot write {room / _BUSY}: {error.strerror}") from error

"""
An index of our own for a commit, put in the place of the person's when the commit is there.

Git takes a lock beside the index that it works on. Beside the person's, a lock of a killed git
would be anybody's; so git works on a copy in `edgeops.adapters.workroom`, and the lock on the
person's index is a hard link to that copy: complete from its first moment, and known by its inode.
"""

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from edgeops.adapters.git_commands import Git, reset_paths
from edgeops.errors import RepositoryError

NAME: Final = "index"
_PATIENCE_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 0.05

OnIndex = Callable[[str], Git]
"""Git on the index in that file."""


class PrivateIndex:
    """
    A copy of the index that git uses.

    Args:
        room: the folder for it.
        git: on the person's index.
        on: git on another one.
    """

    def __init__(self, room: Path, git: Git, on: OnIndex) -> None:
        self._file = room / NAME
        asked = git("rev-parse", "--path-format=absolute", "--git-path", "index")
        self._real = Path(asked.text)
        self._lock = self._real.with_name(f"{self._real.name}.lock")
        self.git = on(str(self._file))
        self._known: bytes | None = None
        self._copy()

    def _copy(self) -> None:
        self.remove()
        self._known = _bytes(self._real)
        if self._known is not None:
            beside = self._file.with_name(f"{NAME}.new")
            shutil.copy2(self._real, beside)
            beside.replace(self._file)

    def remove(self) -> None:
        """Take our copy away, with what a git that was killed left beside it."""
        if self._is_ours():
            self._lock.unlink()
        for name in (NAME, f"{NAME}.new", f"{NAME}.lock"):
            self._file.with_name(name).unlink(missing_ok=True)

    def _is_ours(self) -> bool:
        with contextlib.suppress(FileNotFoundError):
            return os.path.samestat(self._lock.stat(), self._file.stat())
        return False

    def refresh(self, paths: Sequence[str]) -> None:
        """Let the copy say of *paths* what HEAD says."""
        reset_paths(self.git, paths)

    def install(self, paths: Sequence[str]) -> None:
        """
        Put the copy in the place of the person's index.

        Whatever the person staged in the meantime stays; only *paths* are as in HEAD then.

        Raises:
            RepositoryError: if another git holds the index for too long.
        """
        while True:
            self._take_lock()
            if _bytes(self._real) == self._known:
                self._lock.replace(self._real)
                self.remove()
                return
            self._copy()
            self.refresh(paths)

    def _take_lock(self) -> None:
        end = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                os.link(self._file, self._lock)
            except FileExistsError as error:
                if time.monotonic() > end:
                    raise RepositoryError(f"another git holds {self._lock}") from error
                time.sleep(_PAUSE_SECONDS)
            else:
                return


def _bytes(place: Path) -> bytes | None:
    try:
        return place.read_bytes()
    except FileNotFoundError:
        return None

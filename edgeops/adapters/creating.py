"""A repository made around a directory: a whole one, or none."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edgeops.adapters import workroom
from edgeops.adapters.git_process import command
from edgeops.errors import CommittedError, RepositoryError

MADE: Final = "made"
"""In the room: names the ``.git`` that a run made, by its inode."""

NEW: Final = "repository"
"""In the room: where it is put together, and taken apart."""


@contextlib.contextmanager
def created(directory: Path, branch: str) -> Iterator[None]:
    """
    Make *directory* a repository; it is gone if the block raises before it committed.

    Raises:
        RepositoryError: if git refuses, or it cannot be written.
    """
    made = directory / ".git"
    room = directory / workroom.OUTSIDE
    new = room / NEW
    try:
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        with workroom.busy(room) as held:
            git = command(str(new), trusted=True).holding(held)
            git("init", "--quiet", f"--initial-branch={branch}", ".")
        workroom.write(room / MADE, str((new / ".git").stat().st_ino).encode())
        (new / ".git").rename(made)
        yield
    except CommittedError:
        raise
    except OSError as error:
        shutil.rmtree(made, ignore_errors=True)
        raise RepositoryError(f"cannot make a repository: {error.strerror}") from error
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
        with contextlib.suppress(OSError):
            (room / MADE).unlink(missing_ok=True)
        workroom.leave(room)

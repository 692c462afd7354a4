"""What a run is about to commit, written down first, so that a later one can put git in order."""

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgeops.adapters import git_commands, workroom
from edgeops.adapters.git_commands import Git
from edgeops.adapters.journal import content_of
from edgeops.adapters.private_index import OnIndex, PrivateIndex
from edgeops.core import documents
from edgeops.errors import RepositoryError

NAME: Final = "commit.json"
_PATIENCE_SECONDS: Final = 2.0
_PAUSE_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A commit that was begun."""

    head: str | None
    """HEAD's commit before; None where there was none yet."""

    branch: str
    """The branch that was checked out before."""

    new_branch: str | None
    paths: tuple[str, ...]
    """From the top of the work tree."""

    foreign: frozenset[str] = frozenset()
    """Locks that were there already."""


@contextlib.contextmanager
def kept(room: Path, git: Git, new_branch: str | None, paths: Sequence[str]) -> Iterator[None]:
    """
    A journal for as long as the block runs; it stays if that leaves an index to be mended.

    If the block raises before it has committed, the new branch is gone and the old one checked
    out, and no lock of git is left.

    Args:
        new_branch: one that there is not; None commits to that which is checked out.
    """
    branch = git_commands.branch(git)
    assert branch is not None, "a detached HEAD is refused before"
    begun: dict[str, Any] = {
        "head": head(git),
        "branch": branch,
        "newBranch": new_branch,
        "paths": list(paths),
    }
    locks = _locks(room, git, branch, new_branch)
    begun["foreign"] = [str(place) for place in locks if place.exists()]
    try:
        workroom.write(room / NAME, documents.dump_json(begun).encode())
    except OSError as error:
        raise RepositoryError(f"cannot write {room / NAME}: {error.strerror}") from error
    try:
        yield
    except BaseException:
        unlocked(room, git)
        if head(git) == begun["head"]:
            if new_branch is not None:
                _take_back(git, branch, begun["head"], new_branch)
            forget(room)
        raise
    forget(room)


def head(git: Git) -> str | None:
    """HEAD's commit; None where there is none yet."""
    return git_commands.revision(git, "HEAD") if git_commands.has_head(git) else None


def forget(room: Path) -> None:
    """Take the journal away."""
    (room / NAME).unlink(missing_ok=True)


def mended(room: Path, git: Git, on: OnIndex, committed: Sequence[str]) -> str | None:
    """
    Put git in order after a run that died in the middle of a commit.

    Args:
        git: in that repository.
        on: git on another index.
        committed: files of the run that HEAD has as they are in the work tree.

    Returns:
        The commit that the run had made; None if it had made none.

    Raises:
        RepositoryError: if the journal cannot be read, or git refuses.
    """
    begun = _found(room)
    if begun is None:
        return None
    now = head(git)
    made = now if now != begun.head and committed else None
    if begun.new_branch is not None and now == begun.head:
        _take_back(git, begun.branch, begun.head, begun.new_branch)
    # Also where nothing was committed: this takes what is ours from beside the index.
    index = PrivateIndex(room, git, on)
    paths = sorted({*begun.paths} & {*committed})
    if made is not None and paths:
        index.refresh(paths)
        index.install(paths)
    else:
        index.remove()
    forget(room)
    return made


def _take_back(git: Git, before: str, commit: str | None, name: str) -> None:
    """Check the branch *before* out again; *name* is gone while it is at *commit*."""
    if git_commands.branch(git) == name:
        git("symbolic-ref", "HEAD", f"refs/heads/{before}")
    if commit is not None:
        git("update-ref", "-d", f"refs/heads/{name}", commit, accepted=range(256))


def unlocked(room: Path, git: Git) -> None:
    """
    Remove the locks that git held for the commit when it was killed.

    To be called before anything else is asked of git, when no child of the dead run lives. A
    lock that was there before, or that goes away while we look, is somebody else's.
    """
    begun = _found(room)
    if begun is None:
        return
    for place in _locks(room, git, begun.branch, begun.new_branch):
        if str(place) not in begun.foreign:
            _remove_stale(place)


def _locks(room: Path, git: Git, branch: str, new_branch: str | None) -> list[Path]:
    """Where git puts its locks for such a commit, whether they are there or not."""
    refs = [f"refs/heads/{name}" for name in (branch, new_branch) if name is not None]
    places = [
        Path(git("rev-parse", "--path-format=absolute", "--git-path", f"{name}.lock").text)
        for name in ("HEAD", "packed-refs", *refs)
    ]
    return [*places, *room.parent.glob("next-index-*.lock*")]


def _remove_stale(place: Path) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    with contextlib.suppress(FileNotFoundError):
        seen = place.stat()
        while time.monotonic() < end:
            if not os.path.samestat(seen, place.stat()):
                return
            time.sleep(_PAUSE_SECONDS)
        place.unlink()


def _found(room: Path) -> Begun | None:
    path = room / NAME
    content = content_of(path)
    if content is None:
        return None
    try:
        value = documents.load(content)
        return Begun(
            head=value["head"],
            branch=value["branch"],
            new_branch=value["newBranch"],
            paths=tuple(value["paths"]),
            foreign=frozenset(value["foreign"]),
        )
    except (documents.DocumentError, KeyError, TypeError) as error:
        raise RepositoryError(
            f"{path} is not a journal that this edgeops can read: look at git status, "
            "then remove that file"
        ) from error

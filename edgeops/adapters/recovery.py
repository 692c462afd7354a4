"""
What the next run does about one that died: each file and the index as before it, or as after it.

What a commit has, stays; what none has is taken back; what a person touched since is left alone
and named.
"""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from edgeops.adapters import commit_journal, files, git_commands, journal, workroom
from edgeops.adapters.creating import MADE, NEW
from edgeops.adapters.git_process import GitCommand, command
from edgeops.adapters.journal import Journal, Noted, content_of, digest
from edgeops.errors import RepositoryError

_SHOWN: Final = 5


@contextlib.contextmanager
def undisturbed(directory: str) -> Iterator[Sequence[str]]:
    """
    Hold the locks on *directory* and its repository, after what a dead run left is in order.

    Yields:
        Sentences about what was found.

    Raises:
        RepositoryError: if another edgeops is at work, or it cannot be put in order.
    """
    root = Path(directory).absolute()
    with contextlib.ExitStack() as stack:
        rooms = _rooms(root)
        for room in rooms:
            stack.enter_context(workroom.alone(room))
        yield _recovered(root, rooms)


def interrupted(directory: str) -> bool:
    """Whether a run died here, and what it left is not in order yet; writes nothing."""
    names = (journal.NAME, commit_journal.NAME, MADE)
    rooms = _rooms(Path(directory).absolute())
    return any((room / name).exists() for room in rooms for name in names)


def _rooms(root: Path) -> Sequence[Path]:
    """The repository's, and the one of a time before there was a repository."""
    room, outside = workroom.place(root), root / workroom.OUTSIDE
    return [room, outside] if outside != room and outside.is_dir() else [room]


def _recovered(root: Path, rooms: Sequence[Path]) -> Sequence[str]:
    found = [(room, kept) for room in rooms if (kept := journal.found(room)) is not None]
    begun = any((room / commit_journal.NAME).exists() for room in rooms)
    made = root / workroom.OUTSIDE / MADE
    half = any((room / NEW).exists() for room in rooms)
    if not (found or begun or half or made.exists()):
        _sweep(rooms)
        return ()
    with contextlib.ExitStack() as stack:
        # As the dead run: should this one die too, its children are waited for.
        held = [stack.enter_context(workroom.busy(room)) for room in rooms]
        told = _mended(root, rooms, found, held)
        _sweep(rooms)
        return told


def _mended(
    root: Path,
    rooms: Sequence[Path],
    found: Sequence[tuple[Path, Journal]],
    held: Sequence[int],
) -> Sequence[str]:
    """Put files, branch and index in order; what is *held*, children of ours hold too."""
    _unmake_empty(root, root / workroom.OUTSIDE / MADE, held)
    told: list[str] = []
    git_room = rooms[0] if rooms[0].parent.is_dir() and rooms[0].name != workroom.OUTSIDE else None
    git = None if git_room is None else _git_around(root, held)
    if git_room is not None and git is not None:
        commit_journal.unlocked(git_room, git)
    committed: list[str] = []
    for _, kept in found:
        back, there, touched = _taken_back(kept, git)
        committed += there
        told += _about(len(back), touched)
    if git_room is not None and git is not None:
        revision = commit_journal.mended(git_room, git, git.on, committed)
        if revision is not None:
            told.append(
                f"An earlier edgeops was killed after its commit {revision[:12]} was made: "
                "the index is in order again."
            )
    for room, _ in found:
        journal.forget(room)
    return told


def _sweep(rooms: Sequence[Path]) -> None:
    """Remove what a journal was made of when it was not one yet."""
    for room in rooms:
        shutil.rmtree(room / NEW, ignore_errors=True)
        for name in (f"{journal.NAME}.new", f"{commit_journal.NAME}.new", f"{MADE}.new"):
            with contextlib.suppress(OSError):
                (room / name).unlink(missing_ok=True)


def _git_around(root: Path, held: Sequence[int]) -> GitCommand | None:
    """Git at the top of the work tree; None where there is no repository any more."""
    start = next(folder for folder in (root, *root.parents) if folder.is_dir())
    asked = command(str(start), trusted=True)("rev-parse", "--show-toplevel", accepted=(0, 128))
    if asked.status != 0 or not asked.text:
        return None
    return command(asked.text, trusted=True).holding(*held)


def _unmake_empty(root: Path, made: Path, held: Sequence[int]) -> None:
    """Remove the repository that the dead run made, if nothing was committed to it."""
    known = content_of(made)
    place = root / ".git"
    if known is None:
        return
    if place.is_dir() and str(place.stat().st_ino).encode() == known:
        git = command(str(root), trusted=True).holding(*held)
        refs = git("for-each-ref", "--count=1", accepted=range(256))
        if refs.status != 0 or not refs.stdout:
            away = made.with_name(NEW)
            shutil.rmtree(away, ignore_errors=True)
            place.rename(away)
            shutil.rmtree(away, ignore_errors=True)
    made.unlink(missing_ok=True)


def _taken_back(
    kept: Journal, git: GitCommand | None
) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    """
    Give back what no commit has.

    Returns:
        The files that are as before again; those that HEAD has as they are, from the top of the
        work tree; those that somebody touched since.
    """
    work = files.WorkDirectory(kept.root)
    now = {item.path: work.read(item.path) for item in kept.files}
    written = [item for item in kept.files if digest(now[item.path]) == item.after]
    there = _committed(kept.root, written, git)
    back, touched = [], []
    for item in kept.files:
        place = kept.root / item.path
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            kept.beside(place).unlink()
        if now[item.path] == item.before or item.path in there:
            continue
        if digest(now[item.path]) != item.after:
            touched.append(item.path)
            continue
        _restore(work, item, kept)
        back.append(item.path)
    journal.remove_empty(kept)
    return back, sorted(there.values()), touched


def _restore(work: files.WorkDirectory, item: Noted, kept: Journal) -> None:
    place = work.place(item.path)
    try:
        if item.before is None:
            place.unlink()
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        files.replace(place, item.before, item.mode, kept.beside(place))
    except OSError as error:
        raise RepositoryError(
            f"an edgeops was killed here, and {item.path} cannot be put back: {error.strerror}"
        ) from error


def _committed(root: Path, written: Sequence[Noted], git: GitCommand | None) -> Mapping[str, str]:
    """Those of *written* that HEAD has so, with their paths from the top of the work tree."""
    if git is None or commit_journal.head(git) is None:
        return {}
    top = Path(git("rev-parse", "--show-toplevel").text)
    place = Path(root).resolve().relative_to(top.resolve()).as_posix()
    prefix = "" if place == "." else f"{place}/"
    full = {item.path: f"{prefix}{item.path}" for item in written}
    has = {entry.path: entry.oid for entry in git_commands.entries(git, "HEAD", ["."])}
    present = [full[item.path] for item in written if item.after is not None]
    oids: Callable[[str], str | None] = git_commands.hashes(git, present).get
    return {path: name for path, name in full.items() if oids(name) == has.get(name)}


def _about(back: int, touched: Sequence[str]) -> Iterator[str]:
    if back:
        yield (
            f"An earlier edgeops was killed at work: {back} file{'s' * (back > 1)} that it had "
            "written are as they were before."
        )
    if touched:
        more = f" and {len(touched) - _SHOWN} more" if len(touched) > _SHOWN else ""
        yield (
            "An earlier edgeops was killed at work. Somebody has changed since, and these stay "
            f"as they are: {', '.join(touched[:_SHOWN])}{more}."
        )

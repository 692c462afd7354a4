"""A commit of exactly some paths that a crash leaves made or not made, and never half."""

import contextlib
import shutil
import signal
import tempfile
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from edgeops.adapters import commit_journal, git_commands, workroom
from edgeops.adapters.git_process import GitCommand
from edgeops.adapters.private_index import PrivateIndex
from edgeops.errors import CommittedError, EdgeopsError


def changed(git: GitCommand, paths: Collection[str]) -> Sequence[str]:
    """Those of *paths* whose file in the work tree is not what HEAD has; writes nothing."""
    real = Path(git("rev-parse", "--path-format=absolute", "--git-path", "index").text)
    with tempfile.TemporaryDirectory(prefix="edgeops-index-") as place:
        copy = Path(place, "index")
        if real.exists():
            # With its time: by that git knows which files may have changed within one tick.
            shutil.copy2(real, copy)
        return git_commands.changed(git.on(str(copy)), paths)


def committed(
    room: Path,
    git: GitCommand,
    paths: Sequence[str],
    message: str,
    trailers: Mapping[str, str],
    new_branch: str | None,
) -> str:
    """
    Commit what the work tree has at *paths*, and return the commit.

    Args:
        room: the folder for the journal and for an index of our own.
        git: at the top of a person's own work tree.
        new_branch: a branch to make for it and to check out; None commits to this one.

    Raises:
        RepositoryError: if git refuses: branch and index are as they were.
        CommittedError: if the index could not be brought to what was committed.
    """
    before = commit_journal.head(git)
    if new_branch == git_commands.branch(git):
        new_branch = None
    if new_branch is not None:
        # Before the journal: what it names is taken away again, and must be ours.
        git_commands.refuse_taken(git, new_branch)
    with contextlib.ExitStack() as stack:
        git = git.holding(stack.enter_context(workroom.busy(room)))
        stack.enter_context(commit_journal.kept(room, git, new_branch, paths))
        if new_branch is not None:
            git_commands.check_out_new(git, new_branch)
        index = PrivateIndex(room, git, git.on)
        try:
            git_commands.commit_only(index.git, paths, message, trailers)
        except BaseException:
            # Whatever ended git or us: what is committed is committed.
            commit_journal.unlocked(room, git)
            if commit_journal.head(git) == before:
                index.remove()
                raise
        stack.enter_context(_too_late_to_interrupt())
        try:
            # A hook that wrote a file anew put it into the commit, and git not into this index.
            index.refresh(paths)
            index.install(paths)
            return git_commands.revision(git, "HEAD")
        except (EdgeopsError, OSError) as error:
            raise CommittedError(
                f"the commit is made, and the index not in order yet: {error}; when the cause is "
                "mended, the next 'edgeops init' does the rest"
            ) from error


@contextlib.contextmanager
def _too_late_to_interrupt() -> Iterator[None]:
    """The commit is there: ^C changes nothing any more, and must not undo half of it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {which: signal.getsignal(which) for which in (signal.SIGINT, signal.SIGTERM)}
    try:
        for which in before:
            signal.signal(which, lambda *_: None)
        yield
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)

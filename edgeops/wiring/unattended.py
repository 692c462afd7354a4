"""
The adapters of what runs with nobody at the keyboard: a watch, the pods of a schedule.

As in `edgeops.wiring`, imports stand inside the functions.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgeops.adapters.clones import Clone
    from edgeops.adapters.web import WebServer
    from edgeops.ports import Repository
    from edgeops.ports.board import Board
    from edgeops.ports.delivery import Outbox
    from edgeops.ports.history import History
    from edgeops.ports.notifying import Notifier
    from edgeops.ports.watching import LiveWatcher


def freeze_memory() -> None:
    """
    Have the garbage collector pass over what is in memory now.

    A hundred thousand objects that stay would hold everything up each time it looks at them all.
    """
    import gc

    gc.collect()
    gc.freeze()


def live_watcher(kubeconfig: str | None) -> "LiveWatcher":
    """What follows clusters until it is closed."""
    from edgeops.adapters.watching import ClusterWatcher

    return ClusterWatcher(kubeconfig)


def board(roused: Callable[[], None]) -> "Board":
    """Where reports are posted; *roused* is called when somebody asks to be looked after now."""
    from edgeops.adapters.board import ThreadBoard

    return ThreadBoard(roused)


def history(file: str, scope: str) -> "History":
    """The history of *scope* in a file; nothing is opened or made before it is used."""
    from edgeops.adapters.history import SqliteHistory

    return SqliteHistory(file, scope)


def default_history(name: str) -> str:
    """The file that keeps the history of that name where none is given."""
    from edgeops.adapters.history import default_file

    return default_file(name)


def notifier(reference: str) -> "Notifier":
    """What sends to the address that *reference* (``env:NAME``, ``file:/path``) leads to."""
    from edgeops.adapters.notify import AppriseNotifier

    return AppriseNotifier(reference)


def cloned(url: str, branch: str, credentials: str | None) -> "AbstractContextManager[Clone]":
    """A clone of one branch for one check; raises RepositoryError."""
    from edgeops.adapters import clones

    return clones.cloned(url, branch, credentials)


@contextmanager
def followed_clone(
    url: str, branch: str, credentials: str | None, place: str
) -> "Iterator[tuple[str, Repository]]":
    """
    A clone that is fetched anew with its credentials, for as long as the block runs.

    Gives edgeops' directory in it (*place* within the repository) and the repository; raises
    RepositoryError.
    """
    from edgeops.adapters import clones

    with clones.cloned(url, branch, credentials) as clone:
        repository = clones.ClonedRepository(clone, place)
        yield repository.directory, repository


def abandoning() -> "AbstractContextManager[None]":
    """In its block child processes are ended, and none is started."""
    from edgeops.adapters import process

    return process.abandoned()


def folder_outbox(root: str) -> "Outbox":
    """Reports in a folder."""
    from edgeops.adapters.outbox import FolderOutbox

    return FolderOutbox(root)


def branch_outbox(clone: "Clone", branch: str) -> "Outbox":
    """Reports on a branch of the repository that was cloned."""
    from edgeops.adapters.clones import BranchOutbox

    return BranchOutbox(clone, branch)


def shard_of_this_pod(count: int) -> int:
    """
    Which of *count* shards an Indexed Job gave this pod, counted from 1.

    https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode
    """
    import os

    from edgeops.errors import EdgeopsError

    text = os.environ.get("JOB_COMPLETION_INDEX", "")
    if not text.isdigit() or int(text) >= count:
        raise EdgeopsError(
            f"JOB_COMPLETION_INDEX is {text!r}: with --shards {count} an Indexed Job sets it to "
            f"0 to {count - 1}."
        )
    return int(text) + 1


def name_of_this_run() -> str:
    """What the pods of one Job have in common; empty outside of a Job."""
    import os

    return os.environ.get("EDGEOPS_RUN", "")


def web_server(
    board: "Board",
    listen: str,
    *,
    token_file: str | None = None,
    hook_secret_file: str | None = None,
    open_to_all: bool = False,
    verbose: bool = False,
    alive: Callable[[], bool] = lambda: True,
) -> "WebServer":
    """
    The endpoints at *listen* (``HOST:PORT``), served from now on in a thread of their own.

    Args:
        open_to_all: no token, though other machines may come.
        alive: whether the watcher makes progress.

    Raises:
        EdgeopsError: if it cannot listen there, or a secret is not to be had.
    """
    from edgeops.adapters import web
    from edgeops.ports.serving import Views
    from edgeops.report.html import render_html
    from edgeops.report.posting import render_change
    from edgeops.report.registry import render

    def secret(place: str | None, flag: str) -> str | None:
        return None if place is None else web.read_secret(place, flag)

    return web.serve(
        board,
        Views(
            page=lambda posting: render_html(
                posting.report, first_seen=posting.first_seen, served=True
            ),
            report=lambda posting: render(posting.report, "json"),
            change=render_change,
        ),
        address=web.parse_address(listen),
        access=web.Access(
            token=secret(token_file, "--token-file"),
            hook_secret=secret(hook_secret_file, "--hook-secret-file"),
        ),
        open_to_all=open_to_all,
        verbose=verbose,
        alive=alive,
    )

"""
The one place where an adapter is chosen.

Commands ask here for what a use case needs. Imports stand inside the functions: a command
pays only for what it uses, and ``edgeops --help`` for nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgeops.adapters.build_store import BuildStore
    from edgeops.adapters.clones import Clone
    from edgeops.adapters.web import WebServer
    from edgeops.core.fleet.model import Cluster, Fleet
    from edgeops.core.ignore import IgnoreRule
    from edgeops.core.objects import KubeObject
    from edgeops.core.schemas import Schemas
    from edgeops.core.zones import ZoneCatalogue
    from edgeops.ports import (
        Builder,
        Clock,
        Confirmer,
        Files,
        LiveReader,
        Renderer,
        Repository,
        VerdictMemory,
    )
    from edgeops.ports.board import Board
    from edgeops.ports.delivery import Outbox
    from edgeops.ports.history import History
    from edgeops.ports.notifying import Notifier
    from edgeops.ports.remembering import Memory
    from edgeops.ports.watching import LiveWatcher

CLUSTER_LIMIT = timedelta(minutes=2)
"""How long reading one cluster may take where nothing else is said."""


def replace_file(path: str, text: str) -> None:
    """Write a report to a file, atomically; raises EdgeopsError."""
    from edgeops.adapters import output

    output.replace_file(path, text)


def clock() -> "Clock":
    from edgeops.adapters.clock import SystemClock

    return SystemClock()


def repository(directory: str) -> "Repository":
    from edgeops.adapters.repository import GitRepository

    return GitRepository(directory)


def undisturbed(directory: str) -> "AbstractContextManager[Sequence[str]]":
    """The lock on a directory that is written to; raises RepositoryError if somebody holds it."""
    from edgeops.adapters import recovery

    return recovery.undisturbed(directory)


def interrupted(directory: str) -> bool:
    """Whether a run was killed there, and nobody has put in order what it left."""
    from edgeops.adapters import recovery

    return recovery.interrupted(directory)


def files(directory: str) -> "Files":
    from edgeops.adapters.files import WorkDirectory

    return WorkDirectory(directory)


def renderer(kustomize: str | None) -> "Renderer":
    """Kustomize: the one that the package brings, or the binary at *kustomize*."""
    from edgeops.adapters.kustomize import Kustomize

    return Kustomize(kustomize, store=_build_store())


def builder(kustomize: str | None) -> "Builder":
    """The same, with a memory of what was built before."""
    from edgeops.adapters.builder import RememberingBuilder

    return RememberingBuilder(renderer(kustomize), _build_store())


def remembering_renderer(kustomize: str | None) -> "Renderer":
    """Kustomize for a work tree, with the same memory."""
    from edgeops.adapters.builder import RememberingRenderer

    return RememberingRenderer(renderer(kustomize), _build_store())


def _build_store() -> "BuildStore | None":
    from edgeops.adapters import user_cache
    from edgeops.adapters.build_store import BuildStore

    folder = user_cache.folder()
    return None if folder is None else BuildStore(folder=folder / "builds")


def run_memory(kustomize: str | None) -> "Memory":
    """What runs with this kustomize leave to the next."""
    from edgeops.adapters.run_memory import RunMemory

    # Of another program than the package's own it is not known what it is tomorrow.
    store = _build_store() if kustomize is None else None
    return RunMemory(store, "" if store is None else renderer(None).version)


def verdict_memory() -> "VerdictMemory | None":
    """What is remembered of earlier comparisons."""
    from edgeops.adapters import user_cache
    from edgeops.adapters.verdict_store import VerdictStore

    folder = user_cache.folder()
    return None if folder is None else VerdictStore(folder / "verdicts")


def cluster_reader(
    context: str | None, kubeconfig: str | None, limit: timedelta = CLUSTER_LIMIT
) -> "LiveReader":
    """What reads a cluster; *limit* is how long that may take."""
    from edgeops.adapters.cluster import ClusterReader

    return ClusterReader(context, config_file=kubeconfig, seconds=limit.total_seconds())


@contextmanager
def keeping_everything() -> "Iterator[None]":
    """
    Have no garbage collector look through memory in the block.

    What a check reads stays to its end; looking for garbage in it, again and again, finds none.
    """
    import gc

    gc.disable()
    try:
        yield
    finally:
        gc.enable()


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


def confirmer(
    context: str | None, kubeconfig: str | None, limit: timedelta = CLUSTER_LIMIT
) -> "Confirmer":
    """What tries findings on a cluster by dry runs."""
    from edgeops.adapters.confirm import DryRun

    return DryRun(context, config_file=kubeconfig, seconds=limit.total_seconds())


def only_a_service_account(kubeconfig: str | None) -> bool:
    from edgeops.adapters import kubeconfig as access

    return access.only_a_service_account(kubeconfig)


def dump_reader(place: str) -> "LiveReader":
    """A dump, read: one that is none is told before anything else; raises LiveStateError."""
    from edgeops.adapters.snapshot import Snapshot

    snapshot = Snapshot(place)
    snapshot.objects()
    return snapshot


def manifests(places: Sequence[str]) -> "tuple[KubeObject, ...]":
    """Manifests that are already built; raises DesiredStateError."""
    from edgeops.adapters.manifests import read_manifests

    return read_manifests(places)


def ignore_rules(place: str) -> "tuple[IgnoreRule, ...]":
    """The rules of an ignore file; raises ConfigurationError."""
    from edgeops.adapters.manifests import read_ignore_rules

    return read_ignore_rules(place)


@cache
def schemas() -> "Schemas":
    from edgeops.adapters import package_data
    from edgeops.core.schemas import Schemas

    return Schemas.parse(package_data.schemas())


def zone_catalogue() -> "ZoneCatalogue":
    """The zones that the package knows."""
    from edgeops.adapters import package_data

    return package_data.zone_catalogue()


def parse_fleet(text: str) -> "Fleet":
    """The fleet of an ``edgeops.yaml``, without its warnings; raises ConfigurationError."""
    from edgeops.adapters import fleet_memory

    return fleet_memory.remembered(_build_store(), text, _read_fleet)


def _read_fleet(text: str) -> "Fleet":
    from edgeops.adapters import package_data
    from edgeops.core.fleet import spec

    fleet, _ = spec.parse_fleet(text, catalogue=package_data.zone_catalogue())
    return fleet


def whole_fleet(directory: str, kustomize: str | None) -> "Callable[[str], Fleet]":
    """
    What reads an ``edgeops.yaml`` with the services of an application that is a directory.

    That is built as the work tree has it. Raises as `edgeops.usecases.blueprint.draw` does.
    """

    def read(text: str) -> "Fleet":
        from edgeops.usecases.blueprint import draw

        fleet, _ = draw(
            text, zone_catalogue(), files=files(directory), renderer=renderer(kustomize)
        )
        return fleet

    return read


def yielded_applications(fleet: "Fleet", cluster: "Cluster") -> "tuple[KubeObject, ...]":
    """What a cluster's ApplicationSet makes; nothing under Flux."""
    from edgeops.core.fleet.model import EngineKind
    from edgeops.core.objects import KubeObject
    from edgeops.core.plan.duty import engines

    if EngineKind.ARGOCD not in engines(fleet):
        return ()
    from edgeops.core.plan import argocd

    return tuple(KubeObject(body) for body in argocd.yielded_applications(fleet, cluster))


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


def tool_versions() -> dict[str, str]:
    """The versions of git and of our kustomize, for the report on a bug; never raises."""
    from edgeops.adapters.tool_versions import tool_versions

    return tool_versions()

"""
The one place where an adapter is chosen.

Commands ask here for what a use case needs. Imports stand inside the functions: a command
pays only for what it uses, and ``edgeops --help`` for nothing. What runs unattended finds its
adapters in `edgeops.wiring.unattended`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgeops.adapters.build_store import BuildStore
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
    from edgeops.ports.remembering import Memory

CLUSTER_LIMIT = timedelta(minutes=2)
"""How long reading one cluster may take where nothing else is said."""


def replace_file(path: str, text: str) -> None:
    """Write a report to a file, atomically; raises EdgeopsError."""
    from edgeops.adapters import output

    output.replace_file(path, text)


def clock() -> "Clock":
    """The time of this machine."""
    from edgeops.adapters.clock import SystemClock

    return SystemClock()


def repository(directory: str) -> "Repository":
    """The git repository that *directory* lies in; nothing is looked at before it is asked."""
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
    """The work tree below *directory*."""
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


def confirmer(
    context: str | None, kubeconfig: str | None, limit: timedelta = CLUSTER_LIMIT
) -> "Confirmer":
    """What tries findings on a cluster by dry runs."""
    from edgeops.adapters.confirm import DryRun

    return DryRun(context, config_file=kubeconfig, seconds=limit.total_seconds())


def only_a_service_account(kubeconfig: str | None) -> bool:
    """Whether a pod's service account is the one way to a cluster: no kubeconfig is at hand."""
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
    """The schemas that the package brings, of the kinds of Kubernetes."""
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

    That is built as the work tree has it. Raises as `edgeops.usecases.blueprint.read_fleet` does.
    """

    def read(text: str) -> "Fleet":
        from edgeops.usecases.blueprint import read_fleet

        return read_fleet(
            text, zone_catalogue(), files=files(directory), renderer=renderer(kustomize)
        )

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


def tool_versions() -> dict[str, str]:
    """The versions of git and of our kustomize, for the report on a bug; never raises."""
    from edgeops.adapters.tool_versions import tool_versions

    return tool_versions()

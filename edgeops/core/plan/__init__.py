"""
From a fleet to the files of its repository.

Same fleet, same bytes. The files are Kustomize that a person can read and edit; each overlay
builds with plain ``kustomize build`` under the default load restrictor, and without a word.
"""

from typing import assert_never

from edgeops.core.fleet.model import Cluster, EngineKind, Fleet
from edgeops.core.plan.argocd import argocd_files, yielded_applications
from edgeops.core.plan.base import base_files
from edgeops.core.plan.directory import listing_file
from edgeops.core.plan.flux import flux_files
from edgeops.core.plan.manifest import PlannedFile
from edgeops.core.plan.nextsteps import NextStep, next_steps
from edgeops.core.plan.overlay import overlay_files

__all__ = [
    "NextStep",
    "PlannedFile",
    "engine_directory",
    "listing_file",
    "next_steps",
    "plan_repository",
    "yielded_applications",
]


def plan_repository(fleet: Fleet) -> tuple[PlannedFile, ...]:
    """
    Every file below ``base/``, ``overlays/`` and ``clusters/`` that *fleet* asks for.

    Sorted by path; no path twice.
    """
    base = base_files(fleet)
    files = list(base)
    for cluster in fleet.clusters:
        overlays = [file for zone in cluster.zones for file in overlay_files(fleet, cluster, zone)]
        files += overlays
        match fleet.engine:
            case EngineKind.ARGOCD:
                files += argocd_files(fleet, cluster, [*base, *overlays])
            case EngineKind.FLUX:
                files += flux_files(fleet, cluster)
            case _:
                assert_never(fleet.engine)
    return tuple(sorted(files, key=lambda file: file.path))


def engine_directory(fleet: Fleet, cluster: Cluster) -> str:
    """Where *cluster*'s engine objects are: a directory that builds with kustomize."""
    return f"clusters/{cluster.name}/{fleet.engine}"

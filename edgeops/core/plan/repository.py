"""
From a fleet to the files of its repository.

Same fleet, same bytes. The files are Kustomize that a person can read and edit; each overlay
builds with plain ``kustomize build`` under the default load restrictor, and without a word.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import assert_never

from edgeops.core.fleet.model import Cluster, EngineKind, Fleet, Zone
from edgeops.core.plan import argocd, flux
from edgeops.core.plan.argocd import argocd_files, kinds, yielded_applications
from edgeops.core.plan.base import base_files
from edgeops.core.plan.directory import kinds as kinds_built
from edgeops.core.plan.directory import listing_file
from edgeops.core.plan.duty import Duty, duty, engines
from edgeops.core.plan.flux import access_path, flux_files
from edgeops.core.plan.given_up import given_up
from edgeops.core.plan.leaving import leaving_files
from edgeops.core.plan.manifest import PlannedFile
from edgeops.core.plan.names import engine_name
from edgeops.core.plan.nextsteps import NextStep, give, next_steps
from edgeops.core.plan.overlay import overlay_files
from edgeops.core.plan.used import Used, ZoneUse
from edgeops.core.scopes import CLUSTER_SCOPED

__all__ = [
    "Duty",
    "NextStep",
    "Places",
    "PlannedFile",
    "Used",
    "duty",
    "engine_directories",
    "engine_directory",
    "engine_object",
    "engines",
    "give",
    "keep_rights",
    "listing_file",
    "next_steps",
    "plan_places",
    "plan_repository",
    "yielded_applications",
    "zone_kinds",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The planned files that do not depend on what the engine may do: base and overlays."""

    base: tuple[PlannedFile, ...]
    now: Mapping[tuple[str, str], Sequence[PlannedFile]]
    """By cluster and zone, the files of its overlay."""

    active: Mapping[tuple[str, str], Sequence[PlannedFile]]
    """The same as they are while the zone is active: of one that leaves, as it was before."""


def plan_places(fleet: Fleet) -> Places:
    """Every file below ``base/`` and ``overlays/`` that *fleet* asks for."""
    active: dict[tuple[str, str], Sequence[PlannedFile]] = {}
    now = {}
    for cluster in fleet.clusters:
        for zone in cluster.zones:
            place = (cluster.name, zone.name)
            active[place] = overlay_files(fleet, cluster, zone)
            now[place] = leaving_files(fleet, cluster, zone) if zone.is_leaving else active[place]
    return Places(base=tuple(base_files(fleet)), now=now, active=active)


def plan_repository(
    fleet: Fleet,
    used: Mapping[str, Used] = MappingProxyType({}),
    *,
    places: Places | None = None,
) -> tuple[PlannedFile, ...]:
    """
    Every file below ``base/``, ``overlays/`` and ``clusters/`` that *fleet* asks for.

    Sorted by path; no path twice.

    Args:
        used: by cluster, what the overlays use once people's own additions count; the engine is
            allowed that and no more. Where a cluster has none, it is what is planned.
        places: those of *fleet*, where they are planned already.
    """
    places = places or plan_places(fleet)
    files = [*places.base, *(file for overlay in places.now.values() for file in overlay)]
    common = frozenset(kinds(places.base))
    for cluster in fleet.clusters:
        whole = [file for zone in cluster.zones for file in places.active[cluster.name, zone.name]]
        known = used.get(cluster.name)
        for engine in engines(fleet):
            if engine is EngineKind.FLUX:
                uses = {
                    zone.name: _zone_use(
                        fleet, zone, common.union(kinds(places.active[cluster.name, zone.name])),
                        known,
                    )
                    for zone in cluster.zones
                }  # fmt: skip
                files += flux_files(fleet, cluster, uses, known.plurals if known else {})
            else:
                # Of zones that leave, too: Argo CD prunes only kinds that the project allows.
                allowed = known
                if known is not None and any(zone.is_leaving for zone in cluster.zones):
                    more = kinds([*places.base, *whole])
                    allowed = replace(known, kinds=_joined(known.kinds, more))
                files += argocd_files(fleet, cluster, [*places.base, *whole], allowed)
    return tuple(sorted(files, key=lambda file: file.path))


def keep_rights(
    fleet: Fleet,
    used: Mapping[str, Used],
    planned: Mapping[str, bytes],
    previous: Mapping[str, bytes],
) -> Mapping[str, Used]:
    """
    *used*, with what Flux has to prune because the overlays have it no more.

    What was given up in *previous* is kept on until something else is generated anew: a run that
    changes nothing else changes no rights.

    Args:
        planned: by path, the files that *used* asks for.
        previous: by path, every file as it was generated last time.
    """
    paths = {
        (cluster.name, zone.name): access_path(cluster, zone)
        for cluster in fleet.clusters
        for zone in cluster.zones
    }
    others = {*planned, *previous} - {*paths.values()}
    again = all(planned.get(path) == previous.get(path) for path in others)
    found = dict(used)
    for (cluster, zone), path in paths.items():
        if cluster not in used or path not in planned or path not in previous:
            continue
        if planned[path] == previous[path]:
            continue  # nothing is there less
        lost = given_up(previous[path], planned[path], again=again)
        if lost:
            one = found[cluster]
            zones = {**one.zones, zone: replace(one.zones[zone], given_up=lost)}
            found[cluster] = replace(one, zones=zones)
    return found


def _zone_use(
    fleet: Fleet, zone: Zone, active: Collection[tuple[str, str]], known: Used | None
) -> ZoneUse:
    """
    What *zone* uses; of one that leaves, what it has while it is active, too.

    Args:
        active: groups and kinds that are planned for it while it is active.
    """
    use = known.zones.get(zone.name) if known else None
    if use is not None and not zone.is_leaving:
        return use
    planned = {
        (zone.namespace, group, kind)
        for group, kind in {*active, *kinds_built(fleet.directory_app)} - CLUSTER_SCOPED
    }
    return ZoneUse(
        kinds=tuple(sorted({*planned, *(use.kinds if use else ())})),
        cluster_objects=use.cluster_objects if use else (("", "Namespace", zone.namespace),),
        given_up=use.given_up if use else frozenset(),
    )


def _joined(
    one: Sequence[tuple[str, str]], other: Sequence[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({*one, *other}))


def zone_kinds(fleet: Fleet, cluster: Cluster, zone: Zone) -> list[tuple[str, str]]:
    """Groups and kinds of the namespaced objects that *zone* has while it is active, sorted."""
    return kinds([*base_files(fleet), *overlay_files(fleet, cluster, zone)])


def engine_object(
    fleet: Fleet, cluster: Cluster, zone: Zone | None, engine: EngineKind | None = None
) -> tuple[str, str, str, str]:
    """
    Group, kind, namespace and name of what applies the overlay of *zone*.

    Args:
        zone: None asks for what applies the engine's own folder.
        engine: None means the one in charge.
    """
    name = engine_name(fleet, cluster, zone)
    engine = engine or fleet.engine
    match engine:
        case EngineKind.ARGOCD:
            return ("argoproj.io", "Application", argocd.NAMESPACE, name)
        case EngineKind.FLUX:
            return ("kustomize.toolkit.fluxcd.io", "Kustomization", flux.NAMESPACE, name)
        case _:
            assert_never(engine)


def engine_directory(fleet: Fleet, cluster: Cluster) -> str:
    """Where the objects of the engine in charge of *cluster* are."""
    return engine_directories(fleet, cluster)[0]


def engine_directories(fleet: Fleet, cluster: Cluster) -> tuple[str, ...]:
    """Where *cluster*'s engine objects are: directories that build with kustomize."""
    return tuple(f"clusters/{cluster.name}/{engine}" for engine in engines(fleet))

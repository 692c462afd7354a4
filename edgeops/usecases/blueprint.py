"""What ``edgeops init`` is asked for: ``edgeops.yaml``, the flags, and the plan that follows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from edgeops.core import documents
from edgeops.core.bring import derive
from edgeops.core.fleet import edit, faults
from edgeops.core.fleet.fresh import fleet_document
from edgeops.core.fleet.model import Cluster, EngineKind, Fleet, Mesh
from edgeops.core.fleet.spec import parse_fleet
from edgeops.core.lint.used import used_by
from edgeops.core.plan import repository as plan
from edgeops.core.zones import ZoneCatalogue
from edgeops.errors import ConfigurationError, Problem
from edgeops.ports import Files, Renderer
from edgeops.usecases.bases import Base, read_base
from edgeops.usecases.edits import FLEET_FILE
from edgeops.usecases.undertaking import Blueprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The flags of ``edgeops init`` that say something about the fleet; None where not given."""

    name: str | None = None
    region: str | None = None
    cluster: str | None = None
    availability_zones: tuple[str, ...] = ()
    zones: tuple[tuple[str, str | None], ...] = ()
    """Name, and type where it was given."""

    engine: EngineKind | None = None
    mesh: Mesh | None = None
    repository_url: str | None = None
    branch: str | None = None


def decoded(content: bytes) -> str:
    """
    The text of ``edgeops.yaml``.

    Raises:
        ConfigurationError: if it is not UTF-8.
    """
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        problem = Problem(path="", message=f"is not UTF-8 at byte {error.start}")
        raise ConfigurationError(FLEET_FILE, [problem]) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a text says, and the directory that it names."""

    fleet: Fleet
    base: Base
    warnings: tuple[str, ...]


def read_fleet(text: str, catalogue: ZoneCatalogue, *, files: Files, renderer: Renderer) -> Fleet:
    """
    The fleet of *text*, with the services of an application that is a directory.

    Raises:
        As `draw` does.
    """
    return _told(text, catalogue, files=files, renderer=renderer).fleet


def draw(
    text: str, catalogue: ZoneCatalogue, *, files: Files, renderer: Renderer
) -> tuple[Fleet, Blueprint]:
    """
    The fleet of *text* and everything that its directory is to hold.

    An application that is a directory below *files* is built with *renderer* and read from that.

    Raises:
        ConfigurationError: with every problem of *text*, and with everything that a directory
            does not tell.
        RenderError: if that directory does not build.
    """
    told = _told(text, catalogue, files=files, renderer=renderer)
    fleet, base = told.fleet, told.base
    overlays = [zone.overlay for cluster in fleet.clusters for zone in cluster.zones]
    overlays += [
        path for cluster in fleet.clusters for path in plan.engine_directories(fleet, cluster)
    ]
    places = plan.plan_places(fleet)
    planned = plan.plan_repository(fleet, places=places)
    return fleet, Blueprint(
        text=text,
        fleet=fleet.name,
        branch=fleet.repository.branch,
        path=fleet.repository.path,
        planned={**base.planned, **{file.path: file.content.encode() for file in planned}},
        classes={file.path: file.ownership for file in planned},
        replanned=_once(partial(_replanned, fleet, places, base.planned)),
        overlays=tuple(overlays),
        trees=fleet.trees,
        calls=fleet,
        earlier=lambda other: read_fleet(other, catalogue, files=files, renderer=renderer),
        sources=tuple(path for path in base.paths if path not in base.planned),
        warnings=told.warnings,
    )


def _told(text: str, catalogue: ZoneCatalogue, *, files: Files, renderer: Renderer) -> _Told:
    fleet, warnings = parse_fleet(text, source=FLEET_FILE, catalogue=catalogue)
    base = Base(objects=())
    if fleet.directory_app is not None:
        base = read_base(fleet.directory_app, text, FLEET_FILE, files=files, renderer=renderer)
        found = derive(fleet, base.objects)
        if found.problems:
            problems = faults.placed(found.problems, documents.lines_of(text))
            raise ConfigurationError(FLEET_FILE, problems)
        fleet, warnings = found.fleet, (*warnings, *dict.fromkeys(found.warnings))
    return _Told(fleet=fleet, base=base, warnings=tuple(warnings))


Trees = Callable[[Mapping[str, bytes], Mapping[str, bytes]], Mapping[str, bytes]]


def _once(plan_anew: Trees) -> Trees:
    """The same, which is not asked twice in a row about the same trees."""
    last: tuple[object, Mapping[str, bytes]] | None = None

    def asked(tree: Mapping[str, bytes], previous: Mapping[str, bytes]) -> Mapping[str, bytes]:
        nonlocal last
        if last is None or last[0] != (tree, previous):
            last = (tree, previous), plan_anew(tree, previous)
        return last[1]

    return asked


def _replanned(
    fleet: Fleet,
    places: plan.Places,
    listed: Mapping[str, bytes],
    tree: Mapping[str, bytes],
    previous: Mapping[str, bytes],
) -> Mapping[str, bytes]:
    """The planned files, the engine's rights made of what is in *tree* and was in *previous*."""
    found = {cluster.name: used_by(cluster, tree) for cluster in fleet.clusters}
    used = {name: one for name, one in found.items() if one is not None}
    planned = _contents(fleet, places, listed, used)
    kept = plan.keep_rights(fleet, used, planned, previous)
    return planned if kept == used else _contents(fleet, places, listed, kept)


def _contents(
    fleet: Fleet,
    places: plan.Places,
    listed: Mapping[str, bytes],
    used: Mapping[str, plan.Used],
) -> Mapping[str, bytes]:
    files = plan.plan_repository(fleet, used, places=places)
    return {**listed, **{file.path: file.content.encode() for file in files}}


def new_text(wanted: Wanted, *, path: str, branch: str) -> str:
    """
    The text of a first ``edgeops.yaml``.

    Args:
        wanted: what the flags say.
        path: place of its directory in the repository.
        branch: what the engine follows, unless *wanted* says.

    Raises:
        ConfigurationError: naming every flag that is missing.
    """
    needed = {
        "--name": wanted.name,
        "--region": wanted.region,
        "--cluster": wanted.cluster,
        "--availability-zone": wanted.availability_zones,
        "--repo-url": wanted.repository_url,
    }
    if missing := [flag for flag, value in needed.items() if not value]:
        message = f"there is none yet; to make it, give {', '.join(missing)} too"
        raise ConfigurationError(FLEET_FILE, [Problem(path="", message=message)])
    return fleet_document(
        name=wanted.name or "",
        region=wanted.region or "",
        cluster=wanted.cluster or "",
        availability_zones=wanted.availability_zones,
        zones=wanted.zones,
        engine=wanted.engine or EngineKind.ARGOCD,
        mesh=wanted.mesh or Mesh.CONSUL_ENTERPRISE,
        repository_url=wanted.repository_url or "",
        branch=wanted.branch or branch,
        path=path,
    )


def changed_text(text: str, wanted: Wanted, catalogue: ZoneCatalogue) -> str:
    """
    *text* with the zones of *wanted* added, everything else as it is.

    Its engine has no say: `edgeops.usecases.handover` has the way from one to the other.

    Zones that are there already are no change, so the same command can be run again.

    Raises:
        ConfigurationError: with every flag that says something else than *text*, or with
            every problem of *text*.
    """
    fleet, _ = parse_fleet(text, source=FLEET_FILE, catalogue=catalogue)
    problems = [*_fleet_differences(fleet, wanted)]
    cluster = _cluster(fleet, wanted, problems)
    if cluster is not None:
        problems += _cluster_differences(cluster, wanted)
    if problems:
        raise ConfigurationError(FLEET_FILE, problems)
    if cluster is None:
        return text
    known = {zone.name for zone in cluster.edges}
    new = [zone for zone in dict.fromkeys(wanted.zones) if zone[0] not in known]
    return edit.add_zones(text, cluster.name, new)


def _fleet_differences(fleet: Fleet, wanted: Wanted) -> Iterable[Problem]:
    compared = (
        ("metadata.name", fleet.name, "--name", wanted.name),
        ("spec.mesh", fleet.mesh, "--mesh", wanted.mesh),
        ("spec.repository.url", fleet.repository.url, "--repo-url", wanted.repository_url),
        ("spec.repository.branch", fleet.repository.branch, "--branch", wanted.branch),
    )
    for path, has, flag, says in compared:
        if says is not None and says != has:
            yield _differs(path, has, flag, says)


def _cluster(fleet: Fleet, wanted: Wanted, problems: list[Problem]) -> Cluster | None:
    """The cluster that the flags are about; None, and perhaps a problem, if there is none."""
    names = ", ".join(cluster.name for cluster in fleet.clusters)
    if wanted.cluster is not None:
        found = fleet.cluster(wanted.cluster)
        if found is None:
            problems.append(_differs("spec.clusters", names, "--cluster", wanted.cluster))
        return found
    if len(fleet.clusters) == 1:
        return fleet.clusters[0]
    if wanted.zones or wanted.region or wanted.availability_zones:
        message = f"there are several clusters: say with --cluster which of {names} is meant"
        problems.append(Problem(path="spec.clusters", message=message))
    return None


def _cluster_differences(cluster: Cluster, wanted: Wanted) -> Iterable[Problem]:
    place = f"spec.clusters[name={cluster.name}]"
    if wanted.region not in {None, cluster.region}:
        yield _differs(f"{place}.region", cluster.region, "--region", wanted.region or "")
    if wanted.availability_zones and {*wanted.availability_zones} != {*cluster.hub.zones}:
        yield _differs(
            f"{place}.availabilityZones",
            ", ".join(cluster.hub.zones),
            "--availability-zone",
            ", ".join(wanted.availability_zones),
        )
    types = {zone.name: zone.type for zone in cluster.edges}
    for name, zone_type in wanted.zones:
        if zone_type is not None and name in types and types[name] != zone_type:
            yield _differs(f"{place}.zones[name={name}].type", types[name], "--zone", zone_type)


def _differs(path: str, has: str, flag: str, says: str) -> Problem:
    message = f"is {has}, and {flag} says {says}; change it in the file, or leave the flag out"
    return Problem(path=path, message=message)


def zone_flags(values: Sequence[str]) -> tuple[tuple[str, str | None], ...]:
    """``NAME`` or ``NAME=TYPE``, as ``--zone`` takes them."""
    parts = (value.partition("=") for value in values)
    return tuple((name, kind if equals else None) for name, equals, kind in parts)

"""
Zones come: which one a command means, what of ``edgeops.yaml`` it changes, and a tidy tree first.

A command about one zone must not carry other changes along, so it starts from a tree that is
what ``edgeops.yaml`` asks for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edgeops.core.fleet import edit
from edgeops.core.fleet.model import Cluster, Fleet, Zone
from edgeops.core.fleet.spec import parse_fleet
from edgeops.core.schemas import Schemas
from edgeops.core.zones import ZoneCatalogue
from edgeops.errors import ConfigurationError, Problem, RepositoryError
from edgeops.ports import NO_EDITS, Build, Edit, Files, Repository
from edgeops.usecases.blueprint import decoded
from edgeops.usecases.edits import FLEET_FILE
from edgeops.usecases.initialize import initialize
from edgeops.usecases.undertaking import Blueprint, Choices


@dataclass(frozen=True, slots=True, kw_only=True)
class NewZone:
    """A zone to add, as it was asked for."""

    name: str
    cluster: str | None = None
    """None means the only one."""

    type: str | None = None
    """None takes the catalogue's."""

    @classmethod
    def parse(
        cls, text: str, *, cluster: str | None = None, zone_type: str | None = None
    ) -> "NewZone":
        """``[CLUSTER/]NAME[=TYPE]``; what the text does not say, the other arguments do."""
        place, _, kind = text.partition("=")
        where, slash, name = place.rpartition("/")
        return cls(name=name, cluster=where if slash else cluster, type=kind or zone_type)


def current_text(files: Files) -> str:
    """
    The text of ``edgeops.yaml``.

    Raises:
        RepositoryError: if there is none.
        ConfigurationError: if it is not UTF-8.
    """
    content = files.read(FLEET_FILE)
    if content is None:
        raise RepositoryError(
            f"there is no {FLEET_FILE} here: make one with 'edgeops init', "
            "or name its directory with -C."
        )
    return decoded(content)


def find_zone(fleet: Fleet, name: str, cluster: str | None = None) -> tuple[Cluster, Zone]:
    """
    The edge zone that ``[CLUSTER/]ZONE`` names.

    Raises:
        ConfigurationError: if there is none, or several and nothing says which.
    """
    where, slash, zone_name = name.rpartition("/")
    wanted = where if slash else cluster
    found = [
        (owner, zone)
        for owner in fleet.clusters
        for zone in owner.edges
        if zone.name == zone_name and wanted in {None, owner.name}
    ]
    if len(found) == 1:
        return found[0]
    if found:
        forms = " or ".join(f"{owner.name}/{zone_name}" for owner, _ in found)
        raise _refused(f"'{zone_name}' is in several clusters: say {forms}")
    known = ", ".join(
        f"{owner.name}/{zone.name}" for owner in fleet.clusters for zone in owner.edges
    )
    raise _refused(f"there is no zone '{name}'; there are {known or 'none'}")


def with_zones(text: str, zones: Sequence[NewZone], catalogue: ZoneCatalogue) -> str:
    """
    *text* with *zones*: new ones added, leaving ones taken back, the others as they are.

    Raises:
        ConfigurationError: if a cluster or a type does not fit, or with every problem of *text*.
    """
    fleet, _ = parse_fleet(text, source=FLEET_FILE, catalogue=catalogue)
    for zone in zones:
        owner = _owner(fleet, zone)
        there = next((item for item in owner.edges if item.name == zone.name), None)
        if there is None:
            text = edit.add_zones(text, owner.name, [(zone.name, zone.type)])
        elif zone.type is not None and zone.type != there.type:
            raise _refused(
                f"'{zone.name}' is a {there.type} in {owner.name}, and --type says {zone.type}"
            )
        elif there.is_leaving:
            text = edit.set_active(text, owner.name, zone.name)
        # The same zone may be named twice.
        fleet, _ = parse_fleet(text, source=FLEET_FILE, catalogue=catalogue)
    return text


def _owner(fleet: Fleet, zone: NewZone) -> Cluster:
    names = ", ".join(cluster.name for cluster in fleet.clusters)
    if zone.cluster is None and len(fleet.clusters) > 1:
        raise _refused(
            f"there are several clusters: say CLUSTER/{zone.name}, or --cluster with one of {names}"
        )
    owner = fleet.clusters[0] if zone.cluster is None else fleet.cluster(zone.cluster)
    if owner is None:
        raise _refused(f"there is no cluster '{zone.cluster}'; there are {names}")
    return owner


def _refused(message: str) -> ConfigurationError:
    return ConfigurationError(FLEET_FILE, [Problem(path="spec.clusters", message=message)])


def check_tidy(
    blueprint: Blueprint, *, files: Files, repository: Repository, schemas: Schemas
) -> None:
    """
    See that the tree is what ``edgeops.yaml`` asks for: a zone's commit is about that zone alone.

    Args:
        blueprint: of that file as it is.

    Raises:
        RepositoryError: if ``init`` would change a file.
    """
    result = initialize(
        blueprint,
        Choices(dry_run=True, commit=False),
        files=files,
        repository=repository,
        renderer=_Unbuilt(),
        schemas=schemas,
    )
    behind = [*result.conflicts, *(item.path for item in result.files if item.writes)]
    if behind:
        more = f" and {len(behind) - 1} more" if len(behind) > 1 else ""
        raise RepositoryError(
            f"the files are not what {FLEET_FILE} asks for ({behind[0]}{more}): run 'edgeops init' "
            "first, so that this change is about its zone alone; 'edgeops plan' shows the rest"
        )


@dataclass(frozen=True, slots=True)
class _Unbuilt:
    """For a question about files alone: whether they build shows when they change."""

    version: str = ""

    def build(
        self,
        root: str,  # noqa: ARG002 - the port's
        overlays: Sequence[str],
        *,
        origins: bool = False,  # noqa: ARG002
        edits: Mapping[str, Edit] = NO_EDITS,  # noqa: ARG002
    ) -> Mapping[str, Build]:
        return {overlay: Build() for overlay in overlays}

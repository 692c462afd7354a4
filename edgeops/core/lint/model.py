"""The values of a validation: what is looked at, the rules, the problems."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from edgeops.core.fleet.model import Cluster, Fleet, Zone
from edgeops.core.objects import KubeObject
from edgeops.core.schemas import Schemas


class Severity(StrEnum):
    """How sure it is that something will go wrong."""

    ERROR = "error"
    """It is refused, or does something else than it says."""

    WARNING = "warning"
    """It works today, and hurts on a day that comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that must hold."""

    id: str
    """Stable: people switch rules off by it."""

    title: str
    """What is wrong where it does not hold, in one line."""

    reason: str
    mend: str
    link: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cluster and a zone; None for what belongs to none."""

    cluster: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Where one rule does not hold."""

    rule: str
    message: str
    file: str | None = None
    line: int | None = None
    place: Place = Place()
    also: tuple[Place, ...] = ()
    """Other places that have the same problem out of the same file."""

    kind: str | None = None
    namespace: str | None = None
    name: str | None = None
    path: str | None = None
    """Path of the field, as reports write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """One folder that is built, and what kustomize made of it."""

    path: str
    """POSIX, below edgeops' directory."""

    cluster: Cluster | None = None
    zone: Zone | None = None
    """The zone whose overlay it is; None for an engine's folder, or one that is nobody's."""

    objects: tuple[KubeObject, ...] = ()
    error: str | None = None
    absent: bool = False
    warnings: str = ""

    @property
    def place(self) -> Place:
        return Place(
            cluster=self.cluster.name if self.cluster else None,
            zone=self.zone.name if self.zone else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """Everything that the rules look at."""

    fleet: Fleet
    folders: tuple[Folder, ...]
    files: Mapping[str, bytes]
    """Every file below edgeops' directory by its path, what was generated last time left out."""

    mirror: Mapping[str, bytes]
    """What was generated last time, by the path that it was generated for."""

    schemas: Schemas
    callers: Fleet | None = None
    """
    `fleet` with the services of an application that is a directory; None where those are not
    known, and no call is followed.
    """

    notes: tuple[str, ...] = ()
    """What could not be looked at, in sentences for people."""

    @property
    def overlays(self) -> tuple[tuple[Folder, Zone], ...]:
        """The overlays of the fleet's zones."""
        return tuple((item, item.zone) for item in self.folders if item.zone is not None)

    def of_cluster(self, cluster: Cluster) -> tuple[tuple[Folder, Zone], ...]:
        return tuple(pair for pair in self.overlays if pair[0].cluster is cluster)

    def hub(self, folder: Folder) -> Folder | None:
        """The overlay of the hub of *folder*'s cluster."""
        found = (
            one for one, zone in self.overlays if zone.is_hub and one.cluster is folder.cluster
        )
        return next(found, None)

    @property
    def engine_folders(self) -> tuple[Folder, ...]:
        """What engines are given: the folders of a cluster that are no overlay."""
        return tuple(item for item in self.folders if item.cluster is not None and not item.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchedOff:
    """A rule that ``edgeops.yaml`` switches off, and how many problems that hid."""

    rule: str
    reason: str
    hid: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The result: what was looked at and what is wrong."""

    problems: tuple[Problem, ...]
    folders: int
    objects: int
    off: tuple[SwitchedOff, ...] = ()
    notes: tuple[str, ...] = ()
    edgeops_version: str = ""
    kustomize_version: str = ""

    @property
    def valid(self) -> bool:
        return not self.problems

    @property
    def status(self) -> str:
        return "Valid" if self.valid else "Invalid"


def of_object(
    rule: str, folder: Folder, item: KubeObject, message: str, *, path: str | None = None
) -> Problem:
    """A problem of one built object, at the document that it was built from."""
    return Problem(
        rule=rule,
        message=message,
        file=item.origin.path if item.origin else f"{folder.path}/kustomization.yaml",
        line=item.origin.line if item.origin else None,
        place=folder.place,
        kind=item.kind,
        namespace=item.namespace or None,
        name=item.name,
        path=path,
    )


def merged(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each problem of a file once, with every place that has it; in fixed order."""
    found: dict[tuple[str | int | None, ...], Problem] = {}
    places: dict[tuple[str | int | None, ...], list[Place]] = {}
    for item in problems:
        key = (item.rule, item.file, item.line, item.kind, item.name, item.path, item.message)
        found.setdefault(key, item)
        known = places.setdefault(key, [])
        if item.place not in known:
            known.append(item.place)
    whole = [_with_places(item, places[key]) for key, item in found.items()]
    return tuple(sorted(whole, key=_order))


def _with_places(item: Problem, places: list[Place]) -> Problem:
    if len(places) == 1:
        return item
    return Problem(
        rule=item.rule,
        message=item.message,
        file=item.file,
        line=item.line,
        place=places[0],
        also=tuple(places[1:]),  # and so of no one namespace
        kind=item.kind,
        name=item.name,
        path=item.path,
    )


def _order(item: Problem) -> tuple[object, ...]:
    texts = (item.place.cluster, item.place.zone, item.file)
    rest = (item.kind, item.namespace, item.name, item.path, item.rule, item.message)
    return (*(one or "" for one in texts), item.line or 0, *(one or "" for one in rest))

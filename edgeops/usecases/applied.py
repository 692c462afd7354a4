"""
The third side of a comparison: git as of the revision that the engine last applied.

Argo CD's Applications and Flux's Kustomizations say which commit that was. One that this
repository lacks is fetched, unless the check must not touch a network; what cannot be had leaves
the cause to what ownership tells, and a note says why.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from edgeops.core.documents import dump_json
from edgeops.core.engine import (
    applied_revision,
    has_template_patch,
    is_application_set,
    source_path,
)
from edgeops.core.fleet.model import Fleet, Zone
from edgeops.core.objects import KubeObject, ResourceKey
from edgeops.core.plan.names import repository_path
from edgeops.core.rows import LiveIndex, Part, Row
from edgeops.errors import RemoteError, RepositoryError
from edgeops.ports import Build, Builder, Repository, Source
from edgeops.usecases.rendering import RENDERED, Appliers, EngineObjects, render

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisions:
    """What the engines say that they applied, by folder."""

    applied: Mapping[str, str]
    unborn: Mapping[str, str]
    """
    Folders whose engine object is not there, with the revision at which the engine stood.

    Nothing of such a folder was applied if that revision has no such folder.
    """


def with_revisions(
    rows: Iterable[Row],
    engines: Mapping[str, EngineObjects],
    indexes: Mapping[str, LiveIndex],
    fleet: Fleet,
    head: str | None,
) -> tuple[list[Row], Revisions]:
    """
    Say of each part whether the engine last applied the compared revision.

    Args:
        engines: by cluster.
        head: the compared revision; None for a work tree.

    Returns:
        The rows, and the applied revisions as far as they are known.
    """
    rows = list(rows)
    revisions = _revisions(rows, engines, indexes, fleet)

    def placed(part: Part, row: Row) -> Part:
        revision = revisions.applied.get(_folder(part, row, engines) or "")
        if revision is None:
            return part
        if revision != head:
            return replace(part, in_sync=None if head is None else False)
        return replace(part, in_sync=True, applied={item.key: item for item in part.objects})

    placed_rows = [
        replace(row, parts=tuple(placed(part, row) for part in row.parts)) for row in rows
    ]
    return placed_rows, revisions


def _folder(part: Part, row: Row, engines: Mapping[str, EngineObjects]) -> str | None:
    """What a part comes from; an Application of an ApplicationSet, from where that stands."""
    engine = engines.get(row.cluster or "")
    return engine.folder if part.generated and engine is not None else part.folder


def _revisions(
    rows: Sequence[Row],
    engines: Mapping[str, EngineObjects],
    indexes: Mapping[str, LiveIndex],
    fleet: Fleet,
) -> Revisions:
    applied: dict[str, str] = {}
    unborn: dict[str, str] = {}
    for cluster in fleet.clusters:
        engine = engines.get(cluster.name)
        if engine is None:
            continue
        appliers = _appliers(rows, cluster.name, engine)
        for folder in (engine.folder, *(zone.overlay for zone in cluster.zones)):
            found = appliers.get(repository_path(fleet, folder))
            if found is None or found[0] not in indexes:
                continue
            context, key = found
            place = indexes[context]
            live = place.objects.get(key)
            if live is None and place.why_unread(key) is None and engine.folder in applied:
                unborn[folder] = applied[engine.folder]
            elif live is not None and (revision := applied_revision(live)) is not None:
                applied[folder] = revision
    return Revisions(applied=applied, unborn=unborn)


def _appliers(
    rows: Iterable[Row], cluster: str, engine: EngineObjects
) -> Mapping[str | None, tuple[str, ResourceKey]]:
    """By the folder that they apply: the engine objects of git, made ones among them."""
    made = [
        (part.context, item)
        for row in rows
        if row.cluster == cluster
        for part in row.parts
        if part.generated
        for item in part.objects
    ]
    own = [(engine.context, item) for item in engine.objects]
    # While the fleet is handed over, the other engine has objects for the same folders.
    return {source_path(item): (context, item.key) for context, item in (*made, *own)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ThirdSides:
    """What the engines last applied, folder by folder, and why some of it is not known."""

    objects: Mapping[str, Mapping[ResourceKey, KubeObject]]
    engines: Mapping[str, EngineObjects]
    zones: Mapping[tuple[str | None, str | None], Zone]
    place: Callable[[Zone], str]
    """The folder of a zone within the repository."""

    unmade: frozenset[str] = frozenset()
    """Overlays that were not there when the engine's own folder was applied last."""

    notes: tuple[str, ...] = ()

    def of(self, row: Row) -> Row:
        """The row with what was applied, in each part for which that is known."""
        return replace(row, parts=tuple(self._part(part, row) for part in row.parts))

    def _part(self, part: Part, row: Row) -> Part:
        found = self.objects.get(_folder(part, row, self.engines) or "")
        if found is not None and part.generated:
            found = self._made(found.values(), row)
        return part if part.applied is not None else replace(part, applied=found)

    def _made(
        self, before: Iterable[KubeObject], row: Row
    ) -> Mapping[ResourceKey, KubeObject] | None:
        """
        The Applications of the ApplicationSets that were applied.

        None where a template holds more than can be filled in here.
        """
        zone = self.zones.get((row.cluster, row.zone))
        sets = [item for item in before if is_application_set(item)]
        if zone is None or any(has_template_patch(item) for item in sets):
            return None
        if zone.overlay in self.unmade:
            return {}
        made = Appliers(sets).of(self.place(zone), zone)
        if any("{{" in dump_json(item.body) for item in made):
            return None
        return {item.key: item for item in made}


def third_sides(
    rows: Iterable[Row],
    revisions: Revisions,
    engines: Mapping[str, EngineObjects],
    fleet: Fleet,
    repository: Repository,
    builder: Builder,
    *,
    fetch: bool,
    built: "BuiltAsOf | None" = None,
) -> ThirdSides:
    """
    Render the folders of *rows* as of the revisions that were applied, each revision once.

    Args:
        rows: those whose causes are asked for.
        revisions: by folder, as `with_revisions` gave them.
        engines: by cluster.
        fetch: whether a commit that the repository lacks may be fetched.
        built: builds the folders of a revision, in place of `built_as_of`.
    """
    built = built or built_as_of
    known = {**revisions.unborn, **revisions.applied}
    zones = {zone.overlay: zone for cluster in fleet.clusters for zone in cluster.zones}
    wanted: dict[str, dict[str, list[Zone]]] = {}
    for row in rows:
        engine = engines[row.cluster or ""].folder
        for part in row.parts:
            folder = _folder(part, row, engines)
            if folder is None or part.applied is not None or folder not in known:
                continue
            taken = wanted.setdefault(known[folder], {}).setdefault(engine, [])
            if part.folder in zones:
                taken.append(zones[part.folder])
            elif part.generated:
                # Whether the revision had the zone at all.
                taken += [zone for zone in zones.values() if _is_of(zone, row)]
    objects: dict[str, Mapping[ResourceKey, KubeObject]] = {}
    unmade: set[str] = set()
    refusal = None if fetch else "and nothing is fetched where a dump is compared"
    notes: dict[str, None] = {}
    for revision, folders in wanted.items():
        try:
            builds = built(revision, fleet, folders, repository, builder, refusal)
        except RepositoryError as error:
            if isinstance(error, RemoteError):
                # One that does not answer is waited for once, not once a revision.
                refusal = "and the remote could not be reached"
            notes[f"{revision} was last applied of {_told(folders)}: {error}. {_LESS}"] = None
            continue
        for folder, build in builds.items():
            if build.absent and any(known.get(engine) == revision for engine in folders):
                unmade.add(folder)
            if build.absent and known.get(folder) == revision:
                objects[folder] = {}
            elif revisions.applied.get(folder) != revision:
                continue
            elif build.error is None:
                objects[folder] = {item.key: item for item in build.objects}
            else:
                notes[f"{folder} does not build as of {revision}, last applied. {_LESS}"] = None
    return ThirdSides(
        objects=objects,
        engines=engines,
        zones={(zone.cluster, zone.name): zone for zone in zones.values()},
        place=lambda zone: repository_path(fleet, zone.overlay),
        unmade=frozenset(unmade),
        notes=tuple(notes),
    )


_LESS = "Causes there are told from managedFields alone."


BuiltAsOf = Callable[
    [str, Fleet, Mapping[str, Sequence[Zone]], Repository, Builder, str | None],
    Mapping[str, Build],
]
"""See `built_as_of`."""


def built_as_of(
    revision: str,
    fleet: Fleet,
    folders: Mapping[str, Sequence[Zone]],
    repository: Repository,
    builder: Builder,
    refusal: str | None,
) -> Mapping[str, Build]:
    """
    Each engine folder of *folders*, and the overlays of its zones, as of a revision.

    Args:
        refusal: why a commit that the repository lacks is not fetched; None fetches it.

    Raises:
        RepositoryError: if the revision cannot be had.
    """
    if not _COMMIT.fullmatch(revision):
        raise RepositoryError("that is not the name of a commit")
    with _opened(revision, fleet, repository, refusal) as source:
        return render(builder, source, fleet, folders, origins=False)


def _opened(
    revision: str, fleet: Fleet, repository: Repository, refusal: str | None
) -> AbstractContextManager[Source]:
    paths = (*RENDERED, *fleet.trees)
    try:
        repository.revision(revision)
    except RepositoryError as error:
        if refusal is not None:
            raise RepositoryError(f"{error}, {refusal}") from error
        own = fleet.repository
        return repository.fetched_source(revision, paths, url=own.url, branch=own.branch)
    return repository.source(revision, paths)


def _is_of(zone: Zone, row: Row) -> bool:
    return (zone.cluster, zone.name) == (row.cluster, row.zone)


def _told(folders: Mapping[str, Sequence[Zone]]) -> str:
    return ", ".join(
        name
        for engine, zones in folders.items()
        for name in [zone.overlay for zone in zones] or [engine]
    )

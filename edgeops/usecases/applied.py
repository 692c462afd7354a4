"""
The third side of a comparison: git as of the revision that the engine last applied.

Argo CD's Applications and Flux's Kustomizations say which commit that was. Nothing is fetched:
a commit that this repository lacks leaves the cause to what ownership tells.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from edgeops.core.engine import applied_revision, source_path
from edgeops.core.fleet.model import Fleet, Zone
from edgeops.core.objects import KubeObject, ResourceKey
from edgeops.core.plan.names import repository_path
from edgeops.core.rows import Part, Row
from edgeops.errors import RepositoryError
from edgeops.ports import Build, Renderer, Repository
from edgeops.usecases.reading import States, index
from edgeops.usecases.rendering import RENDERED, EngineObjects, render

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
    states: States,
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
    revisions = _revisions(rows, engines, states, fleet)

    def placed(part: Part) -> Part:
        revision = revisions.applied.get(part.folder or "")
        if revision is None:
            return part
        if revision != head:
            return replace(part, in_sync=None if head is None else False)
        return replace(part, in_sync=True, applied={item.key: item for item in part.objects})

    placed_rows = [replace(row, parts=tuple(map(placed, row.parts))) for row in rows]
    return placed_rows, revisions


def _revisions(
    rows: Sequence[Row], engines: Mapping[str, EngineObjects], states: States, fleet: Fleet
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
            if found is None or found[0] not in states:
                continue
            context, key = found
            place = index(states[context])
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
    return {source_path(item): (context, item.key) for context, item in (*own, *made)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ThirdSides:
    """What the engines last applied, folder by folder, and why some of it is not known."""

    objects: Mapping[str, Mapping[ResourceKey, KubeObject]]
    notes: tuple[str, ...] = ()

    def of(self, row: Row) -> Row:
        """The row with what was applied, in each part for which that is known."""
        return replace(row, parts=tuple(self._part(part) for part in row.parts))

    def _part(self, part: Part) -> Part:
        found = self.objects.get(part.folder or "")
        return part if part.applied is not None else replace(part, applied=found)


def third_sides(
    rows: Iterable[Row],
    revisions: Revisions,
    engines: Mapping[str, EngineObjects],
    fleet: Fleet,
    repository: Repository,
    renderer: Renderer,
) -> ThirdSides:
    """
    Render the folders of *rows* as of the revisions that were applied, each revision once.

    Args:
        rows: those whose causes are asked for.
        revisions: by folder, as `with_revisions` gave them.
        engines: by cluster.
    """
    known = {**revisions.unborn, **revisions.applied}
    zones = {zone.overlay: zone for cluster in fleet.clusters for zone in cluster.zones}
    wanted: dict[str, dict[str, list[Zone]]] = {}
    for row in rows:
        engine = engines[row.cluster or ""].folder
        for part in row.parts:
            if part.folder is None or part.applied is not None or part.folder not in known:
                continue
            taken = wanted.setdefault(known[part.folder], {}).setdefault(engine, [])
            if part.folder in zones:
                taken.append(zones[part.folder])
    objects: dict[str, Mapping[ResourceKey, KubeObject]] = {}
    notes: dict[str, None] = {}
    for revision, folders in wanted.items():
        try:
            builds = _built(revision, fleet, folders, repository, renderer)
        except RepositoryError as error:
            notes[f"{revision} was last applied of {_told(folders)}: {error}. {_LESS}"] = None
            continue
        for folder, build in builds.items():
            if build.absent and known.get(folder) == revision:
                objects[folder] = {}
            elif revisions.applied.get(folder) != revision:
                continue
            elif build.error is None:
                objects[folder] = {item.key: item for item in build.objects}
            else:
                notes[f"{folder} does not build as of {revision}, last applied. {_LESS}"] = None
    return ThirdSides(objects=objects, notes=tuple(notes))


_LESS = "Causes there are told from managedFields alone."


def _built(
    revision: str,
    fleet: Fleet,
    folders: Mapping[str, Sequence[Zone]],
    repository: Repository,
    renderer: Renderer,
) -> Mapping[str, Build]:
    if not _COMMIT.fullmatch(revision):
        raise RepositoryError("that is not the name of a commit")
    with repository.export(revision, (*RENDERED, *fleet.trees)) as root:
        return render(renderer, root, fleet, folders, origins=False)


def _told(folders: Mapping[str, Sequence[Zone]]) -> str:
    return ", ".join(
        name
        for engine, zones in folders.items()
        for name in [zone.overlay for zone in zones] or [engine]
    )

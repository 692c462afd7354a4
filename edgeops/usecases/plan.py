"""
``edgeops plan``: what ``init`` would change, in files and in rendered objects; nothing is written.

Before is the work tree as it is, after is what ``init`` would make of it; both are built, and each
object is held against itself.
"""

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from edgeops.core.changes.clashes import Clash, clashes
from edgeops.core.changes.classify import classify
from edgeops.core.changes.model import Effect, ObjectChange, Plan, ZoneChange, in_kind_order
from edgeops.core.changes.prune import why_application_left, why_left
from edgeops.core.directives import only_made
from edgeops.core.engine import ZONE_LABEL, from_template, is_application, is_application_set
from edgeops.core.objects import KubeObject, ResourceKey
from edgeops.core.reconcile import InitResult, Outcome
from edgeops.core.schemas import Schemas
from edgeops.errors import RenderError
from edgeops.ports import NO_EDITS, Build, Edit, Files, Renderer, Repository
from edgeops.usecases.broken_routes import newly_broken
from edgeops.usecases.initialize import initialize
from edgeops.usecases.undertaking import Blueprint, Choices

_FILE = "kustomization.yaml"

Objects = Sequence[KubeObject]


def plan_changes(
    blueprint: Blueprint,
    choices: Choices,
    *,
    mirrored: bool,
    files: Files,
    repository: Repository,
    renderer: Renderer,
    schemas: Schemas,
) -> Plan:
    """
    What `initialize` would do with *blueprint*, and what that does in the clusters.

    Args:
        choices: as for `initialize`; taken as a dry run, whatever they say.
        mirrored: whether Consul has a namespace for each of Kubernetes (Enterprise).

    Raises:
        Whatever `initialize` raises; RenderError also if a folder does not build as it is.
    """
    seen = Watched(renderer)
    result = initialize(
        blueprint,
        replace(choices, dry_run=True, push=False),
        files=files,
        repository=repository,
        renderer=seen,
        schemas=schemas,
    )
    if result.conflicts:
        return Plan(result=result)
    before = _before(result, blueprint, files, renderer)
    after = {folder: build.objects for folder, build in seen.builds.items()}
    sides = _Sides(before=_once(before), after=_once(after), path=blueprint.path)
    return Plan(
        result=result,
        zones=tuple(
            _zone(cluster, zone, changes)
            for cluster in sides.clusters
            for zone, changes in _by_zone(sides, cluster, schemas, mirrored=mirrored)
        ),
        routes=newly_broken(
            blueprint,
            before=lambda: before,
            after=after,
            files=files,
            repository=repository,
            renderer=renderer,
            result=result,
        ),
    )


@dataclass(slots=True)
class Watched:
    """A renderer that remembers what it built: `initialize` builds everything once."""

    inner: Renderer
    builds: dict[str, Build] = field(default_factory=dict)

    @property
    def version(self) -> str:
        return self.inner.version

    def build(
        self,
        root: str,
        overlays: Sequence[str],
        *,
        origins: bool = False,
        edits: Mapping[str, Edit] = NO_EDITS,
    ) -> Mapping[str, Build]:
        built = self.inner.build(root, overlays, origins=origins, edits=edits)
        self.builds.update(built)
        return built


def _before(
    result: InitResult, blueprint: Blueprint, files: Files, renderer: Renderer
) -> dict[str, Objects]:
    """What the folders render that are there now and are edgeops' own, then or now."""
    going = {
        posixpath.dirname(item.path)
        for item in result.files
        if item.outcome is Outcome.DELETE and posixpath.basename(item.path) == _FILE
    }
    folders = [
        folder
        for folder in sorted({*blueprint.overlays, *going})
        if _is_place(folder) and files.read(f"{folder}/{_FILE}") is not None
    ]
    builds = renderer.build(files.root, folders)
    failed = [f"{folder} does not build as it is: {build.error}"
              for folder, build in builds.items() if build.error is not None]  # fmt: skip
    if failed:
        raise RenderError("\n".join(failed))
    return {folder: builds[folder].objects for folder in folders}


def _once(side: Mapping[str, Objects]) -> dict[str, Objects]:
    """*side* without what one folder makes only where it is missing, and another one has too."""
    kept = {
        folder: [(item, only_made(item)) for item in objects] for folder, objects in side.items()
    }
    had = {item.key for objects in kept.values() for item, only in objects if not only}
    return {
        folder: tuple(item for item, only in objects if not only or item.key not in had)
        for folder, objects in kept.items()
    }


def _is_place(folder: str) -> bool:
    """``overlays/<cluster>/<zone>`` or ``clusters/<cluster>/<engine>``: what an engine applies."""
    parts = folder.split("/")
    return len(parts) == 3 and parts[0] in {"overlays", "clusters"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """What every folder renders, now and then."""

    before: Mapping[str, Objects]
    after: Mapping[str, Objects]
    path: str
    """Of edgeops' directory within the repository."""

    @property
    def clusters(self) -> list[str]:
        return sorted({folder.split("/")[1] for folder in (*self.before, *self.after)})

    def folders(self, cluster: str) -> list[str]:
        found = {*self.before, *self.after}
        return sorted(folder for folder in found if folder.split("/")[1] == cluster)

    def within(self, folder: str) -> str:
        """*folder* as the engine's objects name it."""
        return posixpath.normpath(posixpath.join(self.path, folder))

    def engine(self, side: Mapping[str, Objects], cluster: str) -> list[KubeObject]:
        """What the engine of *cluster* is given."""
        return [
            item
            for folder, objects in side.items()
            if folder.startswith(f"clusters/{cluster}/")
            for item in objects
        ]

    def made(self, side: Mapping[str, Objects], cluster: str) -> list[KubeObject]:
        """The Applications that ApplicationSets of *cluster* make, one for each overlay."""
        found = []
        for item in _sets(self.engine(side, cluster)):
            for folder, objects in side.items():
                if not folder.startswith(f"overlays/{cluster}/"):
                    continue
                namespace = next((it.name for it in objects if it.kind == "Namespace"), "")
                zone = folder.rpartition("/")[2]
                made = from_template(item, zone=zone, namespace=namespace, path=self.within(folder))
                found += [made] if made else []
        return found


def _sets(objects: Objects) -> list[KubeObject]:
    """The ApplicationSets among them."""
    return [item for item in objects if is_application_set(item)]


def _by_zone(
    sides: _Sides, cluster: str, schemas: Schemas, *, mirrored: bool
) -> Iterator[tuple[str | None, list[ObjectChange]]]:
    """Every change of a cluster's objects, by the zone that they belong to; the hub first."""
    appliers = [*sides.engine(sides.after, cluster), *sides.made(sides.after, cluster)]
    in_the_way = clashes(
        {folder: sides.after.get(folder, ()) for folder in sides.folders(cluster)},
        mirrored=mirrored,
    )
    found: dict[str | None, list[ObjectChange]] = {}
    there = {item.key for at in sides.folders(cluster) for item in sides.after.get(at, ())}
    for folder in sides.folders(cluster):
        own = folder.rpartition("/")[2] if folder.startswith("overlays/") else None
        clashing = {index: clash for (at, index), clash in in_the_way.items() if at == folder}
        for item, change in _folder(sides, folder, appliers, clashing, there, schemas):
            zone = own or item.labels.get(ZONE_LABEL)
            found.setdefault(str(zone) if zone else None, []).append(change)
    sets = _sets(sides.engine(sides.after, cluster))
    for item, change in _made(sides, cluster, why_application_left(sets), schemas):
        found.setdefault(str(item.labels.get(ZONE_LABEL)), []).append(change)
    for zone in sorted(found, key=lambda name: (name is None, name != "region", name or "")):
        yield zone, found[zone]


def _folder(
    sides: _Sides,
    folder: str,
    appliers: Sequence[KubeObject],
    clashing: Mapping[int, Clash],
    there: Collection[ResourceKey],
    schemas: Schemas,
) -> Iterator[tuple[KubeObject, ObjectChange]]:
    """
    The changes of what *folder* renders.

    Args:
        there: what any folder of the same cluster renders then: what moved there is not gone.
    """
    was = {item.key: item for item in sides.before.get(folder, ())}
    for index, item in enumerate(sides.after.get(folder, ())):
        change = _change(was.get(item.key), item, schemas)
        clash = clashing.get(index)
        # What was in the way before the change, too, is no doing of the change.
        if clash is not None and change.effect is not Effect.SAME:
            change = replace(
                change, effect=Effect.CLASHES, reason=clash.reason, source=clash.source
            )
        yield item, change
    for key, item in was.items():
        if key not in there:
            yield item, _gone(item, why_left(item, sides.within(folder), appliers))


def _made(
    sides: _Sides, cluster: str, why: str | None, schemas: Schemas
) -> Iterator[tuple[KubeObject, ObjectChange]]:
    was = {item.key: item for item in sides.made(sides.before, cluster)}
    now = {item.key: item for item in sides.made(sides.after, cluster)}
    for key, item in now.items():
        yield item, _change(was.get(key), item, schemas)
    for key, item in was.items():
        if key not in now and is_application(item):
            yield item, _gone(item, why)


def _change(before: KubeObject | None, after: KubeObject, schemas: Schemas) -> ObjectChange:
    if before is not None:
        return classify(before, after, schemas)
    return ObjectChange(key=after.key, api_version=after.api_version, effect=Effect.APPEARS)


def _gone(item: KubeObject, why: str | None) -> ObjectChange:
    return ObjectChange(
        key=item.key,
        api_version=item.api_version,
        effect=Effect.PRUNED if why is None else Effect.LEFT,
        reason=why,
    )


def _zone(cluster: str, zone: str | None, changes: Iterable[ObjectChange]) -> ZoneChange:
    changes = list(changes)
    moving = [change for change in changes if change.effect is not Effect.SAME]
    return ZoneChange(
        cluster=cluster,
        zone=zone,
        objects=in_kind_order(moving),
        same=len(changes) - len(moving),
    )

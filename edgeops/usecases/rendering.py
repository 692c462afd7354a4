"""Overlays as the sync engine applies them: built by kustomize."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from edgeops.core.additions import Additions, additions
from edgeops.core.documents import dump_json
from edgeops.core.engine import from_template, is_application_set, source_path
from edgeops.core.engine_rules import made_rules, project_rules, sync_rules
from edgeops.core.fleet.model import Cluster, EngineKind, Fleet, Zone
from edgeops.core.ignore import IgnoreRule
from edgeops.core.objects import KubeObject
from edgeops.core.plan.names import repository_path
from edgeops.ports import Build, Builder, NamedEdit, Source

RENDERED = ("base", "components", "overlays", "clusters")
"""The folders that overlays are made of."""


@dataclass(frozen=True, kw_only=True)
class EngineObjects:
    """What git gives the engine of one cluster, and where that lives; asked zone by zone."""

    context: str
    folder: str
    objects: tuple[KubeObject, ...] = ()

    def rules(self, fleet: Fleet, zone: Zone | None) -> tuple[IgnoreRule, ...]:
        """
        The ignore rules of those that apply *zone*, or the engine's own folder.

        Raises:
            ConfigurationError: if one of them is no rule.
        """
        folder = repository_path(fleet, self.folder if zone is None else zone.overlay)
        own = dict.fromkeys(
            rule for item in self._appliers.of(folder, zone) for rule in sync_rules(item)
        )
        if zone is None:
            return tuple(own)
        # The others are as many as there are zones: they are hashed once, not for each zone.
        return (*(rule for rule in own if rule not in self._known), *self._others)

    @cached_property
    def _appliers(self) -> "Appliers":
        return Appliers(self.objects)

    @cached_property
    def _others(self) -> tuple[IgnoreRule, ...]:
        found = (
            rule for item in self.objects for rule in (*project_rules(item), *made_rules(item))
        )
        return tuple(dict.fromkeys(found))

    @cached_property
    def _known(self) -> frozenset[IgnoreRule]:
        return frozenset(self._others)


class Appliers:
    """
    Engine objects of git, by the folder of the repository that they apply.

    Args:
        objects: all that git gives an engine; a fleet of a thousand zones has thousands.
    """

    def __init__(self, objects: Iterable[KubeObject]) -> None:
        self._sets: list[tuple[int, KubeObject]] = []
        self._of_folder: dict[str, list[tuple[int, KubeObject]]] = {}
        for place, item in enumerate(objects):
            if is_application_set(item):
                self._sets.append((place, item))
            elif (path := source_path(item)) is not None:
                self._of_folder.setdefault(path, []).append((place, item))

    def of(self, path: str, zone: Zone | None) -> list[KubeObject]:
        """
        Those that apply the folder *path*, in the order in which they were given.

        An ApplicationSet is asked for the Application that it makes for *zone*.
        """
        found = list(self._of_folder.get(path, ()))
        if zone is None:
            return [item for _, item in found]
        for place, item in self._sets:
            made = from_template(item, zone=zone.name, namespace=zone.namespace, path=path)
            if made is not None and source_path(made) == path:
                found.append((place, made))
        return [item for _, item in sorted(found, key=lambda pair: pair[0])]


def engine_folder(cluster: Cluster, engine: EngineKind) -> str:
    """POSIX path of what a cluster's engine is given."""
    return f"clusters/{cluster.name}/{engine.value}"


def render(
    builder: Builder,
    source: Source,
    fleet: Fleet,
    zones: Mapping[str, Sequence[Zone]],
    *,
    origins: bool,
) -> Mapping[str, Build]:
    """
    Build overlays as the engine applies them, with what its objects add.

    Args:
        source: the files to build from.
        zones: by engine folder, the zones whose overlays its objects have applied.
        origins: whether each object shall tell where it was written.

    Returns:
        A build for each engine folder and each overlay. Where something is added that cannot be
        done here, it has objects and an error.
    """
    plain = builder.build(source, tuple(zones), origins=origins)
    added: dict[str, Additions] = {}
    for folder, taken in zones.items():
        appliers = Appliers(plain[folder].objects)
        for path, zone in ((folder, None), *((zone.overlay, zone) for zone in taken)):
            for item in appliers.of(repository_path(fleet, path), zone):
                if (found := additions(item)) is not None:
                    added[path] = found
    asked = [zone.overlay for taken in zones.values() for zone in taken]
    asked += [folder for folder in zones if folder in added]
    edits = {
        path: NamedEdit(apply=one.edit, name=dump_json(one.fields))
        for path, one in added.items()
        if one.fields
    }
    built = builder.build(source, asked, origins=origins, edits=edits)
    return {path: _finished(build, added.get(path)) for path, build in {**plain, **built}.items()}


def _finished(build: Build, added: Additions | None) -> Build:
    if added is None or build.error is not None:
        return build
    if added.refused is not None:
        return replace(build, error=added.refused)
    try:
        return replace(build, objects=added.finish(build.objects))
    except ValueError as error:
        return replace(build, error=str(error))

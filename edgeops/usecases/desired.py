"""
The desired side of a drift check of a fleet: from a commit, or from the work tree.

Everything is rendered from a copy of the files, so that what is compared is one state of the
repository and nothing that somebody edits meanwhile.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from edgeops.core.directives import only_made
from edgeops.core.engine import ZONE_LABEL
from edgeops.core.findings import RepositoryState, Unread
from edgeops.core.fleet.model import Cluster, Fleet, Zone
from edgeops.core.ignore import IgnoreRule, parse_rules
from edgeops.core.objects import KubeObject
from edgeops.core.plan.duty import engines
from edgeops.core.rows import Part, Row
from edgeops.core.shards import Shard
from edgeops.errors import ConfigurationError, Problem, RepositoryError
from edgeops.ports import Build, Builder, Files, Repository
from edgeops.usecases.rendering import RENDERED, EngineObjects, engine_folder, render

CONFIG = "edgeops.yaml"

ParseFleet = Callable[[str], Fleet]
"""Text of ``edgeops.yaml`` to a fleet; raises ConfigurationError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which clusters and zones a command is about; empty means all."""

    clusters: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    """Zone names, each also as ``CLUSTER/ZONE``."""

    shard: Shard | None = None
    """Of what is left, only this share."""

    def check(self, fleet: Fleet) -> None:
        """
        Refuse names that the fleet does not have.

        Raises:
            ConfigurationError: naming each of them.
        """
        clusters = {cluster.name for cluster in fleet.clusters}
        zones = {
            name for cluster in fleet.clusters for zone in cluster.zones for name in _names(zone)
        }
        problems = [
            Problem(
                path="spec.clusters", message=f"no cluster {name!r}; there are {_list(clusters)}"
            )
            for name in self.clusters
            if name not in clusters
        ] + [
            Problem(path="spec.clusters", message=f"no zone {name!r} in any cluster")
            for name in self.zones
            if name not in zones
        ]
        if problems:
            raise ConfigurationError(CONFIG, problems)

    def takes(self, cluster: Cluster, zone: Zone | None) -> bool:
        """Whether a zone is meant; None asks for the engine objects that belong to no zone."""
        return self.covers(cluster.name, None if zone is None else zone.name)

    def covers(self, cluster: str | None, zone: str | None) -> bool:
        """`takes` by names, also those of a cluster or zone that is no more."""
        if self.clusters and cluster not in self.clusters:
            return False
        if self.zones and not {zone, f"{cluster}/{zone}"} & set(self.zones):
            return False
        return self.shard is None or self.shard.takes(cluster, zone)


def _names(zone: Zone) -> tuple[str, str]:
    return zone.name, f"{zone.cluster}/{zone.name}"


def _list(names: Collection[str]) -> str:
    return ", ".join(sorted(names))


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """What the repository, or a set of manifests, asks for."""

    rows: tuple[Row, ...]
    repository: RepositoryState
    rules: tuple[IgnoreRule, ...] = ()
    kustomize_version: str | None = None
    fleet: Fleet | None = None
    engines: Mapping[str, EngineObjects] = field(default_factory=dict)
    """By cluster, what git gives the engine in charge."""

    notes: tuple[str, ...] = ()


def desired_from_repository(
    repository: Repository,
    files: Files,
    builder: Builder,
    parse: ParseFleet,
    *,
    rev: str | None,
    selection: Selection,
    contexts: Callable[[Cluster], tuple[str, str]],
) -> Desired:
    """
    Render every selected overlay as of a revision.

    Args:
        parse: reads the text of ``edgeops.yaml``.
        rev: what to compare with; None takes the work tree as it is.
        contexts: where a cluster's objects and its engine's objects are read from.

    Raises:
        ConfigurationError: if that revision's ``edgeops.yaml`` is not valid.
        RepositoryError: if there is no such revision, or no ``edgeops.yaml`` in it.
    """
    revision = None if rev is None else repository.revision(rev)
    text = files.read(CONFIG) if revision is None else repository.read(revision, CONFIG)
    if text is None:
        raise RepositoryError(
            f"there is no {CONFIG} {'here' if rev is None else f'at {rev}'}: "
            "make one with 'edgeops init', or name its directory with -C."
        )
    fleet = parse(text.decode(errors="replace"))
    selection.check(fleet)
    paths = (CONFIG, *RENDERED, *fleet.trees)
    opened = (
        repository.worktree_source(paths)
        if revision is None
        else repository.source(revision, paths)
    )
    with opened as source:
        builds = dict(render(builder, source, fleet, _taken(fleet, selection), origins=True))
        builds |= builder.build(source, _resting(fleet, selection), origins=True)
    state = RepositoryState(
        url=fleet.repository.url,
        branch=repository.branch() or fleet.repository.branch,
        revision=revision,
        dirty=revision is None and repository.is_dirty(paths),
    )
    given = dict(_engines(fleet, builds, contexts))
    return Desired(
        rows=tuple(_rows(fleet, selection, builds, given, contexts)),
        engines=given,
        repository=state,
        rules=parse_rules(fleet.drift.ignore, source=CONFIG, place="spec.drift.ignore"),
        kustomize_version=builder.version,
        fleet=fleet,
    )


def _taken(fleet: Fleet, selection: Selection) -> dict[str, list[Zone]]:
    """The selected zones, by the folder of their engine."""
    found = {}
    for cluster in fleet.clusters:
        zones = [zone for zone in cluster.zones if selection.takes(cluster, zone)]
        if zones:
            found[engine_folder(cluster, fleet.engine)] = zones
    return found


def _resting(fleet: Fleet, selection: Selection) -> list[str]:
    """The folders of the other engine, while the selected zones are handed over."""
    return [
        engine_folder(cluster, engine)
        for cluster in fleet.clusters
        for engine in engines(fleet)[1:]
        if any(selection.takes(cluster, zone) for zone in cluster.zones)
    ]


def _engines(
    fleet: Fleet, builds: Mapping[str, Build], contexts: Callable[[Cluster], tuple[str, str]]
) -> Iterable[tuple[str, EngineObjects]]:
    for cluster in fleet.clusters:
        folder = engine_folder(cluster, fleet.engine)
        if folder in builds:
            yield (
                cluster.name,
                EngineObjects(
                    context=contexts(cluster)[1], folder=folder, objects=builds[folder].objects
                ),
            )


def _rows(
    fleet: Fleet,
    selection: Selection,
    builds: Mapping[str, Build],
    given: Mapping[str, EngineObjects],
    contexts: Callable[[Cluster], tuple[str, str]],
) -> Iterable[Row]:
    for cluster in fleet.clusters:
        taken = [zone for zone in cluster.zones if selection.takes(cluster, zone)]
        if not taken:
            continue
        context, engine_context = contexts(cluster)
        folder = engine_folder(cluster, fleet.engine)
        own_rules = given[cluster.name].rules(fleet, None)
        by_folder = {path: _by_zone(builds[path].objects) for path in _folders(fleet, cluster)}
        of_engines = frozenset(
            item.key for by_zone in by_folder.values() for items in by_zone.values()
            for item in items
        )  # fmt: skip
        broken = next((path for path in by_folder if builds[path].error is not None), folder)
        for zone in taken:
            build = builds[zone.overlay]
            # Without the engine's objects it is not known what they add to the overlay.
            what, error = (
                (broken, builds[broken].error)
                if build.error is None
                else (zone.overlay, build.error)
            )
            yield Row(
                cluster=cluster.name,
                zone=zone.name,
                namespace=zone.namespace,
                parts=(
                    Part(
                        context=context,
                        objects=build.objects,
                        namespaces=frozenset({zone.namespace}),
                        elsewhere=of_engines if context == engine_context else frozenset(),
                        folder=zone.overlay,
                        rules=given[cluster.name].rules(fleet, zone),
                    ),
                    *_engine_parts(engine_context, by_folder, zone.name, own_rules, build.objects),
                ),
                error=_unread(cluster, zone.name, what, error),
            )
        if selection.takes(cluster, None):
            yield Row(
                cluster=cluster.name,
                zone=None,
                namespace=None,
                parts=tuple(_engine_parts(engine_context, by_folder, None, own_rules)),
                error=_unread(cluster, None, broken, builds[broken].error),
            )


def _folders(fleet: Fleet, cluster: Cluster) -> list[str]:
    return [engine_folder(cluster, engine) for engine in engines(fleet)]


def _engine_parts(
    context: str,
    by_folder: Mapping[str, Mapping[str | None, Sequence[KubeObject]]],
    zone: str | None,
    rules: tuple[IgnoreRule, ...],
    overlay: Collection[KubeObject] = (),
) -> Iterable[Part]:
    """
    The engine objects of a zone, or of none, each folder's by itself.

    What the engine only makes where it is missing, and *overlay* has too, is compared there.
    """
    there = {item.key for item in overlay}
    for folder, by_zone in by_folder.items():
        objects = tuple(
            item for item in by_zone.get(zone, ()) if item.key not in there or not only_made(item)
        )
        yield Part(context=context, objects=objects, folder=folder, rules=rules)


def _by_zone(objects: Iterable[KubeObject]) -> dict[str | None, list[KubeObject]]:
    grouped: dict[str | None, list[KubeObject]] = {}
    for item in objects:
        zone = item.labels.get(ZONE_LABEL)
        grouped.setdefault(str(zone) if zone else None, []).append(item)
    return grouped


def _unread(cluster: Cluster, zone: str | None, what: str, reason: str | None) -> Unread | None:
    if reason is None:
        return None
    return Unread(what=what, reason=reason, cluster=cluster.name, zone=zone)

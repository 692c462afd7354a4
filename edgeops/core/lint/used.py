"""
Which kinds and namespaces the overlays of a cluster use: what an engine needs to be allowed.

Told from the files, so that what a person added to ``base/`` or to an overlay counts, and so that
it can be known before anything is written.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from edgeops.core.fleet.model import Cluster, Zone
from edgeops.core.lint.graph import Graph, Identity
from edgeops.core.objects import group_of, is_object
from edgeops.core.plan.used import Used, ZoneUse
from edgeops.core.scopes import CLUSTER_SCOPED

_LOCAL = "config.kubernetes.io/local-config"
_KUSTOMIZE = "kustomize.config.k8s.io"


def used_by(cluster: Cluster, files: Mapping[str, bytes]) -> Used | None:
    """
    What the overlays of *cluster* use.

    Args:
        files: the tree as it will be, by path.

    Returns:
        None where something in them cannot be followed: then nothing is known for sure.
    """
    graph = Graph(files)
    found: dict[str, list[Identity]] = {}
    for zone in cluster.zones:
        objects, opaque = graph.objects(zone.overlay)
        if opaque:
            return None
        found[zone.name] = [item for item in objects if not _is_local(item.annotations)]
    every = [item for items in found.values() for item in items]
    plurals = {key: plural for item in every for key, plural in _defined(item.body)}
    wide = CLUSTER_SCOPED | {key for item in every for key in _of_cluster(item.body)}
    zones = {name: _use(items, wide) for name, items in found.items()}
    kinds = {(group, kind) for use in zones.values() for _, group, kind in use.kinds}
    shared = {_key(item) for item in every if not item.file.startswith("overlays/")}
    for zone in cluster.zones:
        if zone.is_leaving:
            zones[zone.name] = _leaving(zone, zones[zone.name], shared, graph, files)
    return Used(
        kinds=tuple(sorted(kinds)),
        cluster_objects=tuple(
            sorted({entry for use in zones.values() for entry in use.cluster_objects})
        ),
        namespaces=tuple(sorted({use[0] for one in zones.values() for use in one.kinds} - {""})),
        zones=zones,
        plurals=plurals,
    )


def _use(items: Iterable[Identity], wide: frozenset[tuple[str, str]]) -> ZoneUse:
    items = list(items)
    return ZoneUse(
        kinds=tuple(
            sorted({(item.namespaces[-1], *_key(item)) for item in items if _key(item) not in wide})
        ),
        cluster_objects=tuple(
            sorted({(*_key(item), item.name) for item in items if _key(item) in wide})
        ),
    )


def _leaving(
    zone: Zone,
    use: ZoneUse,
    shared: Iterable[tuple[str, str]],
    graph: Graph,
    files: Mapping[str, bytes],
) -> ZoneUse:
    """
    What *zone* had before it began to leave, as far as the files still tell.

    What is left of its overlay is a Namespace; the rest has to be deleted first. It had what its
    neighbours are made of and have not by themselves, and what stands in its folder without being
    built any more.
    """
    own = {
        (group_of(str(document.value["apiVersion"])), str(document.value["kind"]))
        for file in files
        if file.startswith(f"{zone.overlay}/") and file.endswith((".yaml", ".yml"))
        for document in graph.documents(file) or ()
        if is_object(document.value) and not _is_local(_annotations(document.value))
    }
    had = {key for key in {*shared, *own} - CLUSTER_SCOPED if key[0] != _KUSTOMIZE}
    return ZoneUse(
        kinds=tuple(sorted({*use.kinds, *((zone.namespace, *key) for key in had)})),
        cluster_objects=use.cluster_objects,
    )


def _key(item: Identity) -> tuple[str, str]:
    return (item.group, item.kind)


def _annotations(body: Mapping[str, Any]) -> Mapping[str, Any]:
    found = body["metadata"].get("annotations")
    return found if isinstance(found, Mapping) else {}


def _is_local(annotations: Mapping[str, Any]) -> bool:
    """Whether kustomize reads it and leaves it out of what it renders."""
    told = annotations.get(_LOCAL)
    return told is not None and str(told).lower() != "false"


def _defined(body: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    """Group and kind, and their plural, of a CustomResourceDefinition."""
    spec = body.get("spec")
    if body.get("kind") != "CustomResourceDefinition" or not isinstance(spec, Mapping):
        return
    names = spec.get("names")
    if isinstance(names, Mapping):
        yield (str(spec.get("group")), str(names.get("kind"))), str(names.get("plural"))


def _of_cluster(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Group and kind of a CustomResourceDefinition of the whole cluster."""
    spec = body.get("spec")
    if isinstance(spec, Mapping) and spec.get("scope") == "Cluster":
        for key, _ in _defined(body):
            yield key

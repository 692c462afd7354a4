"""
Which kinds and namespaces the overlays of a cluster use: what an engine needs to be allowed.

Told from the files, so that what a person added to ``base/`` or to an overlay counts, and so that
it can be known before anything is written.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from edgeops.core.fleet.model import Cluster
from edgeops.core.lint.graph import Graph, Identity
from edgeops.core.plan.used import Used
from edgeops.core.scopes import CLUSTER_SCOPED


def used_by(cluster: Cluster, files: Mapping[str, bytes]) -> Used | None:
    """
    What the overlays of *cluster* use.

    Args:
        files: the tree as it will be, by path.

    Returns:
        None where something in them cannot be followed: then nothing is known for sure.
    """
    graph = Graph(files)
    found: list[Identity] = []
    for zone in cluster.zones:
        objects, opaque = graph.objects(zone.overlay)
        if opaque:
            return None
        found += [item for item in objects if not _is_local(item)]
    wide = CLUSTER_SCOPED | {key for item in found for key in _defined(item.body)}
    return Used(
        kinds=tuple(sorted({_key(item) for item in found} - wide)),
        cluster_objects=tuple(
            sorted({(*_key(item), item.name) for item in found if _key(item) in wide})
        ),
        namespaces=tuple(
            sorted({item.namespaces[-1] for item in found if _key(item) not in wide} - {""})
        ),
    )


def _key(item: Identity) -> tuple[str, str]:
    return (item.group, item.kind)


def _is_local(item: Identity) -> bool:
    """Whether kustomize reads it and leaves it out of what it renders."""
    told = item.annotations.get("config.kubernetes.io/local-config")
    return told is not None and str(told).lower() != "false"


def _defined(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The kind of a CustomResourceDefinition of the whole cluster."""
    spec = body.get("spec")
    if body.get("kind") != "CustomResourceDefinition" or not isinstance(spec, Mapping):
        return
    names = spec.get("names")
    if spec.get("scope") == "Cluster" and isinstance(names, Mapping):
        yield str(spec.get("group")), str(names.get("kind"))

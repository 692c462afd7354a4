"""
Objects that cannot be there together, although each builds on its own.

One object rendered in two places has two owners who undo each other. Consul knows one
ServiceIntentions a destination, and its Community edition one entry of a kind and name in the
whole cluster, whichever Kubernetes namespaces they are in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from edgeops.core.directives import only_made
from edgeops.core.objects import KubeObject

_CONSUL: Final = "consul.hashicorp.com"
_NOT_ENTRIES: Final = frozenset({"GatewayClassConfig", "MeshService", "PeeringAcceptor"})
_WEBHOOK: Final = "https://github.com/hashicorp/consul-k8s/blob/v2.0.3/control-plane/api/common/configentry_webhook.go"
_TWO_OWNERS: Final = "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#fail-the-sync-if-a-shared-resource-is-found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Why an object and another one cannot both be there."""

    reason: str
    source: str


def clashes(
    folders: Mapping[str, Sequence[KubeObject]], *, mirrored: bool
) -> Mapping[tuple[str, int], Clash]:
    """
    The clashes among all objects of one cluster.

    Args:
        folders: what each folder renders.
        mirrored: whether Consul has a namespace for each of Kubernetes (Enterprise).

    Returns:
        By folder and index in it: the objects that clash, both sides of each clash.
    """
    seen: dict[tuple[Any, ...], list[tuple[str, int]]] = {}
    for folder, objects in folders.items():
        for index, item in enumerate(objects):
            for name in _names(item, mirrored=mirrored):
                seen.setdefault(name, []).append((folder, index))
    found: dict[tuple[str, int], Clash] = {}
    for name, places in seen.items():
        for folder, index in places:
            others = [place for place in places if place != (folder, index)]
            if others:
                item = folders[folder][index]
                other = folders[others[0][0]][others[0][1]]
                found.setdefault((folder, index), _clash(name[0], item, others[0][0], other))
    return found


def _names(item: KubeObject, *, mirrored: bool) -> Iterable[tuple[Any, ...]]:
    """Every name that is an object's alone; the first element says which sort of name."""
    if not only_made(item):
        yield ("object", item.key)
    if item.group != _CONSUL or item.kind in _NOT_ENTRIES:
        return
    if not mirrored:
        yield ("entry", item.kind, item.name)
    if item.kind == "ServiceIntentions":
        spec = item.body.get("spec")
        destination = spec.get("destination") if isinstance(spec, Mapping) else None
        if isinstance(destination, Mapping):
            namespace = destination.get("namespace") or item.namespace
            yield ("destination", destination.get("name"), namespace if mirrored else None)


def _clash(sort: str, item: KubeObject, where: str, other: KubeObject) -> Clash:
    if sort == "object":
        return Clash(reason=f"{where} has it too", source=_TWO_OWNERS)
    if sort == "entry":
        return Clash(
            reason=f"Consul has one {item.kind} called {item.name} in a cluster, and {where} has "
            f"{other.key} too",
            source=_WEBHOOK,
        )
    return Clash(
        reason=f"Consul takes one ServiceIntentions for a destination, and {where} has "
        f"{other.key} too",
        source=_WEBHOOK,
    )

"""
Consul's config entries: resolvers, intentions, names.

https://developer.hashicorp.com/consul/docs/reference/config-entry/service-resolver
https://developer.hashicorp.com/consul/docs/reference/config-entry/service-intentions
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from edgeops.core.fleet.model import Cluster, Mesh
from edgeops.core.lint.model import Folder, Problem, Repository, of_object
from edgeops.core.lint.pods import consul_name, dig, entries, mapping, services, workloads
from edgeops.core.objects import KubeObject
from edgeops.core.paths import field_below

GROUP: Final = "consul.hashicorp.com"
_SINGLETONS: Final = {"Mesh": "mesh", "ProxyDefaults": "global", "ExportedServices": None}
_ELSEWHERE: Final = ("peer", "datacenter", "samenessGroup", "partition")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reference:
    """A service that a resolver leads to, or that an intention speaks of."""

    path: str
    name: str
    namespace: str | None
    elsewhere: bool


def check(repository: Repository) -> Iterator[Problem]:
    """Every overlay of the fleet, and what must be one for a cluster."""
    for folder, zone in repository.overlays:
        for item in _entries(folder):
            yield from _contradictions(repository, folder, item)
            if not zone.is_hub and item.kind == "ServiceResolver":
                yield from _targets(repository, folder, item)
        if not zone.is_hub:
            yield from _hub_allows(repository, folder)
    for item_folder in repository.folders:
        yield from _definitions(item_folder)
    for cluster in repository.fleet.clusters:
        yield from _once(repository, cluster)


def _entries(folder: Folder) -> Iterator[KubeObject]:
    return (item for item in folder.objects if item.group == GROUP)


def _definitions(folder: Folder) -> Iterator[Problem]:
    """Consul's CRDs beside its entries: removed together, the entries' finalizers hang."""
    if not any(True for _ in _entries(folder)):
        return
    for item in folder.objects:
        if item.kind == "CustomResourceDefinition" and item.name.endswith(f".{GROUP}"):
            yield of_object(
                "consul-beside-entries",
                folder,
                item,
                "Consul's definition and its entries go together, and the entries then hang on "
                "their finalizer",
            )


def _once(repository: Repository, cluster: Cluster) -> Iterator[Problem]:
    """What Consul allows once in a cluster, or once for a destination."""
    flat = repository.fleet.mesh is not Mesh.CONSUL_ENTERPRISE
    entry: dict[tuple[str, str], tuple[Folder, KubeObject]] = {}
    destination: dict[tuple[str, str], tuple[Folder, KubeObject]] = {}
    for folder, _ in repository.of_cluster(cluster):
        for item in _entries(folder):
            key = (item.kind, item.name)
            if item.kind in _SINGLETONS:
                wanted = _SINGLETONS[item.kind]
                if wanted is not None and item.name != wanted:
                    yield of_object(
                        "consul-singleton",
                        folder,
                        item,
                        f"a {item.kind} must be called {wanted}",
                        path="metadata.name",
                    )
                yield from _second("consul-singleton", entry, (item.kind, ""), folder, item)
            elif flat and item.kind != "ServiceIntentions":
                yield from _second("consul-entry-twice", entry, key, folder, item)
            if item.kind == "ServiceIntentions":
                to = mapping(dig(item.body, "spec", "destination"))
                space = str(to.get("namespace") or ("" if flat else item.namespace))
                where = (str(to.get("name")), space)
                yield from _second("intention-twice", destination, where, folder, item)


def _second(
    rule: str,
    found: dict[tuple[str, str], tuple[Folder, KubeObject]],
    key: tuple[str, str],
    folder: Folder,
    item: KubeObject,
) -> Iterator[Problem]:
    first_folder, first = found.setdefault(key, (folder, item))
    if first is not item and first.key != item.key:
        there = first.origin.path if first.origin else first_folder.path
        message = f"{first.namespace}/{first.name} of {there} is the same to Consul"
        yield of_object(rule, folder, item, message)


def _contradictions(repository: Repository, folder: Folder, item: KubeObject) -> Iterator[Problem]:
    spec = mapping(item.body.get("spec"))
    if repository.fleet.mesh is Mesh.CONSUL_COMMUNITY:
        for path in _namespaces(spec, "spec"):
            yield of_object(
                "community-namespace",
                folder,
                item,
                "Consul's Community edition has no namespaces and refuses the field",
                path=path,
            )
    if item.kind == "ServiceResolver":
        if spec.get("redirect") and spec.get("failover"):
            yield of_object(
                "resolver-contradicts",
                folder,
                item,
                "with redirect, everything else in a resolver is ignored: failover too",
                path="spec.redirect",
            )
        for subset, value in mapping(spec.get("failover")).items():
            both = mapping(value).get("targets") and (
                mapping(value).get("service") or mapping(value).get("namespace")
            )
            if both:
                yield of_object(
                    "resolver-contradicts",
                    folder,
                    item,
                    "targets and service exclude each other",
                    path=field_below("spec.failover", subset) + ".targets",
                )
    if item.kind == "ServiceIntentions":
        for index, source in enumerate(entries(spec.get("sources"))):
            one = mapping(source)
            if one.get("namespace") == "*" and one.get("name") not in (None, "", "*"):
                yield of_object(
                    "intention-wildcard",
                    folder,
                    item,
                    "an exact name cannot follow a wildcard namespace: name each namespace",
                    path=f"spec.sources[{index}].namespace",
                )


def _namespaces(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            if key == "namespace" and isinstance(below, str) and below not in {"", "default"}:
                yield f"{path}.{key}"
            yield from _namespaces(below, field_below(path, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _namespaces(below, f"{path}[{index}]")


def _references(item: KubeObject) -> Iterator[_Reference]:
    """Every service that a resolver leads to."""
    spec = mapping(item.body.get("spec"))
    found = [("spec.redirect", spec.get("redirect"))]
    for subset, value in mapping(spec.get("failover")).items():
        path = field_below("spec.failover", subset)
        found.append((path, value))
        found += [
            (f"{path}.targets[{index}]", target)
            for index, target in enumerate(entries(mapping(value).get("targets")))
        ]
    for path, value in found:
        one = mapping(value)
        if one.get("service") or one.get("namespace"):
            yield _Reference(
                path=path,
                name=str(one.get("service") or item.name),
                namespace=str(one["namespace"]) if one.get("namespace") else None,
                elsewhere=any(one.get(name) for name in _ELSEWHERE),
            )


def consul_services(folder: Folder) -> frozenset[str]:
    """What Consul knows of a folder: by its Services, and by what its pods say of themselves."""
    names = {consul_name(folder, one) for one in workloads(folder) if one.injected}
    found = {
        item.name
        for item in services(folder)
        if dig(item.body, "spec", "type") != "ExternalName"
        and mapping(dig(item.body, "spec", "selector"))
    }
    own = {item.name for item in _entries(folder) if dig(item.body, "spec", "destination")}
    return frozenset({*found, *own, *(name for name in names if name)})


def _targets(repository: Repository, folder: Folder, item: KubeObject) -> Iterator[Problem]:
    """A resolver of a spoke leads to a service that the Region has."""
    hub = repository.hub(folder)
    if hub is None or hub.error is not None or hub.zone is None:
        return
    there, here = consul_services(hub), consul_services(folder)
    enterprise = repository.fleet.mesh is Mesh.CONSUL_ENTERPRISE
    for one in _references(item):
        if one.elsewhere:
            continue
        if enterprise and one.namespace not in (None, hub.zone.namespace, item.namespace):
            yield of_object(
                "resolver-target-missing",
                folder,
                item,
                f"leads to the namespace {one.namespace}; the Region's is {hub.zone.namespace}",
                path=f"{one.path}.namespace",
            )
            continue
        local = one.namespace == item.namespace or (enterprise and one.namespace is None)
        known = here if local and enterprise else there if enterprise else there | here
        if one.name not in known:
            place = folder.path if local and enterprise else hub.path
            yield of_object(
                "resolver-target-missing",
                folder,
                item,
                f"leads to {one.name}, and {place} has no such service",
                path=f"{one.path}.service",
            )
        elif one.name == item.name and (local or not enterprise):
            yield of_object(
                "resolver-to-itself",
                folder,
                item,
                "leads to itself, which does nothing and is not said",
                path=one.path,
            )


def _hub_allows(repository: Repository, folder: Folder) -> Iterator[Problem]:
    """
    Consul judges a call at its destination: the Region must name every edge that may call.

    Whoever may call a name in the zone must be allowed where a resolver leads that name.
    """
    hub = repository.hub(folder)
    if hub is None or hub.error is not None or hub.zone is None:
        return
    enterprise = repository.fleet.mesh is Mesh.CONSUL_ENTERPRISE
    allowed: dict[str, set[tuple[str, str]]] = {}
    for item, name in _intentions(hub):
        allowed.setdefault(name, set()).update(_sources(item))
    local = {name: item for item, name in _intentions(folder)}
    for item in _entries(folder):
        if item.kind != "ServiceResolver" or item.name not in local:
            continue
        for one in _references(item):
            if one.elsewhere or (enterprise and one.namespace != hub.zone.namespace):
                continue
            missing = [
                source
                for source in _sources(local[item.name])
                if not _covered(source, allowed.get(one.name, set()))
            ]
            for name, space in missing:
                who = f"{space}/{name}" if space else name
                yield of_object(
                    "hub-refuses-spoke",
                    folder,
                    item,
                    f"sends {who} to {one.name} in the Region, whose intentions do not name it",
                    path=one.path,
                )


def _covered(source: tuple[str, str], allowed: set[tuple[str, str]]) -> bool:
    name, space = source
    return bool({(name, space), ("*", space), ("*", "*"), (name, "")} & allowed)


def _intentions(folder: Folder) -> Iterator[tuple[KubeObject, str]]:
    for item in _entries(folder):
        if item.kind == "ServiceIntentions":
            yield item, str(dig(item.body, "spec", "destination", "name"))


def _sources(item: KubeObject) -> Iterator[tuple[str, str]]:
    """Name and namespace of each source that is not denied."""
    for source in entries(dig(item.body, "spec", "sources")):
        one = mapping(source)
        if one.get("action") != "deny":
            yield str(one.get("name")), str(one.get("namespace") or "")

"""
Entries that Consul refuses by themselves, so that what they say is not in force.

The rules are those of Consul's own checks, and of the webhooks that stand before them:
https://github.com/hashicorp/consul/blob/v1.22.7/agent/structs/config_entry_discoverychain.go
https://github.com/hashicorp/consul/blob/v1.22.7/agent/structs/config_entry_intentions.go
https://github.com/hashicorp/consul-k8s/tree/main/control-plane/api/v1alpha1
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from edgeops.core.objects import KubeObject
from edgeops.core.routes.entries import ANY, Refusal
from edgeops.core.routes.filters import FilterError, parse

_SUBSET_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?\Z")
_ENTERPRISE: Final = ("namespace", "partition", "samenessGroup")
_FREE: Final = frozenset({"ProxyDefaults", "ServiceDefaults"})
"""Kinds with parts that may hold anything."""

_TEXTS: Final = frozenset(
    (*_ENTERPRISE, "service", "serviceSubset", "peer", "datacenter", "defaultSubset", "filter")
) | {"name", "action"}
_Fault = tuple[str, str]
"""A field path, and what is wrong with it."""


def refusal(item: KubeObject, *, enterprise: bool) -> Refusal | None:
    """Why the entry *item* is not in force; None if it is, as far as it can be told alone."""
    for field, message in _faults(item, enterprise=enterprise):
        return Refusal(source=item, field=field, message=message)
    return None


def _faults(item: KubeObject, *, enterprise: bool) -> Iterator[_Fault]:
    spec = item.body.get("spec") or {}
    if not isinstance(spec, Mapping):
        yield "spec", "is no mapping"
        return
    yield from _unsynced(item)
    if item.kind not in _FREE:
        yield from _texts(spec, "spec")
    if item.kind == "ServiceResolver":
        yield from _resolver(item.name, spec, enterprise=enterprise)
    elif item.kind == "ServiceIntentions":
        yield from _intentions(spec, enterprise=enterprise)
    elif item.kind == "ServiceSplitter":
        yield from _splitter(item.name, spec, enterprise=enterprise)
    elif item.kind == "ServiceRouter":
        yield from _router(spec, enterprise=enterprise)
    elif item.kind == "ProxyDefaults" and item.name != "global":
        yield "metadata.name", "a ProxyDefaults is named global"


def _texts(value: Any, place: str) -> Iterator[_Fault]:
    """Names that are no text: the API server refuses them."""
    if isinstance(value, Mapping):
        for key, child in value.items():
            if key in _TEXTS and not (child is None or isinstance(child, str)):
                yield f"{place}.{key}", "is no text"
            yield from _texts(child, f"{place}.{key}")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _texts(child, f"{place}[{index}]")


def _unsynced(item: KubeObject) -> Iterator[_Fault]:
    """Of a live entry: whether its controller says that Consul took it."""
    status = item.body.get("status")
    conditions = status.get("conditions") if isinstance(status, Mapping) else None
    for condition in conditions if isinstance(conditions, list) else ():
        if (
            isinstance(condition, Mapping)
            and condition.get("type") == "Synced"
            and condition.get("status") == "False"
        ):
            said = condition.get("message") or condition.get("reason") or "no reason given"
            yield "status.conditions", f"Consul did not take it: {said}"


def _resolver(name: str, spec: Mapping[str, Any], *, enterprise: bool) -> Iterator[_Fault]:
    for key in ("subsets", "redirect", "failover"):
        if not isinstance(spec.get(key) or {}, Mapping):
            yield f"spec.{key}", "is no mapping"
            return
    subsets = spec.get("subsets") or {}
    redirect, failover = spec.get("redirect"), spec.get("failover") or {}
    for key, subset in subsets.items():
        if not _SUBSET_NAME.match(key):
            yield f"spec.subsets.{key}", f"{key!r} is no name of a subset"
        yield from _filter(subset, f"spec.subsets.{key}")
    default = spec.get("defaultSubset")
    if default and default not in subsets:
        yield "spec.defaultSubset", f"there is no subset {default!r} in spec.subsets"
    if redirect is not None and failover:
        yield "spec.redirect", "redirect and failover cannot both be set"
    if redirect is not None:
        yield from _redirect(name, redirect, subsets, enterprise=enterprise)
    for key, body in failover.items():
        yield from _failover(name, key, body, subsets, enterprise=enterprise)


def _filter(subset: Any, place: str) -> Iterator[_Fault]:
    if not isinstance(subset, Mapping):
        yield place, "is no mapping"
        return
    text = subset.get("filter") or ""
    if not isinstance(text, str):
        yield f"{place}.filter", "is no text"
    elif text:
        try:
            parse(text)
        except FilterError as error:
            yield f"{place}.filter", f"{text!r} is not a valid filter: {error}"


def _redirect(
    name: str, body: Mapping[str, Any], subsets: Mapping[str, Any], *, enterprise: bool
) -> Iterator[_Fault]:
    place = "spec.redirect"
    if not any(body.values()):
        yield place, "is empty"
        return
    yield from _reference(name, body, place, subsets, enterprise=enterprise)
    if not body.get("service"):
        for key in ("serviceSubset", "namespace", "partition", "peer"):
            if body.get(key):
                yield f"{place}.{key}", f"{key} needs service beside it"


def _failover(
    name: str, key: str, body: Any, subsets: Mapping[str, Any], *, enterprise: bool
) -> Iterator[_Fault]:
    place = f"spec.failover.{key}"
    if key != ANY and key not in subsets:
        yield place, f"there is no subset {key!r} in spec.subsets, and it is not '*'"
    if not isinstance(body, Mapping) or not any(
        value for field, value in body.items() if field != "policy"
    ):
        yield place, "says nowhere to go: give it targets"
        return
    targets = body.get("targets") or ()
    if not isinstance(targets, list | tuple):
        yield f"{place}.targets", "is no list"
        return
    for other in ("service", "serviceSubset", "datacenters", "samenessGroup"):
        if targets and body.get(other):
            yield f"{place}.{other}", f"{other} and targets cannot both be set"
    if not enterprise and body.get("policy"):
        yield f"{place}.policy", "policy needs Consul Enterprise"
    yield from _reference(name, body, place, subsets, enterprise=enterprise)
    for index, target in enumerate(targets):
        at = f"{place}.targets[{index}]"
        if not isinstance(target, Mapping):
            yield at, "is no mapping"
            continue
        yield from _reference(name, target, at, subsets, enterprise=enterprise)


def _reference(
    name: str,
    body: Mapping[str, Any],
    place: str,
    subsets: Mapping[str, Any],
    *,
    enterprise: bool,
) -> Iterator[_Fault]:
    for key in _ENTERPRISE:
        if body.get(key) and not enterprise:
            yield f"{place}.{key}", f"{key} needs Consul Enterprise"
    if body.get("samenessGroup"):
        yield f"{place}.samenessGroup", "sameness groups are not followed by edgeops"
    for key in ("serviceSubset", "partition", "datacenter"):
        if body.get("peer") and body.get(key):
            yield f"{place}.{key}", f"{key} and peer cannot both be set"
    if body.get("partition") and body.get("datacenter"):
        yield f"{place}.datacenter", "datacenter and partition cannot both be set"
    subset = body.get("serviceSubset")
    if subset and body.get("service", name) in {"", name} and subset not in subsets:
        yield f"{place}.serviceSubset", f"there is no subset {subset!r} in spec.subsets"


def _intentions(spec: Mapping[str, Any], *, enterprise: bool) -> Iterator[_Fault]:
    destination = spec.get("destination") or {}
    if not isinstance(destination, Mapping) or not destination.get("name"):
        yield "spec.destination.name", "is missing"
        return
    yield from _wildcards(destination, "spec.destination")
    if destination.get("namespace") and not enterprise:
        yield "spec.destination.namespace", "namespace needs Consul Enterprise"
    sources = spec.get("sources") or ()
    if not isinstance(sources, Sequence) or not sources:
        yield "spec.sources", "at least one source is needed"
        return
    seen = set()
    for index, source in enumerate(sources):
        place = f"spec.sources[{index}]"
        if not isinstance(source, Mapping) or not source.get("name"):
            yield f"{place}.name", "is missing"
            continue
        yield from _wildcards(source, place)
        for key in _ENTERPRISE:
            if source.get(key) and not enterprise:
                yield f"{place}.{key}", f"{key} needs Consul Enterprise"
        if source.get("permissions"):
            if source.get("action"):
                yield f"{place}.action", "action and permissions cannot both be set"
            if destination["name"] == ANY:
                yield f"{place}.permissions", "are not for any destination"
        elif source.get("action") not in {"allow", "deny"}:
            yield f"{place}.action", "is allow or deny"
        parts = (source.get(key) or "" for key in ("name", *_ENTERPRISE, "peer"))
        if (identity := tuple(parts)) in seen:
            yield place, f"{source['name']} stands there twice"
        seen.add(identity)


def _wildcards(body: Mapping[str, Any], place: str) -> Iterator[_Fault]:
    for key in ("name", "namespace"):
        value = body.get(key) or ""
        if not isinstance(value, str):
            yield f"{place}.{key}", "is no text"
        elif ANY in value and value != ANY:
            yield f"{place}.{key}", "a wildcard stands alone"
    if body.get("namespace") == ANY and body.get("name") != ANY:
        yield f"{place}.name", "an exact name cannot follow a wildcard namespace"


def _splitter(name: str, spec: Mapping[str, Any], *, enterprise: bool) -> Iterator[_Fault]:
    splits = spec.get("splits") or ()
    if not isinstance(splits, list) or not splits:
        yield "spec.splits", "there are none"
        return
    total = 0
    seen = set()
    for index, split in enumerate(splits):
        weight = split.get("weight") or 0 if isinstance(split, Mapping) else None
        if not isinstance(weight, int | float) or not math.isfinite(weight):
            yield f"spec.splits[{index}]", "has no weight"
            return
        for key in _ENTERPRISE:
            if split.get(key) and not enterprise:
                yield f"spec.splits[{index}].{key}", f"{key} needs Consul Enterprise"
        identity = (
            split.get("service") or name,
            *(split.get(key) or "" for key in ("serviceSubset", "namespace", "partition")),
        )
        if identity in seen:
            yield f"spec.splits[{index}]", "goes where another split goes"
        seen.add(identity)
        total += round(weight * 100)
    if total != 10_000:
        yield "spec.splits", f"the weights sum to {total / 100:g}, not to 100"


def _router(spec: Mapping[str, Any], *, enterprise: bool) -> Iterator[_Fault]:
    routes = spec.get("routes") or ()
    if not isinstance(routes, list | tuple):
        yield "spec.routes", "is no list"
        return
    for index, route in enumerate(routes):
        place = f"spec.routes[{index}]"
        if not isinstance(route, Mapping):
            yield place, "is no mapping"
            continue
        destination = route.get("destination") or {}
        if not isinstance(destination, Mapping):
            yield f"{place}.destination", "is no mapping"
            continue
        for key in _ENTERPRISE:
            if destination.get(key) and not enterprise:
                yield f"{place}.destination.{key}", f"{key} needs Consul Enterprise"

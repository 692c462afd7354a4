"""
Objects made comparable: server-side fields dropped, lists keyed, values in one spelling.

Both sides of a comparison go through `normalized`. It drops nothing that a person could have
changed on purpose; what may stand on the live side only is for `edgeops.core.verdict` to say.

Each equivalence is a named function below with its reason; `tests/core/test_normalize.py`
has at least one row for each.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from edgeops.core import documents
from edgeops.core.objects import KubeObject
from edgeops.core.openapi import SERVER_METADATA
from edgeops.core.paths import ListKey, Path, Segment
from edgeops.core.scalars import canonical
from edgeops.core.schemas import Format, ListType, Node, Schemas
from edgeops.core.sops import is_ciphertext, is_sops_block

Tree = dict[Segment, Any]
"""A normalised object: keyed lists are mappings by `ListKey`; other lists are `Atom` leaves."""

# Status belongs to the controllers; two versions of a group name the same object.
_NOT_COMPARED = frozenset({"status", "apiVersion"})

# metav1.Duration in Consul's Go types, a plain string in its CRDs.
# https://developer.hashicorp.com/consul/docs/reference/config-entry/service-resolver
_CONSUL_DURATIONS = frozenset(
    {
        "baseEjectionTime",
        "baseInterval",
        "cacheDuration",
        "connectTimeout",
        "idleTimeout",
        "interval",
        "maxInterval",
        "requestTimeout",
        "ttl",
    }
)


_DEFAULT_TOLERATIONS = tuple(
    {
        "key": f"node.kubernetes.io/{condition}",
        "operator": "Exists",
        "effect": "NoExecute",
        "tolerationSeconds": 300,
    }
    for condition in ("not-ready", "unreachable")
)

_V1_TARGET = "targetCPUUtilizationPercentage"


class Atom(str):
    """
    A list or map that is one value: its canonical JSON.

    A text, so that nothing walks into it; compared as a text.
    """

    __slots__ = ()


def normalized(item: KubeObject, schemas: Schemas) -> Tree:
    """The comparable form of an object; the object itself is not touched."""
    root = schemas.root(item.api_version, item.kind)
    body = {name: value for name, value in item.body.items() if name not in _NOT_COMPARED}
    if is_sops_block(body.get("sops")):
        del body["sops"]
    body["metadata"] = {
        name: value for name, value in item.metadata.items() if name not in SERVER_METADATA
    }
    if item.group == "" and item.kind == "Secret":
        body = _secret_in_data(body)
    if item.group == "" and item.kind == "Pod":
        body = _without_default_tolerations(body)
    if (item.group, item.kind) == ("autoscaling", "HorizontalPodAutoscaler"):
        body = _with_metrics_in_order(body)
    tree = _tree(body, root, item.group)
    return tree if isinstance(tree, dict) else {}


def raw_value(item: KubeObject, schemas: Schemas, path: Path) -> Any:
    """The value at *path* as the object spells it; None if it is not there."""
    value: Any = item.body
    if item.kind == "Secret" and item.group == "":
        value = _secret_in_data(dict(item.body))
    node = schemas.root(item.api_version, item.kind)
    for segment in path:
        if isinstance(segment, str):
            value = value.get(segment) if isinstance(value, dict) else None
            node = node.field(segment)
        else:
            keyed = dict(_keyed(value, node)) if isinstance(value, Sequence) else {}
            value = keyed.get(segment)
            node = node.items
        if value is None:
            return None
    return value


def schema_at(root: Node, path: Path) -> Node:
    """The schema of the field at *path*."""
    node = root
    for segment in path:
        node = node.field(segment) if isinstance(segment, str) else node.items
    return node


def _tree(value: Any, node: Node, group: str, name: str = "") -> Any:
    if isinstance(value, dict):
        if node.is_atomic_map:
            return Atom(documents.dump_json(_canonical_deep(value, node, group)))
        return {
            key: _tree(below, node.field(key), group, key)
            for key, below in value.items()
            if below is not None
        }
    if isinstance(value, list):
        return _list(value, node, group)
    return canonical(value, _format(node, group, name))


def _list(value: list[Any], node: Node, group: str) -> Any:
    if node.list_type is ListType.MAP:
        keyed = list(_keyed(value, node))
        if len({key for key, _ in keyed}) == len(value):
            return {key: _tree(item, node.items, group) for key, item in keyed}
    items = [_canonical_deep(item, node.items, group) for item in value]
    if node.list_type is ListType.SET:
        items.sort(key=documents.dump_json)
    return Atom(documents.dump_json(items))


def _keyed(value: Sequence[Any], node: Node) -> Iterator[tuple[ListKey, Any]]:
    """The elements of a keyed list by their keys; a key that is left out takes its default."""
    for item in value:
        if not isinstance(item, dict):
            continue
        fields = []
        for name in sorted(node.list_keys):
            found = item.get(name)
            if found is None:
                found = node.items.field(name).default()
            if found is not None:
                fields.append((name, found))
        if fields:
            yield ListKey(tuple(fields)), item


def _canonical_deep(value: Any, node: Node, group: str, name: str = "") -> Any:
    """
    The inside of a single value, with what the API server would fill in left out.

    Left out rather than filled in: an element of an atomic list has no owner of its own, so a
    default inside it can only be told from a value by being equal to it.
    """
    if isinstance(value, dict):
        kept = {}
        for key in sorted(value):
            below = node.field(key)
            if value[key] is None or (key == "status" and _is_status(node)):
                continue
            if below.has_default(value[key]) or _leaves_no_trace(value[key], below):
                continue
            kept[key] = _canonical_deep(value[key], below, group, key)
        return kept
    if isinstance(value, list):
        items = [_canonical_deep(item, node.items, group) for item in value]
        if node.list_type is not ListType.ATOMIC:
            items.sort(key=documents.dump_json)
        return items
    return canonical(value, _format(node, group, name))


def _is_status(node: Node) -> bool:
    """Whether a field ``status`` here is an embedded object's, such as a claim template's."""
    return node.field("kind").known and not node.field("status").known


def _leaves_no_trace(value: Any, node: Node) -> bool:
    """
    Whether the API server gives the field back as if it had been left out.

    Go's ``omitempty``: an empty list or map, and a zero of a type that cannot be told from none.
    """
    if node.zero_is_absent:
        return value in (False, 0, "")
    return value == [] or (value == {} and node.is_entry(""))


def same_version(
    desired: KubeObject, live: KubeObject, schemas: Schemas
) -> tuple[KubeObject, KubeObject]:
    """
    Both objects in one version of their group, where the API serves one object in several.

    The live object's version is taken unless only the other has a schema.
    https://kubernetes.io/docs/reference/using-api/#api-versioning
    """
    nearest = schemas.nearest(live.api_version, live.kind)
    if desired.api_version == live.api_version:
        if nearest in (None, live.api_version):
            return desired, live
        return _in_version(desired, nearest), _in_version(live, nearest)
    if (live.group, live.kind) == ("autoscaling", "HorizontalPodAutoscaler"):
        desired, live = _autoscaler_v2(desired), _autoscaler_v2(live)
    known = schemas.root(live.api_version, live.kind).known
    version = live.api_version if known else nearest or desired.api_version
    return _in_version(desired, version), _in_version(live, version)


def _in_version(item: KubeObject, version: str) -> KubeObject:
    return replace(item, body={**item.body, "apiVersion": version})


def _autoscaler_v2(item: KubeObject) -> KubeObject:
    """
    An autoscaler of ``autoscaling/v1`` as the API server gives it in v2.

    https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/autoscaling/v1/conversion.go
    """
    spec = item.body.get("spec")
    if item.api_version != "autoscaling/v1" or not isinstance(spec, Mapping):
        return item if item.api_version != "autoscaling/v1" else _in_version(item, "autoscaling/v2")
    kept = {name: value for name, value in spec.items() if name != _V1_TARGET}
    if spec.get(_V1_TARGET) is not None:
        target = {"type": "Utilization", "averageUtilization": spec[_V1_TARGET]}
        kept["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    return replace(item, body={**item.body, "apiVersion": "autoscaling/v2", "spec": kept})


def _format(node: Node, group: str, name: str) -> Format | None:
    if group == "consul.hashicorp.com" and name in _CONSUL_DURATIONS:
        return Format.DURATION
    return node.format


def _without_default_tolerations(body: dict[str, Any]) -> dict[str, Any]:
    """
    A Pod without the tolerations that admission adds to every Pod.

    https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions
    """
    spec = body.get("spec")
    if not isinstance(spec, Mapping) or not isinstance(spec.get("tolerations"), list):
        return body
    kept = [item for item in spec["tolerations"] if item not in _DEFAULT_TOLERATIONS]
    return {**body, "spec": {**spec, "tolerations": kept or None}}


def _with_metrics_in_order(body: dict[str, Any]) -> dict[str, Any]:
    """
    An autoscaler whose metrics are in one order: the largest answer counts, not the first.

    Servers that kept autoscalers in an older version gave them back in another one.
    https://github.com/argoproj/argo-cd/issues/1079
    """
    spec = body.get("spec")
    if not isinstance(spec, Mapping) or not isinstance(spec.get("metrics"), list):
        return body
    ordered = sorted(spec["metrics"], key=_without_target)
    return {**body, "spec": {**spec, "metrics": ordered}}


def _without_target(metric: Any) -> str:
    """What an autoscaler's metric measures, whatever it shall be."""
    parts = metric if isinstance(metric, Mapping) else {}
    return documents.dump_json(
        {
            name: {**below, "target": None} if isinstance(below, Mapping) else below
            for name, below in parts.items()
        }
    )


def _secret_in_data(body: dict[str, Any]) -> dict[str, Any]:
    """
    A Secret's ``stringData`` moved into ``data``, over which it wins.

    The API server does the same on every write and never gives ``stringData`` back.
    https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/
    """
    plain = body.pop("stringData", None)
    if isinstance(plain, Mapping):
        encoded = {
            key: value if is_ciphertext(value) else base64.b64encode(str(value).encode()).decode()
            for key, value in plain.items()
        }
        data = body.get("data")
        body["data"] = {**(data if isinstance(data, Mapping) else {}), **encoded}
    return body

"""
OpenAPI v3 documents of an API server as the small nodes that ``schemas.json`` keeps.

A node is ``"string" | "integer" | "number" | "boolean" | "any"`` or an object with the keys
that apply, see ``generate_schemas``. Left out: descriptions, status, what only validation
needs, and the part of metadata that the server writes.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Node = Any
"""A string or a JSON object; recursive, so not worth a precise type."""

_REF = "#/components/schemas/"
_SPECIAL: Mapping[str, Node] = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"format": "quantity"},
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"format": "int-or-string"},
    "io.k8s.apimachinery.pkg.apis.meta.v1.Duration": {"format": "duration"},
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": {"format": "date-time"},
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": {"format": "date-time"},
}
_PREFIXES = {
    "io.k8s.api.": "",
    "io.k8s.apimachinery.pkg.apis.": "",
    "io.k8s.apiextensions-apiserver.pkg.apis.": "",
    "io.k8s.kube-aggregator.pkg.apis.": "",
}
OBJECT_META = "meta.v1.ObjectMeta"
_WRITTEN_BY_SERVER = {
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
}
_FORMATS = ("byte", "date-time", "duration")
# How controller-gen writes a Quantity and how Flux writes a Duration.
_QUANTITY_PATTERN = "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))"
_DURATION_PATTERN = "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$"

SITE_KEYS = ("default", "defaults", "assigned", "computed", "zero", "list", "keys")
"""Keys that belong to a field rather than to the type that it refers to."""


def short_name(component: str) -> str:
    """A component's name without what all of them begin with: ``apps.v1.Deployment``."""
    for prefix, instead in _PREFIXES.items():
        if component.startswith(prefix):
            return instead + component.removeprefix(prefix)
    return component


def builtin_types(components: Mapping[str, Any]) -> dict[str, Node]:
    """Every component that has fields, by its short name."""
    found: dict[str, Node] = {}
    for name, schema in components.items():
        if name in _SPECIAL or "properties" not in schema:
            continue
        node = _node(schema, components, builtin=True)
        fields = dict(node["fields"])
        if "x-kubernetes-group-version-kind" in schema:
            fields.pop("status", None)
        if short_name(name) == OBJECT_META:
            fields = {key: value for key, value in fields.items() if key not in _WRITTEN_BY_SERVER}
        found[short_name(name)] = {**node, "fields": fields}
    return found


def custom_type(schema: Mapping[str, Any]) -> Node:
    """A custom resource's root; its metadata refers to the built-in type."""
    node = _node(schema, {}, builtin=False)
    fields = {name: below for name, below in node["fields"].items() if name != "status"}
    return {**node, "fields": fields}


def _node(schema: Mapping[str, Any], components: Mapping[str, Any], *, builtin: bool) -> Node:
    return _with_default(_bare(schema, components, builtin=builtin), schema, builtin=builtin)


def _bare(schema: Mapping[str, Any], components: Mapping[str, Any], *, builtin: bool) -> Node:
    target = _target(schema)
    if target is not None:
        if target in _SPECIAL:
            return _SPECIAL[target]
        # A custom resource refers to nothing but its metadata.
        if builtin and "properties" not in components[target]:
            return _bare(components[target], components, builtin=builtin)
        return {"ref": short_name(target)}
    if schema.get("x-kubernetes-int-or-string"):
        is_quantity = str(schema.get("pattern", "")).startswith(_QUANTITY_PATTERN)
        return {"format": "quantity" if is_quantity else "int-or-string"}
    kind = schema.get("type")
    if kind == "array":
        return {
            "items": _node(schema.get("items", {}), components, builtin=builtin),
            **_list_type(schema),
        }
    if kind == "object" or "properties" in schema:
        return _object(schema, components, builtin=builtin)
    if kind == "string":
        return _string(schema)
    return kind if kind in ("integer", "number", "boolean") else "any"


def _target(schema: Mapping[str, Any]) -> str | None:
    """The component that a schema refers to, directly or with something said beside it."""
    for candidate in (schema, *schema.get("allOf", ())):
        reference = candidate.get("$ref")
        if reference is not None:
            return str(reference).removeprefix(_REF)
    return None


def _object(schema: Mapping[str, Any], components: Mapping[str, Any], *, builtin: bool) -> Node:
    node: dict[str, Node] = {}
    if "properties" in schema:
        node["fields"] = {
            name: _node(below, components, builtin=builtin)
            for name, below in schema["properties"].items()
        }
    values = schema.get("additionalProperties")
    if isinstance(values, Mapping):
        node["values"] = _node(values, components, builtin=builtin)
    if node and schema.get("x-kubernetes-map-type") == "atomic":
        node["atomic"] = True
    return node or "any"


def _string(schema: Mapping[str, Any]) -> Node:
    form = schema.get("format")
    if form in _FORMATS:
        return {"format": form}
    return {"format": "duration"} if schema.get("pattern") == _DURATION_PATTERN else "string"


def _list_type(schema: Mapping[str, Any]) -> dict[str, Node]:
    """
    How a list merges: what the schema says, else how a client merges it, else as one value.

    The API server reads both, in this order, to merge an apply of a built-in type.
    """
    declared = schema.get("x-kubernetes-list-type")
    if declared == "map":
        return {"list": "map", "keys": list(schema["x-kubernetes-list-map-keys"])}
    if declared is not None:
        return {"list": "set"} if declared == "set" else {}
    if "merge" in str(schema.get("x-kubernetes-patch-strategy", "")).split(","):
        key = schema.get("x-kubernetes-patch-merge-key")
        return {"list": "map", "keys": [key]} if key else {"list": "set"}
    return {}


def _with_default(node: Node, schema: Mapping[str, Any], *, builtin: bool) -> Node:
    """
    A node with its default where it has one.

    For the built-in types, an empty default only says that the Go field is not a pointer.
    """
    if "default" not in schema or (builtin and not schema["default"]):
        return node
    return annotated(node, default=schema["default"])


def annotated(node: Node, **extra: object) -> Node:
    """A node with more said of it; a plain scalar becomes an object for that."""
    return {**(node if isinstance(node, dict) else {"type": node}), **extra}


# Sharing


_WORTH_SHARING = 80
_TOO_LONG_A_LINE = 1500


def with_shared_types(roots: Mapping[str, Node]) -> dict[str, Node]:
    """
    Named types for equal and for long parts of ``roots``, which keep their names.

    A custom resource's schema repeats its parts wherever they are used: ApplicationSet has
    the whole Application in it for each of its generators. A part is called as its shortest
    path.
    """
    counted: Counter[str] = Counter()
    paths: dict[str, str] = {}
    for name in sorted(roots):
        for path, node in _objects(name, roots[name]):
            text = _text(node)
            counted[text] += 1
            paths[text] = min(paths.get(text, path), path, key=lambda one: (len(one), one))
    types: dict[str, Node] = {}

    def replaced(node: Node, *, root: bool = False) -> Node:
        if not isinstance(node, dict):
            return node
        site = {key: node[key] for key in SITE_KEYS if key in node}
        core = {key: value for key, value in node.items() if key not in site}
        if "fields" not in core and "values" not in core:
            if "items" in core:
                core["items"] = replaced(core["items"])
            return {**core, **site}
        text = _text(core)
        small = {**core}
        if "fields" in core:
            small["fields"] = {key: replaced(below) for key, below in core["fields"].items()}
        if "values" in core:
            small["values"] = replaced(core["values"])
        size = len(_text(small))
        if root or not (size > _TOO_LONG_A_LINE or (counted[text] > 1 and size > _WORTH_SHARING)):
            return {**small, **site}
        types[paths[text]] = small
        return {"ref": paths[text], **site}

    for name in sorted(roots):
        types[name] = replaced(roots[name], root=True)
    return types


def _objects(path: str, node: Node) -> Iterator[tuple[str, Node]]:
    """Every part that could be a type, with the path to it, less what is said at its field."""
    if not isinstance(node, dict):
        return
    if "fields" in node or "values" in node:
        yield path, {key: value for key, value in node.items() if key not in SITE_KEYS}
    for name, below in node.get("fields", {}).items():
        yield from _objects(f"{path}.{name}", below)
    for step in ("values", "items"):
        if step in node:
            yield from _objects(path, node[step])


def _text(node: Node) -> str:
    return json.dumps(node, sort_keys=True, separators=(",", ":"))

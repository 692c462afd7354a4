"""
OpenAPI v3 documents, and the schemas in CustomResourceDefinitions, as kinds and types.

The form is that of ``schemas.json``, which ``scripts/generate_schemas.py`` explains and
`edgeops.core.schemas` walks: a node is ``"string" | "integer" | "number" | "boolean" | "any"`` or
an object with the keys that apply. Left out: descriptions, status, patterns, ranges and rules of
CEL, and the part of metadata that the server writes.

https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3
https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
"""

from collections.abc import Iterable, Iterator, Mapping
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
# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/
SERVER_METADATA = frozenset(
    {
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "generation",
        "managedFields",
        "resourceVersion",
        "selfLink",
        "uid",
    }
)
"""The fields of ``metadata`` that the API server alone writes."""

_FORMATS = ("byte", "date-time", "duration")
# How controller-gen writes a Quantity and how Flux writes a Duration.
_QUANTITY_PATTERN = "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))"
_DURATION_PATTERN = "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$"

_GVK = "x-kubernetes-group-version-kind"
_DEFINITION = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")

Data = dict[str, Any]
"""What `edgeops.core.schemas.Schemas` takes: ``versions``, ``kinds`` and ``types``."""


def served(document: Mapping[str, Any]) -> Data:
    """
    The kinds of one group version, and every type that they use.

    Args:
        document: what the API server answers for one path of ``/openapi/v3``.
    """
    components = _mapping(_mapping(document.get("components")).get("schemas"))
    builtin = {
        name: schema
        for name, schema in components.items()
        if name.startswith((*_PREFIXES, *_SPECIAL)) and isinstance(schema, Mapping)
    }
    types = builtin_types(builtin)
    roots: dict[str, str] = {}
    others = {name: schema for name, schema in components.items() if name not in builtin}
    for name, schema in components.items():
        if key := kind_key(schema):
            roots[key] = short_name(name)
        if name in others and "properties" in _mapping(schema):
            node = _node(schema, others, builtin=False)
            types[short_name(name)] = _without_status(node) if key else node
    kinds = {
        key: {"type": roots[key], "plural": plural, "namespaced": namespaced}
        for key, plural, namespaced in _made_at(_mapping(document.get("paths")))
        if roots.get(key) in types
    }
    return {"versions": {}, "kinds": kinds, "types": types}


def defined(definitions: Iterable[Mapping[str, Any]]) -> Data:
    """
    The kinds that CustomResourceDefinitions define, and their types; what is none is skipped.

    A version without a schema yields no kind.
    """
    kinds: dict[str, Any] = {}
    types: dict[str, Node] = {}
    for body in definitions:
        if (body.get("apiVersion"), body.get("kind")) != _DEFINITION:
            continue
        spec = _mapping(body.get("spec"))
        names = _mapping(spec.get("names"))
        group, kind, plural = spec.get("group"), names.get("kind"), names.get("plural")
        versions = spec.get("versions")
        for version in versions if isinstance(versions, list) else ():
            schema = _mapping(_mapping(version).get("schema")).get("openAPIV3Schema")
            if isinstance(schema, Mapping) and "properties" in schema:
                name = f"{group}/{_mapping(version).get('name')}"
                types[f"{name}.{kind}"] = _with_object_meta(custom_type(schema))
                kinds[f"{name}/{kind}"] = {
                    "type": f"{name}.{kind}",
                    "plural": str(plural),
                    "namespaced": spec.get("scope") == "Namespaced",
                }
    return {"versions": {}, "kinds": kinds, "types": types}


def kind_key(schema: Any) -> str:
    """A schema's own ``apiVersion/Kind``, or nothing where it is part of others."""
    told = _mapping(schema).get(_GVK)
    if not isinstance(told, list) or len(told) != 1:
        return ""
    return _key(_mapping(told[0]))


def _key(gvk: Mapping[str, Any]) -> str:
    return "/".join(str(gvk[part]) for part in ("group", "version", "kind") if gvk.get(part))


def _made_at(paths: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Key, plural and scope of each kind that can be made: by a POST to its collection."""
    for path, item in paths.items():
        post = _mapping(_mapping(item).get("post"))
        if post.get("x-kubernetes-action") == "post" and "{name}" not in path:
            plural = path.rpartition("/")[2]
            yield _key(_mapping(post.get(_GVK))), plural, "/namespaces/{namespace}/" in path


def _with_object_meta(node: Node) -> Node:
    """
    A definition's own schema with what the API server adds when it publishes it.

    https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
    """
    fields = {"apiVersion": "string", "kind": "string", **node["fields"]}
    return {**node, "fields": {**fields, "metadata": {"ref": OBJECT_META}}}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


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
            fields = {key: value for key, value in fields.items() if key not in SERVER_METADATA}
        found[short_name(name)] = {**node, "fields": fields}
    return found


def custom_type(schema: Mapping[str, Any]) -> Node:
    """A custom resource's root; its metadata refers to the built-in type."""
    return _without_status(_node(schema, {}, builtin=False))


def _without_status(node: Node) -> Node:
    node = node if isinstance(node, Mapping) else {}
    fields = {name: below for name, below in node.get("fields", {}).items() if name != "status"}
    return {**node, "fields": fields}


def _node(schema: Any, components: Mapping[str, Any], *, builtin: bool) -> Node:
    if not isinstance(schema, Mapping):
        return "any"
    return _with_default(_bare(schema, components, builtin=builtin), schema, builtin=builtin)


def _bare(schema: Mapping[str, Any], components: Mapping[str, Any], *, builtin: bool) -> Node:
    target = _target(schema)
    if target is not None:
        if target in _SPECIAL:
            return _SPECIAL[target]
        # A custom resource refers to nothing but its metadata.
        if target in components and "properties" not in _mapping(components[target]):
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
        return _with_enum(_string(schema), schema)
    return kind if kind in ("integer", "number", "boolean") else "any"


def _target(schema: Mapping[str, Any]) -> str | None:
    """The component that a schema refers to, directly or with something said beside it."""
    parts = schema.get("allOf")
    for candidate in (schema, *(parts if isinstance(parts, list) else ())):
        reference = _mapping(candidate).get("$ref")
        if reference is not None:
            return str(reference).removeprefix(_REF)
    return None


def _object(schema: Mapping[str, Any], components: Mapping[str, Any], *, builtin: bool) -> Node:
    node: dict[str, Node] = {}
    if "properties" in schema:
        node["fields"] = {
            name: _node(below, components, builtin=builtin)
            for name, below in _mapping(schema["properties"]).items()
        }
    values = schema.get("additionalProperties")
    if isinstance(values, Mapping):
        node["values"] = _node(values, components, builtin=builtin)
    if node and schema.get("x-kubernetes-map-type") == "atomic":
        node["atomic"] = True
    if "fields" in node and _is_open(schema):
        node["open"] = True
    required = schema.get("required")
    names = sorted(required) if isinstance(required, list) else []
    if needed := [name for name in names if name in node.get("fields", {})]:
        node["required"] = needed
    return node or "any"


def _is_open(schema: Mapping[str, Any]) -> bool:
    """Whether an object may hold fields that its schema does not name."""
    return bool(
        schema.get("x-kubernetes-preserve-unknown-fields")
        or schema.get("x-kubernetes-embedded-resource")
        or schema.get("additionalProperties") is True
    )


def _with_enum(node: Node, schema: Mapping[str, Any]) -> Node:
    """A text with the words that it may be; the empty one, which stands for absence, left out."""
    words = schema.get("enum")
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return node
    return annotated(node, enum=sorted(word for word in words if word))


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
        keys = schema.get("x-kubernetes-list-map-keys")
        known = isinstance(keys, list) and all(isinstance(key, str) for key in keys)
        return {"list": "map", "keys": list(keys)} if known and keys else {}
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

"""Kinds and types out of definitions and OpenAPI documents; the real ones are in tests/live."""

from typing import Any

import pytest

from edgeops.adapters import package_data
from edgeops.core.compare import Surroundings, compare
from edgeops.core.objects import KubeObject
from edgeops.core.openapi import defined, served
from edgeops.core.schemas import Format, ListType, Schemas

PACKAGE = Schemas.parse(package_data.schemas())

PORT = {
    "type": "object",
    "required": ["port"],
    "properties": {
        "port": {"type": "integer"},
        "protocol": {"type": "string", "default": "TCP"},
        "weight": {"type": "integer", "default": 0},
    },
}
SPEC: dict[str, Any] = {
    "type": "object",
    "properties": {
        "ports": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["port", "protocol"],
            "items": PORT,
        },
        "hosts": {
            "type": "array",
            "x-kubernetes-list-type": "set",
            "items": {"type": "string"},
        },
        "order": {"type": "array", "items": {"type": "string"}},
        "mode": {"type": "string", "default": "fast"},
        "size": {"type": "string"},
        "limit": {"x-kubernetes-int-or-string": True},
    },
}


def definition(schema: Any, *, scope: str = "Namespaced") -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "gadgets.example.com"},
        "spec": {
            "group": "example.com",
            "scope": scope,
            "names": {"kind": "Gadget", "plural": "gadgets"},
            "versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}],
        },
    }


GADGETS = PACKAGE.joined(
    Schemas(defined([definition({"type": "object", "properties": {"spec": SPEC, "status": {}}})]))
)


def gadget(**spec: Any) -> KubeObject:
    return KubeObject(
        {
            "apiVersion": "example.com/v1",
            "kind": "Gadget",
            "metadata": {"name": "a", "namespace": "shop"},
            "spec": spec,
        }
    )


def told(desired: KubeObject, live: KubeObject, schemas: Schemas = GADGETS) -> list[str]:
    finding = compare(desired, live, Surroundings(schemas=schemas)).finding
    return [] if finding is None else [f"{item.change} {item.path}" for item in finding.fields]


def test_a_definition_says_how_fields_merge() -> None:
    spec = GADGETS.root("example.com/v1", "Gadget").field("spec")
    assert spec.field("ports").list_type is ListType.MAP
    assert spec.field("ports").list_keys == ("port", "protocol")
    assert spec.field("hosts").list_type is ListType.SET
    assert spec.field("order").list_type is ListType.ATOMIC
    assert spec.field("limit").format is Format.INT_OR_STRING
    assert spec.field("size").format is None
    info = GADGETS.info("example.com/v1", "Gadget")
    assert info is not None
    assert (info.plural, info.namespaced) == ("gadgets", True)
    finalizers = GADGETS.root("example.com/v1", "Gadget").field("metadata").field("finalizers")
    assert finalizers.list_type is ListType.SET


@pytest.mark.parametrize(
    ("desired", "live", "expected"),
    [
        pytest.param(
            {"ports": [{"port": 1}, {"port": 2}]},
            {"ports": [{"port": 2, "protocol": "TCP", "weight": 0}, {"port": 1}]},
            [],
            id="order-and-defaults-of-a-keyed-list",
        ),
        pytest.param({"hosts": ["a", "b"]}, {"hosts": ["b", "a"]}, [], id="order-of-a-set"),
        pytest.param(
            {"order": ["a", "b"]}, {"order": ["b", "a"]}, ["changed spec.order"], id="a-priority"
        ),
        pytest.param({}, {"mode": "fast"}, [], id="default-by-value"),
        pytest.param({}, {"mode": "slow"}, ["added spec.mode"], id="no-default"),
        pytest.param(
            {"size": "1000m"}, {"size": "1"}, ["changed spec.size"], id="a-string-is-no-quantity"
        ),
        pytest.param({"limit": 80}, {"limit": "80"}, [], id="int-or-string"),
        pytest.param(
            {"ports": [{"port": 1}]},
            {"ports": [{"port": 1}, {"port": 2}]},
            ["added spec.ports[port=2,protocol=TCP]"],
            id="an-element-more",
        ),
    ],
)
def test_the_verdict_with_a_definition(
    desired: dict[str, Any], live: dict[str, Any], expected: list[str]
) -> None:
    assert told(gadget(**desired), gadget(**live)) == expected


def test_without_a_schema_lists_are_values() -> None:
    ports = [{"port": 1}, {"port": 2}]
    assert not PACKAGE.describes("example.com/v1", "Gadget")
    assert told(gadget(ports=ports), gadget(ports=ports), PACKAGE) == []
    assert told(gadget(ports=ports), gadget(ports=ports[::-1]), PACKAGE) == ["changed spec.ports"]


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param(None, id="none"),
        pytest.param([], id="a-list"),
        pytest.param({}, id="empty"),
        pytest.param({"type": "object", "x-kubernetes-preserve-unknown-fields": True}, id="free"),
        pytest.param({"properties": None}, id="properties-null"),
        pytest.param({"properties": {"metadata": {"type": "object"}}}, id="metadata-only"),
    ],
)
def test_a_definition_that_says_nothing(schema: Any) -> None:
    schemas = PACKAGE.joined(Schemas(defined([definition(schema)])))
    assert not schemas.describes("example.com/v1", "Gadget")
    assert told(gadget(a=[1]), gadget(a=[1]), schemas) == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"kind": "CustomResourceDefinition"}, id="no-version"),
        pytest.param({**definition({}), "spec": None}, id="no-spec"),
        pytest.param({**definition({}), "spec": {"versions": "v1"}}, id="versions-a-text"),
        pytest.param({**definition({}), "spec": {"versions": [None, 1]}}, id="versions-of-nothing"),
        pytest.param(
            definition({"properties": {"spec": {"properties": {"a": None, "b": {"allOf": 1}}}}}),
            id="properties-of-nothing",
        ),
        pytest.param(
            definition(
                {"properties": {"spec": {"type": "array", "x-kubernetes-list-type": "map"}}}
            ),
            id="keys-missing",
        ),
    ],
)
def test_a_broken_definition_breaks_nothing(body: dict[str, Any]) -> None:
    schemas = PACKAGE.joined(Schemas(defined([body])))
    assert told(gadget(a=[1]), gadget(a=[1]), schemas) == []


def test_what_the_package_knows_counts_first() -> None:
    other = Schemas(
        {
            "versions": {},
            "kinds": {
                "v1/Service": {"type": "core.v1.Service", "plural": "x", "namespaced": False}
            },
            "types": {"core.v1.Service": "any"},
        }
    )
    joined = PACKAGE.joined(other)
    assert joined.info("v1", "Service") == PACKAGE.info("v1", "Service")
    assert joined.describes("v1", "Service")


def test_an_empty_document() -> None:
    assert served({}) == {"versions": {}, "kinds": {}, "types": {}}
    assert served({"components": None, "paths": {"/x": None}})["kinds"] == {}

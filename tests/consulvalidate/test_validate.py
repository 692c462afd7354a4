"""Consul's own rules reach us: what is good passes, each kind of mistake is told."""

from typing import Any

import pytest

from tests.consulvalidate.validate import validate

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]


def _object(kind: str, name: str, spec: dict[str, Any], namespace: str = "lax") -> dict[str, Any]:
    return {
        "apiVersion": "consul.hashicorp.com/v1alpha1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


_IN_REGION = {"service": "postgres", "namespace": "region"}
_TO_POSTGRES = {
    "destination": {"name": "postgres"},
    "sources": [{"name": "product-api", "action": "allow"}],
}

GOOD_COMMUNITY = [
    _object("ServiceDefaults", "frontend-lax", {"protocol": "http"}),
    _object("ServiceResolver", "frontend-lax", {"failover": {"*": {"service": "frontend"}}}),
    _object("ServiceResolver", "postgres-lax", {"redirect": {"service": "postgres"}}),
    _object(
        "ServiceIntentions",
        "postgres",
        {
            "destination": {"name": "postgres"},
            "sources": [{"name": "product-api-lax", "action": "allow"}],
        },
    ),
    {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "not-consuls"}},
]
GOOD_ENTERPRISE = [
    _object("ProxyDefaults", "global", {"config": {"protocol": "http"}}),
    _object("ServiceDefaults", "frontend", {"protocol": "http"}, "lax"),
    _object("ServiceDefaults", "frontend", {"protocol": "http"}, "den"),
    _object("ServiceResolver", "postgres", {"redirect": _IN_REGION}),
    _object(
        "ServiceIntentions",
        "postgres",
        {
            "destination": {"name": "postgres", "namespace": "region"},
            "sources": [{"name": "product-api", "namespace": "lax", "action": "allow"}],
        },
        "region",
    ),
]


def test_good_objects_pass() -> None:
    assert validate(GOOD_COMMUNITY, enterprise=False) == []
    assert validate(GOOD_ENTERPRISE, enterprise=True) == []
    assert validate([], enterprise=True) == []


@pytest.mark.parametrize(
    ("objects", "told"),
    [
        pytest.param(
            [
                _object(
                    "ServiceResolver",
                    "postgres",
                    {"redirect": _IN_REGION, "failover": {"*": {"service": "other"}}},
                )
            ],
            "redirect and failover cannot both be set",
            id="redirect-and-failover",
        ),
        pytest.param(
            [_object("ServiceResolver", "postgres", {"redirct": _IN_REGION})],
            'ServiceResolver lax/postgres: strict decoding error: unknown field "spec.redirct"',
            id="unknown-field",
        ),
        pytest.param(
            [_object("ServiceDefaults", "frontend", {"protocol": "htpp"})],
            "spec.protocol: Invalid value",
            id="protocol",
        ),
        pytest.param(
            [_object("ProxyDefaults", "mine", {})],
            'resource name must be "global"',
            id="proxydefaults-name",
        ),
        pytest.param(
            [_object("ServiceIntentions", name, _TO_POSTGRES) for name in ("first", "second")],
            "an existing ServiceIntentions resource has `spec.destination.name: postgres`",
            id="one-destination-twice",
        ),
        pytest.param(
            [_object("ServiceDefaults", "frontend", {"protocol": "http"})] * 2,
            "ServiceDefaults lax/frontend is given twice",
            id="given-twice",
        ),
        pytest.param([_object("ServiceResolvr", "frontend", {})], "no kind", id="no-such-kind"),
    ],
)
def test_a_mistake_is_told(objects: list[dict[str, Any]], told: str) -> None:
    problems = validate(objects, enterprise=True)
    assert len(problems) == 1
    assert told in problems[0]


def test_community_has_no_namespaces() -> None:
    resolver = _object("ServiceResolver", "postgres", {"redirect": _IN_REGION})
    assert validate([resolver], enterprise=True) == []
    [problem] = validate([resolver], enterprise=False)
    assert "Consul Enterprise namespaces must be enabled to set redirect.namespace" in problem


def test_community_has_one_name_space() -> None:
    twins = [
        _object("ServiceDefaults", "frontend", {"protocol": "http"}, zone) for zone in ("a", "b")
    ]
    assert validate(twins, enterprise=True) == []
    [problem] = validate(twins, enterprise=False)
    assert problem.startswith("ServiceDefaults b/frontend: ")
    assert "must have unique names across namespaces" in problem

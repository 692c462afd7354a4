"""The kept schema data are what the real API server and the real Go types say today."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.generate_schemas import SCHEMAS, generate
from tests.controlplane.server import ControlPlane

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]


def test_the_kept_file_is_what_would_be_made_now(api_server: ControlPlane) -> None:
    made = generate(api_server).splitlines()
    kept = SCHEMAS.read_text(encoding="utf-8").splitlines()
    different = sorted(set(made) ^ set(kept))
    assert not different, f"run python -m scripts.generate_schemas: {different[:3]}"
    assert made == kept


@pytest.fixture(scope="module")
def schemas() -> Any:
    """The kept file."""
    return json.loads(SCHEMAS.read_bytes())


def test_every_reference_leads_somewhere(schemas: Any) -> None:
    types = schemas["types"]
    assert {kind["type"] for kind in schemas["kinds"].values()} <= types.keys()
    assert {name for node in types.values() for name in _references(node)} <= types.keys()


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "ref" in node:
            yield node["ref"]
        for below in (*node.get("fields", {}).values(), node.get("values"), node.get("items")):
            yield from _references(below)


@pytest.mark.parametrize(
    ("type_name", "field", "expected"),
    [
        ("apps.v1.DeploymentSpec", "replicas", {"type": "integer", "default": 1}),
        ("apps.v1.RollingUpdateDeployment", "maxSurge", {"default": "25%"}),
        ("apps.v1.DeploymentSpec", "paused", {"type": "boolean", "zero": True}),
        ("core.v1.PodSpec", "securityContext", {"default": {}}),
        ("core.v1.PodSpec", "containers", {"list": "map", "keys": ["name"]}),
        ("core.v1.PodSpec", "serviceAccount", {"computed": True}),
        ("core.v1.Container", "imagePullPolicy", {"defaults": ["Always", "IfNotPresent"]}),
        ("core.v1.Container", "ports", {"list": "map", "keys": ["containerPort", "protocol"]}),
        ("core.v1.ContainerPort", "protocol", {"default": "TCP"}),
        ("core.v1.ConfigMapVolumeSource", "defaultMode", {"default": 420}),
        (
            "core.v1.ResourceRequirements",
            "requests",
            {"values": {"format": "quantity", "computed": True}, "computed": True},
        ),
        ("core.v1.Secret", "data", {"values": {"format": "byte"}}),
        ("core.v1.ServiceSpec", "clusterIP", {"assigned": True}),
        ("core.v1.ServicePort", "targetPort", {"format": "int-or-string", "computed": True}),
        ("core.v1.ServiceSpec", "selector", {"values": "string", "atomic": True}),
        ("meta.v1.ObjectMeta", "finalizers", {"items": "string", "list": "set"}),
        (
            "networking.v1.NetworkPolicySpec",
            "policyTypes",
            {"items": {"type": "string", "enum": ["Egress", "Ingress"]}},
        ),
        ("core.v1.ServicePort", "protocol", {"enum": ["SCTP", "TCP", "UDP"]}),
    ],
)
def test_what_is_said_of_a_field(
    schemas: Any, type_name: str, field: str, expected: dict[str, Any]
) -> None:
    node = schemas["types"][type_name]["fields"][field]
    assert {key: node.get(key) for key in expected} == expected


@pytest.mark.parametrize(
    ("kind", "plural", "namespaced"),
    [
        ("v1/Service", "services", True),
        ("v1/Namespace", "namespaces", False),
        ("apps/v1/Deployment", "deployments", True),
        ("consul.hashicorp.com/v1alpha1/ServiceResolver", "serviceresolvers", True),
        ("argoproj.io/v1alpha1/ApplicationSet", "applicationsets", True),
        ("kustomize.toolkit.fluxcd.io/v1/Kustomization", "kustomizations", True),
        ("source.toolkit.fluxcd.io/v1/GitRepository", "gitrepositories", True),
    ],
)
def test_kinds(schemas: Any, kind: str, plural: str, namespaced: bool) -> None:
    assert schemas["kinds"][kind]["plural"] == plural
    assert schemas["kinds"][kind]["namespaced"] is namespaced


def test_it_stays_small() -> None:
    assert SCHEMAS.stat().st_size < 300_000

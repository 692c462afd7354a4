"""What the schemas refuse and accept is what a real API server refuses and accepts."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from edgeops import wiring
from edgeops.core.lint import Folder, Repository, judge
from edgeops.core.objects import KubeObject
from tests.controlplane.server import ControlPlane
from tests.core.fleets import fleet

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

SCHEMA_RULES = {
    "unknown-field",
    "wrong-type",
    "field-missing",
    "value-not-allowed",
    "namespaced-cluster-kind",
}
POD: Mapping[str, Any] = {"containers": [{"name": "web", "image": "web:1"}]}


def _deployment(pod: Mapping[str, Any], **spec: Any) -> dict[str, Any]:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": pod}
    whole = {"selector": {"matchLabels": labels}, "template": template, **spec}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "spec": whole}


def _container(**fields: Any) -> dict[str, Any]:
    return _deployment({"containers": [{"name": "web", "image": "web:1", **fields}]})


def _consul(kind: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "consul.hashicorp.com/v1alpha1", "kind": kind, "spec": spec}


def _flux(**spec: Any) -> dict[str, Any]:
    source = {"kind": "GitRepository", "name": "shop"}
    whole = {"interval": "10m", "prune": True, "sourceRef": source, "path": "./x", **spec}
    whole = {name: value for name, value in whole.items() if value is not None}
    return {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "spec": whole}


def _application(**spec: Any) -> dict[str, Any]:
    whole = {
        "project": "shop",
        "source": {"repoURL": "https://git.example.com/shop", "path": "x"},
        "destination": {"namespace": "shop", "name": "edge"},
        **spec,
    }
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "spec": whole}


def _service(**spec: Any) -> dict[str, Any]:
    ports = {"ports": [{"port": 80}]}
    return {"apiVersion": "v1", "kind": "Service", "spec": {**ports, **spec}}


def _ingress(path_type: str) -> dict[str, Any]:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    paths = [{"path": "/", "pathType": path_type, "backend": backend}]
    spec = {"rules": [{"http": {"paths": paths}}]}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "spec": spec}


REFUSED: Mapping[str, dict[str, Any]] = {
    "unknown field of a Deployment": _deployment(POD, replcas=2),
    "unknown field of a container": _container(imagePullPolice="Always"),
    "unknown field deep in a probe": _container(readinessProbe={"httpGet": {"prt": 1, "port": 1}}),
    "unknown field at the top": {**_deployment(POD), "data": {}},
    "unknown field of metadata": {**_deployment(POD), "metadata": {"label": {"a": "b"}}},
    "text for a number": _deployment(POD, replicas="2"),
    "number for text": _container(image=1),
    "number for a variable": _container(env=[{"name": "PORT", "value": 80}]),
    "truth for an annotation": {**_deployment(POD), "metadata": {"annotations": {"a/b": True}}},
    "list for a map": _deployment(POD, selector=["app"]),
    "map for a list": _deployment({"containers": {"name": "web"}}),
    "a fraction for a whole number": _deployment(POD, replicas=1.5),
    "a quantity that is none": _container(resources={"limits": {"memory": "64MB"}}),
    "no containers": _deployment({}),
    "a container without a name": _deployment({"containers": [{"image": "web:1"}]}),
    "no selector": _deployment(POD, selector=None),
    "a port without a number": _container(ports=[{"name": "http"}]),
    "a protocol that there is not": _service(ports=[{"port": 80, "protocol": "HTTP"}]),
    "a type that there is not": _service(type="Loadbalancer"),
    "a path type that there is not": _ingress("prefix"),
    "a pull policy that there is not": _container(imagePullPolicy="Sometimes"),
    "unknown field of a resolver": _consul("ServiceResolver", {"redirects": {"service": "a"}}),
    "unknown field of an intention": _consul(
        "ServiceIntentions", {"destination": {"name": "a"}, "sources": [{"nam": "b"}]}
    ),
    "text for a list in an intention": _consul("ServiceIntentions", {"sources": "all"}),
    "unknown field of Flux": _flux(purge=True),
    "no interval in Flux": _flux(interval=None),
    "a policy of Flux that there is not": _flux(deletionPolicy="Keep"),
    "unknown field of an Application": _application(destinations=[]),
    "no destination in an Application": _application(destination=None),
}
ACCEPTED: Mapping[str, dict[str, Any]] = {
    "a whole Deployment": _container(
        ports=[{"containerPort": 80}],
        resources={"limits": {"cpu": 1, "memory": "0.5Gi"}, "requests": {"cpu": "1e-1"}},
        readinessProbe={"httpGet": {"path": "/", "port": "http"}},
    ),
    "empty and null values": {
        **_deployment(POD, strategy={}, revisionHistoryLimit=None),
        "metadata": {"creationTimestamp": None, "annotations": {}},
    },
    "a port of either type": _service(ports=[{"port": 80, "targetPort": "http"}]),
    "a status": {**_deployment(POD), "status": {}},
    "a resolver": _consul(
        "ServiceResolver", {"failover": {"*": {"targets": [{"service": "a", "namespace": "b"}]}}}
    ),
    "a source of an Application that is free": _application(
        source={
            "repoURL": "https://charts.example.com",
            "chart": "web",
            "targetRevision": "1",
            "helm": {"valuesObject": {"any": {"thing": [1, "two"]}}},
        }
    ),
    "a Kustomization of Flux": _flux(
        healthCheckExprs=[{"apiVersion": "v1", "kind": "Pod", "current": "true"}]
    ),
}


def _named(body: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {"name": "web", "namespace": "default", **body.get("metadata", {})}
    return {**body, "metadata": metadata}


def _faults(body: Mapping[str, Any]) -> set[str]:
    folder = Folder(path="x", objects=(KubeObject(_named(body)),))
    repository = Repository(
        fleet=fleet(), folders=(folder,), files={}, mirror={}, schemas=wiring.schemas()
    )
    return {item.rule for item in judge(repository, {}).problems} & SCHEMA_RULES


def _server_accepts(plane: ControlPlane, body: Mapping[str, Any]) -> bool:
    done = plane.kubectl(
        *("create", "--dry-run=server", "--validate=strict", "-o", "name", "-f", "-"),
        input=json.dumps(_named(body)),
        check=False,
    )
    return done.returncode == 0


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_server_refuses_is_a_problem(name: str, api_server: ControlPlane) -> None:
    assert not _server_accepts(api_server, REFUSED[name])
    assert _faults(REFUSED[name])


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_the_server_accepts_is_none(name: str, api_server: ControlPlane) -> None:
    assert _server_accepts(api_server, ACCEPTED[name])
    assert _faults(ACCEPTED[name]) == set()

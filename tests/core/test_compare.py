"""
Verdicts on pairs, as tables and as laws, with the schemas of the package.

What the API server itself decides is tested in ``tests/live``; here stand the equivalences and
the reasons, one row each.
"""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.adapters import package_data
from edgeops.core import documents
from edgeops.core.autoscaling import replica_ranges
from edgeops.core.compare import Surroundings, compare
from edgeops.core.findings import Drift
from edgeops.core.objects import KubeObject
from edgeops.core.schemas import Schemas

SCHEMAS = Schemas.parse(package_data.schemas())

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: web:1
          ports: [{containerPort: 80}, {containerPort: 443}]
          env: [{name: A, value: "1"}, {name: B, value: "2"}]
          resources: {requests: {cpu: 0.5, memory: 1Gi}}
"""
SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http}]
"""
POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {}
  ingress: [{from: [{podSelector: {}}], ports: [{port: 80}]}]
"""
RESOLVER = """
apiVersion: consul.hashicorp.com/v1alpha1
kind: ServiceResolver
metadata: {name: web, namespace: shop}
spec:
  connectTimeout: 60s
  failover: {"*": {targets: [{service: a}, {service: b}]}}
"""
SECRET = """
apiVersion: v1
kind: Secret
metadata: {name: web, namespace: shop}
type: Opaque
stringData: {password: hello}
"""
POD = "spec.template.spec"
WEB = f"{POD}.containers[name=web]"


def load(text: str) -> dict[str, Any]:
    body: dict[str, Any] = documents.load(text)
    return body


def told(desired: dict[str, Any], live: dict[str, Any], **around: Any) -> list[str]:
    surroundings = Surroundings(schemas=SCHEMAS, **around)
    finding = compare(KubeObject(desired), KubeObject(live), surroundings).finding
    return [] if finding is None else [f"{item.change} {item.path}" for item in finding.fields]


def edit(body: dict[str, Any], path: str, value: Any) -> None:
    """Set, or with the value `...` remove, what *path* (dots and indices) names."""
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    node: Any = body
    for part in parents:
        node = node[part]
    if value is ...:
        del node[last]
    else:
        node[last] = value


SAME = [
    pytest.param(DEPLOYMENT, "spec/template/spec/containers/0/resources/requests/cpu", "500m",
                 id="quantity"),
    pytest.param(DEPLOYMENT, "spec/template/spec/containers/0/resources/requests/memory", "1024Mi",
                 id="binary-quantity"),
    pytest.param(DEPLOYMENT, "spec/template/spec/containers/0/ports",
                 [{"containerPort": 443, "protocol": "TCP"},
                  {"containerPort": 80, "protocol": "TCP"}],
                 id="order-and-default-of-ports"),
    pytest.param(DEPLOYMENT, "spec/template/spec/containers/0/env",
                 [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}], id="order-of-env"),
    pytest.param(DEPLOYMENT, "spec/template/spec/restartPolicy", "Always", id="default-by-value"),
    pytest.param(DEPLOYMENT, "spec/template/spec/securityContext", {}, id="empty-and-absent"),
    pytest.param(DEPLOYMENT, "spec/template/spec/hostNetwork", False, id="zero-and-absent"),
    pytest.param(DEPLOYMENT, "spec/strategy",
                 {"type": "RollingUpdate",
                  "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
                 id="default-strategy"),
    pytest.param(DEPLOYMENT, "status", {"replicas": 7}, id="status"),
    pytest.param(DEPLOYMENT, "metadata/annotations", {"deployment.kubernetes.io/revision": "3"},
                 id="revision"),
    pytest.param(DEPLOYMENT, "metadata/labels",
                 {"kustomize.toolkit.fluxcd.io/name": "a",
                  "kustomize.toolkit.fluxcd.io/namespace": "b"},
                 id="tracking-by-flux"),
    pytest.param(DEPLOYMENT, "metadata/annotations", {"argocd.argoproj.io/tracking-id": "a:b"},
                 id="tracking-by-argo"),
    pytest.param(SERVICE, "spec/clusterIP", "10.0.0.1", id="assigned-address"),
    pytest.param(SERVICE, "spec/sessionAffinity", "None", id="default-of-a-service"),
    pytest.param(SERVICE, "metadata/finalizers", ["service.k8s.aws/resources"],
                 id="finalizer-of-a-controller"),
    pytest.param(POLICY, "spec/ingress/0/ports", [{"port": 80, "protocol": "TCP"}],
                 id="default-within-an-atomic-list"),
    pytest.param(RESOLVER, "spec/connectTimeout", "1m0s", id="duration"),
    pytest.param(RESOLVER, "spec/requestTimeout", "0s", id="zero-that-an-old-operator-wrote"),
    pytest.param(RESOLVER, "metadata/finalizers", ["finalizers.consul.hashicorp.com"],
                 id="finalizer-of-consul"),
    pytest.param(RESOLVER, "status", {"conditions": [{"type": "Synced", "status": "Unknown"}]},
                 id="not-synced-yet"),
    pytest.param(SECRET, "data", {"password": "aGVsbG8="}, id="string-data-in-base64"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "path", "value"), SAME)
def test_no_drift(text: str, path: str, value: Any) -> None:
    desired, live = load(text), load(text)
    if live["kind"] == "Secret":
        del live["stringData"]
    edit(live, path, value)
    assert told(desired, live) == []


DIFFERENT = [
    pytest.param(DEPLOYMENT, "spec/template/spec/containers/0/image", "web:2",
                 f"changed {WEB}.image", id="image"),
    pytest.param(DEPLOYMENT, "spec/template/spec/containers/0/env/0/value", "9",
                 f"changed {WEB}.env[name=A].value", id="env-value"),
    pytest.param(DEPLOYMENT, "spec/template/spec/containers/0/env/0", ...,
                 f"removed {WEB}.env[name=A]", id="env-removed"),
    pytest.param(DEPLOYMENT, "spec/template/spec/restartPolicy", "Never",
                 f"added {POD}.restartPolicy", id="not-the-default"),
    pytest.param(DEPLOYMENT, "spec/template/spec/hostNetwork", True,
                 f"added {POD}.hostNetwork", id="host-network"),
    pytest.param(DEPLOYMENT, "spec/template/spec/tolerations", [{"operator": "Exists"}],
                 f"added {POD}.tolerations", id="atomic-list"),
    pytest.param(DEPLOYMENT, "spec/strategy", {"type": "Recreate"},
                 "added spec.strategy", id="strategy"),
    pytest.param(DEPLOYMENT, "metadata/finalizers", ["somebody.example/else"],
                 "added metadata.finalizers", id="finalizer-of-nobody"),
    pytest.param(SERVICE, "spec/ports/0/targetPort", 8080,
                 "changed spec.ports[port=80,protocol=TCP].targetPort", id="int-or-string"),
    pytest.param(SERVICE, "spec/type", "LoadBalancer", "added spec.type", id="service-type"),
    pytest.param(POLICY, "spec/ingress/0/from", [{"namespaceSelector": {}}],
                 "changed spec.ingress", id="opened-by-an-empty-selector"),
    pytest.param(POLICY, "spec/ingress", [{}], "changed spec.ingress", id="opened-to-everybody"),
    pytest.param(RESOLVER, "spec/failover/*/targets", [{"service": "b"}, {"service": "a"}],
                 'changed spec.failover["*"].targets', id="order-is-priority"),
    pytest.param(RESOLVER, "spec/connectTimeout", "1m1s",
                 "changed spec.connectTimeout", id="another-duration"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "path", "value", "line"), DIFFERENT)
def test_drift(text: str, path: str, value: Any, line: str) -> None:
    desired, live = load(text), load(text)
    edit(live, path, value)
    assert told(desired, live) == [line]


def test_text_that_looks_numeric_is_text() -> None:
    desired, live = load(DEPLOYMENT), load(DEPLOYMENT)
    desired["metadata"]["annotations"] = {"a": "1e3"}
    live["metadata"]["annotations"] = {"a": "1000"}
    assert told(desired, live) == ["changed metadata.annotations.a"]


def test_a_refusal_by_consul_is_not_in_force() -> None:
    live = load(RESOLVER)
    live["status"] = {"conditions": [{"type": "Synced", "status": "False", "message": "no"}]}
    found = compare(KubeObject(load(RESOLVER)), KubeObject(live), Surroundings(schemas=SCHEMAS))
    assert found.finding is not None
    assert (found.finding.drift, found.finding.message) == (Drift.NOT_IN_FORCE, "no")


def test_secrets_are_redacted() -> None:
    live = load(SECRET)
    live["stringData"] = {"password": "other"}
    found = compare(KubeObject(load(SECRET)), KubeObject(live), Surroundings(schemas=SCHEMAS))
    assert found.finding is not None
    (change,) = found.finding.fields
    assert (change.path, change.desired, change.live) == (
        "data.password",
        "<redacted>",
        "<redacted>",
    )


@pytest.mark.parametrize(("replicas", "drifts"), [(2, False), (5, False), (1, True), (6, True)])
def test_replicas_within_the_range_of_an_autoscaler(replicas: int, drifts: bool) -> None:
    scaler = load(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\n"
        "metadata: {name: web, namespace: shop}\n"
        "spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web},"
        " minReplicas: 2, maxReplicas: 5}"
    )
    live = load(DEPLOYMENT)
    live["spec"]["replicas"] = replicas
    around = {"replicas": replica_ranges([KubeObject(scaler)])}
    assert bool(told(load(DEPLOYMENT), live, **around)) is drifts


@pytest.mark.parametrize(
    ("annotation", "lines"),
    [
        ({"kustomize.toolkit.fluxcd.io/reconcile": "disabled"}, []),
        ({"kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent"}, []),
        ({"kustomize.toolkit.fluxcd.io/ssa": "Override"}, ["changed spec.replicas"]),
    ],
)
def test_annotations_in_git_that_leave_an_object_alone(
    annotation: dict[str, str], lines: list[str]
) -> None:
    desired, live = load(DEPLOYMENT), load(DEPLOYMENT)
    desired["metadata"]["annotations"] = live["metadata"]["annotations"] = annotation
    live["spec"]["replicas"] = 9
    assert told(desired, live) == lines


def test_the_same_annotation_that_only_live_has_hides_nothing() -> None:
    live = load(DEPLOYMENT)
    live["metadata"]["annotations"] = {"kustomize.toolkit.fluxcd.io/reconcile": "disabled"}
    live["spec"]["replicas"] = 9
    assert told(load(DEPLOYMENT), live) == ["added metadata.annotations", "changed spec.replicas"]


def test_the_arguments_stay_as_they_were() -> None:
    desired, live = load(SECRET), load(SECRET)
    live["data"] = {"password": "eA=="}
    before = copy.deepcopy((desired, live))
    told(desired, live)
    assert (desired, live) == before


TEXTS = (DEPLOYMENT, SERVICE, POLICY, RESOLVER, SECRET)


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(node, dict) and node:
        for key, below in node.items():
            yield from leaves(below, (*path, key))
    elif isinstance(node, list) and node:
        for index, below in enumerate(node):
            yield from leaves(below, (*path, index))
    else:
        yield path


@given(st.sampled_from(TEXTS))
def test_an_object_equals_itself(text: str) -> None:
    assert told(load(text), load(text)) == []


@given(st.data())
def test_any_one_change_is_found_and_its_undoing_is_clean(data: st.DataObject) -> None:
    """Whatever leaf below spec, data or stringData gets another value: that is drift."""
    desired = load(data.draw(st.sampled_from(TEXTS)))
    paths = [
        path for path in leaves(desired) if path[0] in {"spec", "stringData"} and path[-1] != "port"
    ]
    path = data.draw(st.sampled_from(paths))
    live = copy.deepcopy(desired)
    node = live
    for part in path[:-1]:
        node = node[part]
    before = node[path[-1]]
    node[path[-1]] = f"{before}-changed" if isinstance(before, str) else 77
    if isinstance(before, dict):
        node[path[-1]] = {"x": "y"}
    assert told(desired, live)
    node[path[-1]] = before
    assert told(desired, live) == []

"""
One change by hand of each kind, found at its own path with its own manager, and undone.

The list follows what rivals miss: live-only additions and extra objects above all.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.live.fleet import (
    CLIENT_SIDE,
    EDGE,
    SERVER_SIDE_FLUX,
    WAYS,
    Applied,
    FleetOnDisk,
    drift,
    ensure_namespaces,
    make_fleet,
    told,
)

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]


@dataclass(frozen=True)
class Case:
    """What a person does with kubectl, and what drift must say of it."""

    name: str
    command: tuple[str, ...]
    kind: str
    target: str
    change: str
    path: str
    manager: str | None
    severity: str
    undo: tuple[str, ...] = ()


def _patch(
    kind: str, name: str, patch: object, kind_of_patch: str = "strategic"
) -> tuple[str, ...]:
    return ("patch", kind, name, f"--type={kind_of_patch}", "-p", json.dumps(patch))


def _pod(**spec: object) -> dict[str, object]:
    return {"spec": {"template": {"spec": spec}}}


def _container(**fields: object) -> dict[str, object]:
    return _pod(containers=[{"name": "product-api", **fields}])


CONTAINER = "spec.template.spec.containers[name=product-api]"

CASES = (
    Case(
        "image",
        ("set", "image", "deployment/product-api", "product-api=hashicorpdemoapp/product-api:v9"),
        "Deployment",
        "product-api",
        "changed",
        f"{CONTAINER}.image",
        "kubectl-set",
        "high",
    ),
    Case(
        "env-added",
        ("set", "env", "deployment/product-api", "DEBUG=1"),
        "Deployment",
        "product-api",
        "added",
        f"{CONTAINER}.env[name=DEBUG]",
        "kubectl-set",
        "medium",
    ),
    Case(
        "scaled",
        ("scale", "deployment/product-api", "--replicas=7"),
        "Deployment",
        "product-api",
        "changed",
        "spec.replicas",
        "kubectl",
        "medium",
    ),
    Case(
        "sidecar",
        _patch("deployment", "product-api", _pod(containers=[{"name": "spy", "image": "spy:1"}])),
        "Deployment",
        "product-api",
        "added",
        "spec.template.spec.containers[name=spy]",
        "kubectl-patch",
        "high",
    ),
    Case(
        "host-network",
        _patch("deployment", "product-api", _pod(hostNetwork=True)),
        "Deployment",
        "product-api",
        "added",
        "spec.template.spec.hostNetwork",
        "kubectl-patch",
        "critical",
    ),
    Case(
        "privileged",
        _patch("deployment", "product-api", _container(securityContext={"privileged": True})),
        "Deployment",
        "product-api",
        "added",
        f"{CONTAINER}.securityContext",
        "kubectl-patch",
        "critical",
    ),
    Case(
        "grace-period",
        _patch("deployment", "product-api", _pod(terminationGracePeriodSeconds=5)),
        "Deployment",
        "product-api",
        "added",
        "spec.template.spec.terminationGracePeriodSeconds",
        "kubectl-patch",
        "medium",
    ),
    Case(
        "toleration",
        _patch("deployment", "product-api", _pod(tolerations=[{"operator": "Exists"}])),
        "Deployment",
        "product-api",
        "changed",
        "spec.template.spec.tolerations",
        "kubectl-patch",
        "medium",
    ),
    Case(
        "restarted",
        ("rollout", "restart", "deployment/product-api"),
        "Deployment",
        "product-api",
        "added",
        'spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"]',
        "kubectl-rollout",
        "low",
    ),
    Case(
        "label",
        ("label", "deployment", "product-api", "team=nobody"),
        "Deployment",
        "product-api",
        "added",
        "metadata.labels.team",
        "kubectl-label",
        "low",
    ),
    Case(
        "annotation-that-switches-the-engine-off",
        ("annotate", "deployment", "product-api", "kustomize.toolkit.fluxcd.io/reconcile=disabled"),
        "Deployment",
        "product-api",
        "added",
        'metadata.annotations["kustomize.toolkit.fluxcd.io/reconcile"]',
        "kubectl-annotate",
        "high",
    ),
    Case(
        "probe-removed",
        _patch(
            "deployment",
            "product-api",
            [{"op": "remove", "path": "/spec/template/spec/containers/0/livenessProbe"}],
            "json",
        ),
        "Deployment",
        "product-api",
        "removed",
        f"{CONTAINER}.livenessProbe",
        None,
        "medium",
    ),
    Case(
        "service-port",
        _patch("service", "product-api", {"spec": {"ports": [{"name": "debug", "port": 6060}]}}),
        "Service",
        "product-api",
        "added",
        "spec.ports[port=6060,protocol=TCP]",
        "kubectl-patch",
        "high",
    ),
    Case(
        "service-selector",
        _patch("service", "product-api", {"spec": {"selector": {"app": "elsewhere"}}}),
        "Service",
        "product-api",
        "changed",
        "spec.selector",
        "kubectl-patch",
        "high",
    ),
    Case(
        "resolver-repointed",
        _patch(
            "serviceresolver",
            "postgres",
            {"spec": {"redirect": {"namespace": "elsewhere"}}},
            "merge",
        ),
        "ServiceResolver",
        "postgres",
        "changed",
        "spec.redirect.namespace",
        "kubectl-patch",
        "high",
    ),
    Case(
        "resolver-timeout",
        _patch("serviceresolver", "product-api", {"spec": {"requestTimeout": "1s"}}, "merge"),
        "ServiceResolver",
        "product-api",
        "added",
        "spec.requestTimeout",
        "kubectl-patch",
        "high",
    ),
    Case(
        "intention-opened",
        _patch(
            "serviceintentions",
            "product-api",
            [
                {
                    "op": "add",
                    "path": "/spec/sources/-",
                    "value": {"name": "*", "namespace": "*", "action": "allow"},
                }
            ],
            "json",
        ),
        "ServiceIntentions",
        "product-api",
        "changed",
        "spec.sources",
        "kubectl-patch",
        "critical",
    ),
    Case(
        "protocol",
        _patch("servicedefaults", "product-api", {"spec": {"protocol": "tcp"}}, "merge"),
        "ServiceDefaults",
        "product-api",
        "changed",
        "spec.protocol",
        "kubectl-patch",
        "high",
    ),
    Case(
        "disruption-budget",
        _patch("poddisruptionbudget", "product-api", {"spec": {"maxUnavailable": "100%"}}, "merge"),
        "PodDisruptionBudget",
        "product-api",
        "changed",
        "spec.maxUnavailable",
        "kubectl-patch",
        "medium",
    ),
    Case(
        "secret",
        _patch("secret", "postgres-credentials", {"data": {"more": "aGk="}}),
        "Secret",
        "postgres-credentials",
        "added",
        "data.more",
        "kubectl-patch",
        "medium",
    ),
    Case(
        "service-account-token",
        _patch("serviceaccount", "product-api", {"automountServiceAccountToken": False}),
        "ServiceAccount",
        "product-api",
        "changed",
        "automountServiceAccountToken",
        "kubectl-patch",
        "medium",
    ),
    Case(
        "namespace-label",
        ("label", "namespace", "NAMESPACE", "pod-security.kubernetes.io/enforce=privileged"),
        "Namespace",
        "NAMESPACE",
        "added",
        'metadata.labels["pod-security.kubernetes.io/enforce"]',
        "kubectl-label",
        "critical",
    ),
)


@pytest.fixture(scope="module", params=WAYS, ids=lambda way: way.name)
def applied(
    request: pytest.FixtureRequest,
    api_server: ControlPlane,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[FleetOnDisk, Applied]:
    way: Applied = request.param
    ensure_namespaces(api_server)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_AUTHOR_NAME", "Ada")
        patch.setenv("GIT_AUTHOR_EMAIL", "ada@example.com")
        patch.setenv("GIT_COMMITTER_NAME", "Ada")
        patch.setenv("GIT_COMMITTER_EMAIL", "ada@example.com")
        fleet = make_fleet(
            tmp_path_factory.mktemp("hand"), prefix=f"hand-{way.name}", name=f"h{way.name}"
        )
    fleet.apply(api_server, way)
    return fleet, way


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_found_and_undone(
    applied: tuple[FleetOnDisk, Applied],
    api_server: ControlPlane,
    capsys: pytest.CaptureFixture[str],
    case: Case,
) -> None:
    fleet, way = applied
    namespace = fleet.namespace(EDGE)
    command = [namespace if word == "NAMESPACE" else word for word in case.command]
    api_server.kubectl("-n", namespace, *command)
    status, report = drift(fleet, api_server, capsys)
    try:
        (finding,) = report["findings"]
        (change,) = finding["fields"]
        target = namespace if case.target == "NAMESPACE" else case.target
        assert (finding["zone"], finding["kind"], finding["name"]) == (EDGE, case.kind, target)
        assert finding["drift"] == "Modified"
        assert (change["change"], change["path"]) == (case.change, case.path)
        assert change["manager"] == case.manager
        assert finding["severity"] == case.severity
        assert status is ExitStatus.FINDINGS
        assert report["status"] == "OutOfSync"
        if case.manager:
            assert change["cause"] == "edited"
            assert change["managerClass"] == "person"
            # the API server writes no time into the entry of a write through `scale`
            assert bool(change["changedAt"]) is (change["subresource"] != "scale")
        if case.kind == "Secret":
            assert change["live"] == "<redacted>"
        assert finding["source"]
        assert finding["line"]
    finally:
        _undo(api_server, fleet, case, namespace, way)
    status, report = drift(fleet, api_server, capsys)
    assert told(report) == []
    assert status is ExitStatus.OK


def _undo(
    plane: ControlPlane, fleet: FleetOnDisk, case: Case, namespace: str, way: Applied
) -> None:
    """Delete the object and apply the overlay again: what a person did is gone for certain."""
    if case.kind == "Namespace":
        plane.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce-")
        return
    plane.kubectl("-n", namespace, "delete", case.kind.lower(), case.target, "--wait=true")
    plane.kubectl("apply", "-k", str(fleet.overlay(EDGE)), *way.args)


def test_missing_and_extra_objects(
    applied: tuple[FleetOnDisk, Applied],
    api_server: ControlPlane,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fleet, way = applied
    namespace = fleet.namespace(EDGE)
    api_server.kubectl("-n", namespace, "delete", "service", "frontend")
    api_server.kubectl("-n", namespace, "create", "configmap", "mine", "--from-literal=a=b")
    api_server.kubectl("-n", namespace, "create", "deployment", "mine", "--image=mine:1")
    api_server.kubectl("-n", namespace, "create", "job", "mine", "--image=mine:1")
    try:
        status, report = drift(fleet, api_server, capsys)
        assert sorted(told(report)) == [
            "Extraneous ConfigMap/mine",
            "Extraneous Deployment/mine",
            "Extraneous Job/mine",
            "Missing Service/frontend",
        ]
        assert status is ExitStatus.FINDINGS
        summary = report["summary"]
        assert (summary["missing"], summary["extraneous"], summary["modified"]) == (1, 3, 0)
        by_kind = {item["kind"]: item for item in report["findings"]}
        assert by_kind["Service"]["source"] == "base/frontend.yaml"
        assert by_kind["ConfigMap"]["manager"] == "kubectl-create"
        assert by_kind["ConfigMap"]["cause"] == "edited"
        assert by_kind["Service"]["fields"] == by_kind["ConfigMap"]["fields"] == []
    finally:
        for kind in ("configmap", "deployment", "job"):
            api_server.kubectl("-n", namespace, "delete", kind, "mine")
        api_server.kubectl("apply", "-k", str(fleet.overlay(EDGE)), *way.args)


def test_a_namespace_that_no_overlay_renders(
    applied: tuple[FleetOnDisk, Applied],
    api_server: ControlPlane,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fleet, way = applied
    name = f"stray-{way.name}"
    api_server.kubectl("create", "namespace", name)
    api_server.kubectl("label", "namespace", name, f"app.kubernetes.io/part-of=h{way.name}")
    try:
        status, report = drift(fleet, api_server, capsys)
        assert told(report) == [f"Extraneous Namespace/{name}"]
        assert report["findings"][0]["zone"] is None
        assert status is ExitStatus.FINDINGS
    finally:
        api_server.kubectl("label", "namespace", name, "app.kubernetes.io/part-of-")


def test_what_the_engine_left_behind(
    api_server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A field that the engine applied and that git no longer has."""
    ensure_namespaces(api_server)
    for way in (SERVER_SIDE_FLUX, CLIENT_SIDE):
        fleet = make_fleet(tmp_path / way.name, prefix=f"left-{way.name}", name=f"l{way.name}")
        source = fleet.root / "base" / "product-api.yaml"
        text = source.read_text()
        source.write_text(
            text.replace(
                "    spec:\n", "    spec:\n      priority: 0\n      enableServiceLinks: false\n", 1
            ).replace("      priority: 0\n", "")
        )
        fleet.apply(api_server, way)
        source.write_text(text)
        status, report = drift(fleet, api_server, capsys)
        causes = {
            (finding["namespace"], item["path"]): (item["change"], item["cause"])
            for finding in report["findings"]
            for item in finding["fields"]
        }
        path = "spec.template.spec.enableServiceLinks"
        assert causes == {
            (fleet.namespace("region"), path): ("added", "left-behind"),
            (fleet.namespace(EDGE), path): ("added", "left-behind"),
        }
        assert status is ExitStatus.FINDINGS

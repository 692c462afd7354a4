"""What the engines and controllers themselves write, and what a person does to them."""

import json
from pathlib import Path
from typing import Any

import pytest

from edgeops import wiring
from edgeops.__main__ import main
from edgeops.core import documents
from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.live.fleet import (
    EDGE,
    SERVER_SIDE_ARGO,
    SERVER_SIDE_FLUX,
    FleetOnDisk,
    drift,
    ensure_namespaces,
    make_fleet,
    told,
)

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]


def patch(plane: ControlPlane, namespace: str, what: str, body: object, *args: str) -> None:
    plane.kubectl(
        "-n", namespace, "patch", *what.split("/"), "--type=merge", "-p", json.dumps(body), *args
    )


def applications(fleet: FleetOnDisk) -> list[dict[str, Any]]:
    parsed = wiring.parse_fleet((fleet.root / "edgeops.yaml").read_text())
    (cluster,) = parsed.clusters
    return [dict(item.body) for item in wiring.yielded_applications(parsed, cluster)]


def make_applications(plane: ControlPlane, fleet: FleetOnDisk) -> None:
    """Do as the ApplicationSet controller does."""
    text = "---\n".join(documents.dump_yaml(body) for body in applications(fleet))
    manager = "--field-manager=argocd-applicationset-controller"
    plane.kubectl("create", manager, "-f", "-", input=text)


def test_applications_of_the_set(
    api_server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ensure_namespaces(api_server)
    fleet = make_fleet(tmp_path / "fleet", prefix="apps", engine="argocd", name="apps")
    fleet.apply(api_server, SERVER_SIDE_ARGO)
    before = drift(fleet, api_server, capsys)[1]
    assert told(before) == []

    make_applications(api_server, fleet)
    status, report = drift(fleet, api_server, capsys)
    assert told(report) == []
    assert status is ExitStatus.OK
    assert report["summary"]["objects"] == before["summary"]["objects"] + 2

    name = f"apps-edge-usw2-{EDGE}"
    patch(
        api_server, "argocd", f"application/{name}", {"spec": {"source": {"targetRevision": "x"}}}
    )
    status, report = drift(fleet, api_server, capsys)
    (finding,) = report["findings"]
    assert (finding["zone"], finding["severity"]) == (EDGE, "high")
    assert finding["fields"][0]["path"] == "spec.source.targetRevision"

    api_server.kubectl("-n", "argocd", "delete", "application", name)
    status, report = drift(fleet, api_server, capsys)
    assert told(report) == [f"Missing Application/{name}"]
    api_server.kubectl("-n", "argocd", "delete", "application", "apps-edge-usw2-region")


def test_a_suspended_engine_is_drift_and_a_request_to_sync_is_not(
    api_server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ensure_namespaces(api_server)
    fleet = make_fleet(tmp_path / "fleet", prefix="susp", engine="flux", name="susp")
    fleet.apply(api_server, SERVER_SIDE_FLUX)
    zone = f"kustomization.kustomize.toolkit.fluxcd.io/susp-edge-usw2-{EDGE}"
    api_server.kubectl("-n", "flux-system", "annotate", zone, "reconcile.fluxcd.io/requestedAt=now")
    assert told(drift(fleet, api_server, capsys)[1]) == []
    patch(api_server, "flux-system", zone, {"spec": {"suspend": True}})
    status, report = drift(fleet, api_server, capsys)
    (finding,) = report["findings"]
    assert (finding["zone"], finding["severity"]) == (EDGE, "high")
    assert finding["fields"][0]["path"] == "spec.suspend"
    assert status is ExitStatus.FINDINGS


def test_what_git_has_and_the_engine_has_not_applied_yet_is_pending(
    api_server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ensure_namespaces(api_server)
    fleet = make_fleet(tmp_path / "fleet", prefix="pend", engine="flux", name="pend")
    fleet.apply(api_server, SERVER_SIDE_FLUX)
    applied = wiring.repository(str(fleet.root)).revision("HEAD")
    status_of = {"status": {"lastAppliedRevision": f"main@sha1:{applied}"}}
    for zone in fleet.zones:
        name = f"kustomization.kustomize.toolkit.fluxcd.io/pend-edge-usw2-{zone}"
        patch(
            api_server,
            "flux-system",
            name,
            status_of,
            "--subresource=status",
            "--field-manager=kustomize-controller",
        )
    _, report = drift(fleet, api_server, capsys)
    assert told(report) == []
    assert {row["syncedRevision"] for row in report["zones"] if row["zone"]} == {applied}

    source = fleet.root / "base" / "product-api.yaml"
    source.write_text(source.read_text().replace("product-api:v0.0.22", "product-api:v0.0.23"))
    wiring.repository(str(fleet.root)).commit(["base/product-api.yaml"], "Upgrade")
    patch(api_server, fleet.namespace(EDGE), "deployment/frontend", {"spec": {"replicas": 9}})
    status, report = drift(fleet, api_server, capsys)
    causes = {(item["zone"], item["name"]): item["cause"] for item in report["findings"]}
    assert causes == {
        ("region", "product-api"): "pending",
        (EDGE, "product-api"): "pending",
        (EDGE, "frontend"): "edited",
    }
    assert status is ExitStatus.FINDINGS


def test_an_autoscaler_may_scale_and_a_person_may_not(
    api_server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ensure_namespaces(api_server)
    fleet = make_fleet(tmp_path / "fleet", prefix="hpa", name="hpa")
    (fleet.overlay(EDGE) / "hpa.yaml").write_text(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: frontend}\n"
        "spec:\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: frontend}\n"
        "  minReplicas: 2\n  maxReplicas: 5\n"
        "  metrics: [{type: Resource, resource: {name: cpu, target: "
        "{type: Utilization, averageUtilization: 80}}}]\n"
    )
    kustomization = fleet.overlay(EDGE) / "kustomization.yaml"
    kustomization.write_text(
        kustomization.read_text().replace("- namespace.yaml\n", "- namespace.yaml\n- hpa.yaml\n")
    )
    fleet.apply(api_server, SERVER_SIDE_FLUX)
    namespace = fleet.namespace(EDGE)

    def scale(replicas: int, manager: str) -> dict[str, Any]:
        patch(
            api_server,
            namespace,
            "deployment/frontend",
            {"spec": {"replicas": replicas}},
            "--subresource=scale",
            f"--field-manager={manager}",
        )
        return drift(fleet, api_server, capsys, "--worktree")[1]

    assert told(scale(4, "kube-controller-manager")) == []
    assert len(told(scale(9, "kube-controller-manager"))) == 1
    assert told(scale(3, "kube-controller-manager")) == []
    assert len(told(scale(5, "kubectl"))) == 1


def test_an_entry_that_consul_refused_is_not_in_force(
    api_server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ensure_namespaces(api_server)
    fleet = make_fleet(tmp_path / "fleet", prefix="force", name="force")
    fleet.apply(api_server, SERVER_SIDE_FLUX)
    namespace = fleet.namespace(EDGE)

    def consul_says(status: str) -> None:
        condition = {
            "type": "Synced",
            "status": status,
            "reason": "ConsulAgentError",
            "message": "no such protocol",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }
        # the finalizer and the status are what Consul's controller writes into every entry
        manager = "--field-manager=consul-k8s-control-plane"
        resolver = "serviceresolver/product-api"
        finalizer = {"metadata": {"finalizers": ["finalizers.consul.hashicorp.com"]}}
        patch(api_server, namespace, resolver, finalizer, manager)
        body = {"status": {"conditions": [condition]}}
        patch(api_server, namespace, resolver, body, "--subresource=status", manager)

    consul_says("True")
    assert told(drift(fleet, api_server, capsys)[1]) == []
    consul_says("False")
    status, report = drift(fleet, api_server, capsys)
    (finding,) = report["findings"]
    assert (finding["drift"], finding["name"]) == ("NotInForce", "product-api")
    assert "no such protocol" in finding["message"]
    assert status is ExitStatus.FINDINGS
    patch(api_server, namespace, "serviceresolver/product-api", {"metadata": {"finalizers": None}})


def test_ignore_rules_hide_and_are_counted(
    api_server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ensure_namespaces(api_server)
    fleet = make_fleet(tmp_path / "fleet", prefix="ign", name="ign")
    fleet.apply(api_server, SERVER_SIDE_FLUX)
    patch(api_server, fleet.namespace(EDGE), "deployment/frontend", {"spec": {"replicas": 9}})
    rules = tmp_path / "ignore.yaml"
    rules.write_text(
        "- {kind: Deployment, jsonPointers: [/spec/replicas]}\n"
        "- {paths: [/data], target: {kind: ConfigMap}}\n"
    )
    status, report = drift(fleet, api_server, capsys, "--ignore-file", str(rules))
    assert told(report) == []
    assert status is ExitStatus.OK
    assert [rule["hid"] for rule in report["rules"]][:2] == [1, 0]


def test_zones_and_clusters_narrow_it(
    api_server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ensure_namespaces(api_server)
    fleet = make_fleet(tmp_path / "fleet", prefix="narrow", name="narrow")
    fleet.apply(api_server, SERVER_SIDE_FLUX)
    patch(api_server, fleet.namespace("region"), "deployment/nginx", {"spec": {"replicas": 9}})
    status, report = drift(fleet, api_server, capsys, "--zone", EDGE)
    assert status is ExitStatus.OK
    assert [row["zone"] for row in report["zones"]] == [EDGE]
    status, report = drift(fleet, api_server, capsys, "--zone", "edge-usw2/region")
    assert status is ExitStatus.FINDINGS
    assert main(["drift", "-C", str(fleet.root), "--zone", "edge-use1/region"]) is ExitStatus.FAILED

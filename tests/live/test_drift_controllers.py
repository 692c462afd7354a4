"""
What real controllers do on their own is no drift, whichever way the manifests were applied.

The controller manager and the scheduler run: rollouts, an autoscaler that raises what is below
its minimum, claims and their volumes, endpoints, tokens, aggregated roles, default accounts. The
controllers of cert-manager, Consul and AWS, which do not run here, are in ``byhand.quiet``.
"""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.controlplane.nodes import add_storage, add_zone, remove_zone
from tests.controlplane.server import ControlPlane
from tests.live.byhand.ground import UNTOUCHED, Ground
from tests.live.fleet import ALL_WAYS

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

ZONE = "us-west-2-lax-1a"
LIMIT_SECONDS = 90
KINDS = "clusterroles", "validatingwebhookconfigurations", "persistentvolumes", "storageclasses"
RBAC = "rbac.authorization.k8s.io/v1"


def beside(name: str, namespace: str) -> list[dict[str, Any]]:
    """What the app has not: a role made of others, a webhook, and an account's token."""
    part = {"name": f"{name}-part", "labels": {f"example.com/{name}": "true"}}
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
    selectors = {"clusterRoleSelectors": [{"matchLabels": part["labels"]}]}
    hook = {
        "name": "a.example.com",
        "clientConfig": {"url": "https://a.example.com"},
        "rules": [{"apiGroups": ["example.com"], "apiVersions": ["v1"], "operations": ["CREATE"],
                   "resources": ["nothing"]}],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "failurePolicy": "Ignore",
    }  # fmt: skip
    account = {"kubernetes.io/service-account.name": "web"}
    return [
        {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": part, "rules": rules},
        {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": f"{name}-sum"},
         "aggregationRule": selectors, "rules": []},
        {"apiVersion": "admissionregistration.k8s.io/v1",
         "kind": "ValidatingWebhookConfiguration", "metadata": {"name": name},
         "webhooks": [hook]},
        {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
         "metadata": {"name": "web-token", "namespace": namespace, "annotations": account}},
    ]  # fmt: skip


@pytest.fixture
def plane(scheduled_cluster: ControlPlane) -> Iterator[ControlPlane]:
    """Two nodes and some disks in the app's zone; in the end all is as before."""
    before = _names(scheduled_cluster, "namespaces")
    cluster_wide = {kind: _names(scheduled_cluster, kind) for kind in KINDS}
    add_zone(scheduled_cluster, ZONE, region="us-west-2", edge=False)
    add_storage(scheduled_cluster, (ZONE,), volumes=len(ALL_WAYS))
    yield scheduled_cluster
    made = _names(scheduled_cluster, "namespaces") - before
    scheduled_cluster.kubectl("delete", "namespace", *made, "--wait=false")
    remove_zone(scheduled_cluster, ZONE)
    for kind, names in cluster_wide.items():
        new = _names(scheduled_cluster, kind) - names
        scheduled_cluster.kubectl("delete", kind, *new, "--wait=false")
    _until(lambda: sorted(made & _names(scheduled_cluster, "namespaces")))


def test_what_controllers_do(plane: ControlPlane, tmp_path: Path) -> None:
    grounds = []
    for way in ALL_WAYS:
        ground = Ground(plane, way, f"own-{way.name}", tmp_path / way.name, cases=())
        ground.apply()
        more = tmp_path / f"{way.name}.json"
        bodies = beside(f"own-{way.name}", ground.namespace(UNTOUCHED))
        more.write_text("---\n".join(json.dumps(body) + "\n" for body in bodies))
        plane.kubectl("apply", "-f", str(more), *way.args)
        with ground.desired.open("a") as file:
            file.write("---\n" + more.read_text())
        grounds.append(ground)
    for ground in grounds:
        _until(lambda ground=ground: _not_yet(plane, ground))  # type: ignore[misc]
        inject = [{"op": "add", "path": "/webhooks/0/clientConfig/caBundle",
                   "value": _certificate(plane)}]  # fmt: skip
        plane.kubectl(
            *("patch", "validatingwebhookconfiguration", ground.prefix, "--type=json", "-p"),
            *(json.dumps(inject), "--field-manager=cert-manager-cainjector"),
        )
    for ground in grounds:
        report = ground.check()
        assert report["findings"] == [], ground.way.name
        assert report["unread"] == []
        assert report["summary"]["synced"] == report["summary"]["objects"] > 25


def _not_yet(plane: ControlPlane, ground: Ground) -> list[str]:
    """What the controllers have still to do in a namespace."""
    namespace = ground.namespace(UNTOUCHED)

    def seen(kind: str, name: str) -> dict[str, Any]:
        done = plane.kubectl("-n", namespace, "get", kind, name, "-o", "json", check=False)
        return json.loads(done.stdout) if done.returncode == 0 else {}

    elastic, claim = seen("deployment", "elastic"), seen("pvc", "data-db-0")
    done = {
        "rollout": "deployment.kubernetes.io/revision"
        in seen("deployment", "web").get("metadata", {}).get("annotations", {}),
        "autoscaler": elastic.get("spec", {}).get("replicas") == 2,
        "claim": claim.get("status", {}).get("phase") == "Bound",
        "endpoints": bool(seen("endpoints", "web")),
        "token": "token" in seen("secret", "web-token").get("data", {}),
        "role": bool(seen("clusterrole", f"{ground.prefix}-sum").get("rules")),
        "account": bool(seen("serviceaccount", "default")),
        "certificate": bool(seen("configmap", "kube-root-ca.crt")),
    }
    return [what for what, is_done in done.items() if not is_done]


def _certificate(plane: ControlPlane) -> str:
    """Some authority's certificate, as webhooks want it: the cluster's own."""
    text = plane.kubectl("config", "view", "--raw", "-o", "json").stdout
    data: str = json.loads(text)["clusters"][0]["cluster"]["certificate-authority-data"]
    return data


def _names(plane: ControlPlane, kind: str) -> set[str]:
    listed = json.loads(plane.kubectl("get", kind, "-o", "json").stdout)
    return {item["metadata"]["name"] for item in listed["items"]}


def _until(problems: Callable[[], list[str]]) -> None:
    """Ask until nothing is wrong any more."""
    end = time.monotonic() + LIMIT_SECONDS
    while found := problems():
        assert time.monotonic() < end, f"not in time: {found}"
        time.sleep(0.5)

"""Nodes that do not exist are enough for the real scheduler to place pods."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.controlplane.nodes import EDGE_TAINT, add_storage, add_zone, remove_zone
from tests.controlplane.server import ControlPlane

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

REGION = "us-west-2"
AZ = "us-west-2a"
EDGE = "us-west-2-lax-1a"
NAMESPACE = "placed"


@pytest.fixture
def plane(scheduled_cluster: ControlPlane) -> Iterator[ControlPlane]:
    """Two zones, a class of disks, and a namespace that is removed after."""
    add_zone(scheduled_cluster, AZ, region=REGION, edge=False)
    add_zone(scheduled_cluster, EDGE, region=REGION, edge=True)
    add_storage(scheduled_cluster, [AZ], volumes=1)
    scheduled_cluster.kubectl("create", "namespace", NAMESPACE)
    yield scheduled_cluster
    scheduled_cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
    for zone in (AZ, EDGE):
        remove_zone(scheduled_cluster, zone)
    scheduled_cluster.kubectl("delete", "persistentvolumes,storageclasses", "--all")
    _until(lambda: NAMESPACE not in scheduled_cluster.kubectl("get", "namespaces").stdout)


def test_pods_follow_taint_and_disk(plane: ControlPlane) -> None:
    toleration = {"key": EDGE_TAINT, "value": EDGE, "effect": "NoSchedule"}
    edge = {"nodeSelector": {"topology.kubernetes.io/zone": EDGE}, "tolerations": [toleration]}
    claim = {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "gp2",
            "resources": {"requests": {"storage": "5Gi"}},
        },
    }
    for manifest in (
        _workload("Deployment", "tolerates", edge),
        _workload("Deployment", "tolerates-nothing", {}),
        _workload("StatefulSet", "postgres", {}, volumeClaimTemplates=[claim]),
    ):
        plane.kubectl("apply", "--server-side", "-f", "-", input=json.dumps(manifest))

    _until(lambda: len(_zones(plane)) == 3 and all(_zones(plane).values()))
    assert _zones(plane) == {"tolerates": EDGE, "tolerates-nothing": AZ, "postgres": AZ}
    claims = plane.get(f"/api/v1/namespaces/{NAMESPACE}/persistentvolumeclaims")["items"]
    assert [claim["status"]["phase"] for claim in claims] == ["Bound"]

    assert len(remove_zone(plane, EDGE)) == 2
    _until(lambda: _zones(plane).get("tolerates", "gone") is None)
    assert _zones(plane) == {"tolerates": None, "tolerates-nothing": AZ, "postgres": AZ}


def test_nodes_carry_the_edge_taint_and_no_other(plane: ControlPlane) -> None:
    nodes = plane.get("/api/v1/nodes")["items"]
    taints = {
        node["metadata"]["name"]: [taint["key"] for taint in node["spec"].get("taints", [])]
        for node in nodes
    }
    assert taints == {
        f"{AZ}-node-1": [],
        f"{AZ}-node-2": [],
        f"{EDGE}-node-1": [EDGE_TAINT],
        f"{EDGE}-node-2": [EDGE_TAINT],
    }


def _workload(kind: str, name: str, pod: dict[str, Any], **spec: object) -> dict[str, Any]:
    container = {"name": name, "image": "example.invalid/app:1"}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [container], **pod},
            },
            **spec,
        },
    }


def _zones(plane: ControlPlane) -> dict[str, str | None]:
    """App → the zone that its (one) pod was bound to, or ``None`` while it waits."""
    pods = plane.get(f"/api/v1/namespaces/{NAMESPACE}/pods")["items"]
    found: dict[str, str | None] = {}
    for pod in pods:
        node = pod["spec"].get("nodeName")
        zone = node.rpartition("-node-")[0] if node else None
        found[pod["metadata"]["labels"]["app"]] = zone
    return found


def _until(ready: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.1)

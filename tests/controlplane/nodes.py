"""
Machines and disks for the scheduler to place pods on: objects only, with nobody behind them.

A scheduler needs no kubelet: it reads Nodes and binds pods to them. Pods stay ``Pending`` or
get a node; they never run.
"""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from tests.controlplane.server import ControlPlane

EDGE_TAINT = "edgeops.dev/edge"
_ZONE_LABEL = "topology.kubernetes.io/zone"
_SIZE = {"cpu": "16", "memory": "64Gi", "ephemeral-storage": "200Gi", "pods": "110"}


def add_zone(
    plane: ControlPlane,
    zone: str,
    *,
    region: str,
    edge: bool,
    count: int = 2,
    taint: str = EDGE_TAINT,
) -> tuple[str, ...]:
    """Make ``count`` ready nodes in a zone, tainted in an edge zone; return their names."""
    names = tuple(f"{zone}-node-{number}" for number in range(1, count + 1))
    for name in names:
        node = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": name,
                "labels": {
                    _ZONE_LABEL: zone,
                    "topology.kubernetes.io/region": region,
                    "kubernetes.io/hostname": name,
                    "kubernetes.io/arch": "amd64",
                    "kubernetes.io/os": "linux",
                },
            },
        }
        plane.apply(f"/api/v1/nodes/{name}", node)
        _replace_taints(plane, name, _taint(taint, zone) if edge else [])
        _report_ready(plane, name)
    return names


def remove_zone(plane: ControlPlane, zone: str) -> tuple[str, ...]:
    """
    Lose a zone: its nodes, and at once the pods on them.

    On a real cluster the garbage collector of pods does the second half, a minute later.
    Returns the names of the nodes that are gone.
    """
    listed = plane.get(f"/api/v1/nodes?labelSelector={quote(f'{_ZONE_LABEL}={zone}')}")
    names = tuple(node["metadata"]["name"] for node in listed["items"])
    for name in names:
        _send(plane, "DELETE", f"/api/v1/nodes/{name}")
        orphans = plane.get(f"/api/v1/pods?fieldSelector={quote(f'spec.nodeName={name}')}")
        for pod in orphans["items"]:
            path = "/api/v1/namespaces/{namespace}/pods/{name}".format_map(pod["metadata"])
            _send(plane, "DELETE", path, {"gracePeriodSeconds": 0})
    return names


def add_storage(
    plane: ControlPlane,
    zones: Iterable[str],
    *,
    storage_class: str = "gp2",
    volumes: int = 2,
    size: str = "20Gi",
) -> None:
    """Make a class whose claims bind on first use, and ``volumes`` free ones in each zone."""
    made = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": storage_class},
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    plane.apply(f"/apis/storage.k8s.io/v1/storageclasses/{storage_class}", made)
    for zone in zones:
        for number in range(1, volumes + 1):
            name = f"{storage_class}-{zone}-{number}"
            volume = _volume(name, zone, storage_class, size)
            plane.apply(f"/api/v1/persistentvolumes/{name}", volume)


def _volume(name: str, zone: str, storage_class: str, size: str) -> dict[str, Any]:
    here = {"key": _ZONE_LABEL, "operator": "In", "values": [zone]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": size},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": storage_class,
            "local": {"path": f"/volumes/{name}"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
        },
    }


def _taint(key: str, zone: str) -> list[dict[str, str]]:
    return [{"key": key, "value": zone, "effect": "NoSchedule"}]


def _replace_taints(plane: ControlPlane, name: str, taints: list[dict[str, str]]) -> None:
    """
    Set the taints, and nothing but these.

    Admission taints every new node as not ready, and the controller that would take that away
    again is off.
    """
    _merge(plane, f"/api/v1/nodes/{name}", {"spec": {"taints": taints}})


def _report_ready(plane: ControlPlane, name: str) -> None:
    """Say what its kubelet would say."""
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "KubeletReady",
        "message": "a node of the tests",
    }
    status = {"capacity": _SIZE, "allocatable": _SIZE, "conditions": [ready]}
    _merge(plane, f"/api/v1/nodes/{name}/status", {"status": status})


def _merge(plane: ControlPlane, path: str, body: dict[str, Any]) -> None:
    _send(plane, "PATCH", path, body, "application/merge-patch+json")


def _send(
    plane: ControlPlane,
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
    content_type: str = "application/json",
) -> None:
    status, answer = plane.request(method, path, body=body, content_type=content_type)
    assert status in (200, 202), f"{method} {path}: {status} {json.loads(answer).get('message')}"

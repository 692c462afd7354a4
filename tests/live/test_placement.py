"""
Where the real scheduler puts the pods: each in its own zone, and nowhere else.

No Consul runs here, so its annotations do nothing and no proxy is injected.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.controlplane.nodes import add_storage, add_zone, remove_zone
from tests.controlplane.server import ControlPlane
from tests.live.fleet import SERVER_SIDE_FLUX, FleetOnDisk, ensure_namespaces, make_fleet

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

REGION = "us-west-2"
AVAILABILITY_ZONES = ("us-west-2a", "us-west-2b", "us-west-2c")
LOST, KEPT = "us-west-2-las-1a", "us-west-2-wl1-sea-wlz-1"
EDGES = (LOST, KEPT)
PREFIX = "place"
LIMIT_SECONDS = 90


@dataclass(frozen=True)
class Pod:
    """What matters here of a pod."""

    app: str
    zone: str
    """The place that it belongs to: an edge zone, or ``region``."""

    node: str | None
    refused: bool
    """Whether the scheduler found no node for it."""

    @property
    def landed(self) -> str | None:
        """The zone of its node."""
        return self.node.rpartition("-node-")[0] if self.node else None


@pytest.fixture
def plane(scheduled_cluster: ControlPlane) -> Iterator[ControlPlane]:
    """Two nodes in each Availability Zone and each edge zone, and disks everywhere."""
    for zone in AVAILABILITY_ZONES:
        add_zone(scheduled_cluster, zone, region=REGION, edge=False)
    for zone in EDGES:
        add_zone(scheduled_cluster, zone, region=REGION, edge=True)
    # At the edge too, so that nothing but its own rules keeps postgres in the Region.
    add_storage(scheduled_cluster, (*AVAILABILITY_ZONES, *EDGES))
    ensure_namespaces(scheduled_cluster)
    yield scheduled_cluster
    ours = [f"{PREFIX}-{zone}" for zone in ("region", *EDGES)]
    made = [*ours, "argocd", "flux-system"]
    scheduled_cluster.kubectl("delete", "namespace", *made, "--wait=false")
    for zone in (*AVAILABILITY_ZONES, *EDGES):
        remove_zone(scheduled_cluster, zone)
    scheduled_cluster.kubectl("delete", "persistentvolumes,storageclasses", "--all")
    _until(lambda: not {*made} & _namespaces(scheduled_cluster))


@pytest.mark.parametrize("mesh", ["consul-enterprise", "none"])
def test_every_pod_in_its_zone(plane: ControlPlane, tmp_path: Path, mesh: str) -> None:
    fleet = make_fleet(
        tmp_path / "fleet",
        prefix=PREFIX,
        mesh=mesh,
        zones=EDGES,
        availability_zones=AVAILABILITY_ZONES,
    )
    fleet.apply(plane, SERVER_SIDE_FLUX)
    wanted = _wanted(plane, fleet)
    assert wanted["region", "postgres"] == 1
    assert wanted["region", "frontend"] >= len(AVAILABILITY_ZONES)
    assert all(wanted[zone, "frontend"] >= 1 for zone in EDGES)

    _until(lambda: _settled(_pods(plane, fleet), wanted))
    before = _pods(plane, fleet)
    assert [pod for pod in before.values() if pod.refused or pod.node is None] == []
    for zone in EDGES:
        assert {pod.landed for pod in before.values() if pod.zone == zone} == {zone}
    hub = [pod for pod in before.values() if pod.zone == "region"]
    assert {pod.landed for pod in hub} == {*AVAILABILITY_ZONES}
    for front in ("frontend", "nginx"):
        assert {pod.landed for pod in hub if pod.app == front} == {*AVAILABILITY_ZONES}
    databases = {pod.landed for pod in hub if pod.app.startswith("postgres")}
    assert len(databases) == 2, "the replica must not fall with the primary's zone"

    assert len(remove_zone(plane, LOST)) == 2
    _until(lambda: _settled(_pods(plane, fleet), wanted))
    after = _pods(plane, fleet)
    stranded = [pod for pod in after.values() if pod.zone == LOST]
    assert stranded
    assert all(pod.refused and pod.node is None for pod in stranded)
    assert _elsewhere(after) == _elsewhere(before)


def _elsewhere(pods: Mapping[str, Pod]) -> dict[str, Pod]:
    """By uid: a pod that was moved would be another one."""
    return {uid: pod for uid, pod in pods.items() if pod.zone != LOST}


def _wanted(plane: ControlPlane, fleet: FleetOnDisk) -> dict[tuple[str, str], int]:
    """How many pods each workload of each zone asks for."""
    found = {}
    for zone in fleet.zones:
        for plural in ("deployments", "statefulsets"):
            path = f"/apis/apps/v1/namespaces/{fleet.namespace(zone)}/{plural}"
            for item in plane.get(path)["items"]:
                found[zone, item["metadata"]["name"]] = item["spec"]["replicas"]
    return found


def _pods(plane: ControlPlane, fleet: FleetOnDisk) -> dict[str, Pod]:
    """All pods of the fleet by uid."""
    found = {}
    for zone in fleet.zones:
        for item in plane.get(f"/api/v1/namespaces/{fleet.namespace(zone)}/pods")["items"]:
            found[item["metadata"]["uid"]] = Pod(
                app=item["metadata"]["labels"]["app"],
                zone=zone,
                node=item["spec"].get("nodeName"),
                refused=_refused(item),
            )
    return found


def _refused(pod: Mapping[str, Any]) -> bool:
    """https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions"""
    return any(
        condition["type"] == "PodScheduled" and condition["status"] == "False"
        for condition in pod["status"].get("conditions") or ()
    )


def _settled(pods: Mapping[str, Pod], wanted: Mapping[tuple[str, str], int]) -> bool:
    """Whether all pods are there and the scheduler has spoken about each."""
    counts = dict.fromkeys(wanted, 0)
    for pod in pods.values():
        counts[pod.zone, pod.app] += 1
    return counts == wanted and all(pod.node or pod.refused for pod in pods.values())


def _namespaces(plane: ControlPlane) -> set[str]:
    return {item["metadata"]["name"] for item in plane.get("/api/v1/namespaces")["items"]}


def _until(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT_SECONDS
    while not ready():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.2)

"""
Where the real scheduler puts the pods: each in its own zone, and nowhere else.

No Consul runs here, so its annotations do nothing and no proxy is injected.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.controlplane.nodes import add_storage, add_zone, remove_zone
from tests.controlplane.server import ControlPlane
from tests.live.fleet import MESHES, SERVER_SIDE_FLUX, FleetOnDisk, ensure_namespaces, make_fleet

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

REGION = "us-west-2"
AVAILABILITY_ZONES = ("us-west-2a", "us-west-2b", "us-west-2c")
LOST, KEPT = "us-west-2-las-1a", "us-west-2-wl1-sea-wlz-1"
EDGES = (LOST, KEPT)
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


@pytest.fixture(scope="module")
def ground(scheduled_cluster: ControlPlane) -> Iterator[ControlPlane]:
    """Disks in every zone and the engines' namespaces; in the end all is as before."""
    before = _namespaces(scheduled_cluster)
    # At the edge too, so that nothing but its own rules keeps postgres in the Region.
    volumes = 2 * len(MESHES)
    add_storage(scheduled_cluster, (*AVAILABILITY_ZONES, *EDGES), volumes=volumes)
    ensure_namespaces(scheduled_cluster)
    yield scheduled_cluster
    made = _namespaces(scheduled_cluster) - before
    scheduled_cluster.kubectl("delete", "namespace", *made, "--wait=false")
    for zone in (*AVAILABILITY_ZONES, *EDGES):
        remove_zone(scheduled_cluster, zone)
    scheduled_cluster.kubectl("delete", "persistentvolumes,storageclasses", "--all")
    _until(lambda: made & _namespaces(scheduled_cluster))


@pytest.fixture
def plane(ground: ControlPlane) -> ControlPlane:
    """Two nodes in each zone, and more in the first so that it is the obvious one."""
    for zone in AVAILABILITY_ZONES:
        count = 6 if zone == AVAILABILITY_ZONES[0] else 2
        add_zone(ground, zone, region=REGION, edge=False, count=count)
    for zone in EDGES:
        add_zone(ground, zone, region=REGION, edge=True)
    return ground


@pytest.mark.parametrize("mesh", MESHES)
def test_every_pod_in_its_zone(plane: ControlPlane, tmp_path: Path, mesh: str) -> None:
    fleet = make_fleet(
        tmp_path / "fleet",
        prefix=f"place-{mesh[-4:]}",
        mesh=mesh,
        zones=EDGES,
        availability_zones=AVAILABILITY_ZONES,
    )
    fleet.apply(plane, SERVER_SIDE_FLUX)
    wanted = _wanted(plane, fleet)
    assert wanted["region", "postgres"] == 1
    assert wanted["region", "frontend"] >= len(AVAILABILITY_ZONES)
    assert all(wanted[zone, "frontend"] >= 1 for zone in EDGES)

    # A claim that waits for its disk refuses its pod for a moment: bound is what counts.
    _until(lambda: _problems(_pods(plane, fleet), wanted))
    before = _pods(plane, fleet)
    for zone in EDGES:
        assert {pod.landed for pod in before.values() if pod.zone == zone} == {zone}
    hub = [pod for pod in before.values() if pod.zone == "region"]
    assert {pod.landed for pod in hub} == {*AVAILABILITY_ZONES}
    for front in ("frontend", "nginx"):
        assert {pod.landed for pod in hub if pod.app == front} == {*AVAILABILITY_ZONES}
    databases = {pod.landed for pod in hub if pod.app.startswith("postgres")}
    assert len(databases) == 2, "the replica must not fall with the primary's zone"

    assert len(remove_zone(plane, LOST)) == 2
    _until(lambda: _problems(_pods(plane, fleet), wanted, stranded=LOST))
    assert _elsewhere(_pods(plane, fleet)) == _elsewhere(before)


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


def _problems(
    pods: Mapping[str, Pod], wanted: Mapping[tuple[str, str], int], stranded: str | None = None
) -> list[str]:
    """What is not yet as it must be: every pod there, and bound unless its zone is gone."""
    counts = dict.fromkeys(wanted, 0)
    for pod in pods.values():
        counts[pod.zone, pod.app] += 1
    found = [
        f"{counts[key]} of {count} {key}" for key, count in wanted.items() if counts[key] != count
    ]
    for pod in pods.values():
        good = pod.refused and pod.node is None if pod.zone == stranded else pod.node is not None
        if not good:
            found.append(str(pod))
    return found


def _namespaces(plane: ControlPlane) -> set[str]:
    return {item["metadata"]["name"] for item in plane.get("/api/v1/namespaces")["items"]}


def _until(problems: Callable[[], Collection[str]]) -> None:
    """Ask until nothing is wrong any more."""
    end = time.monotonic() + LIMIT_SECONDS
    while found := problems():
        assert time.monotonic() < end, f"not in time: {found}"
        time.sleep(0.2)

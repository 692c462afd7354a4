"""What the floor has to read: the very LISTs of a drift check, found out by asking it."""

from collections.abc import Sequence
from pathlib import Path

from bench.fleet import CLUSTER, BenchFleet
from bench.ground import Ground
from edgeops import wiring
from edgeops.adapters import apiserver, cluster
from edgeops.core import documents
from edgeops.core.fleet.model import Cluster
from edgeops.ports import LiveState, Wanted
from edgeops.usecases.desired import Selection
from edgeops.usecases.drift import Tools, check_repository


class _Noting:
    """A `LiveReader` of an empty cluster that remembers what was wanted of it."""

    def __init__(self) -> None:
        self.wanted: list[Wanted] = []

    def read(self, wanted: Sequence[Wanted]) -> LiveState:
        self.wanted += wanted
        return LiveState()


def write_plan(fleet: BenchFleet, ground: Ground, file: Path) -> None:
    """Write the plan of `bench.floor` for a check of *fleet*."""
    plane, asked = ground.plane, _Noting()
    check_repository(
        Tools(clock=wiring.clock(), schemas=wiring.schemas(), readers=lambda _: asked),
        wiring.repository(str(fleet.root)),
        wiring.files(str(fleet.root)),
        wiring.builder(None),
        parse=wiring.parse_fleet,
        yielded=wiring.yielded_applications,
        contexts=_one_context,
        rev="HEAD",
        selection=Selection(),
    )
    with apiserver.opened(CLUSTER, str(plane.kubeconfig("reader")), 60) as (_, discovery):
        served = [
            (discovery.resources.get((one.group, one.version or "", one.kind)), one.whole)
            for one in asked.wanted
        ]
    lists = [
        (f"{resource.path}/{resource.plural}", cluster.accepted(whole=whole))
        for resource, whole in served
        if resource is not None
    ]
    plan = {
        "url": plane.url,
        "token": plane.token("admin"),
        "ca": ground.authority,
        "limit": cluster.PAGE,
        "lists": lists,
    }
    file.write_text(documents.dump_json(plan), encoding="utf-8")


def _one_context(_: Cluster) -> tuple[str, str]:
    return CLUSTER, CLUSTER

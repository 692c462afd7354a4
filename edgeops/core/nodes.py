"""
What the nodes of each zone need: the label that says where they are, and the taint of the edge.

An edge node without its taint draws pods of the whole cluster, CoreDNS among them, which no
other edge zone can reach; a node of the Region with it takes none of the hub's.
https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from edgeops.core.fleet.model import Cluster, Fleet, ZoneState
from edgeops.core.objects import KubeObject
from edgeops.core.zones import ZoneCatalogue, ZoneType, recognise, region_prefix

ZONE_LABEL: Final = "topology.kubernetes.io/zone"
EFFECT: Final = "NoSchedule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taint:
    """A taint of a node."""

    key: str
    value: str
    effect: str = EFFECT

    def __str__(self) -> str:
        """As ``kubectl taint`` and the kubelet's flag write it."""
        return (
            f"{self.key}={self.value}:{self.effect}" if self.value else f"{self.key}:{self.effect}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeNeeds:
    """The labels and taints of every node of one zone: an edge zone, or the hub's."""

    cluster: str
    zone: str
    type: ZoneType
    region: str
    zones: tuple[str, ...]
    """Values that `ZONE_LABEL` may have: one at the edge, the Availability Zones of the hub."""

    taints: tuple[Taint, ...]
    subnets: tuple[str, ...] = ()
    """The zone's subnets as ``edgeops.yaml`` knows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeProblem:
    """A node that is not as its zone needs it."""

    cluster: str
    zone: str | None
    """As the node's label has it, the hub's Availability Zones too; None without the label."""

    node: str
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The nodes of a zone of AWS that are in a cluster."""

    zone: str
    type: ZoneType | None
    """None where neither the catalogue nor the form of the name tells."""

    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRow:
    """One edge zone of the fleet."""

    cluster: str
    zone: str
    type: ZoneType
    parent: str
    """Its Region: which Availability Zone is its parent differs from account to account."""

    namespace: str
    stage: ZoneState
    nodes: tuple[str, ...] | None
    """Names of its nodes; None where nobody looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneList:
    """The edge zones of a fleet, and those that could be added."""

    zones: tuple[ZoneRow, ...]
    proposed: tuple[tuple[Cluster, Place], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReport:
    """What nodes need, and which ones lack it."""

    needs: tuple[NodeNeeds, ...]
    problems: tuple[NodeProblem, ...] | None
    """None where nobody looked."""

    read: int = 0
    """How many nodes were looked at."""


def needs(fleet: Fleet, cluster: Cluster) -> tuple[NodeNeeds, ...]:
    """What the nodes of *cluster* need, the hub's first."""
    return tuple(
        NodeNeeds(
            cluster=cluster.name,
            zone=zone.name,
            type=zone.type,
            region=cluster.region,
            zones=zone.zones,
            taints=() if zone.is_hub else (Taint(key=fleet.taint, value=zone.name),),
            subnets=zone.ingress_subnets,
        )
        for zone in cluster.zones
    )


def places(nodes: Iterable[KubeObject], catalogue: ZoneCatalogue) -> tuple[Place, ...]:
    """The zones that *nodes* are in, by name; a node without the label is in none."""
    found: dict[str, list[str]] = {}
    for node in nodes:
        if zone := _zone_of(node):
            found.setdefault(zone, []).append(node.name)
    return tuple(
        Place(zone=zone, type=_type(zone, catalogue), nodes=tuple(sorted(names)))
        for zone, names in sorted(found.items())
    )


def proposals(cluster: Cluster, found: Iterable[Place]) -> tuple[Place, ...]:
    """
    The edge zones that have nodes in *cluster* and no overlay.

    A zone of another Region is none: its nodes cannot be in this cluster's VPC.
    """
    known = {name for zone in cluster.zones for name in zone.zones}
    return tuple(
        place
        for place in found
        if place.zone not in known
        and place.type is not ZoneType.AVAILABILITY_ZONE
        and region_prefix(place.zone) in {None, cluster.region}
    )


def problems(
    fleet: Fleet, cluster: Cluster, nodes: Iterable[KubeObject], catalogue: ZoneCatalogue
) -> tuple[NodeProblem, ...]:
    """Every node of *cluster* that is not as its zone needs it, by zone and name."""
    found = [item for node in nodes for item in _of(fleet, cluster, node, catalogue)]
    return tuple(sorted(found, key=lambda item: (item.zone or "", item.node, item.problem)))


def _of(
    fleet: Fleet, cluster: Cluster, node: KubeObject, catalogue: ZoneCatalogue
) -> Iterator[NodeProblem]:
    zone = _zone_of(node)
    own = [taint for taint in _taints(node) if taint.key == fleet.taint]

    def problem(text: str, remedy: str) -> NodeProblem:
        return NodeProblem(
            cluster=cluster.name, zone=zone, node=node.name, problem=text, remedy=remedy
        )

    def without(taint: Taint) -> str:
        return f"kubectl --context {cluster.context} taint node {node.name} {taint}-"

    if zone is None:
        yield problem(
            f"has no label {ZONE_LABEL}: pods of no zone can run on it",
            f"kubectl --context {cluster.context} label node {node.name} {ZONE_LABEL}=<zone>",
        )
        return
    if zone in cluster.hub.zones or _type(zone, catalogue) is ZoneType.AVAILABILITY_ZONE:
        for taint in own:
            yield problem(f"is in the Region and has the taint {taint} of the edge", without(taint))
        return
    wanted = Taint(key=fleet.taint, value=zone)
    if wanted not in own:
        yield problem(
            f"lacks the taint {wanted}: pods of every zone can land on it",
            f"kubectl --context {cluster.context} taint node {node.name} {wanted}",
        )
    for taint in own:
        if taint != wanted:
            yield problem(
                f"has the taint {taint}, which this zone's pods do not tolerate", without(taint)
            )


def _zone_of(node: KubeObject) -> str | None:
    value = node.labels.get(ZONE_LABEL)
    return str(value) if value else None


def _taints(node: KubeObject) -> Iterator[Taint]:
    spec = node.body.get("spec")
    listed: Any = spec.get("taints") if isinstance(spec, Mapping) else None
    for item in listed if isinstance(listed, Sequence) else ():
        if isinstance(item, Mapping):
            yield Taint(
                key=str(item.get("key", "")),
                value=str(item.get("value") or ""),
                effect=str(item.get("effect", "")),
            )


def _type(zone: str, catalogue: ZoneCatalogue) -> ZoneType | None:
    if known := catalogue.get(zone):
        return known.type
    form = recognise(zone)
    return form.type if form else None

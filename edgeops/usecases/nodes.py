"""``edgeops nodes`` and ``edgeops zone list``: zones beside the nodes that clusters have there."""

from collections.abc import Callable, Mapping, Sequence

from edgeops.core import nodes
from edgeops.core.fleet.model import Cluster, Fleet
from edgeops.core.nodes import NodeProblem, NodeReport, Place, ZoneList, ZoneRow
from edgeops.core.objects import KubeObject
from edgeops.core.zones import ZoneCatalogue
from edgeops.errors import LiveStateError
from edgeops.ports import LiveReader, Wanted

_NODES = Wanted(group="", kind="Node", version="v1")

ReadCluster = Callable[[Cluster], LiveReader]


def list_zones(
    clusters: Sequence[Cluster],
    catalogue: ZoneCatalogue,
    *,
    reader: ReadCluster | None,
    discover: bool,
) -> ZoneList:
    """
    The edge zones of *clusters*.

    Args:
        reader: None if no cluster is to be asked about its nodes.
        discover: whether zones with nodes and without an overlay are proposed.

    Raises:
        LiveStateError: if the nodes of a cluster cannot be read.
    """
    rows: list[ZoneRow] = []
    proposed: list[tuple[Cluster, Place]] = []
    for cluster in clusters:
        found: Mapping[str, Place] | None = None
        if reader is not None:
            places = nodes.places(read_nodes(reader(cluster)), catalogue)
            found = {place.zone: place for place in places}
            if discover:
                proposed += [(cluster, place) for place in nodes.proposals(cluster, places)]
        for zone in cluster.edges:
            place = None if found is None else found.get(zone.name)
            rows.append(
                ZoneRow(
                    cluster=cluster.name,
                    zone=zone.name,
                    type=zone.type,
                    parent=cluster.region,
                    namespace=zone.namespace,
                    stage=zone.state,
                    nodes=None if found is None else place.nodes if place else (),
                )
            )
    return ZoneList(zones=tuple(rows), proposed=tuple(proposed))


def node_report(
    fleet: Fleet,
    clusters: Sequence[Cluster],
    catalogue: ZoneCatalogue,
    *,
    reader: ReadCluster | None,
) -> NodeReport:
    """
    What the nodes of *clusters* need and, where they can be read, which of them lack it.

    Raises:
        LiveStateError: if the nodes of a cluster cannot be read.
    """
    needs = tuple(need for cluster in clusters for need in nodes.needs(fleet, cluster))
    if reader is None:
        return NodeReport(needs=needs, problems=None)
    problems: list[NodeProblem] = []
    read = 0
    for cluster in clusters:
        found = read_nodes(reader(cluster))
        read += len(found)
        problems += nodes.problems(fleet, cluster, found, catalogue)
    return NodeReport(needs=needs, problems=tuple(problems), read=read)


def read_nodes(reader: LiveReader) -> tuple[KubeObject, ...]:
    """
    Every node of a cluster.

    Raises:
        LiveStateError: if they cannot be read.
    """
    state = reader.read([_NODES])
    for gap in state.unread:
        raise LiveStateError(f"the nodes could not be read: {gap.reason}")
    return tuple(item for item in state.objects if (item.group, item.kind) == ("", "Node"))

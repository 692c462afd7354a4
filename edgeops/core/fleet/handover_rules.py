"""What must hold while a fleet goes over from one sync engine to the other."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from edgeops.core.fleet.model import EngineKind, ZoneState

if TYPE_CHECKING:
    from edgeops.core.fleet.spec import FleetSpec

Handover = tuple[EngineKind | None, EngineKind | None]
"""To which engine, from which engine: one of them, or neither."""


def handover_of(spec: "FleetSpec", refuse: Callable[[str, str], None]) -> Handover:
    """
    What ``spec.handover`` says.

    Args:
        refuse: is told the path and what is wrong.
    """
    if spec.handover is None:
        return None, None
    to, origin = spec.handover.to, spec.handover.origin
    where = "spec.handover"
    if (to is None) == (origin is None):
        refuse(where, "must have one of to and from")
    elif spec.engine in {to, origin}:
        refuse(where, f"names {spec.engine}, which is spec.engine: name the other engine")
    for index, cluster in enumerate(spec.clusters):
        path = f"spec.clusters[{index}]"
        for zone in cluster.zones:
            if zone.state is ZoneState.LEAVING:
                refuse(
                    where,
                    f"zone {zone.name} of {cluster.name} is leaving, and no engine prunes during a "
                    "hand-over: finish one before the other begins",
                )
        if cluster.engine_context not in {None, cluster.context or cluster.name}:
            refuse(
                f"{path}.engineContext",
                f"is {cluster.engine_context}: Flux applies to the cluster that it runs in, so a "
                "fleet can be handed over only where Argo CD runs there, too",
            )
    return to, origin

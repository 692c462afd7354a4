"""
Which engines a fleet is given to, and what each of them may do there.

While it is handed over, both have a folder, and at most one of them applies anything.
docs/decisions/0014-how-a-fleet-changes-its-engine.md says why in these steps.
"""

from enum import StrEnum

from edgeops.core.fleet.model import EngineKind, Fleet


class Duty(StrEnum):
    """What an engine does with the overlays."""

    WORKS = "works"
    """Applies and prunes: how it is when nothing is handed over."""

    TAKES = "takes"
    """Applies what the other engine had, and prunes nothing that it did not make itself."""

    RESTS = "rests"
    """Applies nothing, prunes nothing; deleted, it would take nothing with it."""


def engines(fleet: Fleet) -> tuple[EngineKind, ...]:
    """Every engine that has a folder, the one in charge first."""
    others = (fleet.handover_to, fleet.handover_from)
    return (fleet.engine, *(other for other in others if other is not None))


def resting(fleet: Fleet, engine: EngineKind) -> str:
    """Lines for the head of a file in which *engine* is told to rest; else empty."""
    if duty(fleet, engine) is not Duty.RESTS:
        return ""
    return "\nIt rests: the fleet is being handed over (spec.handover of edgeops.yaml)."


def duty(fleet: Fleet, engine: EngineKind) -> Duty:
    """What *engine* does for *fleet*, which is given to it."""
    if fleet.handover_to is not None or engine is fleet.handover_from:
        return Duty.RESTS
    return Duty.WORKS if fleet.handover_from is None else Duty.TAKES

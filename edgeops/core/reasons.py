"""A judged difference, and the reasons why one is or is not drift."""

from dataclasses import dataclass
from enum import StrEnum

from edgeops.core.findings import Attribution, Cause
from edgeops.core.leaves import Delta


class Why(StrEnum):
    """Why a difference is or is not drift; what ``--explain`` will say."""

    DEFAULT = "the API server's default"
    FILLED = "the API server filled in what git leaves open within it"
    UNOWNED = "nobody owns it: filled in by the API server"
    ASSIGNED = "assigned by the API server"
    EMPTY = "empty and absent are the same"
    PLATFORM = "written by the platform"
    CONTROLLER = "written by a controller of Kubernetes"
    ROLLED_OUT = "Argo Rollouts narrowed it to the pods of one revision"
    AUTOSCALER = "within the autoscaler's range"
    ENGINE_DEFAULT = "a default that the engine's first apply wrote along"
    ADDITIONS_WANTED = "an annotation in git says that live additions stay"
    DIFFERS = "git sets it otherwise"
    HAND_MADE = "somebody wrote it and git does not set it"
    LEFT_BEHIND = "the engine applied it and git no longer has it"
    SCALED = "not the default, so that somebody scaled it, though nobody owns it"
    ENCRYPTED = "git has it encrypted: there on both sides, its value cannot be compared"
    UNEXPLAINED = "not in git, not a known default, and managedFields are not there to tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One difference, judged."""

    delta: Delta
    drift: bool
    why: Why
    cause: Cause | None = None
    attribution: Attribution | None = None
    rule: str | None = None
    """What exactly decided, where `why` names only the sort: a rule of the platform, a range."""


NOT_A_FILLING = frozenset(
    {Why.PLATFORM, Why.CONTROLLER, Why.AUTOSCALER, Why.ADDITIONS_WANTED, Why.ENGINE_DEFAULT}
)
"""Reasons that make a live-only leaf somebody else's, not just the filling of a hand-made node."""

"""What is known of the routes of a fleet: each call's end, what to mend, what to expect."""

from dataclasses import dataclass
from enum import StrEnum

from edgeops.core.objects import KubeObject


class Reason(StrEnum):
    """Why a call does not end well."""

    NO_NAME = "no-such-name"
    NO_INTENTION = "intention-missing"
    DENIED = "denied"
    NO_TARGET = "no-healthy-target"
    NO_FAILOVER = "no-failover"
    MISSING_TARGET = "target-missing"
    NO_PROBE = "readiness-probe-missing"
    PROTOCOL = "protocol-mismatch"
    LOOP = "redirect-loop"
    SUBSET = "no-such-subset"
    FILTER = "filter-undecided"
    CROSSING = "spoke-to-spoke"
    ITSELF = "back-to-the-caller"
    OUTSIDE = "out-of-the-cluster"
    OUTSIDE_MESH = "outside-the-mesh"
    REFUSED = "entry-refused"

    @property
    def words(self) -> str:
        return self.value.replace("-", " ")


class ProofStatus(StrEnum):
    """What the whole report says."""

    PASSED = "Passed"
    FAILED = "Failed"
    UNKNOWN = "Unknown"
    """Something could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """A set of instances at which a call may end."""

    service: str
    """As the mesh calls it; without one, the workload's name."""

    namespace: str
    name: str
    """The workload's name, which is the same in every zone; the service's if there is none."""

    zones: tuple[str, ...]
    """Where its instances run; empty if there are none, or they are out of the cluster."""

    reachable: bool
    allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One call, and where it ends."""

    cluster: str
    zone: str
    caller: str | None
    """None for users, who come from outside."""

    upstream: str
    how: str
    """``upstream``, ``transparent proxy``, ``dns`` or ``from outside``."""

    when: str
    """Which requests, where a router or splitter tells them apart; else empty."""

    answer: End | None
    """Who answers; None if nobody does."""

    order: tuple[End, ...]
    """All sets, in the order in which they are tried."""

    reason: Reason | None = None
    message: str = ""
    chain: tuple[str, ...] = ()
    """How the call got where it ends, step by step."""

    source: KubeObject | None = None
    """With a reason: the object to look at."""

    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something to mend: a call that does not end well, or an entry that is not in force."""

    reason: Reason
    message: str
    cluster: str
    zones: tuple[str, ...]
    """Whose calls are hit."""

    calls: tuple[str, ...]
    """``caller -> upstream``."""

    failure: str | None
    """What had to fail for it, such as ``us-west-2-lax-1a/frontend``; None: nothing."""

    chain: tuple[str, ...]
    source: KubeObject | None
    field: str
    path: str | None = None
    """The file, where it is known."""

    line: int | None = None
    only_live: bool = False
    """Whether what is in git does not have it: it comes from drift."""

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes two problems the same one, in git and live."""
        key = "" if self.source is None else str(self.source.key)
        return (self.reason, self.cluster, key, self.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A call that a failure ends, and that nothing in the repository promises to save."""

    cluster: str
    zone: str
    caller: str | None
    upstream: str
    failure: str
    reason: Reason
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """All routes of a fleet, and what follows from them."""

    routes: tuple[Route, ...]
    problems: tuple[Problem, ...]
    outages: tuple[Outage, ...]
    failures: int = 0
    """How many single failures were checked."""

    played: tuple[str, ...] = ()
    """What was taken to be gone: ``ZONE/SERVICE`` or ``ZONE``."""

    unread: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def status(self) -> ProofStatus:
        if self.unread:
            return ProofStatus.UNKNOWN
        return ProofStatus.FAILED if self.problems else ProofStatus.PASSED

"""
What a comparison says: the values of a drift report.

The words are Argo CD's and Flux's. `DriftReport` is what every renderer gets; its JSON form
is fixed by the contract and made in `edgeops.report.document`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from edgeops.core.objects import Origin, ResourceKey
from edgeops.core.shards import Shard

REDACTED: Final = "<redacted>"
"""What stands where a value of a Secret would."""


class SyncStatus(StrEnum):
    """Unknown outranks OutOfSync outranks Synced."""

    SYNCED = "Synced"
    OUT_OF_SYNC = "OutOfSync"
    UNKNOWN = "Unknown"


class Drift(StrEnum):
    """In which way an object differs."""

    MODIFIED = "Modified"
    MISSING = "Missing"
    EXTRANEOUS = "Extraneous"
    NOT_IN_FORCE = "NotInForce"
    """Equal to git, but its controller refused it."""


class Change(StrEnum):
    """In which way a field differs, seen from git."""

    CHANGED = "changed"
    ADDED = "added"
    """Live has it and git does not."""

    REMOVED = "removed"
    """Git has it and live does not."""


class Cause(StrEnum):
    """Why a field differs, where something tells."""

    EDITED = "edited"
    LEFT_BEHIND = "left-behind"
    PENDING = "pending"
    BOTH = "both"


class Severity(StrEnum):
    """How bad; ordered by `SEVERITY_RANK`."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


SEVERITY_RANK: Final = {severity: rank for rank, severity in enumerate(Severity)}
"""0 is the worst."""


class ManagerClass(StrEnum):
    """What kind of program a field manager is."""

    PERSON = "person"
    CONTROLLER = "controller"
    ENGINE = "engine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """
    Who wrote a field last, as managedFields tell it.

    A manager is a program, not a person, and `changed_at` belongs to all fields of one entry:
    it means "not later than".
    """

    manager: str
    manager_class: ManagerClass
    operation: str
    subresource: str | None = None
    changed_at: str | None = None
    """RFC 3339, as the API server wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One difference at the highest node that it concerns."""

    path: str
    """As `edgeops.core.paths.render` writes it: ``spec.ports[port=80,protocol=TCP].nodePort``."""

    change: Change
    desired: Any = None
    live: Any = None
    attribution: Attribution | None = None
    cause: Cause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which terms a finding is waived: an entry of ``spec.drift.waivers``."""

    owner: str
    reason: str
    expires: str
    """The last day, in UTC, on which the waiver holds: ``2026-12-31``."""

    path: str | None = None
    """The field that it is about; None for the whole object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One object that drifted."""

    key: ResourceKey
    api_version: str
    drift: Drift
    severity: Severity
    cluster: str | None = None
    zone: str | None = None
    """None for objects of the engine that belong to no zone, and without an ``edgeops.yaml``."""

    fields: tuple[FieldChange, ...] = ()
    cause: Cause | None = None
    origin: Origin | None = None
    attribution: Attribution | None = None
    message: str | None = None
    """A sentence that the fields do not say, such as why a controller refused the object."""

    waiver: Terms | None = None
    """Of a waived finding, or of the part of one that is waived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Something that could not be read, so that nothing can be said of it."""

    what: str
    """A kind with its API version (``apps/v1 Deployment``), an overlay, or a cluster."""

    reason: str
    cluster: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneReport:
    """The counts of one row: a zone, the hub, or (zone None) a cluster's other engine objects."""

    cluster: str | None
    zone: str | None
    namespace: str | None
    synced: int = 0
    modified: int = 0
    missing: int = 0
    extraneous: int = 0
    unknown: int = 0
    unread: bool = False
    """Whether something of this zone could not be read, even if no object counts as unknown."""

    drifted: bool = False
    """Whether it has findings; NotInForce ones count their object as modified."""

    synced_revision: str | None = None

    @property
    def objects(self) -> int:
        return self.synced + self.modified + self.missing + self.extraneous + self.unknown

    @property
    def status(self) -> SyncStatus:
        if self.unread or self.unknown:
            return SyncStatus.UNKNOWN
        return SyncStatus.OUT_OF_SYNC if self.drifted else SyncStatus.SYNCED


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleUse:
    """An ignore rule and how many differences it hid."""

    rule: str
    source: str
    hid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryState:
    """Which state of the repository was compared."""

    url: str | None = None
    branch: str | None = None
    revision: str | None = None
    """40 hex digits; None where the desired state did not come from a commit."""

    dirty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """The whole result of one comparison, in fixed order."""

    repository: RepositoryState
    started_at: str
    """RFC 3339 in UTC, seconds."""

    duration_seconds: float
    edgeops_version: str
    kustomize_version: str | None
    zones: tuple[ZoneReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    unread: tuple[Unread, ...] = ()
    rules: tuple[RuleUse, ...] = ()
    waived: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """Sentences on how far the verdict reaches, such as "the dump counts as complete"."""

    shard: Shard | None = None
    """Which share of the fleet this is; None for all that was asked about."""

    @property
    def status(self) -> SyncStatus:
        """Never `SYNCED` on the strength of something that was not read."""
        if self.unread:
            return SyncStatus.UNKNOWN
        return worst(zone.status for zone in self.zones)


def worst(statuses: Iterable[SyncStatus]) -> SyncStatus:
    """The status that outranks the others; `SYNCED` for none."""
    seen = set(statuses)
    for status in (SyncStatus.UNKNOWN, SyncStatus.OUT_OF_SYNC):
        if status in seen:
            return status
    return SyncStatus.SYNCED

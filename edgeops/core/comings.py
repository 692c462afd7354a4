"""What comes, changes and goes from one report to the next, line by line."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from edgeops.core.delta import Parting, delta
from edgeops.core.findings import DriftReport, Finding, SyncStatus, Unread, ZoneReport


class Coming(StrEnum):
    """As the events of a Kubernetes watch are called."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingEvent:
    """A finding that came, is another now, or went."""

    what: Coming
    finding: Finding
    why: Parting | None = None
    """Why it went."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusEvent:
    """A row whose status is another now, with what could not be read of it."""

    row: ZoneReport
    unread: tuple[Unread, ...]


def comings(before: DriftReport | None, now: DriftReport) -> Iterator[FindingEvent | StatusEvent]:
    """
    What *now* says otherwise than *before*, in the order of a report.

    Without a report before, all was in sync.
    """
    found = delta(before, now)
    for finding in found.came:
        yield FindingEvent(what=Coming.ADDED, finding=finding)
    for finding in found.changed:
        yield FindingEvent(what=Coming.MODIFIED, finding=finding)
    for gone in found.went:
        yield FindingEvent(what=Coming.DELETED, finding=gone.finding, why=gone.why)
    statuses = {(row.cluster, row.zone): row.status for row in before.zones} if before else {}
    for row in now.zones:
        place = (row.cluster, row.zone)
        if statuses.get(place, SyncStatus.SYNCED) is not row.status:
            gaps = (gap for gap in now.unread if (gap.cluster, gap.zone) == place)
            yield StatusEvent(row=row, unread=tuple(gaps))

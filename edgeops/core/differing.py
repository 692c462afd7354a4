"""What a later report says that an earlier one did not."""

from dataclasses import dataclass
from enum import StrEnum

from edgeops.core.episodes import Covered, Episode, Event, Happening, advance
from edgeops.core.findings import DriftReport, SyncStatus
from edgeops.core.moments import seconds_between


class Trend(StrEnum):
    """What the later report says of the earlier one; Unknown outranks Worse."""

    SAME = "Same"
    BETTER = "Better"
    WORSE = "Worse"
    UNKNOWN = "Unknown"
    """The later report could not read everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDiff:
    """What changed from one report to another."""

    old: str
    """When the earlier one was made, RFC 3339."""

    new: str
    events: tuple[Event, ...]
    untold: tuple[Episode, ...]
    """Drift of the earlier report of which the later one says nothing: it did not read there."""

    status: Trend


def difference(old: DriftReport, new: DriftReport) -> ReportDiff:
    """
    What is new, worse and resolved in *new*.

    Raises:
        ValueError: if *new* is the earlier one.
    """
    if seconds_between(old.started_at, new.started_at) < 0:
        raise ValueError(f"it was made at {old.started_at}, the other one at {new.started_at}")
    known = {event.episode.key: event.episode for event in advance({}, old).events}
    after = advance(known, new, covered=_only_what_it_has)
    seen = {episode.key for episode in after.changed}
    return ReportDiff(
        old=old.started_at,
        new=new.started_at,
        events=after.events,
        untold=tuple(episode for key, episode in sorted(known.items()) if key not in seen),
        status=_trend(new, after.events),
    )


_only_what_it_has: Covered = lambda _cluster, _zone: False  # noqa: E731 - a report may be narrowed


def _trend(new: DriftReport, events: tuple[Event, ...]) -> Trend:
    if new.status is SyncStatus.UNKNOWN:
        return Trend.UNKNOWN
    if any(event.what is not Happening.RESOLVED for event in events):
        return Trend.WORSE
    return Trend.BETTER if events else Trend.SAME

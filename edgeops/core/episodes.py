"""
Drift over time: what is new since the last report, worse, resolved, or back again.

An episode is one object of one zone that drifted, from the first report that says so on. It is
resolved by a report that read the object and found nothing; what could not be read, what was not
asked about and what somebody waived resolves nothing. `advance` takes what was known and one
more report; where that is kept is somebody else's concern, so a check that runs every hour and
one that never stops use it alike.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from edgeops.core.findings import (
    SEVERITY_RANK,
    Drift,
    DriftReport,
    Finding,
    Severity,
    SyncStatus,
)
from edgeops.core.moments import seconds_between
from edgeops.core.objects import ResourceKey
from edgeops.core.turns import GIT, KEPT_TURNS, Fight, Turn, fights, lately, next_turns

FLAPPING_OPENINGS: Final = 3
"""So many openings within that time, and an episode flaps."""


class State(StrEnum):
    """How an episode stands."""

    OPEN = "open"
    RESOLVED = "resolved"
    WAIVED = "waived"
    """Still there, and somebody answers for it."""


class Happening(StrEnum):
    """What a report says of an episode that the one before it did not."""

    NEW = "new"
    WORSE = "worse"
    RESOLVED = "resolved"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True, order=True)
class EpisodeKey:
    """Which object, in which zone; absent names are empty."""

    cluster: str
    zone: str
    resource: ResourceKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One object's drift from its first report on; all times are RFC 3339."""

    key: EpisodeKey
    api_version: str
    drift: Drift
    severity: Severity
    """The worst since it opened last."""

    state: State
    first_seen: str
    last_seen: str
    """When a report last had it."""

    opened: tuple[str, ...]
    """When it opened; several if it came back. The last `KEPT_TURNS`."""

    openings: int = 1
    """How often it opened, all told."""

    resolved_at: str | None = None
    paths: tuple[str, ...] = ()
    """Fields that drifted since it opened last, sorted."""

    turns: tuple[Turn, ...] = ()
    """Who had each field, one after the other."""

    @property
    def managers(self) -> tuple[str, ...]:
        """Programs that wrote what drifted since it opened last, sorted."""
        writers = {turn.writer for turn in self.turns if turn.seen_at >= self.opened[-1]}
        return tuple(sorted(writers - {"", GIT}))

    def flapping(self, now: str) -> bool:
        """Whether it came back so often lately that it will come back again."""
        return len(lately(self.opened, now)) >= FLAPPING_OPENINGS

    def fights(self, now: str) -> tuple[Fight, ...]:
        """The fields over which two writers fight, sorted by path."""
        return fights(self.turns, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened to one episode."""

    what: Happening
    episode: Episode
    """As it stands after that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """What one more report makes of what was known."""

    changed: tuple[Episode, ...]
    """Every episode that is not as it was known, in order of their keys."""

    events: tuple[Event, ...]


Covered = Callable[[str | None, str | None], bool]
"""Whether a check was about a cluster's zone at all; asked only where the report has no row."""


def everything(_cluster: str | None, _zone: str | None) -> bool:
    """The `Covered` of a check of the whole fleet: a zone without a row is no more."""
    return True


def advance(
    known: Mapping[EpisodeKey, Episode], report: DriftReport, *, covered: Covered = everything
) -> Advance:
    """
    What *report* says of the episodes that were *known*, and of those that begin with it.

    A report that is not later than what is known of an episode says nothing of it.
    """
    now = report.started_at
    found = _by_key(report.findings)
    waived = _by_key(report.waived)
    statuses = {(row.cluster or "", row.zone or ""): row.status for row in report.zones}
    changed: list[Episode] = []
    events: list[Event] = []
    for key in sorted({*known, *found}):
        before, findings = known.get(key), found.get(key, ())
        if before is not None and _older(now, before):
            continue
        what: Happening | None = None
        if findings:
            after, what = _seen(before, key, findings, now)
        elif before is None or before.state is State.RESOLVED:
            continue
        elif key in waived:
            after = replace(before, state=State.WAIVED, last_seen=now)
        elif _was_read(key, statuses, covered):
            what = Happening.RESOLVED if before.state is State.OPEN else None
            after = _resolved(before, now)
        else:
            continue
        changed.append(after)
        if what is not None:
            events.append(Event(what=what, episode=after))
    return Advance(changed=tuple(changed), events=tuple(events))


def key_of(finding: Finding) -> EpisodeKey:
    """The episode that a finding belongs to."""
    return EpisodeKey(finding.cluster or "", finding.zone or "", finding.key)


def is_worse(episode: Episode, severity: Severity, drift: Drift, paths: Iterable[str]) -> bool:
    """Whether an episode is worse than a severity, a kind of drift and fields known before."""
    return (
        SEVERITY_RANK[episode.severity] < SEVERITY_RANK[severity]
        or episode.drift is not drift
        or not set(episode.paths) <= set(paths)
    )


def _by_key(findings: Iterable[Finding]) -> dict[EpisodeKey, list[Finding]]:
    """The findings of each object: it can be Modified and NotInForce at once."""
    grouped: dict[EpisodeKey, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(key_of(finding), []).append(finding)
    return grouped


def _older(now: str, before: Episode) -> bool:
    return seconds_between(max(before.last_seen, before.resolved_at or ""), now) < 0


def _was_read(
    key: EpisodeKey, statuses: Mapping[tuple[str, str], SyncStatus], covered: Covered
) -> bool:
    status = statuses.get((key.cluster, key.zone))
    if status is None:
        return covered(key.cluster or None, key.zone or None)
    return status is not SyncStatus.UNKNOWN


def _seen(
    before: Episode | None, key: EpisodeKey, findings: Sequence[Finding], now: str
) -> tuple[Episode, Happening | None]:
    worst = min(findings, key=lambda item: SEVERITY_RANK[item.severity])
    paths = {change.path for item in findings for change in item.fields}
    fresh = Episode(
        key=key,
        api_version=worst.api_version,
        drift=worst.drift,
        severity=worst.severity,
        state=State.OPEN,
        first_seen=now,
        last_seen=now,
        opened=(now,),
        paths=tuple(sorted(paths)),
        turns=next_turns((), findings, now),
    )
    if before is None:
        return fresh, Happening.NEW
    turns = next_turns(before.turns, findings, now)
    if before.state is State.OPEN:
        after = replace(
            before,
            drift=worst.drift,
            severity=min(before.severity, worst.severity, key=SEVERITY_RANK.__getitem__),
            last_seen=now,
            paths=tuple(sorted({*before.paths, *paths})),
            turns=turns,
        )
        is_more = is_worse(after, before.severity, before.drift, before.paths)
        return after, Happening.WORSE if is_more else None
    after = replace(
        fresh,
        first_seen=before.first_seen,
        opened=(*before.opened, now)[-KEPT_TURNS:],
        openings=before.openings + 1,
        turns=turns,
    )
    return after, Happening.REOPENED


def _resolved(before: Episode, now: str) -> Episode:
    return replace(
        before, state=State.RESOLVED, resolved_at=now, turns=next_turns(before.turns, (), now)
    )

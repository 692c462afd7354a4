"""
What somebody is to be told of drift, given what he was told before.

It is worked out from how each episode stands and from what was last told of it, not from a
stream of events: what could not be delivered is told the next time, what came and went in
between is not, somebody who is added later learns of everything that is open, and nobody hears
twice of one thing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from edgeops.core.episodes import Episode, EpisodeKey, Happening, State, is_worse
from edgeops.core.findings import SEVERITY_RANK, Drift, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """What somebody wants to hear of."""

    least: Severity = Severity.LOW
    """Nothing that is less severe."""

    about: frozenset[Happening] = frozenset(Happening)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What somebody was last told of an episode."""

    openings: int
    """Which opening of it."""

    is_open: bool
    severity: Severity
    drift: Drift
    paths: tuple[str, ...]
    flapping: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to tell."""

    what: Happening
    episode: Episode
    flapping: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is to be told, and what will have been told once that is done."""

    items: tuple[Item, ...]
    told: Mapping[EpisodeKey, Told]
    """Every entry that differs from before; some of them nobody needs to hear of."""


def news(
    episodes: Iterable[Episode], told: Mapping[EpisodeKey, Told], interest: Interest, now: str
) -> News:
    """
    What is to be told of *episodes* to somebody who was *told* of some.

    Of an episode that flaps he hears that it does, and then only that it got worse, until it
    has been quiet for a day.

    Args:
        episodes: all that are open, waived or resolved since somebody was told of them.
        now: RFC 3339.
    """
    items: list[Item] = []
    changed: dict[EpisodeKey, Told] = {}
    for episode in sorted(episodes, key=lambda item: item.key):
        before = told.get(episode.key)
        flapping = episode.flapping(now)
        what = _what(episode, before)
        if what is None or (_muted(before, flapping=flapping) and what is not Happening.WORSE):
            continue
        known = before is not None and before.is_open
        if not known and SEVERITY_RANK[episode.severity] > SEVERITY_RANK[interest.least]:
            continue
        changed[episode.key] = Told(
            openings=episode.openings,
            is_open=episode.state is State.OPEN,
            severity=episode.severity,
            drift=episode.drift,
            paths=episode.paths,
            flapping=flapping,
        )
        if what in interest.about:
            items.append(Item(what=what, episode=episode, flapping=flapping))
    return News(items=tuple(items), told=changed)


def _muted(before: Told | None, *, flapping: bool) -> bool:
    return flapping and before is not None and before.flapping


def _what(episode: Episode, before: Told | None) -> Happening | None:
    if before is None:
        if episode.state is not State.OPEN:
            return None
        return Happening.NEW if episode.openings == 1 else Happening.REOPENED
    if episode.state is State.RESOLVED:
        return Happening.RESOLVED if before.is_open else None
    if episode.state is State.WAIVED:
        return None
    if not before.is_open or before.openings != episode.openings:
        return Happening.REOPENED
    worse = is_worse(episode, before.severity, before.drift, before.paths)
    return Happening.WORSE if worse else None

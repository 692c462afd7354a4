"""
What of a history of drift is a number: families of gauges, named and bounded as those of a report.

They have names of their own (`edgeops.core.gauges` has those of a report), so that both may be
scraped side by side.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from edgeops.core.episodes import Episode, State
from edgeops.core.findings import SyncStatus
from edgeops.core.gauges import Family, Labels
from edgeops.core.moments import seconds_between

OPEN: Final = "edgeops_history_open_episodes"
OLDEST: Final = "edgeops_history_oldest_open_age_seconds"
_PLACE: Final = ("cluster", "zone")


def history_families(
    episodes: Iterable[Episode], status: SyncStatus, last_run: str | None, now: str
) -> Iterator[Family]:
    """
    The gauges of *episodes*, in fixed order.

    Only what is open counts; what somebody waived, or is resolved, does not.

    Args:
        episodes: those that are asked about.
        status: what the last check said; Unknown before the first.
        last_run: when that was (RFC 3339); without one there is no such time, rather than 1970.
        now: RFC 3339; decides how old things are, and what flaps.
    """
    still = [episode for episode in episodes if episode.state is State.OPEN]
    yield Family(
        name=OPEN,
        help="Objects whose drift is open, by kind and severity.",
        labels=(*_PLACE, "kind", "severity"),
        series=Counter(
            (
                *_place(episode),
                ("kind", episode.key.resource.kind),
                ("severity", episode.severity.value),
            )
            for episode in still
        ),
    )
    yield Family(
        name=OLDEST,
        help="For how long the oldest open drift of the zone is open.",
        labels=_PLACE,
        series=_oldest(still, now),
    )
    yield Family(
        name="edgeops_history_flapping_episodes",
        help="Objects whose drift is open and came back several times within a day.",
        labels=_PLACE,
        series=Counter(_place(episode) for episode in still if episode.flapping(now)),
    )
    yield Family(
        name="edgeops_history_fought_fields",
        help="Fields that drift and over which two writers fight.",
        labels=_PLACE,
        series=_fought(still, now),
    )
    yield Family(
        name="edgeops_history_status",
        help="1 for the status that the last check had, 0 for the others.",
        labels=("status",),
        series={(("status", item.value),): int(item is status) for item in SyncStatus},
    )
    yield Family(
        name="edgeops_history_last_run_timestamp_seconds",
        help="When the last check started, in seconds since 1970.",
        labels=(),
        series={} if last_run is None else {(): _seconds(last_run)},
    )


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def _place(episode: Episode) -> Labels:
    return (("cluster", episode.key.cluster), ("zone", episode.key.zone))


def _oldest(still: Iterable[Episode], now: str) -> Mapping[Labels, int]:
    """Since it opened last; a clock that went back makes nothing younger than now."""
    ages: dict[Labels, int] = {}
    for episode in still:
        place = _place(episode)
        age = int(seconds_between(episode.opened[-1], now))
        ages[place] = max(ages.get(place, 0), age)
    return ages


def _fought(still: Iterable[Episode], now: str) -> Mapping[Labels, int]:
    found: Counter[Labels] = Counter()
    for episode in still:
        if fights := episode.fights(now):
            found[_place(episode)] += len(fights)
    return found

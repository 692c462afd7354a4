"""Where the watcher puts each report, and where those who show it look."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from edgeops.core.episodes import EpisodeKey
from edgeops.core.findings import DriftReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterTally:
    """How one place is watched; the counts are those since the start."""

    name: str
    """The kubeconfig context."""

    last_success: str | None
    """RFC 3339 in UTC: when everything that is wanted of it was last known to be current."""

    watching: int
    """Watches that are open."""

    reconnects: int
    relists: int
    lists: int
    events: int
    unread: int
    """Kinds that cannot be read now; all of them where the place as a whole cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One report, and what it took."""

    number: int
    """Rises by one with each posting; the first is 1."""

    report: DriftReport
    posted_at: str
    """RFC 3339 in UTC."""

    compared: int
    """Objects compared since the start."""

    seconds: float
    """What the last comparison took."""

    clusters: tuple[ClusterTally, ...] = ()
    first_seen: Mapping[EpisodeKey, str] = field(default_factory=dict)
    """By finding, as `edgeops.core.episodes.key_of` names it, since when it is there."""


class Board(Protocol):
    """The latest posting; safe for several threads."""

    def latest(self) -> Posting | None:
        """None before the first."""
        ...

    def wait(self, after: int, timeout: float) -> Posting | None:
        """The first posting with a number above *after*, or None in time (seconds)."""
        ...

    def post(self, posting: Posting) -> None:
        """
        Put it up in place of the one before.

        One with the same number has the same report and newer tallies; nobody waits for it.
        """
        ...

    def wake(self) -> None:
        """Ask the watcher to look at the repository now."""
        ...

    def woken(self) -> bool:
        """Whether somebody asked since this was last called."""
        ...

"""What is remembered from one check to the next."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from edgeops.core.episodes import Advance, Episode, EpisodeKey
from edgeops.core.findings import SyncStatus
from edgeops.core.telling import Told

Known = Mapping[EpisodeKey, Episode]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One check that was recorded."""

    started_at: str
    """RFC 3339."""

    status: SyncStatus
    revision: str | None
    findings: int
    unread: int


class History(Protocol):
    """
    Episodes of drift, kept between checks; safe for several processes at once.

    Every method raises `edgeops.errors.HistoryError` if what is kept is damaged, stays locked,
    or may not be read or written. A continuous check may hold one for as long as it likes.
    """

    def record(self, run: Run, step: Callable[[Known], Advance]) -> Advance:
        """
        Take one check down: *step* gets what is known and says what it becomes.

        Nobody else writes between the two.
        """
        ...

    def episodes(self) -> Sequence[Episode]:
        """All that is kept, in order of their keys."""
        ...

    def last_run(self) -> Run | None:
        """The latest check that was recorded; None before the first."""
        ...

    def forget(self, before: str) -> int:
        """
        Drop runs, and episodes that no report had since *before* (RFC 3339); how many episodes.

        An episode that is open is kept while checks are recorded at all that speak of its zone.
        """
        ...

    def turn(self, target: str) -> AbstractContextManager[Mapping[EpisodeKey, Told] | None]:
        """
        The right to tell a target, for as long as the block runs: what it was told so far.

        None if another process is telling it right now.
        """
        ...

    def told(self, target: str, entries: Mapping[EpisodeKey, Told]) -> None:
        """Take down what a target has been told now."""
        ...

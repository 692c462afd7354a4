"""Live objects that are followed: what is there, and then every change of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from edgeops.core.objects import KubeObject, ResourceKey
from edgeops.core.schemas import Schemas
from edgeops.ports.board import ClusterTally
from edgeops.ports.live import NotRead, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """An object is there, or is another than it was."""

    context: str
    live: KubeObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Went:
    """An object is there no more, or is wanted no more."""

    context: str
    key: ResourceKey


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRead:
    """How far a kind is current now; what could not be read is in `gap`."""

    context: str
    wanted: Wanted
    gap: NotRead | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Everything that was wanted of a place is current, or known to be unread."""

    context: str
    round: int
    """As `LiveWatcher.want` numbered it."""

    schemas: Schemas | None
    """The same value as long as the place says the same of its kinds."""

    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A place cannot be read; what it held is not known any more."""

    context: str
    reason: str


Happened = Came | Went | KindRead | Reached | Lost


class LiveWatcher(Protocol):
    """
    Follows places until it is closed; recovers by itself from what goes wrong.

    An object that nobody told of, of a kind whose `KindRead` has no gap, does not exist once
    its place is `Reached`.
    """

    def want(self, wanted: Mapping[str, Sequence[Wanted]]) -> int:
        """
        From now on follow these, by context; the answer is the number of this round.

        What was followed and is wanted as before is not read again.
        """
        ...

    def happened(self, timeout: float) -> Sequence[Happened]:
        """All that happened since the last call, in order; waits *timeout* seconds for it."""
        ...

    def tallies(self) -> tuple[ClusterTally, ...]:
        """The counts of each place, in the order in which they were wanted."""
        ...

    def rouse(self) -> None:
        """End a wait of `happened`, from any thread or signal handler."""
        ...

    def close(self) -> None:
        """End all connections."""
        ...

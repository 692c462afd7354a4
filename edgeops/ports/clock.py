"""Time."""

from typing import Protocol


class Clock(Protocol):
    """The two kinds of time."""

    def now(self) -> str:
        """UTC, RFC 3339, whole seconds."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed point."""
        ...

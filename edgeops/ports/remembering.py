"""What is remembered of runs that had nothing to do."""

from typing import Protocol


class Memory(Protocol):
    """
    Short texts by key, of this edgeops and no other.

    A memory that cannot be read or written is an empty one, and no error.
    """

    def find(self, key: str) -> str | None:
        """What was kept under *key*; None if nothing is."""
        ...

    def keep(self, key: str, text: str) -> None:
        """Remember *text* under *key*; it may be forgotten to make room."""
        ...

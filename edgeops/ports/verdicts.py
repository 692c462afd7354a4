"""What is remembered of comparisons."""

from collections.abc import Set as AbstractSet
from typing import Protocol


class VerdictMemory(Protocol):
    """
    Pairs of objects of which there was nothing to tell, by their digests.

    A memory that cannot be read or written is an empty one, and no error.
    """

    def known(self) -> AbstractSet[bytes]:
        """Every pair that is remembered."""
        ...

    def keep(self, seen: AbstractSet[bytes]) -> None:
        """Remember *seen* as well; what was not seen may be forgotten to make room."""
        ...

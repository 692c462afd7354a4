"""
One check divided among several machines: which zones are whose.

A zone's share follows from its name alone, so that adding or removing a zone moves no other.
A cluster's rows that belong to no zone go with its hub.
"""

import hashlib
import re
from dataclasses import dataclass

from edgeops.core.fleet.model import HUB

_SHARD = re.compile(r"([0-9]+)/([0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Share `index` of `count`, both counted from 1."""

    index: int
    count: int

    @staticmethod
    def parse(text: str) -> "Shard":
        """
        The shard that ``I/N`` names.

        Raises:
            ValueError: with a sentence for a person, if it names none.
        """
        found = _SHARD.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not I/N, such as 1/4.")
        index, count = int(found[1]), int(found[2])
        if not 1 <= index <= count:
            raise ValueError(f"{text!r}: shards are 1/{max(count, 1)} to {max(count, 1)}/{count}.")
        return Shard(index=index, count=count)

    def takes(self, cluster: str | None, zone: str | None) -> bool:
        """Whether the row of that zone (None: of no zone) is this shard's."""
        name = f"{cluster or ''}/{zone or HUB}"
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
        return number % self.count == self.index - 1

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

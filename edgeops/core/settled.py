"""
Pairs of objects that were compared before, and of which there was nothing to tell.

Whether there is depends on the two objects, the schemas and the autoscaler's range, and on
nothing else: ignore rules and the engine's state are asked only of what is drift. So the same
bytes of all four have nothing to tell again, whenever they are seen.
"""

import hashlib
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from edgeops.core.autoscaling import ReplicaRange
from edgeops.core.documents import dump_compact
from edgeops.core.objects import KubeObject

DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What is known of earlier comparisons, and what this one adds."""

    known: AbstractSet[bytes] = frozenset()
    """Digests of pairs, as `digest` makes them."""

    seen: set[bytes] = field(default_factory=set)
    """Those of this comparison, known ones among them."""

    def holds(self, pair: bytes | None) -> bool:
        """Whether a pair was compared before; if so it counts as seen."""
        if pair is None or pair not in self.known:
            return False
        self.seen.add(pair)
        return True

    def add(self, pair: bytes | None) -> None:
        """Remember that there was nothing to tell of a pair."""
        if pair is not None:
            self.seen.add(pair)


def digest(
    desired: KubeObject, live: KubeObject, *, schemas: bytes, replicas: ReplicaRange | None
) -> bytes | None:
    """
    What stands for a pair and all that its comparison depends on.

    None where nothing is remembered: of a Secret not even a digest is.
    """
    if live.kind == "Secret":
        return None
    told = [] if replicas is None else [replicas.minimum, replicas.maximum]
    try:
        content = dump_compact([desired.body, live.body, told])
    except TypeError:
        return None  # a value that JSON does not have
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES, key=schemas).digest()

"""Live objects, wherever they are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from edgeops.core.objects import KubeObject
from edgeops.core.schemas import Schemas


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One kind to read, and where."""

    group: str
    kind: str
    version: str | None = None
    """The version that git uses; None takes the one that the server prefers."""

    namespaces: frozenset[str] = frozenset()
    """Where to look for a namespaced kind; objects elsewhere are left out."""

    everywhere: bool = False
    """Whether objects of every namespace are wanted, whatever `namespaces` says."""

    names: frozenset[str] = frozenset()
    """Names of a cluster-scoped kind that are asked about one by one where LIST is forbidden."""

    unknown: frozenset[str] = frozenset()
    """API versions in which git writes the kind and of which the package has no schema."""

    whole: bool = True
    """False reads metadata only: enough to see that an object exists."""

    def covers(self, namespace: str) -> bool:
        """Whether an object of that namespace (empty: cluster-scoped) is wanted."""
        return self.everywhere or not namespace or namespace in self.namespaces

    def __str__(self) -> str:
        version = "/".join(part for part in (self.group, self.version or "") if part)
        return f"{version} {self.kind}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRead:
    """A kind that could not be read in some namespaces."""

    wanted: Wanted
    reason: str
    namespaces: frozenset[str]
    """Where it could not be read; empty for a cluster-scoped kind."""

    names: frozenset[str] = frozenset()
    """Which objects of a cluster-scoped kind could not be read; empty for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """What a reader found. An object that is not here and not in `unread` does not exist."""

    objects: tuple[KubeObject, ...] = ()
    unread: tuple[NotRead, ...] = ()
    notes: tuple[str, ...] = ()
    schemas: Schemas | None = None
    """What the place itself says of kinds that the package does not know."""


class LiveReader(Protocol):
    """Live objects: of a cluster, or of a dump."""

    def read(self, wanted: Sequence[Wanted]) -> LiveState:
        """
        Everything of the wanted kinds in the wanted namespaces.

        A kind that the API does not serve has no objects; one that could not be read is
        named in `LiveState.unread`.

        Raises:
            LiveStateError: if nothing could be read at all.
        """
        ...

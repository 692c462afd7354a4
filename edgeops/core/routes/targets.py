"""What a discovery chain is made of: targets, the steps to them, and the ends of calls."""

from dataclasses import dataclass
from enum import StrEnum

from edgeops.core.objects import KubeObject
from edgeops.core.routes.entries import DEFAULT_NAMESPACE, Reference, ServiceName


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Target:
    """Instances that a call may end at; what is empty is here, or all of them."""

    service: ServiceName
    subset: str = ""
    datacenter: str = ""
    partition: str = ""
    peer: str = ""

    @property
    def beyond(self) -> str:
        """The place outside the cluster that it is in, empty if it is inside."""
        for word, value in (
            ("peer", self.peer),
            ("partition", self.partition),
            ("datacenter", self.datacenter),
        ):
            if value:
                return f"{word} {value}"
        return ""

    def __str__(self) -> str:
        subset = f" (subset {self.subset})" if self.subset else ""
        return f"{self.service}{subset}" + (f" in {self.beyond}" if self.beyond else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that led a call on: an object, a field of it, and what it said."""

    text: str
    source: KubeObject
    field: str


Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A target, and the steps that lead to it."""

    target: Target
    steps: Steps = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """Where some requests of a call end: the first candidate with a healthy instance."""

    candidates: tuple[Candidate, ...]
    when: str = ""
    """Which requests, where a router or splitter tells them apart."""


class Break(StrEnum):
    """Why a service has no chain."""

    PROTOCOL = "protocol"
    LOOP = "loop"
    SUBSET = "subset"
    EXTERNAL = "external"
    SIZE = "size"


class ChainError(ValueError):
    """Consul makes no chain of these entries; carries the steps that led there."""

    def __init__(self, kind: Break, message: str, steps: Steps) -> None:
        super().__init__(message)
        self.kind = kind
        self.steps = steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What Consul makes of the entries for one service."""

    protocol: str
    leaves: tuple[Leaf, ...]


def rewritten(target: Target, reference: Reference) -> Target:
    """*target* with what *reference* names put in its place."""
    name, subset = target.service.name, target.subset
    if reference.service and reference.service != name:
        name, subset = reference.service, ""
    namespace = reference.namespace or target.service.namespace
    if reference.peer:
        # A peer knows nothing of our namespaces and datacenters.
        return Target(
            service=ServiceName(reference.namespace or DEFAULT_NAMESPACE, name),
            subset=reference.subset or subset,
            peer=reference.peer,
        )
    return Target(
        service=ServiceName(namespace, name),
        subset=reference.subset or subset,
        datacenter=reference.datacenter or target.datacenter,
        partition=reference.partition or target.partition,
    )

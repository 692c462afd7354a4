"""The values of a plan: what becomes of each file, and of each object in each zone."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from edgeops.core.objects import ResourceKey, kind_rank
from edgeops.core.reconcile import InitResult
from edgeops.core.routes.proof import Problem


class Effect(StrEnum):
    """What applying the new state does to one object."""

    SAME = "same"
    METADATA = "metadata-only"
    """Labels or annotations: nothing that runs notices."""

    UPDATED = "updated"
    """Its spec or data change in place; no pod is replaced for it."""

    ROLLS = "rolls-pods"
    """Its pod template changes, so its controller replaces its pods."""

    RECREATED = "must-be-recreated"
    """A field changes that Kubernetes does not let change: the engine's apply is refused."""

    APPEARS = "appears"
    PRUNED = "pruned"
    """Git no longer has it, and the engine deletes it."""

    LEFT = "left-in-cluster"
    """Git no longer has it, and nothing deletes it."""

    CLASHES = "clashes"
    """Another object is in its way: the same one in another place, or one Consul name twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectChange:
    """One object, and what the change does to it."""

    key: ResourceKey
    api_version: str
    effect: Effect
    fields: tuple[str, ...] = ()
    """What differs, as `edgeops.core.paths` writes it; those that decide the effect come first."""

    reason: str | None = None
    """Why it must be recreated, clashes or is left, in words."""

    source: str | None = None
    """Address of the rule behind `reason`, where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneChange:
    """One zone of one cluster, or a cluster's engine objects that belong to no zone."""

    cluster: str
    zone: str | None
    objects: tuple[ObjectChange, ...]
    """Those that do not stay the same, in the order of their kinds."""

    same: int
    """How many others there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What ``init`` would change: nothing of it was done."""

    result: InitResult
    """The files. With conflicts there is nothing to build, and no zone is told."""

    zones: tuple[ZoneChange, ...] = ()
    routes: tuple[Problem, ...] = ()
    """What is wrong with the routes of the new state and was not before."""

    @property
    def changed(self) -> bool:
        """Whether a file would be written; objects follow from files alone."""
        return self.result.changed

    def of(self, effect: Effect) -> tuple[tuple[ZoneChange, ObjectChange], ...]:
        """Every object with that effect, with its zone."""
        return tuple(
            (zone, item) for zone in self.zones for item in zone.objects if item.effect is effect
        )


def in_kind_order(changes: Iterable[ObjectChange]) -> tuple[ObjectChange, ...]:
    """Same input, same order: kinds as reports order them, then namespace and name."""
    return tuple(sorted(changes, key=lambda item: (*kind_rank(item.key.kind), *_rest(item.key))))


def _rest(key: ResourceKey) -> tuple[str, str, str]:
    return (key.group, key.namespace, key.name)

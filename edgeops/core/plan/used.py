"""What the overlays of a cluster use, as the engine's rights are made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from edgeops.core.plan.given_up import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneUse:
    """What one overlay uses; everything sorted."""

    kinds: tuple[tuple[str, str, str], ...]
    """Namespace, group and kind of the namespaced objects."""

    cluster_objects: tuple[tuple[str, str, str], ...] = ()
    """Group, kind and name of the objects that are in no namespace."""

    given_up: frozenset[Right] = frozenset()
    """What it had a run ago and has no more: for Flux to prune."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Kinds, objects of the whole cluster, and namespaces; each sorted."""

    kinds: tuple[tuple[str, str], ...]
    """Group and kind of the namespaced objects."""

    cluster_objects: tuple[tuple[str, str, str], ...] = ()
    """Group, kind and name of the objects that are in no namespace."""

    namespaces: tuple[str, ...] = ()
    """Where the namespaced objects are."""

    zones: Mapping[str, ZoneUse] = field(default_factory=lambda: MappingProxyType({}))
    """The same of each zone by itself, by its name."""

    plurals: Mapping[tuple[str, str], str] = field(default_factory=lambda: MappingProxyType({}))
    """By group and kind: what CustomResourceDefinitions among them call their kinds."""

"""What the overlays of a cluster use, as the engine's rights are made of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Kinds, objects of the whole cluster, and namespaces; each sorted."""

    kinds: tuple[tuple[str, str], ...]
    """Group and kind of the namespaced objects."""

    cluster_objects: tuple[tuple[str, str, str], ...] = ()
    """Group, kind and name of the objects that are in no namespace."""

    namespaces: tuple[str, ...] = ()
    """Where the namespaced objects are."""

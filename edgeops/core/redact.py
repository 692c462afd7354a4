"""
Secret values, masked before any renderer sees them.

That a value differs may be said, what it is may not: neither in full nor by its length.
"""

from collections.abc import Mapping
from typing import Any

from edgeops.core.findings import REDACTED
from edgeops.core.objects import KubeObject
from edgeops.core.ownership import LAST_APPLIED
from edgeops.core.paths import Path

_SECRET_FIELDS = frozenset({"data", "stringData"})


def redacted(item: KubeObject, path: Path, value: Any) -> Any:
    """*value* of the field at *path* of *item*, or what may be shown in its place."""
    if value is None or item.kind != "Secret" or item.group != "":
        return value
    if path and path[0] in _SECRET_FIELDS:
        return REDACTED
    return _without_memory(value, named=bool(path) and path[-1] == LAST_APPLIED)


def _without_memory(value: Any, *, named: bool) -> Any:
    """Mask kubectl's annotation, which repeats the whole Secret."""
    if named:
        return REDACTED
    if isinstance(value, Mapping):
        return {
            name: _without_memory(below, named=name == LAST_APPLIED)
            for name, below in value.items()
        }
    return value

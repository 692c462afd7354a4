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
from edgeops.core.sops import encrypted_sections

_SECRET_FIELDS = frozenset({"data", "stringData"})


def redacted(item: KubeObject, path: Path, value: Any, *, in_git: KubeObject | None = None) -> Any:
    """
    *value* of the field at *path* of *item*, or what may be shown in its place.

    Args:
        in_git: git's object, if there is one. What it keeps encrypted is secret in any kind:
            each of its sections with such a value, also where only live has the field.
    """
    if (
        value is not None
        and in_git is not None
        and path
        and path[0] in encrypted_sections(in_git.body)
    ):
        return REDACTED
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

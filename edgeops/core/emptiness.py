"""
Which values say no more than a field's absence would.

To Kubernetes an empty list is no list and, in most fields, a zero is no value. But a label
without a value is a label, and a selector without a label selects everything.
"""

from collections.abc import Mapping
from typing import Any

from edgeops.core import documents
from edgeops.core.normalize import Atom, schema_at
from edgeops.core.paths import Path
from edgeops.core.schemas import Node

_EMPTY: tuple[Any, ...] = (None, {}, [], "", "[]", "{}")
_STRING_MAPS = {("metadata", "labels"), ("metadata", "annotations"), ("data",)}
"""Maps of texts in objects of every kind, also where no schema says so."""

_CONSUL = "consul.hashicorp.com"


def means_nothing(root: Node, group: str, path: Path, value: Any) -> bool:
    """
    Whether *value* at *path* is the same as nothing.

    Args:
        root: schema of the object's kind.
        group: API group of the kind.
        path: the field.
        value: its value in normalised form.
    """
    if isinstance(value, Mapping) and value:
        return all(
            means_nothing(root, group, (*path, name), below) for name, below in value.items()
        )
    node = schema_at(root, path)
    if _is_zero(node, group, value):
        return True
    return _is_empty(value) and not _counts_though_empty(root, path, node)


def _is_zero(node: Node, group: str, value: Any) -> bool:
    """
    Whether *value* is a zero that cannot be told from a field that is left out.

    Consul's operators before 1.4 wrote whole Go structs back, zeros and all; what has no schema,
    such as ProxyDefaults' ``config``, is not of these structs.
    https://github.com/hashicorp/consul-k8s/pull/3362
    """
    if node.zero_is_absent:
        return value in (False, 0, "")
    return group == _CONSUL and node.known and value in (False, 0, "", "0ns")


def _is_empty(value: Any) -> bool:
    """Whether *value* holds nothing: null, an empty map or list, or only such."""
    if isinstance(value, Atom):
        return _is_empty(documents.load(str(value)))
    if isinstance(value, Mapping):
        return all(map(_is_empty, value.values()))
    return isinstance(value, str | list | None.__class__) and value in _EMPTY


def _counts_though_empty(root: Node, path: Path, node: Node) -> bool:
    """
    Whether being there is what the field says: a key of a map, a selector of everything.

    ``automated: {}`` turns Argo CD's automation on.
    https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/
    """
    *above, name = path
    if isinstance(name, str):
        if schema_at(root, tuple(above)).is_entry(name) or tuple(above) in _STRING_MAPS:
            return True
        if path[-2:] == ("syncPolicy", "automated"):
            return True
    return node.is_selector and path != ("spec", "podSelector")

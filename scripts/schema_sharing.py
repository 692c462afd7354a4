"""
Types of ``schemas.json`` that are shared, so that the file stays small.

What an OpenAPI document says is turned into types by `edgeops.core.openapi`.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping

from edgeops.core.openapi import Node

SITE_KEYS = ("default", "defaults", "assigned", "computed", "zero", "list", "keys")
"""Keys that belong to a field rather than to the type that it refers to."""


_WORTH_SHARING = 80
_TOO_LONG_A_LINE = 1500


def with_shared_types(roots: Mapping[str, Node]) -> dict[str, Node]:
    """
    Named types for equal and for long parts of ``roots``, which keep their names.

    A custom resource's schema repeats its parts wherever they are used: ApplicationSet has
    the whole Application in it for each of its generators. A part is called as its shortest
    path.
    """
    counted: Counter[str] = Counter()
    paths: dict[str, str] = {}
    for name in sorted(roots):
        for path, node in _objects(name, roots[name]):
            text = _text(node)
            counted[text] += 1
            paths[text] = min(paths.get(text, path), path, key=lambda one: (len(one), one))
    types: dict[str, Node] = {}

    def replaced(node: Node, *, root: bool = False) -> Node:
        if not isinstance(node, dict):
            return node
        site = {key: node[key] for key in SITE_KEYS if key in node}
        core = {key: value for key, value in node.items() if key not in site}
        if "fields" not in core and "values" not in core:
            if "items" in core:
                core["items"] = replaced(core["items"])
            return {**core, **site}
        text = _text(core)
        small = {**core}
        if "fields" in core:
            small["fields"] = {key: replaced(below) for key, below in core["fields"].items()}
        if "values" in core:
            small["values"] = replaced(core["values"])
        size = len(_text(small))
        if root or not (size > _TOO_LONG_A_LINE or (counted[text] > 1 and size > _WORTH_SHARING)):
            return {**small, **site}
        types[paths[text]] = small
        return {"ref": paths[text], **site}

    for name in sorted(roots):
        types[name] = replaced(roots[name], root=True)
    return types


def _objects(path: str, node: Node) -> Iterator[tuple[str, Node]]:
    """Every part that could be a type, with the path to it, less what is said at its field."""
    if not isinstance(node, dict):
        return
    if "fields" in node or "values" in node:
        yield path, {key: value for key, value in node.items() if key not in SITE_KEYS}
    for name, below in node.get("fields", {}).items():
        yield from _objects(f"{path}.{name}", below)
    for step in ("values", "items"):
        if step in node:
            yield from _objects(path, node[step])


def _text(node: Node) -> str:
    return json.dumps(node, sort_keys=True, separators=(",", ":"))

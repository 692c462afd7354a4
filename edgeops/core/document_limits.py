"""
How deep and how large a text may be that somebody else wrote.

A few lines of YAML can mean billions of values, contain themselves, or be so deep that whoever
reads them runs out of stack. The parser's own events and nodes tell, before anything is made of
them.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

import yaml

_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MOST_DEPTH: Final = 200
"""Levels of maps and lists, one in the other; the deepest of Kubernetes' own have about 80."""

MOST_ALIASED: Final = 400_000
"""Values that aliases may add to those that are written; a few lines could mean billions."""

# More than this is not even composed: that takes a frame of C for each level.
_MOST_COMPOSED: Final = 5000
_MARGIN = re.compile(r"^[ \t?-]+", re.MULTILINE)


class DocumentError(ValueError):
    """
    A text is not what it should be.

    Args:
        line: 1-based line, where it is known.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def is_suspicious(text: str | bytes) -> bool:
    """
    Whether *text* may be too deep or too wide, for all that can be told without parsing it.

    Raises:
        DocumentError: if it is so deep that it cannot even be composed.
    """
    shown = text if isinstance(text, str) else text.decode("latin-1")
    brackets = shown.count("[") + shown.count("{")
    # A list may stand in a map without being indented: two levels a column.
    margin = 2 * max(map(len, _MARGIN.findall(shown)), default=0)
    if brackets + margin > _MOST_COMPOSED:
        _check_events(yaml.parse(text, Loader=_Parser))
    return brackets + margin > MOST_DEPTH or ("*" in shown and "&" in shown)


def _check_events(events: Iterable[Any]) -> None:
    depth = 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MOST_DEPTH:
            raise _too_deep(event.start_mark)


def _too_deep(mark: Any) -> DocumentError:
    return DocumentError(f"more than {MOST_DEPTH} levels of maps and lists", mark.line + 1)


def check_size(root: Any) -> None:
    """
    See that a node is neither too deep nor, with its aliases written out, too large.

    Raises:
        DocumentError: where it is, or where it contains itself.
    """
    known: dict[int, tuple[int, int]] = {}
    open_nodes: set[int] = set()
    pending = [(root, False)]
    while pending:
        node, done = pending.pop()
        children = _children(node)
        if done:
            open_nodes.discard(id(node))
            below = [known[id(child)] for child in children]
            size = 1 + sum(item[0] for item in below)
            depth = max((item[1] for item in below), default=0) + bool(children)
            known[id(node)] = size, depth
            if depth > MOST_DEPTH:
                raise _too_deep(node.start_mark)
            continue
        if id(node) in open_nodes:
            raise DocumentError("a value contains itself", node.start_mark.line + 1)
        if id(node) in known:
            continue
        open_nodes.add(id(node))
        pending.append((node, True))
        pending += [(child, False) for child in children]
    if known[id(root)][0] - len(known) > MOST_ALIASED:
        raise DocumentError(
            f"its aliases mean more than {MOST_ALIASED} values", root.start_mark.line + 1
        )


def check_depth(value: Any) -> None:
    """
    See that a value out of JSON is not too deep.

    Raises:
        DocumentError: where it is.
    """
    level = [value]
    for _ in range(MOST_DEPTH + 1):
        level = [
            child
            for item in level
            if isinstance(item, (dict, list))
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return
    raise DocumentError(f"more than {MOST_DEPTH} levels of maps and lists")


def _children(node: Any) -> list[Any]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []

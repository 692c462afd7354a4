"""
Values written into a text that somebody else laid out.

New parts are copied from the generated text, comments and all, and moved to the column where
they belong; where that cannot be (anchors, flow style), they are written from their value.
"""

import re
from collections.abc import Iterator
from typing import Any

from edgeops.core.documents import dump_json, dump_yaml, load
from edgeops.core.merge.nodes import Alias, Node, Scalar, Source, walk

_UNFOLDED = 10_000
_COMMENT = re.compile(r"(?:^|[ \t])(#.*)$")
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")


def flow(value: Any) -> str:
    """*value* on one line, as JSON: YAML in every place."""
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{flow_key(key)}: {flow(item)}" for key, item in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return dump_json(value).strip()


def flow_key(name: str) -> str:
    """A key of a flow map."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_./-]*", name) is not None and load(name) == name
    return name if plain else dump_json(name).strip()


def after_key(value: Any) -> str:
    """What follows a key in a block map at column 0: the colon, and *value*."""
    return dump_yaml({"k": value}, width=_UNFOLDED)[1:].rstrip("\n")


def as_item(value: Any) -> str:
    """An item of a block list at column 0, with its dash."""
    return dump_yaml([value], width=_UNFOLDED).rstrip("\n")


def moved(text: str, columns: int) -> str | None:
    """*text* with its lines but the first moved; None if there is no room on the left."""
    first, *rest = text.split("\n")
    if columns >= 0:
        return "\n".join(
            [first, *(" " * columns + line if line.strip() else line for line in rest)]
        )
    gone = " " * -columns
    if any(line.strip() and not line.startswith(gone) for line in rest):
        return None
    return "\n".join([first, *(line.removeprefix(gone) for line in rest)])


def copyable(node: Node) -> bool:
    """Whether the text of *node* means the same elsewhere: no anchor, tag or alias in it."""
    return all(below.bare and not isinstance(below, Alias) for below in walk(node))


def restyled(text: str, old: Scalar, value: Any, written: str) -> str:
    """
    A scalar's new text in the quotes that the old one had.

    Args:
        text: what *old* stands in.
        old: a scalar on one line.
        value: the new value.
        written: how the template writes it.
    """
    properties = _PROPERTIES.match(text, old.start, old.end)
    kept = properties[0] if properties else ""
    if isinstance(value, str) and "\n" not in value:
        if old.style == '"':
            return kept + dump_json(value).strip()
        if old.style == "'" and value.isprintable():
            return kept + "'" + value.replace("'", "''") + "'"
    return kept + written


def comments(source: Source, start: int, end: int) -> Iterator[str]:
    """Every comment between two places, on a line of its own or behind something."""
    spans = [span for span in source.scalars if span[1] > start and span[0] < end]
    at = start
    while at < end:
        stop = source.text.find("\n", at, end)
        stop = end if stop < 0 else stop
        inside = max((span[1] for span in spans if span[0] < stop and span[1] > at), default=at)
        found = _COMMENT.search(source.text[max(at, min(inside, stop)) : stop].rstrip("\r"))
        if found:
            yield found[1].rstrip()
        at = stop + 1

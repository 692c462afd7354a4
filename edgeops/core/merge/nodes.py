"""
A YAML text as nodes that know where they stand in it.

Values have the meaning that Kubernetes gives them (`edgeops.core.documents`); the places are
indexes into the text, so that a change can be put there and nothing else is touched. An alias
is a node of its own, which composed documents of YAML libraries no longer show.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_MERGE = "<<"
BLOCK_STYLES = frozenset({"|", ">"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A scalar from the first character of its anchor, tag or text up to its last."""

    start: int
    end: int
    line: int
    value: Any
    style: str
    """The quote, ``|`` or ``>``; empty for a plain one."""

    bare: bool
    """Whether it has neither anchor nor tag."""

    @property
    def inline(self) -> bool:
        return self.style not in BLOCK_STYLES


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """``*name``: the value of another node."""

    start: int
    end: int
    line: int
    target: "Node"

    @property
    def inline(self) -> bool:
        return True

    bare: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A key and its value; the key as JSON has it, a text."""

    name: str
    key: Scalar
    value: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A map; a block's end is that of its last value, a trailing comment included."""

    start: int
    end: int
    line: int
    flow: bool
    entries: tuple[Entry, ...]
    bare: bool

    @property
    def inline(self) -> bool:
        return self.flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """A list; `starts` has the place of each item, in a block that of its dash."""

    start: int
    end: int
    line: int
    flow: bool
    items: tuple["Node", ...]
    starts: tuple[int, ...]
    bare: bool

    @property
    def inline(self) -> bool:
        return self.flow


Node = Scalar | Alias | Mapping | Sequence


@dataclass(frozen=True)
class Source:
    """
    A text and its documents.

    Args:
        text: without a byte order mark.
        roots: the root of each document, empty documents included.
        markers: where the ``---`` of each document stands; None for one that has none.
    """

    text: str
    roots: tuple[Node, ...]
    markers: tuple[int | None, ...]

    @cached_property
    def values(self) -> tuple[Any, ...]:
        """What the documents mean; empty ones left out."""
        found = (value_of(root) for root in self.roots)
        return tuple(value for value in found if value is not None)

    @cached_property
    def scalars(self) -> tuple[tuple[int, int], ...]:
        """Start and end of each scalar, in order."""
        return tuple(
            (node.start, node.end)
            for root in self.roots
            for node in walk(root)
            if isinstance(node, Scalar) and node.end > node.start
        )

    @cached_property
    def aliases(self) -> tuple[Alias, ...]:
        return tuple(node for root in self.roots for node in walk(root) if isinstance(node, Alias))

    @property
    def newline(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"

    def column(self, index: int) -> int:
        """The column of *index*, from 0."""
        return index - self.line_start(index)

    def line_start(self, index: int) -> int:
        return self.text.rfind("\n", 0, index) + 1

    def line_end(self, index: int) -> int:
        """The end of the line of *index*, its line break left out."""
        found = self.text.find("\n", index)
        end = len(self.text) if found < 0 else found
        return end - 1 if end > index and self.text[end - 1] == "\r" else end


def walk(node: Node) -> Iterator[Node]:
    """*node* and all below it, keys included, in the order of the text."""
    yield node
    match node:
        case Mapping():
            for entry in node.entries:
                yield entry.key
                yield from walk(entry.value)
        case Sequence():
            for item in node.items:
                yield from walk(item)


def value_of(node: Node) -> Any:
    """What *node* means, as JSON has it."""
    match node:
        case Scalar():
            return node.value
        case Alias():
            return value_of(node.target)
        case Sequence():
            return [value_of(item) for item in node.items]
        case Mapping():
            return {name: value_of(found) for name, found in fields(node).items()}


def fields(node: Mapping) -> dict[str, Node]:
    """The values of a map by key, those that a ``<<`` brings included, the map's own first."""
    own = {entry.name: entry.value for entry in node.entries if entry.name != _MERGE}
    for entry in node.entries:
        if entry.name == _MERGE:
            for brought in _brought(entry.value):
                own = {**own, **{k: v for k, v in fields(brought).items() if k not in own}}
    return own


def resolved(node: Node) -> Node:
    """*node*, or what an alias stands for."""
    return resolved(node.target) if isinstance(node, Alias) else node


def _brought(node: Node) -> Iterator[Mapping]:
    found = resolved(node)
    if isinstance(found, Mapping):
        yield found
    elif isinstance(found, Sequence):
        for item in found.items:
            yield from _brought(item)

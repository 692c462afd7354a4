"""
YAML texts read into nodes with their places.

The parser of PyYAML reads the structure, as go-yaml does for Kubernetes; what a plain scalar
means is for `edgeops.core.documents` to say.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import yaml

from edgeops.core import documents
from edgeops.core.documents import DocumentError
from edgeops.core.merge.nodes import (
    BLOCK_STYLES,
    Alias,
    Entry,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Source,
)


def parse(text: str) -> Source:
    """
    Read *text*.

    Raises:
        DocumentError: if it is not YAML, or a mapping has a key twice.
    """
    documents.check(text)
    try:
        return _Builder(text).source()
    except yaml.YAMLError as error:
        raise documents.translated(error) from error
    except RecursionError as error:
        raise DocumentError("nested too deeply") from error


@lru_cache(maxsize=4096)
def _plain(text: str) -> Any:
    try:
        return documents.load(text)
    except DocumentError:
        return text


class _Builder:
    """One pass over the events of the parser."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.events: Iterator[Any] = iter(yaml.parse(text, Loader=yaml.SafeLoader))
        self.anchors: dict[str, Node] = {}

    def source(self) -> Source:
        roots: list[Node] = []
        markers: list[int | None] = []
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                self.anchors = {}
                markers.append(self._marker(event) if event.explicit else None)
                roots.append(self._node(next(self.events)))
        return Source(text=self.text, roots=tuple(roots), markers=tuple(markers))

    def _marker(self, event: Any) -> int:
        # With directives the event begins at the first of them.
        index: int = event.start_mark.index
        return index if self.text.startswith("---", index) else self.text.index("\n---", index) + 1

    def _node(self, event: Any) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(event)
        else:
            node = self._mapping(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def _alias(self, event: Any) -> Alias:
        mark = event.start_mark
        if event.anchor not in self.anchors:
            raise DocumentError(f"*{event.anchor} has no anchor", mark.line + 1)
        return Alias(
            start=mark.index,
            end=event.end_mark.index,
            line=mark.line + 1,
            target=self.anchors[event.anchor],
        )

    def _scalar(self, event: Any) -> Scalar:
        style = event.style or ""
        start, end = event.start_mark.index, event.end_mark.index
        if style in BLOCK_STYLES:
            end = self._block_end(start, end)
        tagged = event.tag not in {None, "!"}
        value = event.value
        if not style and not tagged and event.tag is None:
            value = _plain(event.value)
        elif tagged:
            value = documents.load(f"{event.tag.replace('tag:yaml.org,2002:', '!!')} "
                                   f"{documents.dump_json(event.value)}")  # fmt: skip
        return Scalar(
            start=start,
            end=end,
            line=event.start_mark.line + 1,
            value=value,
            style=style,
            bare=event.anchor is None and event.tag is None,
        )

    def _block_end(self, start: int, end: int) -> int:
        written = self.text[start:end]
        head = written.partition("\n")[0].partition("#")[0]
        if "+" in head:
            return end - 1 if written.endswith("\n") else end
        return start + len(written.rstrip("\r\n"))

    def _sequence(self, event: Any) -> Sequence:
        flow = bool(event.flow_style)
        items: list[Node] = []
        starts: list[int] = []
        following = next(self.events)
        at: int = event.start_mark.index
        while not isinstance(following, yaml.SequenceEndEvent):
            item = self._node(following)
            starts.append(item.start if flow else self._dash(at, item))
            items.append(item)
            at = item.end
            following = next(self.events)
        end = self._end_of(following) if flow else self._end(items[-1]) if items else at
        return Sequence(
            start=starts[0] if starts and not flow else event.start_mark.index,
            end=end,
            line=event.start_mark.line + 1,
            flow=flow,
            items=tuple(items),
            starts=tuple(starts),
            bare=event.anchor is None and event.tag is None,
        )

    def _dash(self, after: int, item: Node) -> int:
        """The dash of an item: the first one after the item before that is no comment's."""
        index = after
        while index < len(self.text):
            found = self.text[index]
            if found == "#":
                index = self.text.find("\n", index)
            elif found == "-" and self.text[index + 1 : index + 2] in {" ", "\n", "\r", "\t", ""}:
                return index
            index += 1
        return item.start

    def _mapping(self, event: Any) -> Mapping:
        flow = bool(event.flow_style)
        entries: list[Entry] = []
        seen: set[str] = set()
        following = next(self.events)
        while not isinstance(following, yaml.MappingEndEvent):
            key = self._node(following)
            value = self._node(next(self.events))
            if not isinstance(key, Scalar):
                raise DocumentError("a key is not a plain text", key.line)
            name = key.value if isinstance(key.value, str) else documents.dump_json(key.value)
            name = name if isinstance(key.value, str) else name.strip()
            if name in seen:
                raise DocumentError(f"the key {name!r} is there twice", key.line)
            seen.add(name)
            entries.append(Entry(name=name, key=key, value=value))
            following = next(self.events)
        at: int = event.start_mark.index
        end = self._end_of(following) if flow else self._end(entries[-1].value) if entries else at
        return Mapping(
            start=entries[0].key.start if entries and not flow else at,
            end=end,
            line=event.start_mark.line + 1,
            flow=flow,
            entries=tuple(entries),
            bare=event.anchor is None and event.tag is None,
        )

    def _end_of(self, event: Any) -> int:
        index: int = event.end_mark.index
        return index

    def _end(self, last: Node) -> int:
        """Of a block: the end of the line on which its last node ends."""
        if isinstance(last, Mapping | Sequence) and not last.flow:
            return last.end
        if not last.inline:
            return last.end
        found = self.text.find("\n", last.end)
        end = len(self.text) if found < 0 else found
        return end - 1 if end > last.end and self.text[end - 1] == "\r" else end

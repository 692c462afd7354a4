"""
The parts of the user's collections: kept, changed, dropped, or copied from the template.

Here a decision becomes text; what is decided is for `edgeops.core.merge.structure`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edgeops.core.merge import nodes, writing
from edgeops.core.merge.layout import Part, Span, block
from edgeops.core.merge.layout import flow as flow_layout
from edgeops.core.merge.nodes import Node, Source, value_of
from edgeops.core.merge.values import same


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What becomes of a node."""

    value: Any
    text: str | None
    """In the user's layout; None if it has to be written anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The three texts, of which the user's is written anew."""

    base: Source
    generated: Source
    yours: Source

    def kept(self, node: Node) -> Piece:
        return Piece(value=value_of(node), text=self.yours.text[node.start : node.end])

    def entry(
        self,
        name: str,
        number: int | None,
        piece: Piece | None,
        now: nodes.Mapping,
        mine: nodes.Mapping,
    ) -> Part:
        template = next((entry for entry in now.entries if entry.name == name), None)
        if number is None:
            assert piece is not None
            return self._new_entry(name, piece, template, now, mine)
        entry = mine.entries[number]
        text = self.yours.text
        if name == "<<" and piece is None:
            return Part(index=number, text=text[entry.key.start : self._end(mine, entry.value)])
        if piece is None:
            return self.dropped(number, entry.key.start, entry.value.end, mine)
        if piece.text is not None:
            tail = text[entry.value.end : self._end(mine, entry.value)]
            head = text[entry.key.start : entry.value.start]
            return Part(index=number, text=head + piece.text + tail)
        written = self._rewritten(entry, piece, template, now, mine)
        return Part(
            index=number, text=written, comments=self._left(entry.key.end, entry.value, written)
        )

    def _rewritten(
        self,
        entry: nodes.Entry,
        piece: Piece,
        template: nodes.Entry | None,
        now: nodes.Mapping,
        mine: nodes.Mapping,
    ) -> str:
        """An entry of the user whose value is written anew; the key stays as it is."""
        text, old = self.yours.text, entry.value
        tail = text[old.end : self._end(mine, old)]
        written = self._inline(piece, template.value if template else None, flow=mine.flow)
        if written is not None and old.inline:
            if isinstance(old, nodes.Scalar):
                written = writing.restyled(text, old, piece.value, written)
            between = text[entry.key.end : old.start]
            gap = between if between[-1:].isspace() else f"{between} "
            return text[entry.key.start : entry.key.end] + gap + written + tail
        key = text[entry.key.start : entry.key.end]
        if mine.flow:
            return f"{key}: {writing.flow(piece.value)}{tail}"
        columns = self.yours.column(entry.key.start)
        copied = None
        if template is not None and not now.flow and same(value_of(template.value), piece.value):
            copied = self._copy(
                template.key.end, template.value, self.generated.column(template.key.start), columns
            )
        if copied is None:
            copied = writing.moved(writing.after_key(piece.value), columns) or ""
        return key + self._commented(copied, tail if old.inline else "")

    def _commented(self, text: str, tail: str) -> str:
        """A part with the comment that stood behind the old one at the end of its first line."""
        first, newline, rest = text.partition("\n")
        return (first + tail + newline + rest).replace("\n", self.yours.newline)

    def _new_entry(
        self,
        name: str,
        piece: Piece,
        template: nodes.Entry | None,
        now: nodes.Mapping,
        mine: nodes.Mapping,
    ) -> Part:
        if mine.flow or not mine.entries:
            written = self._inline(piece, template.value if template else None, flow=True)
            value = writing.flow(piece.value) if written is None else written
            return Part(index=None, text=f"{writing.flow_key(name)}: {value}")
        columns = self.yours.column(mine.start)
        copied: str | None = None
        said: tuple[str, ...] = ()
        if template is not None and not now.flow and same(value_of(template.value), piece.value):
            start = template.key.start
            copied = self._copy(start, template.value, self.generated.column(start), columns)
            said = self._above(self.generated, start)
        if copied is None:
            key = writing.flow_key(name)
            copied = writing.moved(key + writing.after_key(piece.value), columns) or ""
        return Part(index=None, text=copied.replace("\n", self.yours.newline), comments=said)

    def item(
        self,
        number: int | None,
        piece: Piece | None,
        place: int | None,
        now: nodes.Sequence,
        mine: nodes.Sequence,
    ) -> Part:
        if number is None:
            assert piece is not None
            return self._new_item(piece, place, now, mine)
        start, item, text = mine.starts[number], mine.items[number], self.yours.text
        if piece is None:
            return self.dropped(number, start, item.end, mine)
        tail = text[item.end : self._end(mine, item)]
        if piece.text is not None:
            return Part(index=number, text=text[start : item.start] + piece.text + tail)
        template = now.items[place] if place is not None else None
        written = self._inline(piece, template, flow=mine.flow)
        if written is not None and item.inline and item.end > item.start:
            if isinstance(item, nodes.Scalar):
                written = writing.restyled(text, item, piece.value, written)
            return Part(index=number, text=text[start : item.start] + written + tail)
        made = self._new_item(piece, place, now, mine).text or ""
        written = self._commented(made, tail if item.inline else "")
        return Part(index=number, text=written, comments=self._left(start, item, written))

    def _new_item(
        self, piece: Piece, place: int | None, now: nodes.Sequence, mine: nodes.Sequence
    ) -> Part:
        template = now.items[place] if place is not None else None
        if mine.flow or not mine.items:
            return Part(
                index=None,
                text=self._inline(piece, template, flow=True) or writing.flow(piece.value),
            )
        columns = self.yours.column(mine.starts[0])
        copied: str | None = None
        said: tuple[str, ...] = ()
        if (
            template is not None
            and place is not None
            and not now.flow
            and same(value_of(template), piece.value)
        ):
            start = now.starts[place]
            copied = self._copy(start, template, self.generated.column(start), columns)
            said = self._above(self.generated, start)
        if copied is None:
            copied = writing.moved(writing.as_item(piece.value), columns) or ""
        return Part(index=None, text=copied.replace("\n", self.yours.newline), comments=said)

    def text(self, mine: nodes.Mapping | nodes.Sequence, parts: Sequence[Part]) -> str | None:
        """The user's collection of *parts*; None where its layout has no place for them."""
        before = len(mine.entries) if isinstance(mine, nodes.Mapping) else len(mine.items)
        if not before:
            text = self.yours.text[mine.start : mine.end]
            return None if any(part.text is not None for part in parts) else text
        if all(part.text is None for part in parts):
            return None
        if isinstance(mine, nodes.Mapping):
            starts = [entry.key.start for entry in mine.entries]
            ends = [self._end(mine, entry.value) for entry in mine.entries]
        else:
            starts = [*mine.starts]
            ends = [self._end(mine, item) for item in mine.items]
        spans = [Span(start=s, end=e) for s, e in zip(starts, ends, strict=True)]
        if mine.flow:
            return flow_layout(self.yours, Span(start=mine.start, end=mine.end), spans, parts)
        return block(self.yours, spans, parts, self.yours.column(starts[0]))

    def _end(self, owner: nodes.Mapping | nodes.Sequence, value: Node) -> int:
        """Where a part ends: in a block with its line, a comment included."""
        if owner.flow or not value.inline:
            return value.end
        return self.yours.line_end(value.end)

    def _inline(self, piece: Piece, template: Node | None, *, flow: bool) -> str | None:
        """A value on one line, as the template has it where it does; None if it is a block."""
        if template is not None and template.inline and writing.copyable(template):
            text = self.generated.text[template.start : template.end]
            risky = flow and text[:1] not in {'"', "'", "[", "{"} and set(text) & set(",[]{}")
            if "\n" not in text and not risky and same(value_of(template), piece.value):
                return text
        block = (
            bool(piece.value)
            if isinstance(piece.value, dict | list)
            else isinstance(piece.value, str) and "\n" in piece.value
        )
        return None if block and not flow else writing.flow(piece.value)

    def _copy(self, start: int, last: Node, column: int, to: int) -> str | None:
        """Template text up to the line end of *last*, moved; None if it cannot stand elsewhere."""
        if not writing.copyable(last):
            return None
        end = self.generated.line_end(last.end) if last.inline else last.end
        return writing.moved(self.generated.text[start:end].replace("\r\n", "\n"), to - column)

    def _above(self, source: Source, start: int) -> tuple[str, ...]:
        """Comments right above a part of the template that it did not have last time."""
        known = set(writing.comments(self.base, 0, len(self.base.text)))
        found: list[str] = []
        end = source.line_start(start)
        while end:
            begun = source.line_start(end - 1)
            line = source.text[begun:end].strip()
            if not line.startswith("#") or line in known:
                break
            found.insert(0, line)
            end = begun
        return tuple(found)

    def dropped(
        self, number: int, start: int, end: int, mine: nodes.Mapping | nodes.Sequence
    ) -> Part:
        """A part that goes; the comments in it, or above it, that the template never had stay."""
        begun = start
        if number:
            begun = (
                mine.entries[number - 1].value
                if isinstance(mine, nodes.Mapping)
                else mine.items[number - 1]
            ).end
            begun = self.yours.line_end(begun)
        stop = self.yours.line_end(end)
        return Part(index=number, text=None, comments=self.own_comments(begun, stop))

    def _left(self, start: int, old: Node, written: str) -> tuple[str, ...]:
        """The user's comments in a value that is written anew, but for those still there."""
        said = self.own_comments(start, old.end)
        return tuple(comment for comment in said if comment not in written)

    def own_comments(self, start: int, end: int) -> tuple[str, ...]:
        """The comments of the user between two places of their file."""
        known = set(writing.comments(self.base, 0, len(self.base.text)))
        return tuple(said for said in writing.comments(self.yours, start, end) if said not in known)

"""
A collection of the user's file put together again from parts: kept, changed, dropped and new.

What stands between two parts that stay (commas, comments, blank lines, indentation) stays too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from edgeops.core.merge.nodes import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One entry of a map, item of a list, or document."""

    index: int | None
    """Its number in the user's file; None for a new one."""

    text: str | None
    """From its first character to its last; None for one that is dropped."""

    comments: tuple[str, ...] = ()
    """To stand on lines before it; of one that is dropped, in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where a part stands in the user's file, a comment behind it included in a block."""

    start: int
    end: int


def block(source: Source, spans: Sequence[Span], parts: Sequence[Part], column: int) -> str:
    """
    A block collection from its first part's first character to its last part's last.

    Args:
        source: the user's file.
        spans: where its parts stand.
        parts: what is to stand there, in order.
        column: of each part.
    """
    newline, indent = source.newline, " " * column
    out = ""
    waiting: list[str] = []
    for part in parts:
        said = [f"{indent}{comment}{newline}" for comment in part.comments]
        if part.text is None:
            waiting += said
            continue
        lines = "".join([*waiting, *_before(source, spans, part.index), *said])
        waiting = []
        if out:
            out += newline + lines + indent + part.text
        else:
            out = (lines.lstrip() + indent if lines.strip() else "") + part.text
    return out + "".join(newline + line.rstrip() for line in waiting)


def _before(source: Source, spans: Sequence[Span], index: int | None) -> list[str]:
    """The lines between a part and the one before it in the file: comments and blank ones."""
    if not index:
        return []
    lines = source.text[spans[index - 1].end : spans[index].start].split("\n")
    return [f"{line}\n" for line in lines[1:-1]]


def flow(source: Source, whole: Span, spans: Sequence[Span], parts: Sequence[Part]) -> str:
    """A flow collection, its brackets included; it has at least one part in the file."""
    opening = source.text[whole.start : spans[0].start]
    closing = source.text[spans[-1].end : whole.end]
    out, last = "", None
    for part in parts:
        if part.text is None:
            continue
        if not out:
            out = part.text
        elif part.index is not None and last is not None and part.index == last + 1:
            out += source.text[spans[last].end : spans[part.index].start] + part.text
        else:
            out += f", {part.text}"
        last = part.index
    return opening + out + closing

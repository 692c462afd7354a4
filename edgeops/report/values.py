"""The two sides of a field as lines of a diff: ``-`` is git, ``+`` is live."""

import difflib
import json
from dataclasses import dataclass
from typing import Any, Final, Literal, assert_never

from edgeops.core.findings import Change, FieldChange
from edgeops.report.inert import inert

Sign = Literal["-", "+", " "]

CONTEXT_LINES: Final = 2
"""Equal lines shown around a difference between two texts of several lines."""

# What a person would take for something other than text if it stood there without quotes.
_LOOKS_TYPED: Final = frozenset('{["')


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a diff; its text is inert and has no line breaks."""

    sign: Sign
    text: str


def shown(value: Any) -> str:
    """
    A JSON value on one line: text as it is unless that could be taken for another type.

    ``80`` is the number, ``"80"`` the text; `inert` is applied.
    """
    if isinstance(value, str) and not _is_ambiguous(value):
        return inert(value)
    return inert(json.dumps(value, ensure_ascii=False))


def _is_ambiguous(text: str) -> bool:
    if text != text.strip() or not text or text[0] in _LOOKS_TYPED:
        return True
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def difference(change: FieldChange, limit: int | None = None) -> tuple[DiffLine, ...]:
    """
    What git has and what live has, as lines of a diff.

    Two texts of several lines are compared line by line, so that one changed line of a
    configuration file is seen as such.

    Args:
        change: the field.
        limit: the most characters a line may have; a longer one is shortened around the first
            place where the two sides differ. None: no limit.
    """
    match change.change:
        case Change.ADDED:
            return _side("+", change.live, limit)
        case Change.REMOVED:
            return _side("-", change.desired, limit)
        case Change.CHANGED:
            return _both(change.desired, change.live, limit)
    assert_never(change.change)


def _side(sign: Sign, value: Any, limit: int | None) -> tuple[DiffLine, ...]:
    if _is_long_text(value):
        return tuple(DiffLine(sign, shorten(inert(line), limit)) for line in _lines(value))
    return (DiffLine(sign, shorten(shown(value), limit)),)


def _both(desired: Any, live: Any, limit: int | None) -> tuple[DiffLine, ...]:
    if isinstance(desired, str) and isinstance(live, str):
        old, new = _lines(desired), _lines(live)
        # Equal lines: they differ in the last line break, which only an escape shows.
        if old != new and max(len(old), len(new)) > 1:
            return tuple(_unified(old, new, limit))
    before, after = shown(desired), shown(live)
    start = _first_difference(before, after)
    return (
        DiffLine("-", shorten(before, limit, start)),
        DiffLine("+", shorten(after, limit, start)),
    )


def _unified(old: list[str], new: list[str], limit: int | None) -> list[DiffLine]:
    lines: list[DiffLine] = []
    diff = difflib.unified_diff(old, new, n=CONTEXT_LINES, lineterm="")
    for number, line in enumerate(diff):
        if number < 2:  # the two lines that would name the files
            continue
        if line.startswith("@@"):
            if lines:
                lines.append(DiffLine(" ", "..."))
            continue
        sign: Sign = "-" if line[0] == "-" else "+" if line[0] == "+" else " "
        lines.append(DiffLine(sign, shorten(inert(line[1:]), limit)))
    return lines


def _is_long_text(value: Any) -> bool:
    return isinstance(value, str) and len(_lines(value)) > 1


def _lines(text: str) -> list[str]:
    r"""Lines as ``\n`` ends them; a ``\r`` before it stays, to be seen as an escape."""
    return text.removesuffix("\n").split("\n")


def _first_difference(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def shorten(text: str, limit: int | None, around: int = 0) -> str:
    """
    *text*, or about *limit* characters of it that include position *around*.

    What is left out is said in numbers, so that nobody takes the rest for the whole.
    """
    if limit is None or len(text) <= limit:
        return text
    start = max(0, min(around - limit // 3, len(text) - limit))
    head = "..." if start else ""
    tail = "..." if start + limit < len(text) else ""
    return f"{head}{text[start : start + limit]}{tail} ({len(text)} characters)"

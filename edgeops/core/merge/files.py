"""One file: by structure where it is YAML, else by lines; with the last word on what both mean."""

from dataclasses import dataclass
from typing import Any

from edgeops.core.documents import DocumentError
from edgeops.core.merge import writing
from edgeops.core.merge.conflicts import Conflict, Side
from edgeops.core.merge.documents import merge_documents
from edgeops.core.merge.lines import merge_lines
from edgeops.core.merge.nodes import Source, value_of
from edgeops.core.merge.parts import Parts
from edgeops.core.merge.reading import parse
from edgeops.core.merge.structure import StructureMerge
from edgeops.core.merge.values import same
from edgeops.core.schemas import Schemas

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
_YAML = (".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The merged content; the user's, and not to be written, where there are conflicts."""

    content: bytes
    conflicts: tuple[Conflict, ...] = ()


def merge_file(
    path: str,
    base: bytes,
    generated: bytes,
    yours: bytes,
    *,
    schemas: Schemas | None = None,
    prefer: Side | None = None,
) -> Merged:
    """
    Merge what the template changed from *base* to *generated* into *yours*.

    Args:
        path: of the file; YAML is merged by structure, everything else by lines.
        base: what was generated last time; empty if nothing was.
        generated: what is generated now.
        yours: what is there.
        schemas: what is known of the lists of Kubernetes kinds.
        prefer: whose word counts where both changed the same thing; None for a conflict.
    """
    if base == generated or yours == generated:
        return Merged(content=yours)
    try:
        was, now, mine = (content.decode() for content in (base, generated, yours))
    except UnicodeDecodeError:
        return _whole(base, generated, yours, "not UTF-8 text", prefer)
    mark = _BOM if mine.startswith(_BOM) else ""
    was, now, mine = (text.removeprefix(_BOM) for text in (was, now, mine))
    if path.endswith(_YAML):
        try:
            text, conflicts = _merge_yaml(was, now, mine, schemas, prefer)
        except DocumentError as error:
            place = f", line {error.line}" if error.line else ""
            return _whole(base, generated, yours, f"{error}{place}", prefer)
    else:
        lines = merge_lines(was, now, mine, prefer)
        text, conflicts = lines.text, lines.conflicts
    return Merged(content=yours if conflicts else (mark + text).encode(), conflicts=conflicts)


def _whole(base: bytes, generated: bytes, yours: bytes, reason: str, prefer: Side | None) -> Merged:
    """What cannot be merged: one conflict about the whole file."""
    if prefer is not None or base == yours:
        return Merged(content=yours if prefer is Side.MINE else generated)
    conflict = Conflict(
        line=1,
        field="",
        base="the file as it was generated last time",
        generated="the file as it is generated now",
        yours=f"a file that cannot be merged: {reason}",
    )
    return Merged(content=yours, conflicts=(conflict,))


def _merge_yaml(
    was: str, now: str, mine: str, schemas: Schemas | None, prefer: Side | None
) -> tuple[str, tuple[Conflict, ...]]:
    base, generated = parse(was), parse(now)
    yours = parse(mine)
    parts = Parts(base=base, generated=generated, yours=yours)
    merge = StructureMerge(parts=parts, prefer=prefer)
    text, values = merge_documents(merge, schemas)
    if merge.conflicts:
        return mine, tuple(merge.conflicts)
    # By lines the layout is kept best, and changed comments arrive; but lines know nothing of
    # meaning, so the structure has the last word.
    by_lines = merge_lines(was, now, mine)
    if not by_lines.conflicts and _means(by_lines.text, values):
        return by_lines.text, ()
    # A text of several lines that now ends the file needs the newline that the file had not.
    for written in (text, text + yours.newline):
        if _means(written, values):
            return written, ()
    if yours.aliases:
        # A change at an anchor would reach every place that refers to it.
        return _merge_yaml(was, now, _expanded(yours), schemas, prefer)
    raise DocumentError("its layout has no place for the change", None)


def _means(text: str, values: tuple[Any, ...]) -> bool:
    try:
        return same(list(parse(text).values), list(values))
    except DocumentError:
        return False


def means_the_same(path: str, one: bytes, other: bytes) -> bool:
    """Whether two contents of a file differ in their layout or comments at most."""
    return one == other or (
        (read := _read(path, one, other)) is not None
        and same(list(read[0].values), list(read[1].values))
    )


def says_no_more(path: str, one: bytes, other: bytes) -> bool:
    """Whether *other* means what *one* does and has no comment besides: nobody wrote into it."""
    if not means_the_same(path, one, other) or (read := _read(path, one, other)) is None:
        return one == other
    said = [set(writing.comments(source, 0, len(source.text))) for source in read]
    return said[1] <= said[0]


def _read(path: str, *contents: bytes) -> list[Source] | None:
    if not path.endswith(_YAML):
        return None
    try:
        return [parse(content.decode().removeprefix(_BOM)) for content in contents]
    except (UnicodeDecodeError, DocumentError):
        return None


def _expanded(source: Source) -> str:
    """The text with each alias replaced by what it stands for."""
    text = source.text
    for alias in sorted(source.aliases, key=lambda alias: -alias.start):
        text = text[: alias.start] + writing.flow(value_of(alias)) + text[alias.end :]
    return text

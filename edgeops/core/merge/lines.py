"""The three-way merge of any text by its lines; line ends are those of the user's file."""

from collections.abc import Sequence
from dataclasses import dataclass

from edgeops.core.merge.conflicts import Conflict, Side, shown
from edgeops.core.merge.threeway import Change, stretches


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMerge:
    """The merged text, and what could not be merged: there the text is the user's."""

    text: str
    conflicts: tuple[Conflict, ...]


def merge_lines(base: str, generated: str, yours: str, prefer: Side | None = None) -> LineMerge:
    """Merge three texts; where both others changed the same or adjoining lines is a conflict."""
    newline = "\r\n" if "\r\n" in yours else "\n"
    was, now, mine = (_lines(text) for text in (base, generated, yours))
    written = _with_ends(yours)
    out: list[str] = []
    conflicts: list[Conflict] = []
    for stretch in stretches(was, now, mine):
        if stretch.change is Change.DIFFERENTLY and prefer is None:
            conflicts.append(
                Conflict(
                    line=stretch.yours[0] + 1,
                    field="",
                    base=_shown(was[slice(*stretch.base)]),
                    generated=_shown(now[slice(*stretch.generated)]),
                    yours=_shown(mine[slice(*stretch.yours)]),
                )
            )
        takes = stretch.change is Change.GENERATED or (
            stretch.change is Change.DIFFERENTLY and prefer is Side.GENERATED
        )
        if takes:
            out += [f"{line}{newline}" for line in now[slice(*stretch.generated)]]
        else:
            out += written[slice(*stretch.yours)]
    ended = [line if line.endswith("\n") else line + newline for line in out[:-1]]
    text = "".join([*ended, *out[-1:]])
    if yours and not yours.endswith("\n"):
        text = text.removesuffix("\n").removesuffix("\r")
    return LineMerge(text=text, conflicts=tuple(conflicts))


def _with_ends(text: str) -> list[str]:
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _lines(text: str) -> list[str]:
    return [line.removesuffix("\n").removesuffix("\r") for line in _with_ends(text)]


def _shown(lines: Sequence[str]) -> str | None:
    return shown("\n".join(lines)) if lines else None

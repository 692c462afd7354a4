"""
The report for a person at a terminal.

Everything is readable without colour and in ASCII. Prose and values wrap at the width; names,
field paths and ``file:line`` never do, since they are there to be copied: a line that is too
long is left to the terminal to fold. The library is given `rich.text.Text` and never a plain
string, in which it would read its own markup and emoji: the texts come from clusters.
"""

from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Final, Literal

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from edgeops.core.findings import (
    DriftReport,
    FieldChange,
    Finding,
    Severity,
    SyncStatus,
    ZoneReport,
)
from edgeops.report.inert import inert
from edgeops.report.phrases import (
    COUNTS,
    appendix,
    author,
    compared,
    counts_of,
    facts,
    particulars,
    place,
    plural,
    source,
    verdict,
)
from edgeops.report.values import difference

MAX_VALUE: Final = 240
"""Characters of one value, or of one line of it, that the table shows."""

MAX_LINES: Final = 24
"""Lines of one field's difference that the table shows."""

_STATUS_STYLE: Final = {
    SyncStatus.SYNCED: "green",
    SyncStatus.OUT_OF_SYNC: "yellow",
    SyncStatus.UNKNOWN: "red",
}
_SEVERITY_STYLE: Final = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "",
}
_SIGN_STYLE: Final = {"-": "red", "+": "green", " ": ""}
_SHORT: Final = ("OBJ", "OK", "MOD", "MISS", "EXTRA", "UNKN")


def render_table(report: DriftReport, *, color: bool, width: int) -> str:
    """
    The whole report as lines of text, a newline at its end.

    Args:
        report: what was found.
        color: whether to add ANSI colours; nothing is said by colour alone.
        width: columns of the terminal.
    """
    page = _Page(color=color, width=max(width, 20))
    page.wrapped(verdict(report), style=f"bold {_STATUS_STYLE[report.status]}")
    _zones(page, report.zones)
    _findings(page, report.findings)
    for heading, lines in appendix(report):
        page.blank()
        page.whole(f"{heading}:", style="bold")
        for line in lines:
            page.wrapped(line, indent=2)
    page.blank()
    page.wrapped(compared(report))
    return page.text()


class _Page:
    """A rich console over a string: nothing of the process's environment gets in."""

    def __init__(self, *, color: bool, width: int) -> None:
        self.width = width
        self._colors = ColorSystem.STANDARD if color else None
        self._file = StringIO()
        self._console = Console(
            file=self._file,
            width=width,
            force_terminal=color,
            color_system="standard" if color else None,
            no_color=not color,
            legacy_windows=False,
            _environ={},
        )

    def text(self) -> str:
        return "".join(f"{line.rstrip()}\n" for line in self._file.getvalue().splitlines())

    def blank(self) -> None:
        self._file.write("\n")

    def whole(self, text: str, style: str = "", indent: int = 0) -> None:
        """One line that is never wrapped or cut."""
        # Not through the console, which takes most of the time of a report with many findings.
        painted = Style.parse(style).render(text, color_system=self._colors)
        self._file.write(f"{' ' * indent}{painted}\n")

    def wrapped(self, text: str, style: str = "", indent: int = 0, lead: str = "") -> None:
        """Lines of the page's width; those after the first stand below the text, not *lead*."""
        room = max(self.width - indent - len(lead), 16)
        if cell_len(text) <= room:
            self.whole(lead + text, style, indent)
            return
        for line in Text(text).wrap(self._console, room, overflow="fold"):
            self.whole(lead + line.plain, style, indent)
            lead = " " * len(lead)

    def table(self, table: Table) -> None:
        self._console.print(table)


def _zones(page: _Page, rows: Sequence[ZoneReport]) -> None:
    """The rows as a table with namespaces, without them, or as a list: the first that fits."""
    if not rows:
        return
    page.blank()
    for headings, cells in (
        (("CLUSTER", "ZONE", "NAMESPACE", "STATUS", *map(str.upper, COUNTS)), _wide),
        (("CLUSTER", "ZONE", "STATUS", *_SHORT), _narrow),
    ):
        lines = [[inert(cell) for cell in cells(row)] for row in rows]
        widths = [max(map(cell_len, column)) for column in zip(headings, *lines, strict=True)]
        if sum(widths) + 2 * (len(widths) - 1) <= page.width:
            page.table(_grid(headings, lines, rows))
            return
    for row in rows:
        page.whole(f"{place(row.cluster, row.zone)}", style=_STATUS_STYLE[row.status])
        page.wrapped(f"{row.status.value}, {_in_words(row)}", indent=2)


def _wide(row: ZoneReport) -> Iterable[str]:
    names = (row.cluster or "-", row.zone or "-", row.namespace or "-", row.status.value)
    return (*names, *map(str, counts_of(row)))


def _narrow(row: ZoneReport) -> Iterable[str]:
    return (row.cluster or "-", row.zone or "-", row.status.value, *map(str, counts_of(row)))


def _in_words(row: ZoneReport) -> str:
    total, *rest = counts_of(row)
    parts = [f"{number} {name}" for name, number in zip(COUNTS[1:], rest, strict=True) if number]
    return ": ".join(filter(None, (plural(total, "object"), ", ".join(parts))))


def _grid(
    headings: Sequence[str], lines: Sequence[Sequence[str]], rows: Sequence[ZoneReport]
) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    first_number = headings.index("STATUS") + 1
    for number, heading in enumerate(headings):
        justify: Literal["left", "right"] = "right" if number >= first_number else "left"
        table.add_column(Text(heading), justify=justify, no_wrap=True)
    for cells, row in zip(lines, rows, strict=True):
        style = _STATUS_STYLE[row.status]
        table.add_row(*(Text(cell, style if cell == row.status.value else "") for cell in cells))
    return table


def _findings(page: _Page, findings: Sequence[Finding]) -> None:
    group: str | None = None
    for finding in findings:
        page.blank()
        if (where := place(finding.cluster, finding.zone)) != group:
            group = where
            page.whole(where, style="bold underline")
        _finding(page, finding)


def _finding(page: _Page, finding: Finding) -> None:
    page.whole(inert(str(finding.key)), style="bold", indent=2)
    style = _SEVERITY_STYLE[finding.severity]
    line = "  ".join(filter(None, (facts(finding), source(finding))))
    for part in (line,) if cell_len(line) + 4 <= page.width else line.split("  ", 1):
        page.whole(part, style=style, indent=4)
    if finding.attribution is not None:
        page.wrapped(author(finding.attribution), indent=4, lead="by ")
    if finding.message:
        page.wrapped(inert(finding.message), indent=4)
    for change in finding.fields:
        _field(page, finding, change)


def _field(page: _Page, finding: Finding, change: FieldChange) -> None:
    page.whole(inert(change.path), indent=4)
    lines = difference(change, MAX_VALUE)
    for line in lines[:MAX_LINES]:
        page.wrapped(line.text, style=_SIGN_STYLE[line.sign], indent=6, lead=f"{line.sign} ")
    if len(lines) > MAX_LINES:
        page.wrapped(f"... {plural(len(lines) - MAX_LINES, 'more line')}", indent=6)
    if differs := particulars(finding, change):
        page.wrapped(differs, indent=6)

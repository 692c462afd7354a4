"""
The report for a person at a terminal.

Everything is readable without colour and in ASCII. Prose and values wrap at the width; names,
field paths and ``file:line`` never do, since they are there to be copied: a line that is too
long is left to the terminal to fold. The library is given `rich.text.Text` and never a plain
string, in which it would read its own markup and emoji: the texts come from clusters.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Literal

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from edgeops.core.findings import (
    DriftReport,
    FieldChange,
    Finding,
    ZoneReport,
)
from edgeops.report.inert import inert
from edgeops.report.page import SEVERITY_STYLE, STATUS_STYLE, Page
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

_SHORT: Final = ("OBJ", "OK", "MOD", "MISS", "EXTRA", "UNKN")


def render_table(report: DriftReport, *, color: bool, width: int) -> str:
    """
    The whole report as lines of text, a newline at its end.

    Args:
        report: what was found.
        color: whether to add ANSI colours; nothing is said by colour alone.
        width: columns of the terminal.
    """
    page = Page(color=color, width=max(width, 20))
    page.wrapped(verdict(report), style=f"bold {STATUS_STYLE[report.status]}")
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


def _zones(page: Page, rows: Sequence[ZoneReport]) -> None:
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
        page.whole(f"{place(row.cluster, row.zone)}", style=STATUS_STYLE[row.status])
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
        style = STATUS_STYLE[row.status]
        table.add_row(*(Text(cell, style if cell == row.status.value else "") for cell in cells))
    return table


def _findings(page: Page, findings: Sequence[Finding]) -> None:
    group: str | None = None
    for finding in findings:
        page.blank()
        if (where := place(finding.cluster, finding.zone)) != group:
            group = where
            page.whole(where, style="bold underline")
        _finding(page, finding)


def _finding(page: Page, finding: Finding) -> None:
    page.whole(inert(str(finding.key)), style="bold", indent=2)
    style = SEVERITY_STYLE[finding.severity]
    line = "  ".join(filter(None, (facts(finding), source(finding))))
    for part in (line,) if cell_len(line) + 4 <= page.width else line.split("  ", 1):
        page.whole(part, style=style, indent=4)
    if finding.attribution is not None:
        page.wrapped(author(finding.attribution), indent=4, lead="by ")
    if finding.message:
        page.wrapped(inert(finding.message), indent=4)
    for change in finding.fields:
        _field(page, finding, change)


def _field(page: Page, finding: Finding, change: FieldChange) -> None:
    page.whole(inert(change.path), indent=4)
    page.difference(change, indent=6)
    if differs := particulars(finding, change):
        page.wrapped(differs, indent=6)

"""A page of text for a terminal: what is written on it is never read as markup."""

from collections.abc import Sequence
from io import StringIO
from typing import Final

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from edgeops.core.findings import FieldChange, Severity, SyncStatus
from edgeops.report.inert import inert
from edgeops.report.phrases import plural
from edgeops.report.values import difference

MAX_VALUE: Final = 240
"""Characters of one value, or of one line of it, that the table shows."""

MAX_LINES: Final = 24
"""Lines of one field's difference that the table shows."""

STATUS_STYLE: Final = {
    SyncStatus.SYNCED: "green",
    SyncStatus.OUT_OF_SYNC: "yellow",
    SyncStatus.UNKNOWN: "red",
}
SEVERITY_STYLE: Final = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "",
}
_SIGN_STYLE: Final = {"-": "red", "+": "green", " ": ""}


class Page:
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

    def difference(self, change: FieldChange, indent: int) -> None:
        """Both sides of a field, shortened."""
        lines = difference(change, MAX_VALUE)
        for line in lines[:MAX_LINES]:
            style = _SIGN_STYLE[line.sign]
            self.wrapped(line.text, style=style, indent=indent, lead=f"{line.sign} ")
        if len(lines) > MAX_LINES:
            self.wrapped(f"... {plural(len(lines) - MAX_LINES, 'more line')}", indent=indent)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """One line a row, each cell as wide as its column's widest, nothing at the line's end."""
    shown = [[inert(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*shown, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in shown
    ]

"""The matrix of the HTML page: a table for each cluster, a row for each zone."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from edgeops.core.findings import Drift, ZoneReport
from edgeops.report.html_text import SIGN, Anchors, drift_words, hidden, mark, query, text
from edgeops.report.matrix import Cell, Level, Matrix, Row
from edgeops.report.phrases import COUNTS, NO_ZONE, counts_of, place, plural

ROWS_OF_A_TABLE: Final = 50
"""A longer cluster is told in several tables, so that the browser lays out only what is seen."""

CALM_ABOVE: Final = 40
"""With more rows than this, zones in sync are folded away at first."""


def matrix_section(found: Matrix, anchors: Anchors) -> Iterator[str]:
    """The whole section; nothing for a report without rows."""
    if not found.rows:
        return
    calm = sum(row.whole.level is Level.SYNCED for row in found.rows)
    folds = len(found.rows) > CALM_ABOVE and calm
    yield '<section id="matrix" aria-labelledby="matrix-heading">'
    yield '<div class="heading"><h2 id="matrix-heading">Zones by service</h2>'
    if folds:
        yield (
            '<label class="switch" data-script hidden><input type="checkbox" id="show-calm"> '
            f"show {plural(calm, 'row')} in sync</label>"
        )
    yield "</div>"
    yield from _key()
    yield f'<div class="tables"{" data-folds" if folds else ""}>'
    for cluster, rows in groupby(found.rows, key=lambda row: row.zone.cluster):
        yield from _cluster(cluster, list(rows), found.columns, anchors)
    yield "</div></section>"


def _key() -> Iterator[str]:
    yield '<ul class="key" aria-label="Key">'
    for level in Level:
        word = "nothing found" if level is Level.SYNCED else level.value
        yield f'<li><span class="chip {level}">{mark(level)}</span> {word}</li>'
    yield '<li><span class="chip low pending"></span> dotted: pending</li>'
    for drift in Drift:
        yield f'<li><span aria-hidden="true">{SIGN[drift]}</span> {drift_words(drift)}</li>'
    yield "</ul>"


def _cluster(
    cluster: str | None, rows: Sequence[Row], columns: Sequence[str], anchors: Anchors
) -> Iterator[str]:
    name = cluster or "No cluster"
    for start in range(0, len(rows), ROWS_OF_A_TABLE):
        part = rows[start : start + ROWS_OF_A_TABLE]
        span = "" if len(part) == len(rows) else f", rows {start + 1} to {start + len(part)}"
        caption = text(f"{name}{span}")
        calm = sum(row.whole.level is Level.SYNCED for row in part)
        style = f"size-{min(-(-len(part) // 10) * 10, ROWS_OF_A_TABLE)}"
        yield f'<div class="scroll {style}" role="group" aria-label="{caption}" tabindex="0">'
        yield f'<table class="matrix"><caption>{caption}'
        if calm:
            yield f' <span class="faint">{plural(calm, "row")} in sync</span>'
        yield "</caption><thead><tr>"
        yield '<th scope="col" class="zone">Zone</th><th scope="col" class="status">Status</th>'
        for column in columns:
            link = f'<a href="#findings" data-filter="{query(service=column)}">{text(column)}</a>'
            yield f'<th scope="col">{link}</th>'
        yield '<th scope="col" class="number">In sync</th></tr></thead><tbody>'
        for row in part:
            yield _row(row, columns, anchors)
        yield "</tbody></table></div>"


def _row(row: Row, columns: Sequence[str], anchors: Anchors) -> str:
    zone, whole = row.zone, row.whole
    where = place(zone.cluster, zone.zone)
    name = f'<a href="#findings" data-filter="{query(zone=where)}">{text(zone.zone or NO_ZONE)}</a>'
    if zone.namespace and zone.zone:
        name += f'<span class="faint">{text(zone.namespace)}</span>'
    applied = f"engine at {zone.synced_revision[:12]}" if zone.synced_revision else ""
    status = f"{mark(whole.level)}<b>{zone.status.value}</b>{_faint(_told(whole))}{_faint(applied)}"
    cells = "".join(
        _cell(cell, query(zone=where, service=column), anchors)
        for column, cell in zip(columns, row.cells, strict=True)
    )
    synced = f"{zone.synced} of {zone.objects}{_faint(_counts(zone))}"
    return (
        f'<tr class="row-{whole.level}"><th scope="row" class="zone">{name}</th>'
        f'<td class="{_classes(whole)} status">{status}</td>'
        f'{cells}<td class="number">{synced}</td></tr>'
    )


def _faint(words: str) -> str:
    return f'<span class="faint">{text(words)}</span>' if words else ""


def _counts(zone: ZoneReport) -> str:
    """The counts of *zone* that are not zero, but for what is in sync."""
    counts = zip(COUNTS[2:], counts_of(zone)[2:], strict=True)
    return ", ".join(f"{number} {name}" for name, number in counts if number)


def _told(whole: Cell) -> str:
    """What stands below the status of a zone."""
    parts = []
    if whole.findings:
        pending = ", pending" if whole.pending else ""
        parts.append(f"{plural(len(whole.findings), 'finding')}{pending}")
    if whole.waived:
        parts.append(f"{whole.waived} waived")
    return ", ".join(parts)


def _classes(cell: Cell) -> str:
    return f"{cell.level}{' pending' if cell.pending else ''}"


def _cell(cell: Cell, wanted: str, anchors: Anchors) -> str:
    waived = _faint(f"{cell.waived} waived" if cell.waived else "")
    if not cell.findings:
        word = "not known" if cell.level is Level.UNKNOWN else "nothing found"
        return f'<td class="{cell.level}">{mark(cell.level)}{hidden(word)}{waived}</td>'
    counts = Counter(finding.drift for finding in cell.findings)
    signs = " ".join(f"{SIGN[drift]}{counts[drift]}" for drift in Drift if counts[drift])
    words = ", ".join(f"{counts[drift]} {drift_words(drift)}" for drift in Drift if counts[drift])
    state = "pending" if cell.pending else cell.level.value
    link = f'<a href="#{anchors.of(cell.findings[0])}" data-filter="{wanted}">'
    return (
        f'<td class="{_classes(cell)}">{link}{mark(cell.level)}<b>{state}</b>'
        f'<span class="signs" aria-hidden="true">{signs}</span>{hidden(f": {words}")}</a>'
        f"{waived}</td>"
    )

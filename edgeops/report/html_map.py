"""
The map of the HTML page: for each cluster the hub, and its spokes around it.

A picture for the eye, drawn to a scheme; what it shows is told again in its label, and in the
matrix, where keyboards and screen readers find it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from edgeops.core.findings import SyncStatus
from edgeops.core.fleet.model import HUB
from edgeops.report.html_text import MARK, query, text
from edgeops.report.matrix import Level, Matrix, Row, worst
from edgeops.report.phrases import place, plural

NAMED_SPOKES: Final = 10
"""Of a cluster with more zones the map writes no names: each zone is one mark of a field."""

_WIDTH: Final = 300
_HUB_X: Final = 34
_SPOKE_X: Final = 106
_ROW: Final = 26
_FIELD_X: Final = 92
_PITCH: Final = 16
_PER_ROW: Final = 13
_LABEL: Final = 26
"""Characters of a zone's name for which there is room."""


def clusters_of(found: Matrix) -> list[tuple[str | None, list[Row]]]:
    """The clusters that have zones, each with all of its rows."""
    clusters = [
        (cluster, list(rows))
        for cluster, rows in groupby(found.rows, key=lambda row: row.zone.cluster)
    ]
    return [(cluster, rows) for cluster, rows in clusters if any(row.zone.zone for row in rows)]


def map_section(found: Matrix) -> Iterator[str]:
    """The whole section; nothing where no row is a zone."""
    clusters = clusters_of(found)
    if not clusters:
        return
    yield '<section id="map" aria-labelledby="map-heading">'
    yield '<h2 id="map-heading">Hubs and their zones</h2><div class="maps">'
    for cluster, rows in clusters:
        yield from _cluster(cluster, rows)
    yield "</div></section>"


def _cluster(cluster: str | None, rows: Sequence[Row]) -> Iterator[str]:
    hub = next((row for row in rows if row.zone.zone == HUB), None)
    spokes = [row for row in rows if row.zone.zone not in {HUB, None}]
    level = worst(row.whole.level for row in rows)
    name = cluster or "No cluster"
    yield f'<figure class="{level}"><figcaption>'
    yield f'<a href="#findings" data-filter="{query(cluster=cluster or "-")}">{text(name)}</a>'
    yield f'<span class="faint">{_tally(spokes)}</span></figcaption>'
    if len(spokes) <= NAMED_SPOKES:
        height = max(len(spokes), 2) * _ROW + 22
        body = [*_lines(spokes, height), *_named(spokes, height)]
    else:
        height = max(-(-len(spokes) // _PER_ROW) * _PITCH + 16, 74)
        body = [*_field(spokes, height)]
    label = text(_told(name, hub, rows, spokes))
    yield f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{label}">'
    yield from body
    if hub is not None:
        yield from _hub(hub, height / 2)
    yield "</svg></figure>"


def _tally(spokes: Sequence[Row]) -> str:
    drifted = sum(row.whole.level not in {Level.SYNCED, Level.UNKNOWN} for row in spokes)
    unknown = sum(row.whole.level is Level.UNKNOWN for row in spokes)
    parts = [plural(len(spokes), "zone")]
    parts += [f"{drifted} drifted"] if drifted else []
    parts += [f"{unknown} unknown"] if unknown else []
    return ", ".join(parts)


def _told(name: str, hub: Row | None, rows: Sequence[Row], spokes: Sequence[Row]) -> str:
    """The picture in words."""
    levels = Counter(row.whole.level for row in spokes)
    parts = [f"{levels[level]} {level}" for level in Level if levels[level]]
    middle = "no hub compared" if hub is None else f"hub {hub.whole.level}"
    told = f"{name}: {middle}; {plural(len(spokes), 'zone')}: {', '.join(parts) or 'none'}"
    engine = [row for row in rows if row.zone.zone is None]
    return told + "".join(f"; the engine's own objects: {row.whole.level}" for row in engine)


def _hub(hub: Row, middle: float) -> Iterator[str]:
    where = query(zone=place(hub.zone.cluster, hub.zone.zone))
    yield f'<g class="node {_classes(hub)}" data-filter="{where}">'
    yield f"<title>{_title(hub)}</title>"
    yield f'<circle cx="{_HUB_X}" cy="{middle:g}" r="27"/>'
    yield f'<text x="{_HUB_X}" y="{middle - 3:g}" class="symbol">{MARK[hub.whole.level]}</text>'
    yield f'<text x="{_HUB_X}" y="{middle + 12:g}" class="hub">{text(HUB)}</text></g>'


def _height_of(number: int, spokes: Sequence[Row], height: float) -> float:
    return height / 2 + (number - (len(spokes) - 1) / 2) * _ROW


def _lines(spokes: Sequence[Row], height: float) -> Iterator[str]:
    for number, row in enumerate(spokes):
        y = _height_of(number, spokes, height)
        bend = (_HUB_X + _SPOKE_X) / 2 + 8
        path = f"M{_HUB_X} {height / 2:g}C{bend:g} {height / 2:g} {bend:g} {y:g} {_SPOKE_X} {y:g}"
        yield f'<path class="line {_classes(row)}" d="{path}"/>'


def _named(spokes: Sequence[Row], height: float) -> Iterator[str]:
    for number, row in enumerate(spokes):
        y = _height_of(number, spokes, height)
        yield from _spoke(row, _SPOKE_X, y, radius=9)
        name = row.zone.zone or ""
        short = name if len(name) <= _LABEL else f"{name[: _LABEL - 1]}…"
        yield f'<text x="{_SPOKE_X + 17}" y="{y + 4.5:g}" class="name">{text(short)}</text>'


def _field(spokes: Sequence[Row], height: float) -> Iterator[str]:
    """Every zone as one mark, in the order of the report."""
    yield f'<path class="line" d="M{_HUB_X} {height / 2:g}H{_FIELD_X - 12}"/>'
    yield f'<path class="brace" d="M{_FIELD_X - 8} 4H{_FIELD_X - 12}V{height - 4}h4"/>'
    for number, row in enumerate(spokes):
        column, line = number % _PER_ROW, number // _PER_ROW
        yield from _spoke(row, _FIELD_X + 4 + column * _PITCH, 16 + line * _PITCH, radius=6.5)


def _spoke(row: Row, x: float, y: float, *, radius: float) -> Iterator[str]:
    where = query(zone=place(row.zone.cluster, row.zone.zone))
    level = row.whole.level
    yield (
        f'<g class="node {_classes(row)}{" small" if radius < 8 else ""}" data-filter="{where}">'
        f'<title>{_title(row)}</title><circle cx="{x:g}" cy="{y:g}" r="{radius:g}"/>'
    )
    if level is not Level.SYNCED or radius > 8:
        yield f'<text x="{x:g}" y="{y + radius / 2:g}" class="symbol">{MARK[level]}</text>'
    yield "</g>"


def _classes(row: Row) -> str:
    return f"{row.whole.level}{' pending' if row.whole.pending else ''}"


def _title(row: Row) -> str:
    status = row.zone.status
    worse = f", {plural(len(row.whole.findings), 'finding')}" if row.whole.findings else ""
    level = f", {row.whole.level}" if status is SyncStatus.OUT_OF_SYNC else ""
    return text(f"{row.zone.zone}: {status.value}{level}{worse}")

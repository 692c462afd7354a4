"""
``edgeops routes`` as a picture: the hub in the middle, its spokes around it.

Lines differ in dash, width and mark, and the key says what each means and how many zones have
it: nothing is told by colour alone, and nothing by a label that sixty zones would crowd out.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Final

from edgeops.core.fleet.model import HUB, Fleet
from edgeops.core.routes.proof import Proof
from edgeops.report.inert import inert
from edgeops.report.phrases import plural
from edgeops.report.routes_graph import Edge, Graph, Line, graphs
from edgeops.report.routes_words import names, verdict

_DASH: Final = {
    Line.NORMAL: 'stroke="#1f3a5f" stroke-width="2"',
    Line.FAILOVER: 'stroke="#8a5a00" stroke-width="1.5" stroke-dasharray="7 5"',
    Line.BROKEN: 'stroke="#b00020" stroke-width="4" stroke-dasharray="1 7" stroke-linecap="round"',
}
_WORD: Final = {
    Line.NORMAL: "normal route",
    Line.FAILOVER: "failover, when what answers is gone",
    Line.BROKEN: "leads where it cannot reach",
}
_FONT: Final = "font-family=\"Verdana, 'DejaVu Sans', sans-serif\""
_ROLE: Final = 'role="img" aria-labelledby="title desc" fill="#1a1a1a"'
_HUB_RADIUS: Final = 46.0
_UPRIGHT: Final = 8
"""Up to so many spokes, their names are written level; of more, along the spoke."""

_LINE: Final = 20
_LABEL: Final = 7.2
"""Width of a character of the labels, about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    x: float
    y: float
    radius: float
    hub: float
    label: float
    """Room that the longest label takes outside the ring."""

    spokes: tuple[str, ...]

    @property
    def half(self) -> float:
        """Half the width."""
        return self.radius + self.label + 24

    @property
    def height(self) -> float:
        """Half the height."""
        return self.half if len(self.spokes) > _UPRIGHT else self.radius + 44

    def angle(self, zone: str) -> float:
        turn = 2 * math.pi / max(len(self.spokes), 1)
        # Half a turn off the top, so that of few spokes none stands straight up.
        return (
            self.spokes.index(zone) * turn - math.pi / 2 + (turn / 2 if len(self.spokes) > 1 else 0)
        )

    def place(self, zone: str, radius: float | None = None) -> tuple[float, float]:
        if zone == HUB:
            return self.x, self.y
        angle = self.angle(zone)
        distance = self.radius if radius is None else radius
        return self.x + distance * math.cos(angle), self.y + distance * math.sin(angle)


def render_svg(fleet: Fleet, proof: Proof) -> str:
    """One self-contained picture with a title and a description for who cannot see it."""
    body: list[str] = []
    top, width = 64.0, 760.0
    for graph in graphs(fleet, proof):
        labels = (_label(graph, zone) for zone in graph.spokes)
        label = max(map(len, labels), default=0) * _LABEL + 16
        # So wide that the arrows of all spokes have room around the hub.
        hub = max(_HUB_RADIUS, len(graph.spokes) * 15 / (2 * math.pi))
        radius = hub + 124
        width = max(width, 2 * (radius + label + 24))
        key = list(_key(graph))
        width = max(width, *(len(text) * _LABEL + 110 for _, text in key), 0)
        layout = _Layout(x=width / 2, y=0, radius=radius, hub=hub, label=label, spokes=graph.spokes)
        layout = replace(layout, y=top + 34 + layout.height)
        body += _cluster(graph, layout)
        top = layout.y + layout.height + 10
        for line, text in key:
            body += _key_line(line, text, top)
            top += _LINE
        top += 24
    title = f"Routes of {fleet.name}"
    head = verdict(proof)
    size = f'width="{width:.0f}" height="{top:.0f}" viewBox="0 0 {width:.0f} {top:.0f}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {_ROLE} {_FONT} font-size="13">',
        f'<title id="title">{_text(title)}</title>',
        f'<desc id="desc">{_text(_told(fleet, proof))}</desc>',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        "<defs>",
        *(_marker(line) for line in Line),
        "</defs>",
        f'<text x="20" y="32" font-size="19" font-weight="bold">{_text(title)}</text>',
        f'<text x="20" y="54">{_text(head)}</text>',
        *body,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _cluster(graph: Graph, layout: _Layout) -> Iterator[str]:
    top = layout.y - layout.height - 8
    yield f'<text x="20" y="{top:.0f}" font-weight="bold">{_text(graph.cluster)}</text>'
    for edge in graph.edges:
        yield from _edge(edge, layout)
    yield from _hub(graph, layout)
    for zone in graph.spokes:
        yield from _spoke(graph, layout, zone)


def _edge(edge: Edge, layout: _Layout) -> Iterator[str]:
    told = f"{edge.start} to {edge.end}, {_WORD[edge.line]}: {', '.join(edge.calls)}"
    title = f"<title>{_text(told)}</title>"
    x1, y1 = layout.place(edge.start)
    x2, y2 = layout.place(edge.end)
    if edge.line is Line.BROKEN:
        # Past the hub, so that it is not taken for a line to it.
        mx, my = (x1 + x2) / 2, (y1 + y2) / 2
        dx, dy = mx - layout.x, my - layout.y
        far = math.hypot(dx, dy) or 1
        away = max(layout.radius * 0.62, far)
        cx, cy = layout.x + dx / far * away, layout.y + dy / far * away
        qx, qy = (x1 + 2 * cx + x2) / 4, (y1 + 2 * cy + y2) / 4
        yield (
            f'<path d="M {x1:.1f} {y1:.1f} Q {cx:.1f} {cy:.1f} {x2:.1f} {y2:.1f}" fill="none" '
            f'{_DASH[edge.line]} marker-end="url(#{edge.line})">{title}</path>'
        )
        yield (
            f'<text x="{qx:.1f}" y="{qy + 8:.1f}" font-size="24" font-weight="bold" '
            f'text-anchor="middle" fill="#b00020">✕</text>'
        )
        return
    length = math.hypot(x2 - x1, y2 - y1) or 1
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    side = 5 if edge.line is Line.NORMAL else -5
    ox, oy = -uy * side, ux * side
    start, end = 12.0, length - layout.hub - 6
    yield (
        f'<line x1="{x1 + ux * start + ox:.1f}" y1="{y1 + uy * start + oy:.1f}" '
        f'x2="{x1 + ux * end + ox:.1f}" y2="{y1 + uy * end + oy:.1f}" {_DASH[edge.line]} '
        f'marker-end="url(#{edge.line})">{title}</line>'
    )


def _hub(graph: Graph, layout: _Layout) -> Iterator[str]:
    dash = ' stroke-dasharray="3 3"' if HUB in graph.gone else ""
    yield (
        f'<circle cx="{layout.x:.1f}" cy="{layout.y:.1f}" r="{layout.hub:.1f}" fill="#e8eef7" '
        f'stroke="#1f3a5f" stroke-width="3"{dash}/>'
    )
    words = [HUB, *_state(graph, HUB)]
    for number, word in enumerate(words):
        y = layout.y + 5 + (number - (len(words) - 1) / 2) * 16
        weight = ' font-weight="bold"' if number == 0 else ""
        at = f'x="{layout.x:.1f}" y="{y:.1f}"'
        yield f'<text {at} text-anchor="middle"{weight}>{_text(word)}</text>'


def _spoke(graph: Graph, layout: _Layout, zone: str) -> Iterator[str]:
    x, y = layout.place(zone)
    bad = bool(graph.unanswered.get(zone))
    dash = ' stroke-dasharray="3 3"' if zone in graph.gone else ""
    stroke, thick = ("#b00020", 4) if bad else ("#1a1a1a", 1.5)
    told = "; ".join((zone, *_state(graph, zone), *graph.unanswered.get(zone, ())))
    yield (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="#ffffff" stroke="{stroke}" '
        f'stroke-width="{thick}"{dash}><title>{_text(told)}</title></circle>'
    )
    angle = layout.angle(zone)
    lx, ly = layout.place(zone, layout.radius + 15)
    degrees, anchor = math.degrees(angle), "start"
    if math.cos(angle) < 0:
        degrees, anchor = degrees + 180, "end"
    marks = _state(graph, zone)
    text = _text(_label(graph, zone))
    weight = ' font-weight="bold"' if marks else ""
    turn = ""
    if len(graph.spokes) > _UPRIGHT:
        turn = f' transform="rotate({degrees:.1f} {lx:.1f} {ly:.1f})"'
    yield (
        f'<text x="{lx:.1f}" y="{ly:.1f}" dominant-baseline="middle" text-anchor="{anchor}"'
        f"{weight}{turn}>{text}</text>"
    )


def _label(graph: Graph, zone: str) -> str:
    marks = _state(graph, zone)
    return f"{zone} ({', '.join(marks)})" if marks else zone


def _state(graph: Graph, zone: str) -> list[str]:
    """What is wrong in a place, in words."""
    found = []
    if zone in graph.gone:
        found.append("GONE")
    lost = [name for name in sorted(graph.gone) if name.startswith(f"{zone}/")]
    found += [f"{name.partition('/')[2]} GONE" for name in lost]
    if unanswered := graph.unanswered.get(zone):
        found.append(f"✕ {plural(len(unanswered), 'call')} unanswered")
    return found


def _key(graph: Graph) -> Iterator[tuple[Line | None, str]]:
    """What each kind of line carries, and in how many zones."""
    total = len(graph.spokes)
    for line in Line:
        carried: dict[str, list[str]] = {}
        for edge in graph.edges:
            if edge.line is not line:
                continue
            for call in edge.calls:
                goal = "" if line is not Line.BROKEN else f" to {edge.end}"
                carried.setdefault(f"{call}{goal}", []).append(edge.start)
        same: dict[tuple[str, ...], list[str]] = {}
        for call, zones in carried.items():
            same.setdefault(tuple(zones), []).append(call)
        for carriers, calls in same.items():
            zones = list(carriers)
            where = f"{len(zones)} of {plural(total, 'zone')}" if len(zones) > 3 else names(zones)
            for number, part in enumerate(_pieces(calls)):
                text = f"{_WORD[line]} ({where}): {part}" if number == 0 else f"    {part}"
                yield (line if number == 0 else None), text
    home = sorted(set(graph.at_home.values()))
    if home:
        count = f"{home[0]}" if len(home) == 1 else f"{home[0]} to {home[-1]}"
        yield None, f"answered in the zone itself, no line: {count} calls a zone"
    for zone, lost in graph.unanswered.items():
        for part in _pieces(lost):
            yield None, f"✕ nobody answers in {zone}: {part}"


def _pieces(calls: Sequence[str]) -> Iterator[str]:
    """Lines of the key that are not too long."""
    for start in range(0, len(calls), 3):
        yield ", ".join(calls[start : start + 3])


def _key_line(line: Line | None, text: str, y: float) -> Iterator[str]:
    if line is not None:
        yield (
            f'<line x1="20" y1="{y - 4:.0f}" x2="74" y2="{y - 4:.0f}" {_DASH[line]} '
            f'marker-end="url(#{line})"/>'
        )
    yield f'<text x="92" y="{y:.0f}" xml:space="preserve">{_text(text)}</text>'


def _marker(line: Line) -> str:
    color = _DASH[line].split('"')[1]
    shape = (
        f'<path d="M 0 0 L 10 5 L 0 10 z" fill="{color}"/>'
        if line is Line.NORMAL
        else f'<path d="M 1 1 L 9 5 L 1 9" fill="none" stroke="{color}" stroke-width="1.6"/>'
    )
    return (
        f'<marker id="{line}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="11" '
        f'markerHeight="11" markerUnits="userSpaceOnUse" orient="auto">{shape}</marker>'
    )


def _told(fleet: Fleet, proof: Proof) -> str:
    """The picture in words."""
    parts = [f"{verdict(proof)}."]
    for graph in graphs(fleet, proof):
        parts.append(
            f"Cluster {graph.cluster}: {plural(len(graph.spokes), 'zone')} around the hub."
        )
        parts += [f"{text.strip()}." for _, text in _key(graph)]
    return " ".join(parts)


def _text(text: str) -> str:
    return escape(inert(text), quote=False)

"""A plot with two logarithmic axes, as an SVG that needs nothing else."""

import math
from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT = 720, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 220, 20, 50
_COLOURS = ("#6b7280", "#2563eb", "#059669", "#dc2626", "#7c3aed")


def plot(lines: Mapping[str, Sequence[tuple[float, float]]], *, across: str, up: str) -> str:
    """
    An SVG document.

    Args:
        lines: points (both greater than zero) by the name of the line.
        across: what stands on the horizontal axis.
        up: what stands on the vertical one.
    """
    drawn = {name: points for name, points in lines.items() if points}
    xs = [x for points in drawn.values() for x, _ in points]
    ys = [y for points in drawn.values() for _, y in points]
    x_axis = _Axis(min(xs), max(xs), _LEFT, _WIDTH - _RIGHT)
    y_axis = _Axis(min(ys), max(ys), _HEIGHT - _BOTTOM, _TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}">',
        "<style>text { font: 12px sans-serif }</style>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
    ]
    for value in x_axis.ticks():
        at = x_axis.at(value)
        parts.append(_line(at, _TOP, at, _HEIGHT - _BOTTOM))
        parts.append(_text(at, _HEIGHT - _BOTTOM + 18, f"{value:g}", "middle"))
    for value in y_axis.ticks():
        at = y_axis.at(value)
        parts.append(_line(_LEFT, at, _WIDTH - _RIGHT, at))
        parts.append(_text(_LEFT - 8, at + 4, f"{value:g}", "end"))
    parts.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 10, across, "middle"))
    parts.append(_text(8, _TOP - 6, up, "start"))
    ends = sorted(drawn, key=lambda name: -drawn[name][-1][1])
    for position, name in enumerate(ends):
        colour = _COLOURS[list(drawn).index(name) % len(_COLOURS)]
        places = [(x_axis.at(x), y_axis.at(y)) for x, y in drawn[name]]
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places)
        top = _TOP + 20 + 22 * position
        key = _WIDTH - _RIGHT + 14
        parts.append(f'<rect x="{key}" y="{top - 9}" width="10" height="10" fill="{colour}"/>')
        parts.append(_text(key + 16, top, name, "start"))
    return "\n".join((*parts, "</svg>", ""))


class _Axis:
    """Values to places, by their logarithm."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self._low = math.floor(math.log10(low))
        self._high = max(math.ceil(math.log10(high)), self._low + 1)
        self._start, self._end = start, end

    def at(self, value: float) -> float:
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return self._start + share * (self._end - self._start)

    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self._low, self._high + 1)]


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#e5e7eb"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'

"""
Paths into Kubernetes objects, and how they are written.

A path is a tuple of segments: the name of a field, or the keys of a list element. Lists
that Kubernetes does not key have no segments: such a list is one value.
"""

import re
from dataclasses import dataclass
from typing import Any

_PLAIN = re.compile(r"[A-Za-z0-9_-]+\Z")
_PLAIN_VALUE = re.compile(r"[^\s\"\[\],=]+\Z")


@dataclass(frozen=True, slots=True)
class ListKey:
    """
    What names an element of a keyed list: its key fields, sorted by name.

    The element of ``ports`` that has ``containerPort: 80`` and, by default, protocol TCP is
    ``ListKey((("containerPort", 80), ("protocol", "TCP")))``.
    """

    fields: tuple[tuple[str, Any], ...]

    def __str__(self) -> str:
        return "[" + ",".join(f"{name}={_value(value)}" for name, value in self.fields) + "]"


Segment = str | ListKey
Path = tuple[Segment, ...]


def render(path: Path) -> str:
    """
    The path as reports write it: ``spec.ports[port=80,protocol=TCP].nodePort``.

    A field name outside ``[A-Za-z0-9_-]+`` is quoted: ``metadata.labels["a.b/c"]``.
    """
    text = ""
    for segment in path:
        text = text + str(segment) if isinstance(segment, ListKey) else field_below(text, segment)
    return text


def field_below(above: str, name: str) -> str:
    """The written path of the field *name* of what stands at the written path *above*."""
    if _PLAIN.match(name):
        return f"{above}.{name}" if above else name
    return above + '["' + name.replace("\\", "\\\\").replace('"', '\\"') + '"]'


_TEXT = r'"(?:[^"\\]|\\.)*"'
_NAME = rf"(?:[A-Za-z0-9_-]+|\[{_TEXT}\])"
_KEY = rf"[A-Za-z0-9_-]+=(?:[^\s\"\[\],=]+|{_TEXT})"
_WRITTEN = re.compile(
    rf"{_NAME}(?:\.[A-Za-z0-9_-]+|\[{_TEXT}\]|\[{_KEY}(?:,{_KEY})*\])*", re.DOTALL
)


def is_written(text: str) -> bool:
    """Whether *text* is a path as `render` writes it."""
    return _WRITTEN.fullmatch(text) is not None


def covers(above: str, text: str) -> bool:
    """Whether the written path *text* is *above*, a written path too, or stands below it."""
    return text == above or (text.startswith(above) and text[len(above)] in ".[")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    if isinstance(value, str) and not _PLAIN_VALUE.match(text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text

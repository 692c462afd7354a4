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
        if isinstance(segment, ListKey):
            text += str(segment)
        elif _PLAIN.match(segment):
            text += f".{segment}" if text else segment
        else:
            text += '["' + segment.replace("\\", "\\\\").replace('"', '\\"') + '"]'
    return text


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    if isinstance(value, str) and not _PLAIN_VALUE.match(text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text

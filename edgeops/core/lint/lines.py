"""The line of a field in the file that its object was written in."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from edgeops.core import documents
from edgeops.core.lint.graph import Graph
from edgeops.core.lint.model import Problem

_STEP: Final = re.compile(
    r'(?:^|\.)(?P<name>[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*")|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]'
    r"|\[(?P<index>\d+)\]|\[(?P<keys>[^\]\"]*(?:\"[^\"]*\"[^\]\"]*)*)\]"
)


def placed(problem: Problem, graph: Graph) -> Problem:
    """
    *problem* at the line of its field, or of the nearest field above it that is written there.

    What a patch of another file added has the line of the object.
    """
    if problem.file is None or problem.line is None or problem.path is None:
        return problem
    start = problem.line
    found = graph.documents(problem.file) or ()
    value = next((item.value for item in found if item.line == start), None)
    text = graph.text(problem.file)
    if value is None or text is None or problem.kind is None:
        return problem
    lines = _lines(text, start)
    best, at, above = start, "", value
    for step in _STEP.finditer(problem.path):
        at, above = _down(at, above, step)
        if at not in lines:
            break
        best = lines[at]
    return replace(problem, line=best)


def _lines(text: str, start: int) -> Mapping[str, int]:
    """Lines of the fields of the document that starts at line *start* of a text."""
    rows = text.splitlines(keepends=True)
    end = next(
        (number for number in range(start, len(rows)) if rows[number].startswith("---")),
        len(rows),
    )
    try:
        found = documents.lines_of("".join(rows[start - 1 : end]))
    except documents.DocumentError:
        return {}
    return {path: line + start - 1 for path, line in found.items()}


def _down(at: str, value: Any, step: re.Match[str]) -> tuple[str, Any]:
    name = step["name"] or step["quoted"]
    if name is not None:
        plain = json.loads(name) if name.startswith('"') else name
        below = value.get(plain) if isinstance(value, Mapping) else None
        return (f"{at}.{plain}" if at else str(plain)), below
    items = value if isinstance(value, list) else []
    index = int(step["index"]) if step["index"] is not None else _keyed(items, step["keys"])
    below = items[index] if 0 <= index < len(items) else None
    return f"{at}[{index}]", below


def _keyed(items: list[Any], keys: str) -> int:
    wanted = dict(part.partition("=")[::2] for part in keys.split(",") if "=" in part)
    for index, item in enumerate(items):
        if isinstance(item, Mapping) and all(
            name not in item or str(item[name]) == value.strip('"')
            for name, value in wanted.items()
        ):
            return index
    return -1

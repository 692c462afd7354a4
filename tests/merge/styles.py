"""One value, written as YAML in the many ways that people write it."""

import json
import re
from typing import Any

from hypothesis import strategies as st

from edgeops.core import documents

Draw = Any


def written(draw: Draw, value: Any) -> str:
    """A document that means *value*, in a layout drawn at random."""
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    lines = [*_comment(draw, ""), *_marker(draw), *_block(draw, value, "")]
    # A literal text that ends a file needs the newline for its own last line.
    literal = any(line.endswith(" |") for line in lines)
    end = "\n" if literal else draw(st.sampled_from(["\n", "\n", ""]))
    text = ("\n".join([*lines, *_comment(draw, "")]) + str(end)).replace("\n", str(newline))
    assert documents.load(text) == value, text
    return text


def _marker(draw: Draw) -> list[str]:
    found: list[str] = draw(st.sampled_from([[], [], ["---"]]))
    return found


def _comment(draw: Draw, indent: str) -> list[str]:
    choices = [[], [], [], [f"{indent}# mine"], [f"{indent}# - a: b", ""]]
    found: list[str] = draw(st.sampled_from(choices))
    return found


def _block(draw: Draw, value: Any, indent: str) -> list[str]:
    lines: list[str] = []
    step = draw(st.sampled_from(["  ", "    "]))
    if isinstance(value, dict):
        keys = draw(st.permutations(list(value)))
        for key in keys:
            lines += _comment(draw, indent)
            lines += _entry(draw, f"{indent}{_text(draw, key)}:", value[key], indent, step)
    else:
        for item in value:
            lines += _comment(draw, indent)
            lines += _item(draw, item, indent)
    return lines


def _entry(draw: Draw, head: str, value: Any, indent: str, step: str) -> list[str]:
    note = draw(st.sampled_from(["", "", "  # why", " #"]))
    if isinstance(value, dict | list) and value and draw(st.integers(0, 4)):
        deeper = indent if isinstance(value, list) and draw(st.booleans()) else indent + step
        return [head + note, *_block(draw, value, deeper)]
    literal = isinstance(value, str) and re.fullmatch(r"([a-z#][^\n]*\n)+", value)
    if literal and draw(st.booleans()):
        return [f"{head} |", *(f"{indent}  {line}" for line in value[:-1].split("\n"))]
    return [f"{head} {_flow(draw, value)}{note}"]


def _item(draw: Draw, item: Any, indent: str) -> list[str]:
    if isinstance(item, dict) and item and draw(st.integers(0, 4)):
        lines = _block(draw, item, indent + "  ")
        first = next(number for number, line in enumerate(lines) if line.strip())
        if lines[first].lstrip().startswith("#"):
            return [f"{indent}-", *lines]
        return [f"{indent}- {lines[first].lstrip()}", *lines[first + 1 :]]
    note = draw(st.sampled_from(["", "", " # this one"]))
    return [f"{indent}- {_flow(draw, item)}{note}"]


def _flow(draw: Draw, value: Any) -> str:
    if isinstance(value, dict):
        space = draw(st.sampled_from(["", " "]))
        inside = ", ".join(
            f"{_text(draw, key)}: {_flow(draw, item)}" for key, item in value.items()
        )
        return f"{{{space}{inside}{space}}}"
    if isinstance(value, list):
        comma = str(draw(st.sampled_from([", ", " , "])))
        return "[" + comma.join(_flow(draw, item) for item in value) + "]"
    return _text(draw, value) if isinstance(value, str) else json.dumps(value)


def _text(draw: Draw, value: str) -> str:
    style = draw(st.sampled_from("p'\""))
    bare = re.fullmatch(r"[a-z][a-z0-9./-]*", value) and documents.load(value) == value
    if style == "p" and bare:
        return value
    if style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return json.dumps(value)

"""
Changes of ``edgeops.yaml`` that keep everything else byte for byte, comments included.

The text is edited in place, at the marks that the YAML parser gives: writing the parsed
document again would reflow what a person wrote. This is the one door to ruamel.yaml.
"""

from collections.abc import Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from edgeops.core.documents import dump_json


class EditError(ValueError):
    """The text has no place for the change; it is as it was."""


def add_zones(text: str, cluster: str, zones: Sequence[tuple[str, str | None]]) -> str:
    """
    *text* with *zones* (name, and type where it must be said) added to *cluster*, at the end.

    Raises:
        EditError: if there is no such cluster.
    """
    if not zones:
        return text
    owner = _cluster(text, cluster)
    entries = [_entry(name, zone_type) for name, zone_type in zones]
    found = _item(owner, "zones")
    if found is None:
        return _new_list(text, owner, entries)
    key, value = found
    if isinstance(value, SequenceNode) and value.value:
        last = value.value[-1]
        if value.flow_style:
            return _insert(text, _end(last), "".join(f", {entry}" for entry in entries))
        indent = " " * _dash_column(text, last)
        return _insert_lines(text, _end(last), [f"{indent}- {entry}" for entry in entries])
    # An empty list or nothing at all: the list is put after its key.
    start = key.end_mark.index + 1
    end = value.end_mark.index if value.value or isinstance(value, SequenceNode) else start
    if owner.flow_style:
        return f"{text[:start]} [{', '.join(entries)}]{text[end:]}"
    indent = " " * (key.start_mark.column + 2)
    emptied = text[:start] + text[end:]
    return _insert_lines(emptied, start, [f"{indent}- {entry}" for entry in entries])


def remove_zone(text: str, cluster: str, zone: str) -> str:
    """
    *text* without *zone* of *cluster*; comments on lines of their own stay.

    Raises:
        EditError: if there is no such cluster, or it has no such zone.
    """
    owner = _cluster(text, cluster)
    found = _item(owner, "zones")
    items = found[1].value if found and isinstance(found[1], SequenceNode) else []
    names = [_zone_name(item) for item in items]
    if found is None or zone not in names:
        raise EditError(f"cluster '{cluster}' has no zone '{zone}'")
    index = names.index(zone)
    key, value = found
    # As _new_list writes a list that was not there before.
    if len(items) == 1 and value.flow_style and text[_start(items[0]) - 1] == " ":
        return _without_key(text, owner, key, value)
    if len(items) == 1:
        start = key.end_mark.index + 1
        if value.flow_style:
            return f"{text[:start]} []{text[value.end_mark.index :]}"
        rest = _without_lines(text, _start(items[0]), _end(items[0]))
        return f"{rest[:start]} []{rest[start:]}"
    if value.flow_style:
        if index == 0:
            return text[: _start(items[0])] + text[_start(items[1]) :]
        return text[: _end(items[index - 1])] + text[_end(items[index]) :]
    return _without_lines(text, _start(items[index]), _end(items[index]))


def set_leaving(text: str, cluster: str, zone: str) -> str:
    """
    *text* with ``state: leaving`` at *zone* of *cluster*; `set_active` takes it back.

    Raises:
        EditError: if there is no such zone.
    """
    item = _zone(text, cluster, zone)
    if isinstance(item, ScalarNode):
        spelled = text[_start(item) : item.end_mark.index]
        return f"{text[: _start(item)]}{{name: {spelled}, {_LEAVING}}}{text[item.end_mark.index :]}"
    if found := _item(item, "state"):
        return f"{text[: _start(found[1])]}leaving{text[found[1].end_mark.index :]}"
    if item.flow_style:
        return _insert(text, _end(item.value[-1][1]), f", {_LEAVING}")
    indent = " " * item.value[0][0].start_mark.column
    return _insert_lines(text, _end(item), [f"{indent}{_LEAVING}"])


def set_active(text: str, cluster: str, zone: str) -> str:
    """
    *text* without a ``state`` at *zone* of *cluster*; an entry of the name alone gets short again.

    Raises:
        EditError: if there is no such zone.
    """
    item = _zone(text, cluster, zone)
    found = _item(item, "state") if isinstance(item, MappingNode) else None
    if found is None:
        return text
    key, value = found
    if item.flow_style and len(item.value) == 2:
        name = next(pair[1] for pair in item.value if pair[0] is not key)
        spelled = text[_start(name) : name.end_mark.index]
        return text[: _start(item)] + spelled + text[item.end_mark.index :]
    return _without_key(text, item, key, value)


_LEAVING = "state: leaving"


def set_engine(text: str, engine: str) -> str:
    """
    *text* with ``spec.engine`` set to *engine*, added where it is absent.

    Raises:
        EditError: if there is no ``spec``.
    """
    spec = _spec(text)
    if found := _item(spec, "engine"):
        node = found[1]
        return text[: _start(node)] + engine + text[node.end_mark.index :]
    first = spec.value[0][0]
    if spec.flow_style:
        return _insert(text, _start(first), f"engine: {engine}, ")
    return _insert(text, _start(first), f"engine: {engine}\n{' ' * first.start_mark.column}")


def set_handover(text: str, word: str, engine: str) -> str:
    """
    *text* with ``spec.handover`` set to ``{word: engine}``, after ``engine`` where it is new.

    Raises:
        EditError: if there is no ``spec``.
    """
    spec = _spec(text)
    said = f"{{{word}: {engine}}}"
    if found := _item(spec, "handover"):
        return f"{text[: _start(found[1])]}{said}{text[_end(found[1]) :]}"
    line = f"handover: {said}"
    if after := _item(spec, "engine"):
        if spec.flow_style:
            return _insert(text, _end(after[1]), f", {line}")
        indent = " " * after[0].start_mark.column
        return _insert_lines(text, _end(after[1]), [f"{indent}{line}"])
    first = spec.value[0][0]
    gap = ", " if spec.flow_style else f"\n{' ' * first.start_mark.column}"
    return _insert(text, _start(first), f"{line}{gap}")


def remove_handover(text: str) -> str:
    """
    *text* without ``spec.handover``; what `set_handover` wrote leaves no trace.

    Raises:
        EditError: if there is no ``spec``.
    """
    spec = _spec(text)
    found = _item(spec, "handover")
    return text if found is None else _without_key(text, spec, *found)


def _spec(text: str) -> MappingNode:
    found = _item(_root(text), "spec")
    if found is None or not isinstance(found[1], MappingNode) or not found[1].value:
        raise EditError("there is no spec")
    spec: MappingNode = found[1]
    return spec


def _root(text: str) -> MappingNode:
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except YAMLError as error:
        raise EditError("it is not valid YAML") from error
    if not isinstance(root, MappingNode):
        raise EditError("it is not a mapping")
    return root


def _item(node: MappingNode, name: str) -> tuple[Node, Any] | None:
    return next(((key, value) for key, value in node.value if key.value == name), None)


def _cluster(text: str, name: str) -> MappingNode:
    spec = _item(_root(text), "spec")
    clusters = _item(spec[1], "clusters") if spec and isinstance(spec[1], MappingNode) else None
    items = clusters[1].value if clusters and isinstance(clusters[1], SequenceNode) else []
    for item in items:
        found = _item(item, "name") if isinstance(item, MappingNode) else None
        if found is not None and found[1].value == name:
            cluster: MappingNode = item
            return cluster
    raise EditError(f"there is no cluster '{name}'")


def _zone(text: str, cluster: str, name: str) -> Any:
    found = _item(_cluster(text, cluster), "zones")
    items = found[1].value if found and isinstance(found[1], SequenceNode) else []
    for item in items:
        if _zone_name(item) == name:
            return item
    raise EditError(f"cluster '{cluster}' has no zone '{name}'")


def _zone_name(item: Node) -> str | None:
    if isinstance(item, ScalarNode):
        return str(item.value)
    found = _item(item, "name") if isinstance(item, MappingNode) else None
    return None if found is None else str(found[1].value)


def _entry(name: str, zone_type: str | None) -> str:
    shown = name if name.replace("-", "").isalnum() else dump_json(name).strip()
    return shown if zone_type is None else f"{{name: {shown}, type: {zone_type}}}"


def _start(node: Node) -> int:
    index: int = node.start_mark.index
    return index


def _end(node: Node) -> int:
    """Where *node* ends: the parser ends a block only where the next thing begins."""
    last = node
    while isinstance(last, MappingNode | SequenceNode) and not last.flow_style and last.value:
        child = last.value[-1]
        last = child[1] if isinstance(child, tuple) else child
    index: int = last.end_mark.index
    return index


def _dash_column(text: str, item: Node) -> int:
    """The column of the dash before an element of a block list."""
    dash = text.rindex("-", 0, _start(item))
    return dash - (text.rfind("\n", 0, dash) + 1)


def _insert(text: str, index: int, addition: str) -> str:
    return text[:index] + addition + text[index:]


def _insert_lines(text: str, index: int, lines: Sequence[str]) -> str:
    """*lines* after the line that *index* is in, whose comment stays where it is."""
    end = text.find("\n", index)
    newline = "\r\n" if "\r\n" in text else "\n"
    if end < 0:
        return text + "".join(f"{newline}{line}" for line in lines)
    return _insert(text, end + 1, "".join(f"{line}{newline}" for line in lines))


def _without_lines(text: str, start: int, end: int) -> str:
    """*text* without the lines from the one of *start* to the one of *end*."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    if last < 0:  # the last line has no end, so the one before it gets none either
        return text[:first].removesuffix("\n").removesuffix("\r")
    return text[:first] + text[last + 1 :]


def _new_list(text: str, owner: MappingNode, entries: Sequence[str]) -> str:
    """
    *text* with a key ``zones`` at the end of *owner*, which had none.

    With blanks inside the brackets, by which `remove_zone` knows that the key itself is to go
    along with the last of them: what is added and removed leaves no trace.
    """
    flow = f"zones: [ {', '.join(entries)} ]"
    if owner.flow_style:
        return _insert(text, _end(owner.value[-1][1]), f", {flow}")
    indent = " " * owner.value[0][0].start_mark.column
    return _insert_lines(text, _end(owner), [f"{indent}{flow}"])


def _without_key(text: str, owner: MappingNode, key: Node, value: Node) -> str:
    """*text* without a key of *owner*, which has others."""
    keys = [pair[0] for pair in owner.value]
    index = keys.index(key)
    if index == 0:
        return text[: _start(key)] + text[_start(keys[1]) :]
    if owner.flow_style:
        return text[: _end(owner.value[index - 1][1])] + text[value.end_mark.index :]
    return _without_lines(text, _start(key), value.end_mark.index)

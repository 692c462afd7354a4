"""Fields that no kind has, values of another type, fields that must be there."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any, Final

from edgeops.core.lint.graph import Graph, Identity
from edgeops.core.lint.kustomize import wrong_scope
from edgeops.core.lint.model import Folder, Problem, Repository, of_object
from edgeops.core.objects import KubeObject
from edgeops.core.openapi import OBJECT_META, SERVER_METADATA
from edgeops.core.paths import ListKey, Segment, render
from edgeops.core.schemas import Format, ListType, Node, Schemas

_TWICE: Final = "listed-twice"
_SCALARS: Final = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
_TEXT_FORMATS: Final = frozenset({Format.BYTE, Format.DATE_TIME, Format.DURATION})
_SUFFIXES: Final = ("Ki", "Mi", "Gi", "Ti", "Pi", "Ei", *"numkMGTPE")


def check(repository: Repository, graph: Graph) -> Iterator[Problem]:
    """Every object of every folder against the schema of its kind."""
    for folder in repository.folders:
        for item in folder.objects:
            yield from _object(repository.schemas, folder, item)
        # A build merges lists by their keys and shows no element twice; the files do.
        for written in graph.objects(folder.path)[0]:
            yield from _repeated(repository.schemas, folder, written)


def _repeated(schemas: Schemas, folder: Folder, written: Identity) -> Iterator[Problem]:
    api_version = "/".join(part for part in (written.group, written.version) if part)
    root = schemas.root(api_version, written.kind)
    for rule, path, message in _node(root, written.body, ()):
        if rule == _TWICE:
            yield Problem(
                rule=rule,
                message=message,
                file=written.file,
                line=written.line,
                place=folder.place,
                kind=written.kind,
                name=written.names[0],
                path=_written(path),
            )


def unknown_kinds(repository: Repository) -> tuple[str, ...]:
    """Kinds that are used and have no schema: not refused, but to be said."""
    return tuple(
        sorted(
            {
                f"{item.api_version} {item.kind}"
                for folder in repository.folders
                for item in folder.objects
                if not _known(repository.schemas, item)
            }
        )
    )


def _known(schemas: Schemas, item: KubeObject) -> bool:
    return schemas.root(item.api_version, item.kind).known


def _object(schemas: Schemas, folder: Folder, item: KubeObject) -> Iterator[Problem]:
    info = schemas.info(item.api_version, item.kind)
    if info is not None:
        misplaced = wrong_scope(folder, item, namespaced=info.namespaced)
        if misplaced is not None:
            yield misplaced
    body = {key: value for key, value in item.body.items() if key != "status"}
    for rule, path, message in _node(schemas.root(item.api_version, item.kind), body, ()):
        if rule == _TWICE:
            continue  # said of the file
        yield of_object(rule, folder, item, message, path=_written(path) or None)


Path = tuple[Segment | int, ...]
"""A path in which an element of a list without keys is its index."""

_Fault = tuple[str, Path, str]
"""Rule, path and message."""


def _written(path: Path) -> str:
    text = ""
    for step in path:
        piece = f"[{step}]" if isinstance(step, int) else render((step,))
        text += piece if not text or piece.startswith("[") else f".{piece}"
    return text


def _node(node: Node, value: Any, path: Path) -> Iterator[_Fault]:
    # Null is what leaving the field out is.
    if not node.known or value is None:
        return
    if isinstance(value, Mapping):
        yield from _map(node, value, path)
    elif isinstance(value, list):
        yield from _list(node, value, path)
    elif (wrong := _scalar(node, value)) is not None:
        yield "wrong-type", path, f"must be {wrong}, and is {_shown(value)}"
    elif node.words and isinstance(value, str) and value and value not in node.words:
        yield "value-not-allowed", path, f"{_shown(value)} is none of {', '.join(node.words)}"


def _map(node: Node, value: Mapping[str, Any], path: Path) -> Iterator[_Fault]:
    if not node.is_object:
        yield "wrong-type", path, f"must be {_said(node)}, and is a mapping"
        return
    told_by_server = SERVER_METADATA if node.refers_to(OBJECT_META) else frozenset()
    for name, below in value.items():
        if name in told_by_server:
            continue
        if node.is_closed and not node.has_field(name):
            near = _near(name, node.names)
            hint = f"; is {near} meant?" if near else ""
            yield "unknown-field", (*path, name), f"there is no such field{hint}"
        else:
            yield from _node(node.field(name), below, (*path, name))
    for name in node.required:
        if value.get(name) is None:
            yield "field-missing", (*path, name), "must be there"


def _list(node: Node, value: list[Any], path: Path) -> Iterator[_Fault]:
    if not node.is_list:
        yield "wrong-type", path, f"must be {_said(node)}, and is a list"
        return
    seen: list[Any] = []
    for index, below in enumerate(value):
        key = _key(node, below)
        place = (*path, key if key is not None else index)
        if key is not None and key in seen:
            yield _TWICE, place, "is in the list more than once: one of them is lost"
        seen.append(key)
        yield from _node(node.items, below, place)


def _key(node: Node, value: Any) -> ListKey | None:
    """The key of a list's element, defaults filled in; None where the list has no keys."""
    if node.list_type is not ListType.MAP or not isinstance(value, Mapping):
        return None
    fields = []
    for name in node.list_keys:
        found = value.get(name, node.items.field(name).default())
        if found is None or isinstance(found, Mapping | list):
            return None
        fields.append((name, found))
    return ListKey(tuple(sorted(fields)))


def _scalar(node: Node, value: Any) -> str | None:
    """What the value should be; None where it is right."""
    form = node.format
    if form is Format.QUANTITY:
        return None if _is_quantity(value) else "a quantity such as 100m or 64Mi"
    if form is Format.INT_OR_STRING:
        return None if isinstance(value, int | str) and not isinstance(value, bool) else "a number"
    if form in _TEXT_FORMATS:
        return None if isinstance(value, str) else "text"
    types = _SCALARS.get(node.scalar or "")
    if types is None:
        return _said(node) if node.is_object or node.is_list else None
    right = isinstance(value, types) and (bool in types or not isinstance(value, bool))
    # Kubernetes takes a whole number that is written with a point.
    if not right and node.scalar == "integer" and isinstance(value, float):
        right = value.is_integer()
    return None if right else _said(node)


def _is_quantity(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    text = str(value)
    suffix = next((one for one in _SUFFIXES if text.endswith(one)), "")
    try:
        return Decimal(text.removesuffix(suffix)).is_finite()
    except InvalidOperation:
        return False


def _said(node: Node) -> str:
    if node.is_list:
        return "a list"
    words = {"string": "text", "integer": "a whole number", "number": "a number"}
    return words.get(node.scalar or "", "true or false" if node.scalar else "a mapping")


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f"the text '{value}'" if len(value) <= 60 else f"the text '{value[:57]}...'"
    return str(value).lower() if isinstance(value, bool) else f"{value}"


def _near(name: str, names: tuple[str, ...]) -> str | None:
    exact = [one for one in names if one.lower() == name.lower()]
    return next(iter(exact or get_close_matches(name, names, 1)), None)

"""
YAML and JSON texts to plain values, with the meaning that Kubernetes gives to scalars.

This is the one door to the YAML library. Kubernetes reads YAML through sigs.k8s.io/yaml
(go-yaml v2, then JSON): ``yes`` and ``on`` are booleans, a leading zero is octal, but there
are no dates, no base-60 numbers and no ``=`` value. PyYAML's own rules would turn
``2024-01-01`` into a date and ``12:30:45`` into 45045.

https://pkg.go.dev/sigs.k8s.io/yaml · https://pkg.go.dev/gopkg.in/yaml.v2
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import yaml

from edgeops.core.document_limits import (
    DocumentError,
    check_depth,
    check_size,
    is_suspicious,
)
from edgeops.core.document_scalars import FALSE, FLOAT, INT, TRUE, KubernetesLoader, words

__all__ = [
    "Document",
    "DocumentError",
    "check",
    "dump_compact",
    "dump_json",
    "dump_yaml",
    "duplicate_key",
    "lines_of",
    "load",
    "load_all",
    "translated",
]

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of a text and the 1-based line on which its content starts."""

    value: Any
    line: int


def load_all(text: str | bytes) -> list[Document]:
    """
    Every document of a YAML (or JSON) text; empty documents are left out.

    Raises:
        DocumentError: if the text is neither.
    """
    if (data := _json(text)) is not None:
        return [Document(value=data, line=1)]
    try:
        return list(_documents(text))
    except yaml.YAMLError as error:
        raise translated(error) from error
    except DocumentError:
        raise
    except (ValueError, OverflowError, RecursionError) as error:
        raise DocumentError(f"not valid YAML: {error}") from error


def _documents(text: str | bytes) -> Iterator[Document]:
    guarded = is_suspicious(text)
    loader = KubernetesLoader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            if guarded:
                check_size(node)
            value = loader.construct_document(node)
            if value is not None:
                yield Document(value=value, line=node.start_mark.line + 1)
    finally:
        loader.dispose()


def load(text: str | bytes) -> Any:
    """
    The one document of a text; None if it is empty.

    Raises:
        DocumentError: if the text is not YAML, or holds several documents.
    """
    documents = load_all(text)
    if len(documents) > 1:
        raise DocumentError("more than one document", documents[1].line)
    return documents[0].value if documents else None


def parse_json(text: bytes) -> Any:
    """
    The value of a JSON text, and of nothing else.

    Raises:
        DocumentError: in words that quote nothing of the text.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        position = error.pos
    # Out here, for the other error carries the whole text along.
    raise DocumentError(f"no JSON from byte {position} of {len(text)} on")


def _json(text: str | bytes) -> Any:
    head = text[:64].lstrip()
    if not head or head[:1] not in ("{", "[", b"{", b"["):
        return None
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    check_depth(value)
    return value


def _composed(text: str | bytes) -> Any:
    """The node of a one-document text, None if it is empty; raises DocumentError."""
    try:
        guarded = is_suspicious(text)
        root = yaml.compose(text, Loader=KubernetesLoader)
    except yaml.YAMLError as error:
        raise translated(error) from error
    if guarded and root is not None:
        check_size(root)
    return root


def translated(error: yaml.YAMLError) -> DocumentError:
    """An error of the YAML library in plain words, with its line."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return DocumentError(f"not valid YAML: {problem}", mark.line + 1 if mark else None)


def check(text: str | bytes) -> None:
    """
    See that no document of *text* is too deep or too large to be worked with.

    Raises:
        DocumentError: if one is, or the text is not YAML.
    """
    try:
        if is_suspicious(text):
            for root in yaml.compose_all(text, Loader=KubernetesLoader):
                check_size(root)
    except yaml.YAMLError as error:
        raise translated(error) from error


def lines_of(text: str | bytes) -> dict[str, int]:
    """
    The 1-based line of every field of a one-document text.

    Keys are paths as in ``spec.clusters[0].name``; used to say where an input is wrong.

    Raises:
        DocumentError: if the text is not YAML.
    """
    root = _composed(text)
    lines: dict[str, int] = {}
    pending = [("", root)] if root is not None else []
    while pending:
        path, node = pending.pop()
        lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                child = f"{path}.{key.value}" if path else str(key.value)
                lines[child] = key.start_mark.line + 1
                pending.append((child, value))
        elif isinstance(node, yaml.SequenceNode):
            pending.extend((f"{path}[{index}]", item) for index, item in enumerate(node.value))
    return lines


def duplicate_key(text: str | bytes) -> tuple[str, int] | None:
    """The first mapping key that a one-document text has twice, and its line; None if none."""
    root = _composed(text)
    pending = [root] if root is not None else []
    while pending:
        node = pending.pop()
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if key.value in seen:
                    return str(key.value), key.start_mark.line + 1
                seen.add(key.value)
                pending.append(value)
        elif isinstance(node, yaml.SequenceNode):
            pending.extend(node.value)
    return None


class _KubernetesDumper(_Dumper):  # type: ignore[misc]
    """
    PyYAML's safe dumper, quoting also the texts that only Kubernetes takes for another type.

    To PyYAML ``y`` and ``1e3`` are text and stay bare; go-yaml reads a boolean and a number.
    """

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # the overridden signature
        """Write a value twice rather than an anchor that no person asked for."""
        return True

    def represent_lines(self, text: str) -> Any:
        """A text of several lines as a literal block, which is how a person would write it."""
        style = "|" if "\n" in text.rstrip("\n") else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_KubernetesDumper.add_representer(str, _KubernetesDumper.represent_lines)

for _tag, _pattern, _first in (
    ("bool", words(TRUE | FALSE), "tTyYoOfFnN"),
    ("int", INT, "-+0123456789"),
    ("float", FLOAT, "-+0123456789."),
):
    _KubernetesDumper.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _pattern, list(_first))


def dump_yaml(value: Any, *, width: int = 100) -> str:
    """
    A YAML document, keys in the order given; `load` gives the same value back.

    A text of more than *width* columns is folded.
    """
    text: str = yaml.dump(
        value,
        Dumper=_KubernetesDumper,
        sort_keys=False,
        allow_unicode=True,
        width=width,
        indent=2,
    )
    return text


def dump_compact(value: Any) -> bytes:
    """A JSON document for a program to read."""
    return orjson.dumps(value)


def dump_json(value: Any) -> str:
    """A JSON document, two spaces of indentation, a newline at its end."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()

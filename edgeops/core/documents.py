"""
YAML and JSON texts to plain values, with the meaning that Kubernetes gives to scalars.

This is the one door to the YAML library. Kubernetes reads YAML through sigs.k8s.io/yaml
(go-yaml v2, then JSON): ``yes`` and ``on`` are booleans, a leading zero is octal, but there
are no dates, no base-60 numbers and no ``=`` value. PyYAML's own rules would turn
``2024-01-01`` into a date and ``12:30:45`` into 45045.

https://pkg.go.dev/sigs.k8s.io/yaml · https://pkg.go.dev/gopkg.in/yaml.v2
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson
import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

_TRUE = {"true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON"}
_FALSE = {"false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF"}
_NULL = {"", "~", "null", "Null", "NULL"}
_INT = re.compile(r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]*|[1-9][0-9_]*)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_SPECIAL = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}


class DocumentError(ValueError):
    """
    A text is not what it should be.

    Args:
        line: 1-based line, where it is known.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def _int(text: str) -> int:
    digits = text.replace("_", "")
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    if digits[:2] in {"0b", "0x", "0o"}:
        return sign * int(digits, 0)
    return sign * int(digits, 8 if len(digits) > 1 and digits.startswith("0") else 10)


class _KubernetesLoader(_Loader):  # type: ignore[misc]
    """PyYAML's safe loader with go-yaml's scalars."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, Any]]]] = {}

    def construct_scalar_int(self, node: Any) -> int | float:
        value = _int(self.construct_scalar(node))
        return value if -(2**63) <= value < 2**64 else float(value)

    def construct_scalar_float(self, node: Any) -> float:
        text = self.construct_scalar(node)
        return _SPECIAL[text.lower()] if text.lower() in _SPECIAL else float(text)

    def construct_scalar_bool(self, node: Any) -> bool:
        return self.construct_scalar(node) in _TRUE

    def construct_text(self, node: Any) -> str:
        return str(self.construct_scalar(node))

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """As the safe loader's, with keys as JSON has them: text."""
        mapping = super().construct_mapping(node, deep=deep)
        return {key if isinstance(key, str) else _key(key): item for key, item in mapping.items()}


def _key(key: Any) -> str:
    return orjson.dumps(key).decode()


def _words(words: set[str]) -> re.Pattern[str]:
    return re.compile("(?:" + "|".join(re.escape(word) for word in sorted(words)) + r")\Z")


_KubernetesLoader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"<<\Z"), ["<"])
_KubernetesLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", _words(_TRUE | _FALSE), list("tTyYoOfFnN")
)
_KubernetesLoader.add_implicit_resolver(
    "tag:yaml.org,2002:null", _words(_NULL), ["~", "n", "N", ""]
)
_KubernetesLoader.add_implicit_resolver("tag:yaml.org,2002:int", _INT, list("-+0123456789"))
_KubernetesLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(f"(?:{_FLOAT.pattern[:-2]}|[-+]?\\.(?:inf|Inf|INF)|\\.(?:nan|NaN|NAN))\\Z"),
    list("-+0123456789."),
)
_KubernetesLoader.add_constructor("tag:yaml.org,2002:int", _KubernetesLoader.construct_scalar_int)
_KubernetesLoader.add_constructor(
    "tag:yaml.org,2002:float", _KubernetesLoader.construct_scalar_float
)
_KubernetesLoader.add_constructor("tag:yaml.org,2002:bool", _KubernetesLoader.construct_scalar_bool)
_KubernetesLoader.add_constructor("tag:yaml.org,2002:timestamp", _KubernetesLoader.construct_text)
_KubernetesLoader.add_constructor("tag:yaml.org,2002:binary", _KubernetesLoader.construct_text)


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
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"not valid YAML: {error}") from error


def _documents(text: str | bytes) -> Iterator[Document]:
    loader = _KubernetesLoader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
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
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def translated(error: yaml.YAMLError) -> DocumentError:
    """An error of the YAML library in plain words, with its line."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return DocumentError(f"not valid YAML: {problem}", mark.line + 1 if mark else None)


def lines_of(text: str | bytes) -> dict[str, int]:
    """
    The 1-based line of every field of a one-document text.

    Keys are paths as in ``spec.clusters[0].name``; used to say where an input is wrong.

    Raises:
        DocumentError: if the text is not YAML.
    """
    try:
        root = yaml.compose(text, Loader=_KubernetesLoader)
    except yaml.YAMLError as error:
        raise translated(error) from error
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
    try:
        root = yaml.compose(text, Loader=_KubernetesLoader)
    except yaml.YAMLError as error:
        raise translated(error) from error
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
    ("bool", _words(_TRUE | _FALSE), "tTyYoOfFnN"),
    ("int", _INT, "-+0123456789"),
    ("float", _FLOAT, "-+0123456789."),
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

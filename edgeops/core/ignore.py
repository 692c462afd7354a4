"""
Ignore rules: what git says to leave alone, in Argo CD's shape or in Flux's.

A rule hides a difference if it selects the object and one of its paths is the changed field
or stands above it. How much each rule hid is counted by the caller and shown.

https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/
https://fluxcd.io/flux/components/kustomize/kustomizations/
"""

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from edgeops.core import bounded
from edgeops.core.findings import Attribution
from edgeops.core.jqpaths import JqPath
from edgeops.core.objects import KubeObject, group_of
from edgeops.core.paths import ListKey, Path
from edgeops.core.selectors import EVERYTHING, Selector, parse_selector
from edgeops.errors import ConfigurationError, Problem

_ANYTHING = re.compile(".*", re.DOTALL)


class Words(Protocol):
    """Which words a rule selects, as a compiled expression tells."""

    def fullmatch(self, text: str, /) -> object:
        """Something true if *text* is one of them."""
        ...


@dataclass(frozen=True, slots=True)
class _OneWord:
    """Implements `Words`. Each zone has rules of its own names, and compiling them takes long."""

    word: str

    def fullmatch(self, text: str, /) -> bool:
        return text == self.word


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoreRule:
    """One rule; every part that is given must match."""

    text: str
    """How the rule is named in the report."""

    source: str
    """The file that it stands in."""

    group: Words
    kind: Words
    name: Words
    namespace: Words
    pointers: tuple[tuple[str, ...], ...] = ()
    """JSON pointers, split into their tokens; the empty one stands for the whole object."""

    expressions: tuple[JqPath, ...] = ()
    managers: frozenset[str] = frozenset()
    version: Words = _ANYTHING
    labels: Selector = EVERYTHING
    annotations: Selector = EVERYTHING
    extraneous: bool = False
    """Whether it is for objects that git does not have, and for no others."""

    def selects(self, item: KubeObject) -> bool:
        return bool(
            self.group.fullmatch(group_of(item.api_version))
            and self.version.fullmatch(item.api_version.rpartition("/")[2])
            and self.kind.fullmatch(item.kind)
            and self.name.fullmatch(item.name)
            and self.namespace.fullmatch(item.namespace)
            and self.labels.selects(item.labels)
            and self.annotations.selects(item.annotations)
        )


def hidden_by(
    rules: Iterable[IgnoreRule],
    live: KubeObject,
    path: Path,
    attribution: Attribution | None,
    *,
    desired: KubeObject | None = None,
) -> IgnoreRule | None:
    """
    The first rule that hides a difference at *path*; None if it stays visible.

    Args:
        live: the live object, or git's where there is none.
        desired: git's object, by which rules select, so that a label set live hides nothing;
            None for an object that git does not have.
    """
    for rule in rules:
        if rule.extraneous and desired is not None:
            continue
        if not rule.selects(desired or live):
            continue
        if attribution is not None and attribution.manager in rule.managers:
            return rule
        selected = (
            found for expression in rule.expressions for found in expression.select(live.body)
        )
        if any(_covers(pointer, live.body, path) for pointer in (*rule.pointers, *selected)):
            return rule
    return None


def parse_rules(
    entries: Sequence[Any], *, source: str, place: str, engine: bool = False
) -> tuple[IgnoreRule, ...]:
    """
    Read rules of either shape.

    Args:
        engine: whether the engine reads them as well. To Argo CD no group is the core group;
            in our own files it is any.
        entries: the list as read from the file.
        source: the file's name as the user knows it.
        place: path of the list within the file; empty for a file that is the list.

    Raises:
        ConfigurationError: naming every entry that is not a rule.
    """
    rules: list[IgnoreRule] = []
    problems: list[Problem] = []
    for index, entry in enumerate(entries):
        try:
            rules.append(_rule(entry, source, engine=engine))
        except (ValueError, TypeError) as error:
            problems.append(Problem(path=f"{place}[{index}]", message=str(error)))
    if problems:
        raise ConfigurationError(source, problems)
    return tuple(rules)


_ARGO_KEYS = {
    "group",
    "kind",
    "name",
    "namespace",
    "jsonPointers",
    "jqPathExpressions",
    "managedFieldsManagers",
}
_SELECTORS = ("labelSelector", "annotationSelector")
_FLUX_KEYS = {"paths", "target"}
_FLUX_TARGET = {
    "group",
    "version",
    "kind",
    "name",
    "namespace",
    "labelSelector",
    "annotationSelector",
}


def orphan_rules(entries: Sequence[Any], *, source: str, place: str) -> tuple[IgnoreRule, ...]:
    """
    Read what an AppProject says of objects that git does not have: no group is the core group.

    Raises:
        ConfigurationError: naming every entry that is none.
    """
    rules: list[IgnoreRule] = []
    problems: list[Problem] = []
    for index, entry in enumerate(entries):
        if isinstance(entry, Mapping):
            rules.append(
                IgnoreRule(
                    text=_named(entry, ("(orphaned)",)),
                    source=source,
                    group=_glob(entry.get("group"), empty=""),
                    kind=_glob(entry.get("kind")),
                    name=_glob(entry.get("name")),
                    namespace=_ANYTHING,
                    pointers=((),),
                    extraneous=True,
                )
            )
        else:
            problems.append(Problem(path=f"{place}[{index}]", message="must be a map"))
    if problems:
        raise ConfigurationError(source, problems)
    return tuple(rules)


def _rule(entry: Any, source: str, *, engine: bool) -> IgnoreRule:
    if not isinstance(entry, Mapping):
        raise ValueError("an ignore rule is a map")  # noqa: TRY004 - one message for the user
    if "paths" in entry or "target" in entry:
        return _flux(entry, source)
    return _argo(entry, source, engine=engine)


def _argo(entry: Mapping[str, Any], source: str, *, engine: bool) -> IgnoreRule:
    _only(entry, _ARGO_KEYS)
    pointers = _texts(entry, "jsonPointers")
    managers = _texts(entry, "managedFieldsManagers")
    expressions = _texts(entry, "jqPathExpressions")
    if not pointers and not expressions and not managers:
        raise ValueError("needs jsonPointers, jqPathExpressions or managedFieldsManagers")
    return IgnoreRule(
        text=_named(entry, (*pointers, *expressions, *managers)),
        source=source,
        group=_glob(entry.get("group"), empty="" if engine else "*"),
        kind=_glob(entry.get("kind")),
        name=_glob(entry.get("name")),
        namespace=_glob(entry.get("namespace")),
        pointers=tuple(_pointer(text) for text in pointers),
        expressions=tuple(JqPath(text) for text in expressions),
        managers=frozenset(managers),
    )


def _flux(entry: Mapping[str, Any], source: str) -> IgnoreRule:
    _only(entry, _FLUX_KEYS)
    paths = _texts(entry, "paths")
    if not paths:
        raise ValueError("needs paths")
    target = entry.get("target") or {}
    if not isinstance(target, Mapping):
        raise ValueError("target is a map")  # noqa: TRY004
    _only(target, _FLUX_TARGET)
    return IgnoreRule(
        text=_named(target, paths),
        source=source,
        group=_regex(target.get("group")),
        kind=_regex(target.get("kind")),
        name=_regex(target.get("name")),
        namespace=_regex(target.get("namespace")),
        version=_regex(target.get("version")),
        labels=parse_selector(str(target.get("labelSelector") or "")),
        annotations=parse_selector(str(target.get("annotationSelector") or "")),
        pointers=tuple(_pointer(text) for text in paths),
    )


def _only(entry: Mapping[str, Any], allowed: set[str]) -> None:
    if unknown := sorted(set(entry) - allowed):
        raise ValueError(f"unknown key {unknown[0]!r}; known are {', '.join(sorted(allowed))}")


def _texts(entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = entry.get(key) or ()
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{key} is a list of texts")
    return tuple(value)


def _pointer(text: str) -> tuple[str, ...]:
    """Split a JSON pointer (RFC 6901)."""
    if text and not text.startswith("/"):
        raise ValueError(f"the JSON pointer {text!r} does not begin with '/'")
    tokens = text.split("/")[1:]
    for token in tokens:
        if re.search(r"~(?![01])", token):
            raise ValueError(f"the JSON pointer {text!r} has a '~' that is neither ~0 nor ~1")
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in tokens)


def _glob(value: Any, *, empty: str = "*") -> Words:
    """A glob; nothing given means *empty*."""
    text = empty if value is None or value == "" else str(value)
    return re.compile(fnmatch.translate(text)) if set(text) & {*"*?["} else _OneWord(text)


def _regex(value: Any) -> Words:
    return bounded.regex(".*" if not value else str(value))


def _named(selector: Mapping[str, Any], paths: Sequence[str]) -> str:
    kind = "/".join(str(selector[key]) for key in ("group", "kind", "name") if selector.get(key))
    by = (str(selector[key]) for key in _SELECTORS if selector.get(key))
    return " ".join((kind or "*", *by, *paths))


def _covers(pointer: tuple[str, ...], body: Mapping[str, Any], path: Path) -> bool:
    """Whether the field at *path* of *body* is the pointer's target or stands below it."""
    if len(pointer) > len(path):
        return False
    node: Any = body
    for token, segment in zip(pointer, path, strict=False):
        if isinstance(segment, ListKey):
            if not isinstance(node, list) or not token.isdigit() or int(token) >= len(node):
                return False
            node = node[int(token)]
            if not all(node.get(name, value) == value for name, value in segment.fields):
                return False
        elif token != segment:
            return False
        else:
            node = node.get(segment) if isinstance(node, Mapping) else None
    return True

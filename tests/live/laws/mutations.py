"""
One change of one field of a live object, drawn by the schema so that most survive admission.

Nothing here knows how drift is judged: what a change really did is read off the object before
and after it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from edgeops.core.ownership import LAST_APPLIED
from edgeops.core.paths import ListKey, Path
from edgeops.core.schemas import Format, ListType, Node

Body = Mapping[str, Any]
_ABSENT = object()

_ENUMS: Mapping[str, tuple[str, ...]] = {
    "dnsPolicy": ("Default", "None", "ClusterFirst"),
    "imagePullPolicy": ("Always", "Never", "IfNotPresent"),
    "protocol": ("TCP", "UDP"),
    "scheme": ("HTTP", "HTTPS"),
    "type": ("ClusterIP", "NodePort", "LoadBalancer", "Recreate", "OnDelete", "RuntimeDefault"),
    "concurrencyPolicy": ("Allow", "Forbid", "Replace"),
    "sessionAffinity": ("None", "ClientIP"),
    "externalTrafficPolicy": ("Cluster", "Local"),
    "internalTrafficPolicy": ("Cluster", "Local"),
    "terminationMessagePolicy": ("File", "FallbackToLogsOnError"),
    "effect": ("NoSchedule", "NoExecute"),
    "action": ("allow", "deny"),
    "unhealthyPodEvictionPolicy": ("AlwaysAllow", "IfHealthyBudget"),
    "whenUnsatisfiable": ("DoNotSchedule", "ScheduleAnyway"),
    "preemptionPolicy": ("Never", "PreemptLowerPriority"),
    "mode": ("local", "remote", "none"),
}
_NOT_TOUCHED = {"apiVersion", "kind", "metadata", "status"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a JSON patch."""

    op: str
    tokens: tuple[str, ...]
    value: Any = None

    def body(self) -> list[dict[str, Any]]:
        whole = {"op": self.op, "path": pointer(self.tokens)}
        return [whole if self.op == "remove" else {**whole, "value": self.value}]


def pointer(tokens: tuple[str, ...]) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)


def operations(live: Body, root: Node) -> list[SearchStrategy[Operation]]:
    """Every place where one field can be set, added or removed."""
    found: list[SearchStrategy[Operation]] = []
    for name in ("labels", "annotations"):
        node = root.field("metadata").field(name)
        kept = {key: value for key, value in live["metadata"][name].items() if key != LAST_APPLIED}
        found += _below(kept, node, ("metadata", name))
    for name, value in live.items():
        if name not in _NOT_TOUCHED:
            found += _below(value, root.field(name), (name,))
    return found


def _below(value: Any, node: Node, tokens: tuple[str, ...]) -> Iterator[SearchStrategy[Operation]]:
    yield st.just(Operation("remove", tokens))
    if isinstance(value, dict):
        names = [name for name in _fields(node) if name not in value]
        if node.is_entry("made-up"):
            names.append("made-up")
        for name in names:
            yield _operation("add", (*tokens, name), node.field(name), _ABSENT)
        for name, below in value.items():
            yield from _below(below, node.field(name), (*tokens, name))
    elif isinstance(value, list):
        yield _operation("add", (*tokens, "-"), node.items, _ABSENT)
        for index, below in enumerate(value):
            yield from _below(below, node.items, (*tokens, str(index)))
    else:
        yield _operation("replace", tokens, node, value)


def _operation(op: str, tokens: tuple[str, ...], node: Node, old: Any) -> SearchStrategy[Operation]:
    name = tokens[-2] if tokens[-1] == "-" else tokens[-1]
    return _value(node, name, old, 3).map(lambda value: Operation(op, tokens, value))


def _fields(node: Node) -> list[str]:
    return [] if isinstance(node.data, str) else list(node.data.get("fields", ()))


def _value(node: Node, name: str, old: Any, depth: int) -> SearchStrategy[Any]:
    if not isinstance(node.data, str):
        if _fields(node) and depth:
            names = st.lists(st.sampled_from(_fields(node)), min_size=1, max_size=2, unique=True)
            return names.flatmap(lambda chosen: st.fixed_dictionaries(
                {one: _value(node.field(one), one, _ABSENT, depth - 1) for one in chosen}
            ))  # fmt: skip
        if "items" in node.data and depth:
            return st.lists(_value(node.items, name, _ABSENT, depth - 1), min_size=1, max_size=2)
        if "values" in node.data:
            inner = _value(node.field("made-up"), name, _ABSENT, depth - 1)
            return st.dictionaries(st.sampled_from(["m", "n"]), inner, min_size=1)
    return _scalar(node, name, old)


def _scalar(node: Node, name: str, old: Any) -> SearchStrategy[Any]:
    if name in _ENUMS:
        return st.sampled_from(_ENUMS[name])
    kind = node.data if isinstance(node.data, str) else node.data.get("type", "any")
    match node.format:
        case Format.QUANTITY:
            return st.sampled_from(["1", "250m", "2Gi", "1k"])
        case Format.INT_OR_STRING:
            return st.sampled_from([1, 8080, "30%", "http"])
        case Format.BYTE:
            return st.sampled_from(["aGVsbG8=", "AAEC"])
        case Format.DURATION:
            return st.sampled_from(["5s", "1m30s"])
        case _:
            pass
    if kind == "boolean":
        return st.just(not old) if isinstance(old, bool) else st.booleans()
    if kind in {"integer", "number"} or isinstance(old, int):
        return st.integers(0, 40)
    return st.sampled_from(["x", "other", "a-1", "10s", ""])


def changed(before: Any, after: Any, node: Node, path: Path = ()) -> Iterator[Path]:
    """
    The fields in which an object differs, to the last: told by the raw objects alone.

    Elements of lists that Kubernetes keys go by their keys; another list is one field.
    """
    if before == after and type(before) is type(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in {**before, **after}:
            one, other = before.get(name, _ABSENT), after.get(name, _ABSENT)
            yield from changed(one, other, node.field(name), (*path, name))
    elif isinstance(before, list) and isinstance(after, list) and node.list_type is ListType.MAP:
        left, right = _by_key(before, node), _by_key(after, node)
        for key in {**left, **right}:
            one, other = left.get(key, _ABSENT), right.get(key, _ABSENT)
            yield from changed(one, other, node.items, (*path, key))
    else:
        yield path


def _by_key(items: list[Any], node: Node) -> dict[ListKey, Any]:
    return {
        ListKey(tuple((name, item[name]) for name in sorted(node.list_keys) if name in item)): item
        for item in items
    }


def tokens_of(path: Path, body: Any, node: Node) -> tuple[str, ...] | None:
    """A path as a JSON pointer into *body*; None where an element is not there."""
    found: list[str] = []
    for segment in path:
        if isinstance(segment, str):
            found.append(segment)
            body = body.get(segment) if isinstance(body, dict) else None
            node = node.field(segment)
            continue
        keys = list(_by_key(body, node)) if isinstance(body, list) else []
        if segment not in keys:
            return None
        found.append(str(keys.index(segment)))
        body, node = body[keys.index(segment)], node.items
    return tuple(found)

"""
One object of git as it is and as it would be: what does applying the second do to the first?

Both sides are what kustomize renders, so there is nobody to ask who wrote what: a field that
says no more than its default counts as absent, and everything else is a change.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from edgeops.core.changes.model import Effect, ObjectChange
from edgeops.core.changes.rules import Names, immutable_rule, rolls
from edgeops.core.documents import dump_compact
from edgeops.core.emptiness import means_nothing
from edgeops.core.findings import Change
from edgeops.core.leaves import Delta, deltas, leaves_of
from edgeops.core.normalize import normalized, raw_value, same_version, schema_at
from edgeops.core.objects import KubeObject
from edgeops.core.paths import ListKey, Path, render
from edgeops.core.schemas import ListType, Node, Schemas

_TEMPLATE: Path = ("spec", "template")


def classify(before: KubeObject, after: KubeObject, schemas: Schemas) -> ObjectChange:
    """
    What applying *after* does to *before*, both of one `ResourceKey`.

    Never `Effect.APPEARS`, `PRUNED`, `LEFT` or `CLASHES`, which need more than one object.
    """
    if _is_as_written(before, after):
        return ObjectChange(key=after.key, api_version=after.api_version, effect=Effect.SAME)
    before, after = same_version(before, after, schemas)
    found = [
        delta
        for delta in deltas(normalized(before, schemas), normalized(after, schemas))
        if not _needless(delta, before, after, schemas)
    ]
    paths = [delta.path for delta in found] or list(_reordered(before, after, schemas))
    refused = {
        path: rule for path in paths if (rule := immutable_rule(before, after, _names(path)))
    }
    replacing = [path for path in paths if rolls(after, _names(path))]

    def change(effect: Effect, first: list[Path], **more: Any) -> ObjectChange:
        ordered = [*first, *(path for path in paths if path not in first)]
        return ObjectChange(
            key=after.key,
            api_version=after.api_version,
            effect=effect,
            fields=tuple(map(render, ordered)),
            **more,
        )

    if refused:
        path, rule = next(iter(refused.items()))
        reason = f"{render(path)} {rule.reason}"
        return change(Effect.RECREATED, list(refused), reason=reason, source=rule.source)
    if replacing:
        return change(Effect.ROLLS, replacing)
    if not paths:
        return change(Effect.SAME, [])
    if all(path[0] == "metadata" for path in paths):
        return change(Effect.METADATA, [])
    return change(Effect.UPDATED, [])


def _is_as_written(before: KubeObject, after: KubeObject) -> bool:
    # As JSON, for to Python 1 and true are equal.
    return before.body == after.body and dump_compact(before.body) == dump_compact(after.body)


def _names(path: Path) -> Names:
    return tuple(segment for segment in path if isinstance(segment, str))


def _needless(delta: Delta, before: KubeObject, after: KubeObject, schemas: Schemas) -> bool:
    """
    Whether the API server stores the same with the field and without it.

    A value that the server would have picked, such as a cluster IP, stays when nobody sets it.
    """
    if delta.change is Change.CHANGED:
        return False
    item = before if delta.change is Change.REMOVED else after
    root = schemas.root(item.api_version, item.kind)
    return all(
        _says_nothing(item, root, leaf.path, schemas)
        or (delta.change is Change.REMOVED and schema_at(root, leaf.path).is_assigned)
        for leaf in leaves_of(delta)
    )


def _says_nothing(item: KubeObject, root: Node, path: Path, schemas: Schemas) -> bool:
    raw = raw_value(item, schemas, path)
    return means_nothing(root, item.group, path, raw) or schema_at(root, path).has_default(raw)


def _reordered(before: KubeObject, after: KubeObject, schemas: Schemas) -> Iterator[Path]:
    """
    Keyed lists of the pod template whose elements are the same in another order.

    Kubernetes merges them by key, but a controller compares templates as they are written:
    another order is another template.
    """
    root = schemas.root(after.api_version, after.kind)
    yield from _orders(_below(before), _below(after), schema_at(root, _TEMPLATE), _TEMPLATE)


def _below(item: KubeObject) -> Any:
    spec = item.body.get("spec")
    return spec.get("template") if isinstance(spec, Mapping) else None


def _orders(before: Any, after: Any, node: Node, path: Path) -> Iterator[Path]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in before:
            if name in after:
                yield from _orders(before[name], after[name], node.field(name), (*path, name))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        if node.list_type is not ListType.MAP:
            return
        keys = [[_key(item, node) for item in side] for side in (before, after)]
        if keys[0] != keys[1]:
            yield path
            return
        for key, one, other in zip(keys[0], before, after, strict=True):
            yield from _orders(one, other, node.items, (*path, key))


def _key(item: Any, node: Node) -> ListKey:
    fields = item if isinstance(item, Mapping) else {}
    return ListKey(
        tuple(
            (name, fields.get(name, node.items.field(name).default()))
            for name in sorted(node.list_keys)
        )
    )

"""
The leaf changes between two normalised objects.

The one place where deepdiff is known. It compares lists by index and calls everything that
is not equal a change; that is right here because `edgeops.core.normalize` has keyed the lists
and given every value one spelling. It costs a few milliseconds a tree, and every live object has
what git leaves to the API server: so it is given only what both sides have and do not agree on.

https://zepworks.com/deepdiff/current/diff.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgeops.core.findings import Change
from edgeops.core.normalize import Tree
from edgeops.core.paths import ListKey, Path

if TYPE_CHECKING:
    from deepdiff import DeepDiff

_CHANGES = {
    "dictionary_item_added": Change.ADDED,
    "dictionary_item_removed": Change.REMOVED,
    "values_changed": Change.CHANGED,
    "type_changes": Change.CHANGED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """One difference at the highest node that it concerns, in normalised values."""

    path: Path
    change: Change
    desired: Any = None
    live: Any = None


def deltas(desired: Tree, live: Tree) -> tuple[Delta, ...]:
    """What differs, in the order of the paths; empty for equal trees."""
    one_sided: list[Delta] = []
    left, right = _disagreeing(desired, live, (), one_sided)
    changed = _changes(left, right) if left else ()
    return tuple(sorted((*one_sided, *changed), key=lambda delta: _sort_key(delta.path)))


def _disagreeing(
    desired: Tree, live: Tree, path: Path, one_sided: list[Delta]
) -> tuple[Tree, Tree]:
    """The nodes that both have, with different values; what only one has goes to *one_sided*."""
    left: Tree = {}
    right: Tree = {}
    for name, value in desired.items():
        if name not in live:
            one_sided.append(Delta(path=(*path, name), change=Change.REMOVED, desired=value))
            continue
        other = live[name]
        if isinstance(value, dict) and isinstance(other, dict):
            below = _disagreeing(value, other, (*path, name), one_sided)
            if below[0]:
                left[name], right[name] = below
        elif value != other or isinstance(value, bool) is not isinstance(other, bool):
            # JSON tells true from 1, which Python does not.
            left[name], right[name] = value, other
    one_sided += (
        Delta(path=(*path, name), change=Change.ADDED, live=live[name])
        for name in live
        if name not in desired
    )
    return left, right


def _changes(desired: Tree, live: Tree) -> Iterator[Delta]:
    from deepdiff import DeepDiff  # a tenth of a second, which a fleet in sync need not spend

    return _read(
        DeepDiff(
            desired,
            live,
            view="tree",
            ignore_private_variables=False,  # a field may well begin with two underscores
            threshold_to_diff_deeper=0,  # always name the fields, however little two maps share
        )
    )


def _read(found: "DeepDiff") -> Iterator[Delta]:
    for kind, levels in found.items():
        for level in levels:
            change = _CHANGES[kind]
            yield Delta(
                path=tuple(level.path(output_format="list")),
                change=change,
                desired=None if change is Change.ADDED else level.t1,
                live=None if change is Change.REMOVED else level.t2,
            )


def _sort_key(path: Path) -> tuple[tuple[int, str], ...]:
    return tuple((isinstance(segment, ListKey), str(segment)) for segment in path)


def leaves_of(delta: Delta) -> Iterator[Delta]:
    """The parts of a node that only one side has, each as a difference of its own."""
    side = delta.desired if delta.change is Change.REMOVED else delta.live
    pending: list[tuple[Path, Any]] = [(delta.path, side)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, Mapping) and value:
            pending.extend(((*path, name), below) for name, below in value.items())
        else:
            yield Delta(path=path, change=delta.change, live=value)


def within(part: Any, whole: Any) -> bool:
    """Whether *whole* has all that *part* has, in the same order."""
    if isinstance(part, Mapping):
        return isinstance(whole, Mapping) and all(
            name in whole and within(value, whole[name]) for name, value in part.items()
        )
    if isinstance(part, list):
        same = isinstance(whole, list) and len(whole) == len(part)
        return same and all(map(within, part, whole))
    return bool(part == whole)

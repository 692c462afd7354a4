"""
Rights that an account keeps for what its overlay has no more: Flux has to prune it first.

Object and right would otherwise go in one commit, and Flux be forbidden to delete for ever.
docs/decisions/0016-rights-of-flux-follow-from-the-render.md
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from edgeops.core import documents
from edgeops.core.objects import is_object

PRUNES: Final = ["delete", "get"]
"""To delete what is there, and to see that it is gone; nothing can be made with it."""

_GRANTING: Final = frozenset({"Role", "ClusterRole"})


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Right:
    """Something that an account may delete."""

    namespace: str
    """Empty for what is in none."""

    group: str
    resource: str
    name: str
    """Empty for every object of *resource*."""


def given_up(before: bytes, now: bytes, *, again: bool) -> frozenset[Right]:
    """
    What the account of *before* may delete, and that of *now* may not.

    Args:
        before: the file of the account as it was generated last time.
        now: the same as it would be by what the overlay has.
        again: whether to keep also what had been given up already in *before*.

    Returns:
        Nothing where *before* cannot be read: no right is kept that nobody can tell.
    """
    held = _deletable(before)
    had = {right for right, makes in held.items() if makes or again}
    return frozenset(had - _deletable(now).keys())


def rules_for(rights: Iterable[Right], namespace: str) -> list[dict[str, Any]]:
    """The rules that let an account prune those of *rights* that are in *namespace*; sorted."""
    named: dict[tuple[str, str], list[str]] = {}
    groups: dict[str, list[str]] = {}
    for right in sorted(right for right in rights if right.namespace == namespace):
        if right.name:
            named.setdefault((right.group, right.resource), []).append(right.name)
        else:
            groups.setdefault(right.group, []).append(right.resource)
    return [
        *(
            {"apiGroups": [group], "resources": found, "verbs": [*PRUNES]}
            for group, found in groups.items()
        ),
        *(
            {"apiGroups": [group], "resources": [called], "verbs": [*PRUNES],
             "resourceNames": names}
            for (group, called), names in named.items()
        ),
    ]  # fmt: skip


def _deletable(content: bytes) -> dict[Right, bool]:
    """What may be deleted, and whether it may be made too."""
    found: dict[Right, bool] = {}
    try:
        objects = [document.value for document in documents.load_all(content)]
    except documents.DocumentError:
        return found
    for item in objects:
        if not is_object(item) or item["kind"] not in _GRANTING:
            continue
        for rule in item.get("rules") or ():
            if "delete" not in rule["verbs"]:
                continue
            for group in rule["apiGroups"]:
                for resource in rule["resources"]:
                    for name in rule.get("resourceNames") or [""]:
                        namespace = item["metadata"].get("namespace", "")
                        right = Right(
                            namespace=namespace, group=group, resource=resource, name=name
                        )
                        found[right] = found.get(right, False) or "create" in rule["verbs"]
    return found

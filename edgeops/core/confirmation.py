"""
What a dry run says of a finding: differences that applying git would not change are spellings.

A server-side apply of the desired object gives the object as it would be. Where that equals
what lives, git and live say the same to the API server and to its admission plugins. It says
nothing of what only live has, for an apply leaves that alone, whoever wrote it. Neither does it
of a list or map that somebody beside the engine has a part in: his part may be what differs.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
"""

from collections.abc import Mapping
from dataclasses import replace

from edgeops.core.compare import narrowed, not_in_force
from edgeops.core.findings import Change, FieldChange, Finding, ManagerClass
from edgeops.core.leaves import Delta, deltas
from edgeops.core.normalize import Atom, normalized
from edgeops.core.objects import KubeObject
from edgeops.core.ownership import Ownership, ownership
from edgeops.core.paths import render
from edgeops.core.schemas import Schemas

TESTABLE = (Change.CHANGED, Change.REMOVED)
"""The differences of which a dry run can tell something."""


def confirmed(
    finding: Finding,
    desired: KubeObject,
    live: KubeObject,
    predicted: KubeObject,
    schemas: Schemas,
) -> Finding | None:
    """
    The finding without the fields in which an apply would change nothing.

    None if nothing is left of it; the same finding if every field stands.

    Args:
        predicted: the object as it would be after an apply of *desired*.
    """
    there = normalized(live, schemas)
    moved = [render(delta.path) for delta in deltas(normalized(predicted, schemas), there)]
    differing = {render(delta.path): delta for delta in deltas(normalized(desired, schemas), there)}
    owners = ownership(live)

    def stands(change: FieldChange) -> bool:
        delta = differing.get(change.path)
        if change.change not in TESTABLE or delta is None or _is_shared(delta, owners):
            return True
        return any(_touches(change.path, path) for path in moved)

    kept = [change for change in finding.fields if stands(change)]
    if len(kept) == len(finding.fields):
        return finding
    if kept:
        return narrowed(finding, kept)
    left = not_in_force(desired, live)
    return None if left is None else replace(left, cluster=finding.cluster, zone=finding.zone)


def _is_shared(delta: Delta, owners: Ownership) -> bool:
    """Whether a part of a list or map may be somebody's own, or nothing tells."""
    if delta.change is not Change.CHANGED or not isinstance(delta.live, Atom | Mapping):
        return False
    classes = {owner.manager_class for owner in owners.of(delta.path)}
    return not classes or ManagerClass.PERSON in classes


def _touches(one: str, other: str) -> bool:
    """Whether one path is the other, or above or below it."""
    short, long = sorted((one, other), key=len)
    return long == short or (long.startswith(short) and long[len(short)] in ".[")

"""
What a dry run says of a finding: differences that applying git would not change are spellings.

A server-side apply of the desired object gives the object as it would be. Where that equals
what lives, git and live say the same to the API server and to its admission webhooks. It says
nothing of what only live has: an apply leaves that alone, whoever wrote it.
"""

from edgeops.core.compare import narrowed
from edgeops.core.findings import Change, Finding
from edgeops.core.leaves import deltas
from edgeops.core.normalize import normalized
from edgeops.core.objects import KubeObject
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
    """
    moved = [
        render(delta.path)
        for delta in deltas(normalized(predicted, schemas), normalized(live, schemas))
    ]
    kept = [
        change
        for change in finding.fields
        if change.change not in TESTABLE or any(_touches(change.path, path) for path in moved)
    ]
    if len(kept) == len(finding.fields):
        return finding
    return narrowed(finding, desired, live, kept)


def _touches(one: str, other: str) -> bool:
    """Whether one path is the other, or above or below it."""
    short, long = sorted((one, other), key=len)
    return long == short or (long.startswith(short) and long[len(short)] in ".[")

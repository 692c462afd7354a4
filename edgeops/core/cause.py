"""
Why a field differs, where it is known what the sync engine last applied.

Git as of the applied revision is the third side. What differs between it and the compared
revision is pending; what differs between it and the live object was changed live.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from edgeops.core.encrypted import by_key_only
from edgeops.core.findings import Cause
from edgeops.core.leaves import deltas
from edgeops.core.normalize import Tree, normalized
from edgeops.core.objects import KubeObject
from edgeops.core.paths import Path
from edgeops.core.reasons import Verdict, Why
from edgeops.core.verdict import Judge


@dataclass(frozen=True, slots=True, kw_only=True)
class ThirdSide:
    """How one object differs from what the engine last applied, on both sides."""

    edited: tuple[Path, ...]
    """What the live object has otherwise, drift only: defaults and controllers are no edit."""

    moved: tuple[Path, ...]
    """What git has otherwise since."""

    def cause(self, verdict: Verdict) -> Cause | None:
        """The cause of one difference between git and the live object."""
        moved = _touches(self.moved, verdict.delta.path)
        if not _touches(self.edited, verdict.delta.path):
            return Cause.PENDING if moved else verdict.cause
        if verdict.why is Why.LEFT_BEHIND or verdict.why is Why.UNEXPLAINED:
            return verdict.cause
        return Cause.BOTH if moved else Cause.EDITED


def third_side(applied: KubeObject, desired: Tree, live: Tree, judge: Judge) -> ThirdSide:
    """
    Compare what the engine last applied with git and with the live object.

    Args:
        applied: the object as of the applied revision.
        desired: git's object, normalised.
        live: the live object, normalised.
        judge: what judges git's object against the live one.
    """
    then, _ = by_key_only(normalized(applied, judge.schemas), live)
    judge = replace(judge, desired=applied, in_sync=None)
    verdicts = [found for delta in deltas(then, live) for found in judge.judge(delta)]
    return ThirdSide(
        edited=tuple(verdict.delta.path for verdict in verdicts if verdict.drift),
        moved=tuple(delta.path for delta in deltas(then, desired)),
    )


def of_missing(*, applied: bool | None, in_sync: bool | None) -> Cause | None:
    """
    Why an object of git is not there.

    Args:
        applied: whether the applied revision had it; None where that revision is not known.
        in_sync: whether the applied revision is the compared one, if only that is known.
    """
    had = in_sync if applied is None else applied
    return {True: Cause.EDITED, False: Cause.PENDING, None: None}[had]


def _touches(paths: Iterable[Path], path: Path) -> bool:
    """Whether one of *paths* is *path*, stands above it or below it."""
    return any(path[: len(other)] == other[: len(path)] for other in paths)

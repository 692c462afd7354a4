"""
What becomes of each file when the plan meets what is already there.

A three-way merge by whole files: *previous* is what was generated last time, *planned* what
is generated now, *existing* what is in the work tree. An edit that a person made is never
overwritten: it is kept while the generated text stays the same, and a conflict once that
changed too. Conflicts are named, never resolved here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

MIRROR = ".edgeops/generated/"
"""Below this, a copy of every file as it was generated: the base of the next merge."""


class Outcome(StrEnum):
    """The fate of one file."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    """No longer planned, and nobody edited it."""

    IDENTICAL = "identical"
    KEPT = "kept"
    """A person edited or removed it, and the generated text did not change."""

    KEPT_DROPPED = "kept-dropped"
    """No longer planned, but a person edited it: now it is theirs."""

    CONFLICT = "conflict"
    """A person and the generated text changed it in different ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOutcome:
    """One file, its fate, and its content before and after; None where there is no file."""

    path: str
    outcome: Outcome
    before: bytes | None
    after: bytes | None
    generated: bytes | None = None
    """What edgeops would have there; differs from `after` where a person's edit stands."""

    @property
    def writes(self) -> bool:
        return self.outcome in {Outcome.CREATE, Outcome.UPDATE, Outcome.DELETE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """Every file that was planned now or last time, by path."""

    files: tuple[FileOutcome, ...]
    mirror: Mapping[str, bytes]
    """What to remember as generated; the *previous* of the next time."""

    @property
    def writes(self) -> Mapping[str, bytes]:
        return {
            item.path: item.after for item in self.files if item.writes and item.after is not None
        }

    @property
    def deletes(self) -> tuple[str, ...]:
        return tuple(item.path for item in self.files if item.outcome is Outcome.DELETE)

    @property
    def conflicts(self) -> tuple[str, ...]:
        return tuple(item.path for item in self.files if item.outcome is Outcome.CONFLICT)


def reconcile(
    planned: Mapping[str, bytes],
    previous: Mapping[str, bytes],
    existing: Mapping[str, bytes],
) -> Reconciliation:
    """
    Decide every file of *planned* and *previous*.

    Args:
        planned: what is generated now.
        previous: what was generated last time, edits of a person not included.
        existing: the files in the work tree; a path that is not there has no file. Files
            that were planned neither now nor then are a person's and not looked at.
    """
    paths = sorted({*planned, *previous})
    files = tuple(
        _decide(path, planned.get(path), previous.get(path), existing.get(path)) for path in paths
    )
    return Reconciliation(files=files, mirror=dict(planned))


def _decide(
    path: str, planned: bytes | None, previous: bytes | None, existing: bytes | None
) -> FileOutcome:
    if planned is None:
        return _dropped(path, previous, existing)
    if existing == planned:
        outcome = Outcome.IDENTICAL
    elif existing == previous:
        outcome = Outcome.CREATE if existing is None else Outcome.UPDATE
    elif planned == previous:
        outcome = Outcome.KEPT
    else:
        outcome = Outcome.CONFLICT
    after = planned if outcome in {Outcome.CREATE, Outcome.UPDATE} else existing
    return FileOutcome(path=path, outcome=outcome, before=existing, after=after, generated=planned)


def _dropped(path: str, previous: bytes | None, existing: bytes | None) -> FileOutcome:
    if existing is None:
        outcome = Outcome.IDENTICAL
    elif existing == previous:
        outcome = Outcome.DELETE
    else:
        outcome = Outcome.KEPT_DROPPED
    after = existing if outcome is Outcome.KEPT_DROPPED else None
    return FileOutcome(path=path, outcome=outcome, before=existing, after=after)


@dataclass(frozen=True, slots=True, kw_only=True)
class InitResult:
    """What ``edgeops init`` did, or under ``--dry-run`` would do."""

    files: tuple[FileOutcome, ...]
    """``edgeops.yaml`` and every generated file, by path; the copies below `MIRROR` left out."""

    dry_run: bool
    overlays: tuple[str, ...] = ()
    """What was built with kustomize; nothing where there are conflicts."""

    revision: str | None = None
    """The commit that was made; None if nothing was to be committed, or none was wanted."""

    made_repository: bool = False
    pushed: str | None = None
    """``<remote>/<branch>`` that was pushed."""

    warnings: tuple[str, ...] = ()

    @property
    def conflicts(self) -> tuple[str, ...]:
        return tuple(item.path for item in self.files if item.outcome is Outcome.CONFLICT)

    @property
    def changed(self) -> bool:
        """Whether a file was, or would be, written or deleted."""
        return any(item.writes for item in self.files)

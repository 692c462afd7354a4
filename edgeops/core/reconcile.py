"""
What becomes of each file when the plan meets what is already there.

*previous* is what was generated last time, *planned* what is generated now, *existing* what is
in the work tree. An owned file is rewritten, a seeded one is written once, every other is
merged (`edgeops.core.merge`): the edits of a person and the changes of the template both stay.
Where they collide it is a conflict, named and, unless somebody says how, not resolved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from edgeops.core.merge.classes import FileClass
from edgeops.core.merge.conflicts import Conflict, Side
from edgeops.core.merge.files import means_the_same, merge_file, says_no_more
from edgeops.core.merge.moves import moves
from edgeops.core.schemas import Schemas

MIRROR = ".edgeops/generated/"
"""Below this, a copy of every file as it was generated: the base of the next merge."""


class Outcome(StrEnum):
    """The fate of one file."""

    CREATE = "create"
    UPDATE = "update"
    MERGE = "merge"
    """The template's changes are written into the file that a person edited."""

    OVERWRITE = "overwrite"
    """A person edited an owned file, and it is rewritten all the same."""

    DELETE = "delete"
    """No longer planned, and nobody edited it; or moved."""

    IDENTICAL = "identical"
    """As edgeops generated it, now or, if it is seeded, when it was made."""

    KEPT = "kept"
    """A person edited or removed it, and there is nothing to merge."""

    KEPT_DROPPED = "kept-dropped"
    """No longer planned, but a person edited it: now it is theirs."""

    DISCARD = "discard"
    """No longer planned; edgeops' own, and deleted although a person edited it."""

    CONFLICT = "conflict"
    """A person and the generated text changed one thing in different ways."""


_WRITTEN = frozenset(
    {Outcome.CREATE, Outcome.UPDATE, Outcome.MERGE, Outcome.OVERWRITE, Outcome.DELETE,
     Outcome.DISCARD}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOutcome:
    """One file, its fate, and its content before and after; None where there is no file."""

    path: str
    outcome: Outcome
    before: bytes | None
    after: bytes | None
    generated: bytes | None = None
    """What edgeops would have there; differs from `after` where a person's edit stands."""

    conflicts: tuple[Conflict, ...] = ()
    """What collides; at least one where `outcome` is `Outcome.CONFLICT`."""

    moved_from: str | None = None
    """Where the file was until now, if its edits came along from another path."""

    @property
    def writes(self) -> bool:
        return self.outcome in _WRITTEN


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
        gone = {Outcome.DELETE, Outcome.DISCARD}
        return tuple(item.path for item in self.files if item.outcome in gone)

    @property
    def conflicts(self) -> tuple[str, ...]:
        return tuple(item.path for item in self.files if item.outcome is Outcome.CONFLICT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How files are reconciled."""

    classes: Mapping[str, FileClass] = field(default_factory=dict)
    """Of each file that is planned or was; one that is not named is merged."""

    schemas: Schemas | None = None
    """What is known of the lists of Kubernetes kinds."""

    keep_mine: Sequence[str] = ()
    """Files, or folders, in whose conflicts the user's word counts."""

    take_generated: Sequence[str] = ()
    """Files, or folders, in whose conflicts the template's word counts."""

    def side(self, path: str) -> Side | None:
        """Whose word counts in the conflicts of a file."""
        if any(covers(above, path) for above in self.keep_mine):
            return Side.MINE
        return Side.GENERATED if any(covers(p, path) for p in self.take_generated) else None


NO_RULES = Rules()


def covers(above: str, path: str) -> bool:
    """Whether *path* is the file *above*, or below the folder; ``.`` covers everything."""
    folder = above.rstrip("/")
    return folder in {"", ".", path} or path.startswith(f"{folder}/")


def reconcile(
    planned: Mapping[str, bytes],
    previous: Mapping[str, bytes],
    existing: Mapping[str, bytes],
    rules: Rules = NO_RULES,
) -> Reconciliation:
    """
    Decide every file of *planned* and *previous*.

    Args:
        planned: what is generated now.
        previous: what was generated last time, edits of a person not included.
        existing: the files in the work tree; a path that is not there has no file. Files
            that were planned neither now nor then are a person's: only looked at as the place
            to which the person may have moved a file.
        rules: classes, schemas, and whose word counts in a conflict.
    """
    found = moves(planned, previous, existing)
    files: dict[str, FileOutcome] = {}
    for old, new in found.by_template.items():
        if rules.classes.get(new, FileClass.MERGED) is not FileClass.MERGED:
            continue
        files[old] = FileOutcome(path=old, outcome=Outcome.DELETE, before=existing[old], after=None)
        item = _merge(new, planned[new], previous[old], existing[old], rules)
        if item.outcome is Outcome.CONFLICT:
            files[old] = replace(files[old], outcome=Outcome.KEPT, after=existing[old])
        else:
            item = replace(item, outcome=Outcome.MERGE, before=None)
        files[new] = replace(item, moved_from=old)
    for old, new in found.by_user.items():
        item = _merge(new, planned[old], previous[old], existing[new], rules)
        files[new] = replace(item, moved_from=old)
        files[old] = FileOutcome(path=old, outcome=Outcome.KEPT, before=None, after=None)
    for path in {*planned, *previous} - files.keys():
        files[path] = _decide(
            path, planned.get(path), previous.get(path), existing.get(path), rules
        )
    mirror = {
        path: previous.get(path, text) if _seeded(path, rules) else text
        for path, text in planned.items()
    }
    return Reconciliation(files=tuple(files[path] for path in sorted(files)), mirror=mirror)


def _seeded(path: str, rules: Rules) -> bool:
    return rules.classes.get(path) is FileClass.SEEDED


def _decide(
    path: str,
    planned: bytes | None,
    previous: bytes | None,
    existing: bytes | None,
    rules: Rules,
) -> FileOutcome:
    if planned is None:
        return _dropped(path, previous, existing, owned=_owned(path, rules))
    after: bytes | None = planned
    if existing == planned:
        outcome = Outcome.IDENTICAL
    elif _seeded(path, rules) and (previous is not None or existing is not None):
        outcome = Outcome.IDENTICAL if existing == previous else Outcome.KEPT
        after = existing
    elif existing is None and (previous is None or _owned(path, rules)):
        outcome = Outcome.CREATE
    elif existing == previous:
        outcome = Outcome.UPDATE
    elif _owned(path, rules):
        # In another layout it is what edgeops wrote: a hook of the team formats it each time.
        laid_out = planned == previous and means_the_same(path, planned, existing or b"")
        outcome, after = (Outcome.KEPT, existing) if laid_out else (Outcome.OVERWRITE, planned)
    elif planned == previous:
        outcome, after = Outcome.KEPT, existing
    else:
        return _merge(path, planned, previous, existing, rules)
    return FileOutcome(path=path, outcome=outcome, before=existing, after=after, generated=planned)


def _owned(path: str, rules: Rules) -> bool:
    return rules.classes.get(path) is FileClass.OWNED


def _merge(
    path: str, planned: bytes, previous: bytes | None, existing: bytes | None, rules: Rules
) -> FileOutcome:
    """A file that a person and the template changed, or that a person removed."""
    side = rules.side(path)
    item = FileOutcome(
        path=path, outcome=Outcome.KEPT, before=existing, after=existing, generated=planned
    )
    if existing is None:
        if side is Side.MINE:
            return item
        if side is Side.GENERATED:
            return replace(item, outcome=Outcome.CREATE, after=planned)
        return replace(item, outcome=Outcome.CONFLICT, conflicts=(_REMOVED,))
    if previous is None:
        return _in_the_way(item, planned, existing, rules)
    merged = merge_file(path, previous, planned, existing, schemas=rules.schemas, prefer=side)
    if merged.conflicts:
        return replace(item, outcome=Outcome.CONFLICT, conflicts=merged.conflicts)
    if merged.content == existing:
        return item
    return replace(item, outcome=Outcome.MERGE, after=merged.content)


def _in_the_way(item: FileOutcome, planned: bytes, existing: bytes, rules: Rules) -> FileOutcome:
    """A file that edgeops did not write, where it wants to write one for the first time."""
    side = rules.side(item.path)
    merged = merge_file(item.path, b"", planned, existing, schemas=rules.schemas)
    if side is Side.MINE or (not merged.conflicts and merged.content == existing):
        return item
    if side is Side.GENERATED:
        return replace(item, outcome=Outcome.MERGE, after=planned)
    return replace(item, outcome=Outcome.CONFLICT, conflicts=(_IN_THE_WAY,))


_IN_THE_WAY = Conflict(
    line=1,
    field="",
    base=None,
    generated="a new file",
    yours="a file that edgeops did not write",
)

_REMOVED = Conflict(
    line=None,
    field="",
    base="the file as it was generated last time",
    generated="the file with other content",
    yours=None,
)


def _dropped(
    path: str, previous: bytes | None, existing: bytes | None, *, owned: bool
) -> FileOutcome:
    if existing is None:
        outcome = Outcome.IDENTICAL
    elif says_no_more(path, previous or b"", existing):
        outcome = Outcome.DELETE
    elif owned:
        outcome = Outcome.DISCARD
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

"""The edits of a person that ``edgeops init`` would write over."""

from collections.abc import Sequence

from edgeops.core.reconcile import FileOutcome, Outcome
from edgeops.errors import RepositoryError
from edgeops.ports import Repository

FLEET_FILE = "edgeops.yaml"

_LOST = {
    Outcome.OVERWRITE: "overwritten, for edgeops writes this file each time",
    Outcome.DISCARD: "deleted with its file, which edgeops wrote each time and needs no more",
}
_AT_RISK = frozenset({Outcome.CONFLICT, Outcome.MERGE, *_LOST})


def refuse_edited(outcomes: Sequence[FileOutcome], repository: Repository | None) -> None:
    """
    See that no edit is lost that only the work tree has.

    Args:
        outcomes: what is to become of each file.
        repository: the one around the directory; None if there is none yet.

    Raises:
        RepositoryError: naming the files.
    """
    # A generated file that is to be updated is exactly as generated last time, so rewriting it
    # loses nothing that the repository does not have. The others hold somebody's work.
    if repository is None:
        lost = [item.path for item in outcomes if item.outcome in _LOST]
        if lost:
            raise RepositoryError(
                "edgeops writes these files each time, you edited them, and no git repository "
                f"keeps what you wrote; move it elsewhere first: {', '.join(lost)}"
            )
        return
    at_risk = {
        item.moved_from if item.moved_from and item.before is None else item.path
        for item in outcomes
        if item.outcome in _AT_RISK or (item.path == FLEET_FILE and item.writes)
    }
    if edited := repository.edited(sorted(at_risk)):
        raise RepositoryError(
            "these files have edits that are not committed and would be rewritten; "
            f"commit or stash them first: {', '.join(edited)}"
        )


def overwritten(outcomes: Sequence[FileOutcome], *, dry_run: bool) -> list[str]:
    """A warning for each edit of an owned file, which git has and the file no longer."""
    verb = "would be" if dry_run else "was"
    return [
        f"{item.path}: your edit {verb} {_LOST[item.outcome]}; the commit before this one has it"
        for item in outcomes
        if item.outcome in _LOST
    ]

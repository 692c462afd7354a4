"""
What edgeops asks of git, as plain functions over a `Git`: a command that runs git in one
repository. Names are read NUL-separated, pathspecs are literal, exit statuses that are
answers are accepted as such.
"""

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edgeops.adapters.trees import Entry
from edgeops.errors import RepositoryError


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What git printed, and its exit status."""

    stdout: bytes
    status: int

    @property
    def text(self) -> str:
        return os.fsdecode(self.stdout).rstrip("\n")

    @property
    def names(self) -> list[str]:
        """The NUL-separated names of a command that was given ``-z``."""
        return [os.fsdecode(name) for name in self.stdout.split(b"\0") if name]


class Git(Protocol):
    """Runs git at the top of one work tree."""

    def __call__(
        self, *argv: str, stdin: bytes | None = None, accepted: Collection[int] = (0,)
    ) -> Answer:
        """
        Run ``git *argv``.

        Raises:
            RepositoryError: with git's own words, if it ends with another status.
        """
        ...


# Looking must not write: git would refresh the times in the index on its way.
_READING = ("--no-optional-locks",)
# No housekeeping that goes on in the background when we are through.
_ALONE = ("-c", "gc.auto=0", "-c", "maintenance.auto=false")
_UNDER_WAY = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
}


_FULL_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def named(git: Git, rev: str) -> str:
    """As `revision`, but what looks like a commit's full name is taken for one, unasked."""
    return rev if _FULL_NAME.fullmatch(rev) else revision(git, rev)


def revision(git: Git, rev: str) -> str:
    """The full name of the commit *rev*; raises `RepositoryError` if there is none."""
    if rev and not rev.startswith("-"):
        # Also answers safe.directory and a broken repository in git's own words: status 128.
        found = git("rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}", accepted=(0, 1))
        if found.status == 0:
            return found.text
    raise RepositoryError(f"there is no commit {rev!r} in this repository")


def has_head(git: Git) -> bool:
    """Whether there is a commit yet."""
    return git("rev-parse", "--verify", "--quiet", "HEAD", accepted=(0, 1)).status == 0


def branch(git: Git) -> str | None:
    """The checked-out branch, even if unborn; None when detached."""
    found = git("symbolic-ref", "--quiet", "--short", "HEAD", accepted=(0, 1))
    return found.text or None


def refuse_unwritable(git: Git) -> None:
    """Raise `RepositoryError` where a commit would be lost or mixed with something unfinished."""
    for name, what in _UNDER_WAY.items():
        # With these names git answers relative to its own directory, which is the work tree.
        if Path(git("rev-parse", "--path-format=absolute", "--git-path", name).text).exists():
            raise RepositoryError(f"{what} is under way: finish or abort it first (git status)")
    if git("ls-files", "--unmerged").stdout:
        raise RepositoryError("there are unmerged files: resolve them first (git status)")
    on = branch(git)
    if on is None:
        raise RepositoryError(
            "HEAD is detached: a commit would be on no branch; check one out first (git switch)"
        )
    for name in ("index.lock", "HEAD.lock", f"refs/heads/{on}.lock"):
        lock = Path(git("rev-parse", "--path-format=absolute", "--git-path", name).text)
        if lock.exists():
            raise RepositoryError(
                f"{lock} is there: another git works here, or one has died. Wait for it, or "
                "remove that file if none is running"
            )


def refuse_left_out(git: Git, paths: Sequence[str]) -> None:
    """
    Raise `RepositoryError` where a sparse checkout leaves out something below *paths*.

    What is not in the work tree for that reason looks like what somebody deleted.
    https://git-scm.com/docs/git-sparse-checkout
    """
    sparse = git("config", "--type=bool", "core.sparseCheckout", accepted=(0, 1))
    if not paths or sparse.text != "true":
        return
    listed = git("--literal-pathspecs", "ls-files", "-t", "-z", "--", *paths).names
    hidden = [entry[2:] for entry in listed if entry.startswith("S ")]
    if hidden:
        more = f" and {len(hidden) - 1} more" if len(hidden) > 1 else ""
        raise RepositoryError(
            f"{hidden[0]}{more} are left out of this sparse checkout: bring them into the work "
            "tree first (git sparse-checkout add, or disable)"
        )


def status(git: Git, paths: Iterable[str]) -> list[str]:
    """Everything below *paths* that differs from HEAD or is untracked; ignored files are not."""
    printed = git(
        *_READING, "--literal-pathspecs", "status", "--porcelain=v1", "-z", "--untracked-files=all",
        "--no-renames", "--", *paths,
    )  # fmt: skip
    return [entry[3:] for entry in printed.names]


def ignored(git: Git, paths: Iterable[str]) -> list[str]:
    """Those of *paths* that are ignored and not tracked all the same."""
    # Git asks its patterns about each path that it is given, tracked or not.
    tracked = set(git("ls-files", "-z", "--cached").names)
    asked = _joined(path for path in paths if path not in tracked)
    if not asked:
        return []
    return git("check-ignore", "-z", "--stdin", stdin=asked, accepted=(0, 1)).names


def changed(git: Git, paths: Collection[str]) -> list[str]:
    """
    Those of *paths* whose file in the work tree is not what HEAD has.

    To be asked on a copy of the index: ``git diff`` takes a lock beside it, to write down what
    it saw of the files, even where such locks are called off.
    """
    untracked = git("ls-files", "-z", "--others", "--exclude-standard").names
    if has_head(git):
        compared = git(
            *_READING,
            "diff",
            "--no-ext-diff",
            "--no-renames",
            "--name-only",
            "-z",
            "HEAD",
        )
        known = compared.names
    else:
        gone = set(git("ls-files", "-z", "--deleted").names)
        known = [path for path in git("ls-files", "-z", "--cached").names if path not in gone]
    return sorted(set(paths) & {*untracked, *known})


def commit_only(git: Git, paths: Sequence[str], message: str, trailers: Mapping[str, str]) -> str:
    """
    Commit what the work tree has at *paths*, nothing else, and return the new commit.

    ``--only`` gives hooks an index that is HEAD and these paths, and leaves what else is
    staged as it is. It wants paths that git knows, so new files are announced first.
    """
    tracked = set(git("ls-files", "-z", "--cached").names)
    if has_head(git):
        tracked |= set(git("ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD").names)
    if new := [path for path in paths if path not in tracked]:
        _with_paths(git, ("add", "--intent-to-add"), new)
    added = [word for name, value in trailers.items() for word in ("--trailer", f"{name}: {value}")]
    _with_paths(git, (*_ALONE, "commit", "--quiet", "--only", "-m", message, *added), paths)
    return git("rev-parse", "HEAD").text


def _with_paths(git: Git, argv: Sequence[str], paths: Iterable[str]) -> None:
    git(
        "--literal-pathspecs", *argv, "--pathspec-from-file=-", "--pathspec-file-nul",
        stdin=_joined(paths),
    )  # fmt: skip


def reset_paths(git: Git, paths: Sequence[str]) -> None:
    """Let the index say of *paths* what HEAD says; the work tree and other paths stay."""
    _with_paths(git, ("reset", "--quiet"), paths)


def hashes(git: Git, paths: Sequence[str]) -> dict[str, str]:
    """The blob that git would store for each of *paths*, files that are there."""
    # --stdin-paths parts names at line breaks; git quotes nothing there.
    asked = [path for path in paths if "\n" not in path]
    found = {path: git("hash-object", "--", path).text for path in paths if "\n" in path}
    if asked:
        told = git("hash-object", "--stdin-paths", stdin=os.fsencode("\n".join(asked) + "\n"))
        found |= dict(zip(asked, told.text.splitlines(), strict=True))
    return found


def refuse_taken(git: Git, name: str) -> None:
    """
    Refuse a name under which no new branch can be made.

    Raises:
        RepositoryError: if there is one, or git allows no branch of that name.
    """
    git("check-ref-format", "--branch", name)
    if git("show-ref", "--verify", "--quiet", f"refs/heads/{name}", accepted=(0, 1)).status == 0:
        raise RepositoryError(
            f"there is a branch {name} already: check it out first, or name another"
        )


def check_out_new(git: Git, name: str) -> None:
    """Make the branch *name* at HEAD and check it out, work tree and index untouched."""
    if has_head(git):
        git("branch", "--no-track", name, "HEAD")
    git("symbolic-ref", "-m", "edgeops: commit to a new branch", "HEAD", f"refs/heads/{name}")


def entries(git: Git, commit: str, paths: Sequence[str]) -> list[Entry]:
    """The files of *commit* below *paths*; all of them if one of the paths is ``.``."""
    return [entry for entry in listing(git, commit, paths) if not entry.is_tree]


def listing(git: Git, commit: str, paths: Sequence[str]) -> list[Entry]:
    """As `entries`, with the directories."""
    narrowed = () if "." in paths else tuple(paths)
    if not paths:
        return []
    printed = git("ls-tree", "-r", "-t", "-z", "--full-tree", commit, "--", *narrowed)
    return [Entry.parse(line) for line in printed.names]


def contents(git: Git, oids: Iterable[str]) -> dict[str, bytes]:
    """The blobs named *oids*, as stored: no filter and no attribute has a say."""
    asked = list(dict.fromkeys(oids))
    if not asked:
        return {}
    printed = git("cat-file", "--batch", stdin="\n".join(asked).encode() + b"\n").stdout
    found: dict[str, bytes] = {}
    at = 0
    for oid in asked:
        end = printed.index(b"\n", at)
        words = printed[at:end].split(b" ")
        if len(words) != 3 or words[1] != b"blob":
            raise RepositoryError(f"git does not have the blob {oid}: the repository is damaged")
        size = int(words[2])
        found[oid] = printed[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
    return found


def _joined(paths: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)

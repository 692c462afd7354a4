"""The git repository around a fleet."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

from edgeops.ports.rendering import Source

NO_TRAILERS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit that was made."""

    revision: str
    subject: str
    paths: tuple[str, ...]


class Repository(Protocol):
    """The git repository around edgeops' directory."""

    @property
    def place(self) -> str:
        """Edgeops' directory within the repository, POSIX, ``.`` for its root."""
        ...

    def exists(self) -> bool:
        """
        Whether edgeops' directory is in a repository.

        Raises:
            RepositoryError: if git itself is missing.
        """
        ...

    def create(self, branch: str) -> AbstractContextManager[None]:
        """
        Make edgeops' directory a repository whose first branch is *branch*.

        Undone if the block raises.

        Raises:
            RepositoryError: if git refuses.
        """
        ...

    def check_writable(self, paths: Collection[str] = ()) -> None:
        """
        See that a commit can be made on a branch.

        Args:
            paths: folders and files all of which must be in the work tree.

        Raises:
            RepositoryError: bare, detached, unmerged files, a merge or rebase under way, or a
                sparse checkout that leaves out some of *paths*.
        """
        ...

    def ignored(self, paths: Collection[str]) -> Sequence[str]:
        """Those of *paths* that ``.gitignore`` leaves out and that are not tracked."""
        ...

    def revision(self, rev: str) -> str:
        """
        The 40 hex digits of the commit that *rev* names.

        Raises:
            RepositoryError: if there is no such commit.
        """
        ...

    def fetch(self, rev: str) -> None:
        """
        Bring *rev* up to date where it is a branch of a remote (``origin/main``).

        Only that remote-tracking branch moves. Any other revision is left as it is; nobody is
        asked anything.

        Raises:
            RemoteError: if the remote does not give it.
        """
        ...

    def branch(self) -> str | None:
        """The checked-out branch, None when detached or unborn."""
        ...

    def is_dirty(self, paths: Collection[str]) -> bool:
        """Whether *paths* (relative to `place`) differ from HEAD or hold untracked files."""
        ...

    def standing(self, paths: Collection[str]) -> str | None:
        """
        What stands for the place, the branch, and all that HEAD has at *paths*.

        None where the work tree has something else there, or there is no commit. The same answer
        means the same content.
        """
        ...

    def edited(self, paths: Collection[str]) -> Sequence[str]:
        """Those of *paths* (relative to `place`) with changes that are not committed."""
        ...

    def export(self, rev: str, paths: Sequence[str]) -> AbstractContextManager[str]:
        """
        The files below *paths* (relative to `place`) as of *rev*, in a directory of their own.

        Read from git's trees and blobs, so that attributes and filters do not matter. A path
        that the revision does not have is left out.

        Raises:
            RepositoryError: if *rev* is no commit.
        """
        ...

    def source(self, rev: str, paths: Sequence[str]) -> AbstractContextManager[Source]:
        """
        The files below *paths* as of *rev*, as `export` writes them, for a `Builder`.

        Raises:
            RepositoryError: if *rev* is no commit.
        """
        ...

    def worktree_source(self, paths: Sequence[str]) -> AbstractContextManager[Source]:
        """The files below *paths* as `export_worktree` copies them, for a `Builder`."""
        ...

    def fetched_source(
        self, commit: str, paths: Sequence[str], *, url: str, branch: str
    ) -> AbstractContextManager[Source]:
        """
        As `source`, of a commit that this repository lacks: fetched, from ``origin`` or *url*.

        Refs, objects, index, work tree and configuration stay as they are; nobody is asked
        anything.

        Args:
            commit: its full name.
            url: where the repository is, beside ``origin``.
            branch: what to ask for where a remote does not give away single commits.

        Raises:
            RemoteError: if no remote can be reached in time.
            RepositoryError: if they can, and none has the commit.
        """
        ...

    def export_worktree(self, paths: Sequence[str]) -> AbstractContextManager[str]:
        """The files below *paths* as they are in the work tree, ignored files left out."""
        ...

    def read(self, rev: str, path: str) -> bytes | None:
        """The blob at *path* (relative to `place`) as of *rev*; None if there is none."""
        ...

    def commit(
        self,
        paths: Sequence[str],
        message: str,
        *,
        trailers: Mapping[str, str] = NO_TRAILERS,
        new_branch: str | None = None,
    ) -> Commit | None:
        """
        Commit exactly *paths* (relative to `place`), whatever else is staged or changed.

        Git puts *trailers* at the end of *message*, beside those that it has.

        None if that changes nothing. Runs the user's hooks and signing. With *new_branch* that
        branch is made at HEAD and checked out first, unless it is checked out already.

        Raises:
            RepositoryError: if git refuses, a path is ignored, or the branch is there already;
                index and branch are as they were.
        """
        ...

    def push(self) -> str:
        """
        Push the checked-out branch; the answer is ``<remote>/<branch>``.

        Raises:
            RepositoryError: if there is no remote, or it refuses; says how to go on.
        """
        ...

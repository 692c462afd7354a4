"""
`Repository` over GitPython, with the git binary for whatever writes.

So a person's hooks, signing, identity, filters and ``safe.directory`` work as they do by hand.
A `git.Repo` lives inside one call: GitPython keeps processes and descriptors open for as long
as one exists. https://github.com/gitpython-developers/GitPython#limitations
"""

import contextlib
import hashlib
import os
import posixpath
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from edgeops.adapters import (
    committing,
    creating,
    fetching,
    git_commands,
    pushing,
    trees,
    workroom,
)
from edgeops.adapters.git_commands import Git
from edgeops.adapters.git_process import NO_GIT, REDIRECTING, GitCommand, command
from edgeops.adapters.sources import FolderSource, RevisionSource
from edgeops.errors import RepositoryError
from edgeops.ports import NO_TRAILERS, Commit, Source


class GitRepository:
    """
    Implements `edgeops.ports.Repository`.

    Args:
        directory: edgeops' directory; neither it nor a repository around it need exist yet.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self._directory = Path(directory).absolute()

    @property
    def place(self) -> str:
        if not self.exists():
            return "."
        with self._opened() as (_, place):
            return place

    def exists(self) -> bool:
        with self._found() as repo:
            return repo is not None

    def create(self, branch: str) -> AbstractContextManager[None]:
        return creating.created(self._directory, branch)

    def check_writable(self, paths: Collection[str] = ()) -> None:
        with self._opened() as (git, place):
            git_commands.refuse_unwritable(git)
            git_commands.refuse_left_out(git, [_joined(place, path) for path in paths])

    def revision(self, rev: str) -> str:
        with self._opened() as (git, _):
            return git_commands.revision(git, rev)

    def fetch(self, rev: str) -> None:
        with self._opened() as (git, _):
            fetching.refresh(git, rev)

    def branch(self) -> str | None:
        with self._opened() as (git, _):
            return git_commands.branch(git) if git_commands.has_head(git) else None

    def is_dirty(self, paths: Collection[str]) -> bool:
        with self._opened() as (git, place):
            asked = [_joined(place, path) for path in paths]
            return bool(asked) and bool(git_commands.status(git, asked))

    def standing(self, paths: Collection[str]) -> str | None:
        with self._opened() as (git, place):
            asked = [_joined(place, path) for path in paths]
            if not git_commands.has_head(git) or git_commands.status(git, asked):
                return None
            listed = git("ls-tree", "-z", "--full-tree", "HEAD", "--", *asked).stdout
            told = (place, git_commands.branch(git) or "")
            return hashlib.sha256("\0".join(told).encode() + b"\0" + listed).hexdigest()

    def edited(self, paths: Collection[str]) -> Sequence[str]:
        with self._opened() as (git, place):
            # By their top folders: thousands of names do not fit on a command line.
            tops = sorted({_joined(place, path.partition("/")[0]) for path in paths})
            dirty = set(git_commands.status(git, tops)) if tops else set()
            return sorted(path for path in paths if _joined(place, path) in dirty)

    def ignored(self, paths: Collection[str]) -> Sequence[str]:
        with self._opened() as (git, place):
            asked = {_joined(place, path): path for path in paths}
            return sorted(asked[full] for full in git_commands.ignored(git, asked))

    @contextlib.contextmanager
    def export(self, rev: str, paths: Sequence[str]) -> Iterator[str]:
        with tempfile.TemporaryDirectory(prefix="edgeops-") as target:
            with self._opened() as (git, place):
                _write(git, git_commands.revision(git, rev), place, paths, target)
            yield _made(target, place)

    @contextlib.contextmanager
    def fetched_source(
        self, commit: str, paths: Sequence[str], *, url: str, branch: str
    ) -> Iterator[Source]:
        with tempfile.TemporaryDirectory(prefix="edgeops-") as target:
            with (
                self._opened() as (git, place),
                fetching.fetched(git, commit, url, branch) as other,
            ):
                _write(other, commit, place, paths, target)
            yield FolderSource(_made(target, place))

    @contextlib.contextmanager
    def source(self, rev: str, paths: Sequence[str]) -> Iterator[Source]:
        with tempfile.TemporaryDirectory(prefix="edgeops-") as target:
            with self._opened() as (git, place):
                commit = git_commands.named(git, rev)
                asked = [_joined(place, path) for path in paths]
                listed = git_commands.listing(git, commit, asked)

            def write() -> str:
                files = [entry for entry in listed if not entry.is_tree]
                blobs = [entry.oid for entry in files if not entry.is_submodule]
                with self._opened() as (git, _):
                    trees.write(target, files, git_commands.contents(git, blobs))
                return _made(target, place)

            yield RevisionSource(listed, place, write)

    @contextlib.contextmanager
    def worktree_source(self, paths: Sequence[str]) -> Iterator[Source]:
        with self.export_worktree(paths) as root:
            yield FolderSource(root)

    @contextlib.contextmanager
    def export_worktree(self, paths: Sequence[str]) -> Iterator[str]:
        with tempfile.TemporaryDirectory(prefix="edgeops-") as target:
            with self._opened() as (git, place):
                asked = [_joined(place, path) for path in paths]
                listed = git(
                    "--literal-pathspecs", "ls-files", "-z", "--cached", "--others",
                    "--exclude-standard", "--deduplicate", "--", *asked,
                )  # fmt: skip
                top = git("rev-parse", "--show-toplevel").text
                trees.copy(top, target, listed.names if asked else ())
            yield _made(target, place)

    def read(self, rev: str, path: str) -> bytes | None:
        with self._opened() as (git, place):
            full = _joined(place, path)
            entries = git_commands.entries(git, git_commands.named(git, rev), [full])
            blobs = [item.oid for item in entries if item.path == full and not item.is_submodule]
            return git_commands.contents(git, blobs)[blobs[0]] if blobs else None

    def commit(
        self,
        paths: Sequence[str],
        message: str,
        *,
        trailers: Mapping[str, str] = NO_TRAILERS,
        new_branch: str | None = None,
    ) -> Commit | None:
        with self._opened(trusted=True) as (git, place):
            git_commands.refuse_unwritable(git)
            asked = {_joined(place, path): path for path in paths}
            if ignored := git_commands.ignored(git, asked):
                names = ", ".join(sorted(asked[full] for full in ignored))
                raise RepositoryError(f".gitignore leaves out what is to be committed: {names}")
            changed = committing.changed(git, asked)
            if not changed:
                return None
            room = workroom.place(self._directory)
            revision = committing.committed(room, git, changed, message, trailers, new_branch)
            return Commit(
                revision=revision,
                subject=message.partition("\n")[0],
                paths=tuple(asked[full] for full in changed),
            )

    def push(self) -> str:
        with self._opened(trusted=True) as (git, _):
            return pushing.push(git)

    @contextlib.contextmanager
    def _found(self) -> Iterator[Any]:
        """The `git.Repo` around the directory, None if there is none."""
        library = _library()
        start = self._directory
        while not start.is_dir():
            start = start.parent
        with _own_environment(), _translated(), contextlib.ExitStack() as stack:
            try:
                repo = library.Repo(
                    os.path.realpath(start), search_parent_directories=True, expand_vars=False
                )
            except library.InvalidGitRepositoryError:
                repo = None
            else:
                stack.enter_context(repo)
            yield repo

    @contextlib.contextmanager
    def _opened(self, *, trusted: bool = False) -> Iterator[tuple[GitCommand, str]]:
        """Git in the work tree's top directory, and edgeops' place below it."""
        with self._found() as repo:
            if repo is None:
                raise RepositoryError(f"{self._directory} is in no git repository")
            if repo.bare or repo.working_tree_dir is None:
                raise RepositoryError(f"{repo.git_dir} is a bare repository, without a work tree")
            top = os.path.realpath(repo.working_tree_dir)
        place = os.path.relpath(os.path.realpath(self._directory), top)
        yield command(top, trusted=trusted), Path(place).as_posix()


def _library() -> Any:
    """GitPython; its import looks for git and fails without it."""
    try:
        import git
    except ImportError as error:
        raise RepositoryError(NO_GIT) from error
    return git


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    library = _library()
    try:
        yield
    except library.GitCommandNotFound as error:
        raise RepositoryError(NO_GIT) from error
    except library.GitCommandError as error:
        raise RepositoryError(f"git: {str(error.stderr or error).strip()}") from error
    except library.GitError as error:
        raise RepositoryError(f"git: {error}") from error


@contextlib.contextmanager
def _own_environment() -> Iterator[None]:
    kept = {name: os.environ.pop(name) for name in REDIRECTING if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)


def _write(git: Git, commit: str, place: str, paths: Sequence[str], target: str) -> None:
    """The files of a commit below *paths*, as git stores them, into a directory."""
    entries = git_commands.entries(git, commit, [_joined(place, path) for path in paths])
    blobs = [entry.oid for entry in entries if not entry.is_submodule]
    trees.write(target, entries, git_commands.contents(git, blobs))


def _joined(place: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(place, path))


def _made(target: str, place: str) -> str:
    """Edgeops' directory in an export, there even if nothing was exported below it."""
    directory = Path(target, place)
    directory.mkdir(parents=True, exist_ok=True)
    return str(directory)

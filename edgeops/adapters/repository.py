"""
`Repository` over GitPython, with the git binary for whatever writes.

So a person's hooks, signing, identity, filters and ``safe.directory`` work as they do by hand.
A `git.Repo` lives inside one call: GitPython keeps processes and descriptors open for as long
as one exists. https://github.com/gitpython-developers/GitPython#limitations
"""

import contextlib
import os
import posixpath
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from edgeops.adapters import fetching, git_commands, pushing, trees
from edgeops.adapters.git_commands import Answer, Git
from edgeops.adapters.sources import FolderSource, RevisionSource
from edgeops.errors import RepositoryError
from edgeops.ports import NO_TRAILERS, Commit, Source

_NO_GIT = "git cannot be run: install git, or put it on the PATH"
# What `git rev-parse --local-env-vars` names, less the configuration that a person may have
# given on purpose: inside a hook these point git at another repository than the one asked for.
_REDIRECTING = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)


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

    @contextlib.contextmanager
    def create(self, branch: str) -> Iterator[None]:
        made = self._directory / ".git"
        try:
            with _own_environment(), _translated():
                _library().Repo.init(
                    self._directory, initial_branch=branch, expand_vars=False
                ).close()
            yield
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise

    def check_writable(self) -> None:
        with self._opened() as (git, _):
            git_commands.refuse_unwritable(git)

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
                commit = git_commands.revision(git, rev)
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
            entries = git_commands.entries(git, git_commands.revision(git, rev), [full])
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
        with self._opened() as (git, place):
            git_commands.refuse_unwritable(git)
            asked = {_joined(place, path): path for path in paths}
            if ignored := git_commands.ignored(git, asked):
                names = ", ".join(sorted(asked[full] for full in ignored))
                raise RepositoryError(f".gitignore leaves out what is to be committed: {names}")
            changed = git_commands.changed(git, asked)
            if not changed:
                return None
            with git_commands.index_kept(git), git_commands.on_branch(git, new_branch):
                revision = git_commands.commit_only(git, changed, message, trailers)
            return Commit(
                revision=revision,
                subject=message.partition("\n")[0],
                paths=tuple(asked[full] for full in changed),
            )

    def push(self) -> str:
        with self._opened() as (git, _):
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
    def _opened(self) -> Iterator[tuple[Git, str]]:
        """Git in the work tree's top directory, and edgeops' place below it."""
        with self._found() as repo:
            if repo is None:
                raise RepositoryError(f"{self._directory} is in no git repository")
            if repo.bare or repo.working_tree_dir is None:
                raise RepositoryError(f"{repo.git_dir} is a bare repository, without a work tree")
            # GitPython says C, under which a hook in Python may not print what a file holds.
            repo.git.update_environment(LC_ALL="C.UTF-8", LANGUAGE="C")
            place = os.path.relpath(
                os.path.realpath(self._directory), os.path.realpath(repo.working_tree_dir)
            )
            yield _Command(repo.git), Path(place).as_posix()


class _Command:
    """Implements `git_commands.Git` over GitPython's command wrapper."""

    def __init__(self, wrapper: Any) -> None:
        self._wrapper = wrapper

    def __call__(
        self, *argv: str, stdin: bytes | None = None, accepted: Collection[int] = (0,)
    ) -> Answer:
        with contextlib.ExitStack() as stack:
            stream = None
            if stdin is not None:
                stream = stack.enter_context(tempfile.TemporaryFile())
                stream.write(stdin)
                stream.seek(0)
            code, stdout, stderr = self._wrapper.execute(
                ["git", *argv],
                istream=stream,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
            )
        if code not in accepted:
            said = str(stderr).strip() or os.fsdecode(stdout).strip() or f"status {code}"
            verb = next(word for word in argv if not word.startswith("-"))
            raise RepositoryError(f"git {verb}: {said}")
        return Answer(stdout=stdout, status=code)


def _library() -> Any:
    """GitPython; its import looks for git and fails without it."""
    try:
        import git
    except ImportError as error:
        raise RepositoryError(_NO_GIT) from error
    return git


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    library = _library()
    try:
        yield
    except library.GitCommandNotFound as error:
        raise RepositoryError(_NO_GIT) from error
    except library.GitCommandError as error:
        raise RepositoryError(f"git: {str(error.stderr or error).strip()}") from error
    except library.GitError as error:
        raise RepositoryError(f"git: {error}") from error


@contextlib.contextmanager
def _own_environment() -> Iterator[None]:
    kept = {name: os.environ.pop(name) for name in _REDIRECTING if name in os.environ}
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

"""
What the use cases ask of the world, as Protocols.

Every method names what it raises, and a method that looks something up says how absence
differs from failure. `edgeops.adapters` has the real ones, ``tests/fakes.py`` the honest
small ones.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol

from edgeops.core.objects import JsonObject, KubeObject
from edgeops.core.schemas import Schemas

Edit = Callable[[JsonObject], JsonObject]
"""A kustomization, and the one to build in its place."""

NO_EDITS: Final[Mapping[str, Edit]] = {}


class Renderer(Protocol):
    """Builds overlays with kustomize."""

    @property
    def version(self) -> str:
        """
        Version of kustomize, such as ``5.8.1``.

        Raises:
            ProcessError: if it does not answer.
        """
        ...

    def build(
        self,
        root: str,
        overlays: Sequence[str],
        *,
        origins: bool = False,
        edits: Mapping[str, Edit] = NO_EDITS,
    ) -> Mapping[str, "Build"]:
        """
        Build each of *overlays* (POSIX paths below the directory *root*), several at a time.

        With *origins*, each object tells its `Origin` where kustomize knows it; with *edits*,
        the kustomizations of the overlays named there are built as edited. *root* must then be
        an exported copy, because files are written below it.

        Every overlay has an entry in the answer: an overlay that does not build has a
        `Build.error` and no objects; the others are not disturbed by it.

        Raises:
            ProcessError: if kustomize itself cannot be run.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What kustomize made of one overlay."""

    objects: tuple[KubeObject, ...] = ()
    """With `Origin` where kustomize tells it; paths are relative to the build's root."""

    error: str | None = None
    absent: bool = False
    """Whether there is no such folder; `error` says so too."""

    warnings: str = ""
    """What it said on stderr although it succeeded."""


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

    def check_writable(self) -> None:
        """
        See that a commit can be made on a branch.

        Raises:
            RepositoryError: bare, detached, unmerged files, or a merge or rebase under way.
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

    def branch(self) -> str | None:
        """The checked-out branch, None when detached or unborn."""
        ...

    def is_dirty(self, paths: Collection[str]) -> bool:
        """Whether *paths* (relative to `place`) differ from HEAD or hold untracked files."""
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

    def export_worktree(self, paths: Sequence[str]) -> AbstractContextManager[str]:
        """The files below *paths* as they are in the work tree, ignored files left out."""
        ...

    def read(self, rev: str, path: str) -> bytes | None:
        """The blob at *path* (relative to `place`) as of *rev*; None if there is none."""
        ...

    def commit(
        self, paths: Sequence[str], message: str, *, new_branch: str | None = None
    ) -> Commit | None:
        """
        Commit exactly *paths* (relative to `place`), whatever else is staged or changed.

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
            RepositoryError: if there is no remote, or it refuses.
        """
        ...


class Files(Protocol):
    """Edgeops' directory in the work tree."""

    @property
    def root(self) -> str:
        """The directory as `Renderer.build` wants it."""
        ...

    def copy(self, paths: Sequence[str]) -> AbstractContextManager["Files"]:
        """
        The files below *paths*, in a directory that is gone after the block.

        Raises:
            RepositoryError: if a file cannot be read.
        """
        ...

    def read(self, path: str) -> bytes | None:
        """Content of the file, None if there is none."""
        ...

    def below(self, path: str) -> Iterator[str]:
        """Every file below the directory *path*, relative to edgeops' directory, sorted."""
        ...

    def apply(
        self, writes: Mapping[str, bytes], deletes: Collection[str]
    ) -> AbstractContextManager[None]:
        """
        Write and delete atomically, file by file; undone if the block raises.

        Raises:
            RepositoryError: if a path cannot be written; everything is as it was.
        """
        ...


class Clock(Protocol):
    """The two kinds of time."""

    def now(self) -> str:
        """UTC, RFC 3339, whole seconds."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed point."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One kind to read, and where."""

    group: str
    kind: str
    version: str | None = None
    """The version that git uses; None takes the one that the server prefers."""

    namespaces: frozenset[str] = frozenset()
    """Where to look for a namespaced kind; objects elsewhere are left out."""

    everywhere: bool = False
    """Whether objects of every namespace are wanted, whatever `namespaces` says."""

    names: frozenset[str] = frozenset()
    """Names of a cluster-scoped kind that are asked about one by one where LIST is forbidden."""

    unknown: frozenset[str] = frozenset()
    """API versions in which git writes the kind and of which the package has no schema."""

    whole: bool = True
    """False reads metadata only: enough to see that an object exists."""

    def covers(self, namespace: str) -> bool:
        """Whether an object of that namespace (empty: cluster-scoped) is wanted."""
        return self.everywhere or not namespace or namespace in self.namespaces

    def __str__(self) -> str:
        version = "/".join(part for part in (self.group, self.version or "") if part)
        return f"{version} {self.kind}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRead:
    """A kind that could not be read in some namespaces."""

    wanted: Wanted
    reason: str
    namespaces: frozenset[str]
    """Where it could not be read; empty for a cluster-scoped kind."""

    names: frozenset[str] = frozenset()
    """Which objects of a cluster-scoped kind could not be read; empty for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """What a reader found. An object that is not here and not in `unread` does not exist."""

    objects: tuple[KubeObject, ...] = ()
    unread: tuple[NotRead, ...] = ()
    notes: tuple[str, ...] = ()
    schemas: Schemas | None = None
    """What the place itself says of kinds that the package does not know."""


class LiveReader(Protocol):
    """Live objects: of a cluster, or of a dump."""

    def read(self, wanted: Sequence[Wanted]) -> LiveState:
        """
        Everything of the wanted kinds in the wanted namespaces.

        A kind that the API does not serve has no objects; one that could not be read is
        named in `LiveState.unread`.

        Raises:
            LiveStateError: if nothing could be read at all.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTried:
    """Why a dry run told nothing of an object."""

    reason: str
    """Without values of a Secret."""

    status: int | None = None
    """The HTTP status; None where the server did not answer."""


class Confirmer(Protocol):
    """A cluster that is asked what an apply would make of objects, and keeps nothing of it."""

    def predict(self, applies: Sequence[tuple[KubeObject, str]]) -> Sequence[KubeObject | NotTried]:
        """
        What each object would be after a server-side apply under the field manager beside it.

        Never raises for one object; in order, one answer each.

        Raises:
            LiveStateError: if the cluster cannot be asked at all.
        """
        ...

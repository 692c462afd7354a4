"""Building overlays."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from edgeops.core.objects import JsonObject, KubeObject

Edit = Callable[[JsonObject], JsonObject]
"""A kustomization, and the one to build in its place."""

NO_EDITS: Final[Mapping[str, Edit]] = {}


class Source(Protocol):
    """The files of one state of the repository, as far as overlays are made of them."""

    @property
    def root(self) -> str:
        """
        The directory that holds them, a copy; written when it is first asked for.

        Raises:
            RepositoryError: if they cannot be written there.
        """
        ...

    def digest(self, directory: str) -> str | None:
        """
        What stands for every byte below *directory* (POSIX, relative to `root`).

        None where there is no such directory, or a symbolic link below it leads elsewhere.
        """
        ...


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
class NamedEdit:
    """An edit, and a text that no other edit has."""

    apply: Edit
    name: str


NOT_EDITED: Final[Mapping[str, NamedEdit]] = {}


class Builder(Protocol):
    """Builds overlays of a `Source`, and remembers what it built."""

    @property
    def version(self) -> str:
        """As `Renderer.version`."""
        ...

    def build(
        self,
        source: Source,
        overlays: Sequence[str],
        *,
        origins: bool = False,
        edits: Mapping[str, NamedEdit] = NOT_EDITED,
    ) -> Mapping[str, "Build"]:
        """
        Build each of *overlays*, as `Renderer.build` does.

        What was built before of the same bytes, by the same kustomize and with the same edit,
        is taken from memory.

        Raises:
            ProcessError: if kustomize itself cannot be run.
            RepositoryError: if the files of *source* cannot be written.
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

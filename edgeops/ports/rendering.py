"""Building overlays."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from edgeops.core.objects import JsonObject, KubeObject

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

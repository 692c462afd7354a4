"""The work tree of a fleet."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol


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

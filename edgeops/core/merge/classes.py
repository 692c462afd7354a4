"""The three classes of generated files, and the index that records them."""

from collections.abc import Mapping
from enum import StrEnum

from edgeops.core import documents

INDEX = ".edgeops/files.yaml"
"""Which files are not merged; one line for each."""

_ABOUT = (
    "# Written by edgeops each time. Of the files that it generates, it rewrites the owned ones,\n"
    "# wrote the seeded ones once, and merges its changes into all others.\n"
)


class FileClass(StrEnum):
    """Whose a generated file is."""

    OWNED = "owned"
    """Edgeops': rewritten each time."""

    SEEDED = "seeded"
    """Written once, then the user's: neither rewritten nor made again."""

    MERGED = "merged"
    """Both write it: changes of either side stay."""

    @property
    def head(self) -> str | None:
        """The line that opens such a file, without its ``#``; None where nothing is said."""
        return _HEADS.get(self)


_HEADS: Mapping[FileClass, str] = {
    FileClass.OWNED: "Written by edgeops each time: change edgeops.yaml instead.",
    FileClass.SEEDED: "Written by edgeops once: from now on yours, it is not touched again.",
}


def recorded(text: bytes) -> Mapping[str, FileClass]:
    """The class of each file that the text of `INDEX` names; none where it cannot be read."""
    try:
        body = documents.load(text)
    except documents.DocumentError:
        return {}
    return {
        path: kind
        for kind in _HEADS
        for path in (body.get(str(kind)) if isinstance(body, Mapping) else None) or ()
        if isinstance(path, str)
    }


def index_text(classes: Mapping[str, FileClass]) -> str:
    """
    The text of `INDEX`.

    Args:
        classes: the class of each generated file, by path.
    """
    listed = {
        str(kind): sorted(path for path, found in classes.items() if found is kind)
        for kind in (FileClass.OWNED, FileClass.SEEDED)
    }
    head = {"apiVersion": "edgeops.dev/v1alpha1", "kind": "FileIndex"}
    return _ABOUT + documents.dump_yaml({**head, **listed}, width=10_000)

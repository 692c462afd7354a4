"""
What a run is about to do to the work tree, written down first, so that a later one can undo it.

The journal has what every file held and a digest of what it is to hold. A file that still has what
the dead run wrote, and that no commit has, gets back what it held; any other was touched by
somebody since, and stays.
"""

import base64
import binascii
import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgeops.adapters import workroom
from edgeops.core import documents
from edgeops.errors import CommittedError, RepositoryError

NAME: Final = "files.json"
_VERSION: Final = 1
_TOKEN: Final = re.compile("edgeops-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """One file of a run."""

    path: str
    before: bytes | None
    """None where there was none."""

    mode: int | None
    after: str | None
    """The digest of what it is to hold; None where it is to go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """What one run was about to do."""

    root: Path
    token: str
    """In the names of the run's temporary files."""

    made: tuple[str, ...]
    """Directories that were not there, the innermost first."""

    files: tuple[Noted, ...]

    def beside(self, place: Path) -> Path:
        """Where new content of *place* is put together."""
        return place.with_name(f".{place.name}.{self.token}")


def digest(content: bytes | None) -> str | None:
    """Of what a file holds; None for none."""
    return None if content is None else hashlib.sha256(content).hexdigest()


def content_of(place: Path) -> bytes | None:
    """What the file holds; None if there is none."""
    try:
        return place.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


@contextlib.contextmanager
def kept(
    room: Path,
    root: Path,
    writes: Mapping[str, bytes],
    deletes: Collection[str],
) -> Iterator[Journal]:
    """
    A journal for as long as the block runs; it stays if the next run has something to do.

    Raises:
        RepositoryError: if it cannot be written; nothing has happened then.
    """
    changes = {**writes, **dict.fromkeys(deletes)}
    above = [folder for folder in (root, *root.parents) if not folder.exists()]
    parents = {root / parent for path in writes for parent in Path(path).parents}
    made = sorted((item for item in parents if not item.exists()), reverse=True)
    journal = Journal(
        root=root,
        token=f"edgeops-{secrets.token_hex(6)}",
        made=tuple(item.relative_to(root).as_posix() for item in made),
        files=tuple(_noted(root, path, content) for path, content in sorted(changes.items())),
    )
    try:
        workroom.write(room / NAME, _text(journal, room))
    except OSError as error:
        _forget(room)
        raise RepositoryError(f"cannot write {room / NAME}: {error.strerror or error}") from error
    try:
        yield journal
    except (NotUndoneError, CommittedError):
        raise
    except BaseException:
        _forget(room)
        remove_empty(journal)
        for folder in above:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise
    _forget(room)


def remove_empty(journal: Journal) -> None:
    """Remove the directories that were made, where nothing is in them."""
    for path in journal.made:
        with contextlib.suppress(OSError):
            (journal.root / path).rmdir()


class NotUndoneError(RepositoryError):
    """A run failed, and what it had done could not all be undone: the journal is needed."""


def _noted(root: Path, path: str, content: bytes | None) -> Noted:
    place = root / path
    try:
        before = content_of(place)
        mode = None if before is None else place.stat().st_mode & 0o7777
    except OSError as error:
        raise RepositoryError(f"cannot read {path}: {error.strerror}") from error
    return Noted(path=path, before=before, mode=mode, after=digest(content))


def _forget(room: Path) -> None:
    # What cannot be removed says nothing new to whoever reads it.
    with contextlib.suppress(OSError):
        (room / NAME).unlink(missing_ok=True)
        (room / f"{NAME}.new").unlink(missing_ok=True)
    workroom.leave(room)


def forget(room: Path) -> None:
    """
    Take the journal away: all is as it should be.

    Raises:
        RepositoryError: if it cannot be removed.
    """
    try:
        (room / NAME).unlink(missing_ok=True)
    except OSError as error:
        raise RepositoryError(f"cannot remove {room / NAME}: {error.strerror}") from error


def _text(journal: Journal, room: Path) -> bytes:
    return documents.dump_json(
        {
            "version": _VERSION,
            "root": os.path.relpath(journal.root, room),
            "token": journal.token,
            "made": list(journal.made),
            "files": [
                {
                    "path": item.path,
                    "before": _encoded(item.before),
                    "mode": item.mode,
                    "after": item.after,
                }
                for item in journal.files
            ],
        }
    ).encode()


def _encoded(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode("ascii")


def found(room: Path) -> Journal | None:
    """
    The journal that a dead run left in *room*.

    Raises:
        RepositoryError: if it cannot be read, or is of another edgeops.
    """
    path = room / NAME
    try:
        content = content_of(path)
    except OSError as error:
        raise RepositoryError(f"cannot read {path}: {error.strerror}") from error
    if content is None:
        return None
    try:
        value = documents.load(content)
        return _parsed(value, room)
    except (documents.DocumentError, KeyError, TypeError, ValueError, binascii.Error) as error:
        raise RepositoryError(
            f"{path} is not a journal that this edgeops can read: look whether the work tree is "
            "as it should be (git status), then remove that file"
        ) from error


def _parsed(value: Any, room: Path) -> Journal:
    if value["version"] != _VERSION or not _TOKEN.fullmatch(value["token"]):
        raise ValueError(value["version"])
    return Journal(
        root=Path(os.path.normpath(room / value["root"])),
        token=value["token"],
        made=tuple(_below(path) for path in value["made"]),
        files=tuple(
            Noted(
                path=_below(item["path"]),
                before=None if item["before"] is None else base64.b64decode(item["before"]),
                mode=item["mode"],
                after=item["after"],
            )
            for item in value["files"]
        ),
    )


def _below(path: str) -> str:
    """The path, if it stays below its root; a journal may have come with somebody's files."""
    if path != "." and (Path(path).is_absolute() or {"..", ".git"} & set(Path(path).parts)):
        raise ValueError(path)
    return path

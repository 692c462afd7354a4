"""
Digests of settled pairs, in one small file of the user's cache folder.

The file is for the user alone (folder 0700, file 0600): whoever could write it could hide drift, so
that one that others could have written is not read. It is written by another edgeops or under
another Python only to be forgotten: its head names the very code that judged. Two runs at once
cost each other memory, and never a verdict, for a digest stands for all that a verdict depends on.
"""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Set as AbstractSet
from pathlib import Path

from edgeops.adapters import own_code
from edgeops.core.settled import DIGEST_BYTES

MOST = 250_000
"""Pairs that are remembered; above that only such of the last check."""

_HEAD_BYTES = 32
_SUM_BYTES = 32


class VerdictStore:
    """
    Implements `edgeops.ports.VerdictMemory`.

    Args:
        folder: made, for the user alone, when something is to be remembered.
        most: how many pairs are remembered.
    """

    def __init__(self, folder: Path, *, most: int = MOST) -> None:
        self._folder = folder
        self._place = folder / "settled"
        self._most = most
        self._found: frozenset[bytes] = frozenset()

    def known(self) -> AbstractSet[bytes]:
        with contextlib.suppress(OSError):
            self._found = _parsed(self._read())
        return self._found

    def keep(self, seen: AbstractSet[bytes]) -> None:
        if seen <= self._found:
            return
        # Another run may have written meanwhile, such as that of another shard.
        both = self.known() | seen
        # What is cut off is the same each time, so that the others are found again.
        pairs = sorted(both) if len(both) <= self._most else sorted(seen)[: self._most]
        with contextlib.suppress(OSError):
            self._write(b"".join(pairs))

    def _read(self) -> bytes:
        with self._place.open("rb") as file:
            about = os.fstat(file.fileno())
            if about.st_uid != os.geteuid() or about.st_mode & 0o077:
                raise PermissionError(self._place)
            return file.read()

    def _write(self, digests: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, scratch = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(own_code.digest() + hashlib.sha256(digests).digest() + digests)
            Path(scratch).replace(self._place)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(scratch).unlink()
            raise


def _parsed(content: bytes) -> frozenset[bytes]:
    """The digests of a file; none if it is damaged, or of other code than this."""
    head, digests = content[: _HEAD_BYTES + _SUM_BYTES], content[_HEAD_BYTES + _SUM_BYTES :]
    if head != own_code.digest() + hashlib.sha256(digests).digest() or len(digests) % DIGEST_BYTES:
        return frozenset()
    return frozenset(digests[at : at + DIGEST_BYTES] for at in range(0, len(digests), DIGEST_BYTES))

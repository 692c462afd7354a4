"""
Builds that were made before, in one SQLite file of the user's cache folder.

A build is found by where it was built and the digest of its own directory, and taken only if
every other directory that it read still has the digest it had then. The rows hold rendered
manifests, Secrets among them: folder and file are for the user's eyes only. Each row carries a
checksum. Several runs may use the file at once. A file that is broken, locked or cannot be
written is no cache, and no error.
"""

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FORM = 1
"""Changes with what stands in a row: rows of another form are never read."""

_MOST_BYTES = 256 * 1024 * 1024
_AT_ONCE = 400
"""Keys in one question; SQLite takes a limited number of variables."""

_WAIT_SECONDS = 2.0
_TABLE = """
CREATE TABLE IF NOT EXISTS builds (
  key TEXT NOT NULL, depends BLOB NOT NULL, used INTEGER NOT NULL, size INTEGER NOT NULL,
  content BLOB NOT NULL, checksum BLOB NOT NULL, PRIMARY KEY (key, depends)
)
"""
_TROUBLE = (sqlite3.Error, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One remembered build."""

    key: str
    depends: bytes
    """Which directories it read, with their digests."""

    content: bytes
    """The build itself."""

    @property
    def checksum(self) -> bytes:
        parts = (self.key.encode(), self.depends, self.content)
        return hashlib.blake2b(b"\0".join(parts), digest_size=16).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildStore:
    """
    The builds that are remembered.

    Args:
        folder: made, for the user alone, when something is to be remembered.
        most_bytes: of all rows; the ones that were not used for the longest time go first.
    """

    folder: Path
    most_bytes: int = _MOST_BYTES

    def find(self, keys: Sequence[str]) -> Mapping[str, Sequence[Row]]:
        """The rows of *keys*, as far as there are any: one for each state of what they read."""
        found: dict[str, list[Row]] = {}
        with contextlib.suppress(*_TROUBLE), self._opened() as database:
            for part in _parts(keys):
                marks = ",".join("?" * len(part))
                rows = database.execute(
                    f"SELECT key, depends, content, checksum FROM builds WHERE key IN ({marks})",  # noqa: S608 - question marks only
                    part,
                )
                for key, depends, content, checksum in rows:
                    if isinstance(depends, bytes) and isinstance(content, bytes):
                        row = Row(key=key, depends=depends, content=content)
                        if row.checksum == checksum:
                            found.setdefault(key, []).append(row)
        return found

    def keep(self, rows: Iterable[Row]) -> None:
        """Remember *rows*; what was not used for the longest time makes room."""
        with contextlib.suppress(*_TROUBLE):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._place.touch(mode=0o600)
            with self._opened() as database, database:
                self._write(database, rows)

    def touch(self, rows: Sequence[Row]) -> None:
        """Say that *rows* were used."""
        with contextlib.suppress(*_TROUBLE), self._opened() as database, database:
            now = _next(database)
            database.executemany(
                "UPDATE builds SET used = ? WHERE key = ? AND depends = ?",
                [(now, row.key, row.depends) for row in rows],
            )

    @property
    def _place(self) -> Path:
        return self.folder / f"builds-{FORM}.sqlite3"

    def _write(self, database: sqlite3.Connection, rows: Iterable[Row]) -> None:
        now = _next(database)
        database.executemany(
            "INSERT OR REPLACE INTO builds VALUES (?, ?, ?, ?, ?, ?)",
            (
                (row.key, row.depends, now, len(row.content), row.content, row.checksum)
                for row in rows
            ),
        )
        kept = 0
        old = []
        for row, size in database.execute("SELECT rowid, size FROM builds ORDER BY used DESC, key"):
            kept += size
            if kept > self.most_bytes:
                old.append((row,))
        database.executemany("DELETE FROM builds WHERE rowid = ?", old)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        if not self._place.exists():
            raise FileNotFoundError(self._place)
        about = self._place.stat()
        if about.st_uid != os.geteuid() or about.st_mode & 0o077:
            raise PermissionError(self._place)
        with contextlib.closing(sqlite3.connect(self._place, timeout=_WAIT_SECONDS)) as database:
            try:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = NORMAL")
                database.execute(_TABLE)
            except sqlite3.DatabaseError:
                self._discard_broken(database)
                raise
            yield database

    def _discard_broken(self, database: sqlite3.Connection) -> None:
        """A file that is no database would never become one again."""
        database.close()
        with contextlib.suppress(OSError):
            with self._place.open("rb") as file:
                head = file.read(16)
            if head and not head.startswith(b"SQLite format 3\0"):
                self._place.unlink()


def _next(database: sqlite3.Connection) -> int:
    """The number of this use: a clock that two runs cannot disagree about."""
    (last,) = database.execute("SELECT coalesce(max(used), 0) FROM builds").fetchone()
    return int(last) + 1


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), _AT_ONCE):
        yield keys[start : start + _AT_ONCE]

"""
History in one SQLite file: the one door to SQLite.

Every write is one transaction that locks the file before it reads, so that two checks at once
come one after the other. What is kept of an object are names, paths and managers: no values.
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import platformdirs
from sqlite_utils import Database

from edgeops.adapters.history_rows import columns, episode_of, key_of, told_detail, told_of
from edgeops.core import documents
from edgeops.core.episodes import Advance, Episode, EpisodeKey
from edgeops.core.findings import SyncStatus
from edgeops.core.telling import Told
from edgeops.errors import HistoryError
from edgeops.ports.history import Run

_VERSION: Final = 1
_PATIENCE_SECONDS: Final = 10.0
_TURN_SECONDS: Final = 120.0
_KEY: Final = ("scope", "cluster", "zone", "api_group", "kind", "namespace", "name")
_NAMES: Final = dict.fromkeys(_KEY, str)
_TABLES: Final[Mapping[str, tuple[Mapping[str, type], tuple[str, ...]]]] = {
    "episodes": (
        {
            **_NAMES,
            "api_version": str,
            "drift": str,
            "severity": str,
            "state": str,
            "first_seen": str,
            "last_seen": str,
            "resolved_at": str,
            "openings": int,
            "detail": str,
        },
        _KEY,
    ),
    "runs": (
        {
            "scope": str,
            "started_at": str,
            "status": str,
            "revision": str,
            "findings": int,
            "unread": int,
        },
        ("scope", "started_at"),
    ),
    "told": ({**_NAMES, "target": str, "detail": str}, ("target", *_KEY)),
    "turns": ({"scope": str, "target": str, "until": float}, ("scope", "target")),
}


def default_file(name: str) -> str:
    """Where the history of that name is kept: below the user's state folder."""
    return str(platformdirs.user_state_path("edgeops") / "history" / f"{name}.sqlite")


class SqliteHistory:
    """
    Implements `edgeops.ports.History`.

    Args:
        file: made, with its folder, by the first write.
        scope: whose history; several fleets may share a file.
    """

    def __init__(self, file: str, scope: str) -> None:
        self._file = Path(file)
        self._scope = scope

    def record(self, run: Run, step: Callable[[Mapping[EpisodeKey, Episode]], Advance]) -> Advance:
        with self._writing() as database:
            advance = step({item.key: item for item in self._episodes(database)})
            rows = [{**self._names(item.key), **columns(item)} for item in advance.changed]
            database.table("episodes").upsert_all(rows, pk=_KEY)
            database.table("runs").upsert(
                {
                    "scope": self._scope,
                    "started_at": run.started_at,
                    "status": run.status.value,
                    "revision": run.revision,
                    "findings": run.findings,
                    "unread": run.unread,
                },
                pk=("scope", "started_at"),
            )
        return advance

    def episodes(self) -> Sequence[Episode]:
        with self._reading() as database:
            return self._episodes(database)

    def last_run(self) -> Run | None:
        with self._reading() as database:
            for row in database.query(
                "select * from runs where scope = ? order by started_at desc limit 1",
                [self._scope],
            ):
                return Run(
                    started_at=row["started_at"],
                    status=SyncStatus(row["status"]),
                    revision=row["revision"],
                    findings=row["findings"],
                    unread=row["unread"],
                )
        return None

    def forget(self, before: str) -> int:
        mine = [self._scope, before]
        with self._writing() as database:
            gone = database.execute(
                "delete from episodes where scope = ? and max(last_seen, "
                "coalesce(resolved_at, last_seen)) < ?",
                mine,
            ).rowcount
            database.execute("delete from runs where scope = ? and started_at < ?", mine)
            same = " and ".join(f"e.{name} = told.{name}" for name in _KEY)
            database.execute(
                f"delete from told where scope = ? and not exists "  # noqa: S608 - our own names
                f"(select 1 from episodes e where {same})",
                [self._scope],
            )
        return int(gone)

    @contextlib.contextmanager
    def turn(self, target: str) -> Iterator[Mapping[EpisodeKey, Told] | None]:
        now = time.time()
        mine = {"scope": self._scope, "target": target}
        with self._writing() as database:
            taken = list(
                database.query(
                    "select 1 from turns where scope = :scope and target = :target "
                    "and until > :now",
                    {**mine, "now": now},
                )
            )
            if not taken:
                row = {**mine, "until": now + _TURN_SECONDS}
                database.table("turns").upsert(row, pk=("scope", "target"))
            known = {
                key_of(row): told_of(documents.load(row["detail"]))
                for row in database.query(
                    "select * from told where scope = :scope and target = :target", mine
                )
            }
        if taken:
            yield None
            return
        try:
            yield known
        finally:
            with contextlib.suppress(HistoryError), self._writing() as database:
                database.table("turns").delete((self._scope, target))

    def told(self, target: str, entries: Mapping[EpisodeKey, Told]) -> None:
        rows = [
            {
                "target": target,
                **self._names(key),
                "detail": documents.dump_json(told_detail(entry)),
            }
            for key, entry in entries.items()
        ]
        with self._writing() as database:
            database.table("told").upsert_all(rows, pk=("target", *_KEY))

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Database]:
        """The database, locked until the block ends; what it wrote is then kept, or nothing."""
        with self._translated(), contextlib.closing(self._connect()) as connection:
            connection.execute("begin immediate")
            database = Database(connection, execute_plugins=False)
            try:
                self._check_version(connection, make=True)
                yield database
            except BaseException:
                if connection.in_transaction:
                    connection.execute("rollback")
                raise
            connection.execute("commit")

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Database]:
        with self._translated():
            if not self._file.exists():
                raise HistoryError(
                    f"{self._file}: there is no history yet: 'edgeops drift --history' begins one."
                )
            address = f"{self._file.absolute().as_uri()}?mode=ro"
            with contextlib.closing(self._opened(address)) as connection:
                self._check_version(connection, make=False)
                yield Database(connection, execute_plugins=False, recursive_triggers=False)

    def _connect(self) -> sqlite3.Connection:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._opened(self._file.absolute().as_uri())

    def _opened(self, address: str) -> sqlite3.Connection:
        if self._file.is_dir():
            raise HistoryError(f"{self._file}: Is a directory.")
        return sqlite3.connect(address, uri=True, timeout=_PATIENCE_SECONDS, isolation_level=None)

    def _check_version(self, connection: sqlite3.Connection, *, make: bool) -> None:
        (version,) = connection.execute("pragma user_version").fetchone()
        if version > _VERSION:
            raise HistoryError(
                f"{self._file}: a later edgeops wrote this history: use that one, or another file."
            )
        if version == _VERSION:
            return
        if connection.execute("select count(*) from sqlite_master").fetchone()[0] or not make:
            raise HistoryError(f"{self._file}: is a database, but no history of edgeops.")
        database = Database(connection, execute_plugins=False)
        for name, (fields, key) in _TABLES.items():
            database.create_table(name, dict(fields), pk=key)
        connection.execute(f"pragma user_version = {_VERSION}")

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise HistoryError(f"{self._file}: {_reason(error)}") from error
        except OSError as error:
            raise HistoryError(f"{self._file}: {error.strerror or error}.") from error
        except (documents.DocumentError, KeyError, TypeError, ValueError) as error:
            raise HistoryError(f"{self._file}: {_DAMAGED}") from error

    def _episodes(self, database: Database) -> Sequence[Episode]:
        rows = database.query("select * from episodes where scope = ?", [self._scope])
        return sorted((episode_of(row) for row in rows), key=lambda item: item.key)

    def _names(self, key: EpisodeKey) -> dict[str, str]:
        thing = key.resource
        parts = (key.cluster, key.zone, thing.group, thing.kind, thing.namespace, thing.name)
        return dict(zip(_KEY, (self._scope, *parts), strict=True))


_DAMAGED = "is damaged: move it away, and the next check begins a new one."


def _reason(error: sqlite3.DatabaseError) -> str:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"is locked by another program for more than {_PATIENCE_SECONDS:.0f} s."
    if name.startswith("SQLITE_READONLY"):
        return "may not be written."
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return _DAMAGED
    return f"{error}."

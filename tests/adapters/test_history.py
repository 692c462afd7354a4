"""History in a real SQLite file, also a damaged, locked or foreign one."""

import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from edgeops.adapters.history import SqliteHistory
from edgeops.core.episodes import Advance, Episode, EpisodeKey, State, everything
from edgeops.core.findings import DriftReport, SyncStatus
from edgeops.core.telling import Interest, news
from edgeops.errors import HistoryError
from edgeops.usecases.history import record
from tests.core.drifts import LAX, at, found, report

ROOT = Path(__file__).parent.parent.parent


def keep(history: SqliteHistory, item: DriftReport, days: int = 90) -> Advance:
    return record(history, item, covered=everything, keep=timedelta(days=days))


def test_episodes_come_back_as_they_were(tmp_path: Path) -> None:
    history = SqliteHistory(str(tmp_path / "below" / "h.sqlite"), "shop")
    reports = [report(0, found(), found("api")), report(1, found("api")), report(2, found())]
    in_memory: dict[EpisodeKey, Episode] = {}
    for item in reports:
        step = keep(history, item)
        in_memory |= {episode.key: episode for episode in step.changed}
    assert list(history.episodes()) == [in_memory[key] for key in sorted(in_memory)]
    last = history.last_run()
    assert last is not None
    assert (last.started_at, last.status, last.findings) == (at(2), SyncStatus.OUT_OF_SYNC, 1)


def test_what_was_told_comes_back(tmp_path: Path) -> None:
    history = SqliteHistory(str(tmp_path / "h.sqlite"), "shop")
    keep(history, report(0, found()))
    first = news(history.episodes(), {}, Interest(), at(0))
    with history.turn("env:A") as told:
        assert told == {}
        history.told("env:A", first.told)
    with history.turn("env:A") as told:
        assert told == first.told
    with history.turn("env:B") as told:
        assert told == {}


def test_only_one_at_a_time_tells_a_target(tmp_path: Path) -> None:
    file = str(tmp_path / "h.sqlite")
    with SqliteHistory(file, "shop").turn("env:A") as mine:
        assert mine == {}
        with SqliteHistory(file, "shop").turn("env:A") as other:
            assert other is None
        with SqliteHistory(file, "shop").turn("env:B") as other:
            assert other == {}
    with SqliteHistory(file, "shop").turn("env:A") as again:
        assert again == {}


def test_fleets_that_share_a_file_do_not_meet(tmp_path: Path) -> None:
    file = str(tmp_path / "h.sqlite")
    keep(SqliteHistory(file, "one"), report(0, found()))
    keep(SqliteHistory(file, "other"), report(1))
    assert [item.state for item in SqliteHistory(file, "one").episodes()] == [State.OPEN]
    assert list(SqliteHistory(file, "other").episodes()) == []


def test_what_nobody_finds_any_more_is_forgotten(tmp_path: Path) -> None:
    history = SqliteHistory(str(tmp_path / "h.sqlite"), "shop")
    keep(history, report(0, found(), found("api")))
    first = news(history.episodes(), {}, Interest(), at(0))
    history.told("env:A", first.told)
    day = 24 * 60
    keep(history, report(day, found()), days=2)
    keep(history, report(3 * day, found()), days=2)
    assert [item.key.resource.name for item in history.episodes()] == ["api", "web"]
    keep(history, report(4 * day, found()), days=2)
    assert [item.key.resource.name for item in history.episodes()] == ["web"]
    with history.turn("env:A") as told:
        assert [key.resource.name for key in told or ()] == ["web"]
    with sqlite3.connect(tmp_path / "h.sqlite") as database:
        assert database.execute("select count(*) from runs").fetchone() == (2,)


_RECORD = """
import sys
from tests.adapters.test_history import keep
from edgeops.adapters.history import SqliteHistory
from tests.core.drifts import found, report
for minute in range(20):
    name = f"web-{sys.argv[2]}-{minute}"
    keep(SqliteHistory(sys.argv[1], "shop"), report(0, found(name), unread=["us-west-2-lax-1a"]))
"""


def test_several_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    file = str(tmp_path / "h.sqlite")
    writers = [
        subprocess.Popen((sys.executable, "-c", _RECORD, file, str(number)), cwd=ROOT)
        for number in range(4)
    ]
    assert [writer.wait(120) for writer in writers] == [0] * 4
    assert len(SqliteHistory(file, "shop").episodes()) == 80


def _garbage(file: Path) -> None:
    file.write_bytes(b"this is no database " * 400)


def _torn(file: Path) -> None:
    keep(SqliteHistory(str(file), "shop"), report(0, found()))
    whole = bytearray(file.read_bytes())
    whole[4096:] = b"\xff" * (len(whole) - 4096)
    file.write_bytes(bytes(whole))


def _foreign(file: Path) -> None:
    with sqlite3.connect(file) as database:
        database.execute("create table songs (title)")


def _later(file: Path) -> None:
    keep(SqliteHistory(str(file), "shop"), report(0, found()))
    with sqlite3.connect(file) as database:
        database.execute("pragma user_version = 99")


def _senseless(file: Path) -> None:
    keep(SqliteHistory(str(file), "shop"), report(0, found()))
    with sqlite3.connect(file) as database:
        database.execute("update episodes set detail = '{}'")


def _folder(file: Path) -> None:
    file.mkdir()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_garbage, "is damaged"),
        (_torn, "is damaged"),
        (_foreign, "is a database, but no history of edgeops"),
        (_later, "a later edgeops wrote this history"),
        (_senseless, "is damaged"),
        (_folder, "Is a directory"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, spoil: object, reason: str) -> None:
    file = tmp_path / "h.sqlite"
    assert callable(spoil)
    spoil(file)
    before = file.read_bytes() if file.is_file() else None
    history = SqliteHistory(str(file), "shop")
    with pytest.raises(HistoryError, match=reason) as raised:
        keep(history, report(1, found()))
    assert str(raised.value).startswith(str(file))
    with pytest.raises(HistoryError, match=reason):
        history.episodes()
    assert (file.read_bytes() if file.is_file() else None) == before


def test_a_locked_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "h.sqlite"
    history = SqliteHistory(str(file), "shop")
    keep(history, report(0, found()))
    monkeypatch.setattr("edgeops.adapters.history._PATIENCE_SECONDS", 0.1)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("begin exclusive")
    with pytest.raises(HistoryError, match="locked by another program"):
        keep(history, report(1, found()))
    other.execute("rollback")
    other.close()
    keep(history, report(1, found()))


def test_reading_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="there is no history yet"):
        SqliteHistory(str(tmp_path / "h.sqlite"), "shop").episodes()
    assert list(tmp_path.iterdir()) == []


def test_a_place_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HistoryError, match=r"File exists|Not a directory"):
        keep(SqliteHistory(str(tmp_path / "file" / "h.sqlite"), "shop"), report(0))


def test_no_value_of_a_field_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "h.sqlite"
    keep(SqliteHistory(str(file), "shop"), report(0, found(zone=LAX)))
    with sqlite3.connect(file) as database:
        dump = "\n".join(database.iterdump())
    assert "spec.replicas" in dump
    assert "desired" not in dump
    assert "live" not in dump

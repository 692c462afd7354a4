"""The file of settled pairs: private, whole, and of the code that reads it."""

import stat
from pathlib import Path

import pytest

from edgeops.adapters import own_code
from edgeops.adapters.verdict_store import VerdictStore

ONE, TWO, THREE = (bytes([number]) * 16 for number in (1, 2, 3))


def store(folder: Path, *, most: int = 10) -> VerdictStore:
    return VerdictStore(folder / "verdicts", most=most)


def kept(folder: Path, *pairs: bytes, most: int = 10) -> Path:
    """The file, after a check that saw *pairs*."""
    one = store(folder, most=most)
    one.known()
    one.keep(set(pairs))
    (file,) = (folder / "verdicts").iterdir()
    return file


def test_what_is_kept_is_known_and_adds_up(tmp_path: Path) -> None:
    assert store(tmp_path).known() == set()
    kept(tmp_path, ONE)
    kept(tmp_path, TWO)
    assert store(tmp_path).known() == {ONE, TWO}


def test_it_is_for_the_user_alone(tmp_path: Path) -> None:
    file = kept(tmp_path, ONE)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_one_that_others_could_have_written_is_not_read(tmp_path: Path) -> None:
    kept(tmp_path, ONE).chmod(0o660)
    assert store(tmp_path).known() == set()


@pytest.mark.parametrize("damage", [b"", b"short", None], ids=["empty", "short", "one bit"])
def test_a_damaged_one_is_an_empty_one(tmp_path: Path, damage: bytes | None) -> None:
    file = kept(tmp_path, ONE, TWO)
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]) if damage is None else damage)
    assert store(tmp_path).known() == set()


def test_other_code_forgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(tmp_path, ONE)
    monkeypatch.setattr(own_code, "digest", lambda: b"0" * 32)
    assert store(tmp_path).known() == set()


def test_it_is_bounded_and_keeps_what_was_seen_last(tmp_path: Path) -> None:
    kept(tmp_path, ONE, TWO, most=2)
    kept(tmp_path, TWO, THREE, most=2)
    assert store(tmp_path).known() == {TWO, THREE}
    kept(tmp_path, ONE, TWO, THREE, most=2)
    assert store(tmp_path).known() == {ONE, TWO}


def test_two_runs_at_once_both_add(tmp_path: Path) -> None:
    first, second = store(tmp_path), store(tmp_path)
    first.known()
    second.known()
    first.keep({ONE})
    second.keep({TWO})
    assert store(tmp_path).known() == {ONE, TWO}


def test_a_folder_that_cannot_be_made_is_no_memory(tmp_path: Path) -> None:
    (tmp_path / "verdicts").write_text("a file")
    one = store(tmp_path)
    assert one.known() == set()
    one.keep({ONE})
    assert store(tmp_path).known() == set()

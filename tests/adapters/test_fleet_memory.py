"""A fleet is read once for each text, and nothing but a fleet comes out of what is kept."""

import os
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from edgeops.adapters import fleet_memory, own_code
from edgeops.adapters.build_store import BuildStore
from edgeops.core.fleet.model import Fleet
from tests.core.fleets import ENGINES, MESHES, OWN_APP, fleet, variant

TEXT = "any text"
OWN = (("app: hashicups", OWN_APP.strip()),)


@pytest.fixture
def store(tmp_path: Path) -> BuildStore:
    return BuildStore(folder=tmp_path / "builds")


def unasked(_: str) -> Fleet:
    raise AssertionError("it was read again")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("mesh", MESHES)
def test_a_text_is_read_once(store: BuildStore, engine: str, mesh: str) -> None:
    read = variant(engine, mesh, *OWN)
    assert fleet_memory.remembered(store, TEXT, lambda _: read) is read
    assert fleet_memory.remembered(store, TEXT, unasked) == read


def test_another_text_or_another_edgeops_reads_anew(
    store: BuildStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = fleet(), replace(fleet(), name="other")
    fleet_memory.remembered(store, TEXT, lambda _: one)
    assert fleet_memory.remembered(store, "another", lambda _: other) is other
    monkeypatch.setattr(own_code, "digest", lambda: b"0" * 32)
    assert fleet_memory.remembered(store, TEXT, lambda _: other) is other


def test_a_text_with_a_password_is_not_kept(store: BuildStore) -> None:
    text = "url: https://me:secret@git.example.com/a.git"
    fleet_memory.remembered(store, text, lambda _: fleet())
    assert not store.folder.exists()


class Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return (os.mkdir, ("made-by-a-pickle",))


@pytest.mark.parametrize(
    "what",
    [Evil(), [1, 2], Path("x"), b"no pickle"],
    ids=["a call", "a list", "a path", "no pickle"],
)
def test_only_a_fleet_comes_out(
    what: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    content = what if isinstance(what, bytes) else pickle.dumps(what)
    assert fleet_memory._unpickled(content) is None
    assert not list(tmp_path.iterdir())


def test_a_function_of_the_model_is_no_part_of_a_fleet() -> None:
    """Nor is what its modules import."""
    for name in ("dataclass", "field", "Mapping"):
        named = b"\x80\x04\x8c\x18edgeops.core.fleet.model\x8c" + bytes([len(name)])
        assert fleet_memory._unpickled(named + name.encode() + b"\x93.") is None

"""Clones over HTTP with a password, and reports on a branch that several push to."""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from edgeops.adapters.clones import BranchOutbox, ClonedRepository, cloned
from edgeops.adapters.outbox import FolderOutbox
from edgeops.errors import DeliveryError, RemoteError, RepositoryError
from tests.gitserver import PASSWORD, USER, publish, served


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[str]:
    work = tmp_path / "work"
    for argv in (("init", "-q", "-b", "main", str(work)),
                 ("-C", str(work), "commit", "-q", "--allow-empty", "-m", "One")):  # fmt: skip
        subprocess.run(("git", *argv), check=True)
    (tmp_path / "git").mkdir()
    publish(work, tmp_path / "git" / "shop.git")
    with served(tmp_path / "git") as address:
        yield f"{address}/shop.git"


@pytest.fixture
def credentials(tmp_path: Path) -> str:
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "username").write_text(USER)
    (folder / "password").write_text(PASSWORD)
    return str(folder)


def test_nothing_is_left_and_no_secret_is_in_the_clone(remote: str, credentials: str) -> None:
    with cloned(remote, "main", credentials) as clone:
        folder = Path(clone.folder)
        texts = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
        assert texts
        assert not any(PASSWORD.encode() in text for text in texts)
    assert not folder.parent.exists()


@pytest.mark.parametrize(
    ("branch", "known", "reason"),
    [("main", False, "it is not public"), ("nowhere", True, "Remote branch nowhere not found")],
)
def test_what_cannot_be_cloned(
    remote: str, credentials: str, branch: str, known: bool, reason: str
) -> None:
    with (
        pytest.raises(RepositoryError, match=reason),
        cloned(remote, branch, credentials if known else None),
    ):
        pass


def test_a_clone_is_fetched_with_the_credentials_of_now(
    remote: str, credentials: str, tmp_path: Path
) -> None:
    with cloned(remote, "main", credentials) as clone:
        repository = ClonedRepository(clone, ".")
        before = repository.revision("origin/main")
        work, file = tmp_path / "work", Path(credentials, "password")
        subprocess.run(
            ("git", "-C", str(work), "commit", "-q", "--allow-empty", "-m", "Two"), check=True
        )
        publish(work, tmp_path / "git" / "shop.git")
        file.write_text("expired")
        with pytest.raises(RemoteError, match="origin/main could not be fetched"):
            repository.fetch("origin/main")
        assert repository.revision("origin/main") == before
        file.write_text(PASSWORD)
        repository.fetch("origin/main")
        assert repository.revision("origin/main") != before
        assert repository.revision("HEAD") == before


def test_a_branch_is_made_grown_and_thinned(remote: str, credentials: str) -> None:
    with cloned(remote, "main", credentials) as clone:
        outbox = BranchOutbox(clone, "reports")
        seen: list[Mapping[str, bytes]] = []

        def step(files: Mapping[str, bytes]) -> Mapping[str, bytes | None]:
            seen.append(files)
            return ({"a.json": b"1", "b/c.json": b"2"}, {"a.json": None, "d.json": b"3"}, {})[
                len(seen) - 1
            ]

        for message in ("one", "two", "three"):
            outbox.update("west", step, message)
        assert seen == [
            {}, {"a.json": b"1", "b/c.json": b"2"}, {"b/c.json": b"2", "d.json": b"3"}
        ]  # fmt: skip
        clone.git("fetch", "--quiet", "origin", "reports")
        assert clone.text("log", "--format=%s", "FETCH_HEAD") == "two\none"
        assert clone.text("status", "--porcelain") == ""


def test_who_pushed_meanwhile_is_not_overwritten(remote: str, credentials: str) -> None:
    with cloned(remote, "main", credentials) as one, cloned(remote, "main", credentials) as two:
        tries = []

        def slow(files: Mapping[str, bytes]) -> Mapping[str, bytes | None]:
            tries.append(sorted(files))
            if len(tries) == 1:
                BranchOutbox(two, "reports").update("west", lambda _: {"two.json": b"2"}, "two")
            return {"one.json": b"1"}

        BranchOutbox(one, "reports").update("west", slow, "one")
        assert tries == [[], ["two.json"]]
        one.git("fetch", "--quiet", "origin", "reports")
        names = one.text("ls-tree", "-r", "--name-only", "FETCH_HEAD").split()
        assert names == ["west/one.json", "west/two.json"]


def test_a_folder_does_the_same(tmp_path: Path) -> None:
    outbox = FolderOutbox(str(tmp_path / "reports"))
    outbox.update("west", lambda _: {"a.json": b"1", "b/c.json": b"2"}, "one")
    outbox.update("west", lambda files: {"d.json": files["b/c.json"], "a.json": None}, "two")
    below = tmp_path / "reports" / "west"
    found = {str(path.relative_to(below)) for path in below.rglob("*.json")}
    assert found == {"b/c.json", "d.json"}


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DeliveryError, match="Not a directory"):
        FolderOutbox(str(tmp_path / "file")).update("west", lambda _: {}, "one")

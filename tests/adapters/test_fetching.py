"""A commit that is not here: fetched, and nothing of the person's repository changes."""

import hashlib
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeops.adapters import fetching
from edgeops.adapters.repository import GitRepository
from edgeops.errors import RemoteError, RepositoryError
from tests.adapters.gitrepo import GitDir

pytestmark = pytest.mark.usefixtures("isolated")


@pytest.fixture
def upstream(tmp_path: Path) -> GitDir:
    made = GitDir(tmp_path / "upstream")
    made.commit({"edge/base/a": "1\n", "other": "1\n"}, "first")
    return made


@pytest.fixture
def clone(upstream: GitDir, tmp_path: Path) -> GitDir:
    made = GitDir(tmp_path / "clone")
    made.git("remote", "add", "origin", str(upstream.root))
    made.git("pull", "--quiet", "origin", "main")
    made.write({"edge/base/a": "edited\n", "staged": "1\n"})
    made.git("add", "staged")
    return made


def everything(root: Path) -> dict[str, str]:
    """Every file below *root*, git's own among them, with a digest of its content."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def exported(clone: GitDir, commit: str, url: str = "", branch: str = "main") -> dict[str, str]:
    repository = GitRepository(clone.root / "edge")
    with repository.fetched_source(commit, ["base"], url=url, branch=branch) as source:
        root = source.root
        return {
            str(path.relative_to(root)): path.read_text()
            for path in sorted(Path(root).rglob("*"))
            if path.is_file()
        }


def test_a_commit_that_only_the_remote_has(upstream: GitDir, clone: GitDir) -> None:
    new = upstream.commit({"edge/base/a": "2\n"}, "second")
    upstream.commit({"edge/base/a": "3\n"}, "third")
    before = everything(clone.root)

    assert exported(clone, new) == {"base/a": "2\n"}
    assert everything(clone.root) == before
    with pytest.raises(RepositoryError, match="there is no commit"):
        GitRepository(clone.root).revision(new)


def test_a_shallow_clone(upstream: GitDir, clone: GitDir, tmp_path: Path) -> None:
    old = upstream.git("rev-parse", "HEAD")
    upstream.commit({"edge/base/a": "2\n"}, "second")
    shallow = GitDir(tmp_path / "shallow")
    shallow.git("remote", "add", "origin", f"file://{upstream.root}")
    shallow.git("pull", "--quiet", "--depth=1", "origin", "main")
    before = everything(shallow.root)

    assert exported(shallow, old) == {"base/a": "1\n"}
    assert everything(shallow.root) == before


def test_a_remote_that_gives_away_branches_only(
    upstream: GitDir, clone: GitDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "protocol.version")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "0")
    middle = upstream.commit({"edge/base/a": "2\n"}, "second")
    upstream.commit({"edge/base/a": "3\n"}, "third")

    assert exported(clone, middle) == {"base/a": "2\n"}


def test_the_address_of_the_fleet_where_origin_is_another(
    upstream: GitDir, clone: GitDir, tmp_path: Path
) -> None:
    clone.git("remote", "set-url", "origin", "../gone")
    new = upstream.commit({"edge/base/a": "2\n"}, "second")

    assert exported(clone, new, url="../upstream") == {"base/a": "2\n"}


def test_configuration_of_the_clone_counts(upstream: GitDir, clone: GitDir) -> None:
    clone.git("remote", "remove", "origin")
    clone.git("config", f"url.{upstream.root.parent}/.insteadOf", "https://git.example.com/")
    new = upstream.commit({"edge/base/a": "2\n"}, "second")

    found = exported(clone, new, url="https://git.example.com/upstream")
    assert found == {"base/a": "2\n"}


def test_a_commit_that_nobody_has(clone: GitDir) -> None:
    with pytest.raises(RepositoryError, match=r"there is no commit .*, nor at ") as caught:
        exported(clone, "1" * 40)
    assert not isinstance(caught.value, RemoteError)


def test_no_remote(clone: GitDir) -> None:
    clone.git("remote", "remove", "origin")
    with pytest.raises(RepositoryError, match="no remote to fetch it from"):
        exported(clone, "1" * 40)


def test_an_address_runs_no_program(clone: GitDir, tmp_path: Path) -> None:
    clone.git("remote", "remove", "origin")
    with pytest.raises(RemoteError, match="not allowed"):
        exported(clone, "1" * 40, url=f"ext::touch {tmp_path}/ran")
    assert not (tmp_path / "ran").exists()


def test_passwords_stay_out_of_messages(clone: GitDir) -> None:
    clone.git("remote", "remove", "origin")
    with pytest.raises(RemoteError) as caught:
        exported(clone, "1" * 40, url="http://ann:hunter2@127.0.0.1:9/x.git")
    assert "hunter2" not in str(caught.value)
    assert "127.0.0.1:9/x.git" in str(caught.value)


@pytest.fixture
def silent_server() -> Iterator[int]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept = []

        def accept() -> None:
            try:
                while True:
                    kept.append(server.accept())
            except OSError:
                return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection, _ in kept:
            connection.close()


def test_a_remote_that_does_not_answer(
    clone: GitDir, silent_server: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "LIMIT_SECONDS", 1.0)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    clone.git("remote", "set-url", "origin", f"http://127.0.0.1:{silent_server}/x.git")
    before = everything(clone.root)

    with pytest.raises(RemoteError, match="did not finish within"):
        exported(clone, "1" * 40)
    assert everything(clone.root) == before
    assert list(scratch.iterdir()) == []


def test_a_branch_of_a_remote_is_brought_up_to_date(clone: GitDir, upstream: GitDir) -> None:
    newest = upstream.commit({"edge/base/a": "2\n"}, "second")
    before = everything(clone.root)
    GitRepository(clone.root / "edge").fetch("origin/main")
    assert GitRepository(clone.root / "edge").revision("origin/main") == newest
    changed = {
        path
        for path, digest in everything(clone.root).items()
        if before.get(path) != digest and not path.startswith(".git/objects/")
    }
    assert changed == {
        path
        for path in changed
        if path.startswith((".git/refs/remotes/", ".git/logs/refs/remotes/"))
    }
    assert changed


def test_any_other_revision_is_left_alone(clone: GitDir) -> None:
    before = everything(clone.root)
    for rev in ("HEAD", "main", "originally/main"):
        GitRepository(clone.root / "edge").fetch(rev)
    assert everything(clone.root) == before


def test_a_branch_that_its_remote_lacks(clone: GitDir) -> None:
    with pytest.raises(RemoteError, match="origin/nothing could not be fetched"):
        GitRepository(clone.root / "edge").fetch("origin/nothing")

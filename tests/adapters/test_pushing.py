"""A push that is refused, and what commits say of themselves."""

from pathlib import Path

import pytest

from edgeops.__main__ import main
from edgeops.adapters.repository import GitRepository
from edgeops.errors import RepositoryError
from tests.adapters.gitrepo import GitDir
from tests.cli.test_zone import NEW, fleet

pytestmark = pytest.mark.usefixtures("isolated")


@pytest.fixture
def hub(tmp_path: Path) -> GitDir:
    return GitDir(tmp_path / "hub.git", "--bare")


def work(tmp_path: Path, hub: GitDir, name: str) -> GitDir:
    repo = GitDir(tmp_path / name)
    repo.git("remote", "add", "origin", str(hub.root))
    return repo


def test_somebody_pushed_before(tmp_path: Path, hub: GitDir) -> None:
    one, two = work(tmp_path, hub, "one"), work(tmp_path, hub, "two")
    one.commit({"a": "1"})
    one.git("push", "--quiet", "origin", "main")
    two.commit({"b": "1"})

    with pytest.raises(RepositoryError, match="git pull --rebase origin main") as raised:
        GitRepository(two.root).push()
    assert "hint:" not in str(raised.value)


def test_a_protected_branch(tmp_path: Path, hub: GitDir) -> None:
    place = hub.root / "hooks/pre-receive"
    place.parent.mkdir(exist_ok=True)
    place.write_text("#!/bin/sh\necho GH006: Protected branch update failed >&2\nexit 1\n")
    place.chmod(0o755)
    one = work(tmp_path, hub, "one")
    one.commit({"a": "1"})

    with pytest.raises(RepositoryError, match="--commit-to NAME") as raised:
        GitRepository(one.root).push()
    assert "GH006: Protected branch update failed" in str(raised.value)


def test_no_remote_there(tmp_path: Path, hub: GitDir) -> None:
    one = work(tmp_path, hub, "one")
    one.commit({"a": "1"})
    hub.root.rename(tmp_path / "elsewhere")

    with pytest.raises(RepositoryError, match="git push origin main"):
        GitRepository(one.root).push()


def test_the_commit_stays_where_the_push_is_refused(
    tmp_path: Path, hub: GitDir, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = fleet(tmp_path / "f")
    before = repo.git("rev-parse", "HEAD")
    repo.git("remote", "add", "origin", str(tmp_path / "nowhere.git"))
    capsys.readouterr()

    assert main(["zone", "add", NEW, "--push", "-C", str(repo.root)]) == 2

    revision = repo.git("rev-parse", "HEAD")
    assert repo.git("rev-parse", "HEAD~1") == before
    assert f"committed {revision[:12]} on main, and did not push it" in capsys.readouterr().err
    assert repo.changes() == []


def test_trailers_stand_beside_those_of_the_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = fleet(tmp_path / "f")
    message = "Open Phoenix\n\nAsked for by sales.\n\nRefs: SHOP-1"

    assert main(["zone", "add", NEW, "--message", message, "-C", str(repo.root)]) == 0

    said = repo.git("log", "-1", "--format=%B")
    assert said.startswith(message)
    names = repo.git("log", "-1", "--format=%(trailers:keyonly)").splitlines()
    assert [name for name in names if name] == ["Refs", "Edgeops-Version", "Edgeops-Command"]
    command = repo.git("log", "-1", "--format=%(trailers:key=Edgeops-Command,valueonly)").strip()
    assert command == f"zone add {NEW}"

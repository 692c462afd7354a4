import os
import stat
from pathlib import Path

import pytest

from edgeops.adapters.files import WorkDirectory
from edgeops.errors import RepositoryError


def tree(root: Path) -> dict[str, str]:
    """Every file below *root* with its text, and every directory with ``/``."""
    found = {}
    for place in sorted(root.rglob("*")):
        name = place.relative_to(root).as_posix()
        found[name + ("/" if place.is_dir() else "")] = "" if place.is_dir() else place.read_text()
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    directory = tmp_path / "fleet"
    (directory / "base").mkdir(parents=True)
    (directory / "base/a.yaml").write_text("a: 1\n")
    (directory / "base/b.yaml").write_text("b: 1\n")
    return directory


def test_what_is_applied_stays(root: Path) -> None:
    with WorkDirectory(root).apply({"base/a.yaml": b"a: 2\n", "new/deep/c": b"c"}, ["base/b.yaml"]):
        pass

    assert tree(root) == {
        "base/": "",
        "base/a.yaml": "a: 2\n",
        "new/": "",
        "new/deep/": "",
        "new/deep/c": "c",
    }


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_everything_is_undone_if_the_block_raises(root: Path, failure: type[BaseException]) -> None:
    before = tree(root)

    with (
        pytest.raises(failure),
        WorkDirectory(root).apply(
            {"base/a.yaml": b"2", "new/deep/c": b"c"}, ["base/b.yaml", "base/gone"]
        ),
    ):
        assert tree(root) != before
        raise failure

    assert tree(root) == before


def test_a_failing_write_undoes_the_ones_before(root: Path) -> None:
    before = tree(root)
    (root / "z").write_text("a file where a directory is wanted")
    before = tree(root)

    with (
        pytest.raises(RepositoryError, match="cannot write z/file"),
        WorkDirectory(root).apply({"a": b"1", "z/file": b"2"}, []),
    ):
        pass

    assert tree(root) == before


def test_a_directory_that_its_last_file_left_is_gone_and_comes_back(root: Path) -> None:
    files = WorkDirectory(root)
    both = ["base/a.yaml", "base/b.yaml"]

    with pytest.raises(RuntimeError), files.apply({}, both):
        assert not (root / "base").exists()
        raise RuntimeError
    assert set(tree(root)) == {"base/", *both}

    with files.apply({}, both):
        pass
    assert tree(root) == {}
    assert root.is_dir()


def test_the_root_itself_is_made_and_unmade(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), WorkDirectory(tmp_path / "x/y").apply({"f": b""}, []):
        assert (tmp_path / "x/y/f").exists()
        raise RuntimeError

    assert not (tmp_path / "x").exists()


def test_the_mode_of_a_file_is_kept(root: Path) -> None:
    (root / "base/a.yaml").chmod(0o750)

    with WorkDirectory(root).apply({"base/a.yaml": b"2", "base/new": b""}, []):
        pass

    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((root / "base/a.yaml").stat().st_mode) == 0o750
    assert stat.S_IMODE((root / "base/new").stat().st_mode) == 0o666 & ~umask


@pytest.mark.parametrize("path", ["../out", "base/../../out", "/etc/passwd", "", "a\0b"])
def test_paths_that_leave_are_refused(root: Path, path: str) -> None:
    with (
        pytest.raises(RepositoryError, match="is not a path below"),
        WorkDirectory(root).apply({path: b""}, []),
    ):
        pass


def test_links_that_leave_are_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (root / "link").symlink_to("../outside")

    with (
        pytest.raises(RepositoryError, match="leads out of"),
        WorkDirectory(root).apply({"link/f": b""}, []),
    ):
        pass

    assert not list((tmp_path / "outside").iterdir())


def test_a_link_is_not_replaced_by_a_file(root: Path) -> None:
    (root / "base/link.yaml").symlink_to("a.yaml")

    with (
        pytest.raises(RepositoryError, match="is a symbolic link"),
        WorkDirectory(root).apply({"base/link.yaml": b"x"}, []),
    ):
        pass

    assert (root / "base/a.yaml").read_text() == "a: 1\n"


def test_reading_and_listing(root: Path) -> None:
    (root / ".git").mkdir()
    (root / ".git/config").write_text("")
    files = WorkDirectory(root)

    assert files.read("base/a.yaml") == b"a: 1\n"
    assert files.read("base/none") is None
    assert files.read("base/a.yaml/none") is None
    assert list(files.below(".")) == ["base/a.yaml", "base/b.yaml"]
    assert list(files.below("none")) == []


def test_a_pipe_is_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "base/pipe.yaml")
    with pytest.raises(RepositoryError, match=r"base/pipe\.yaml is no plain file"):
        WorkDirectory(root).read("base/pipe.yaml")


def test_a_copy_is_apart_and_goes_away(root: Path) -> None:
    (root / "other").write_text("")
    (root / "base/c.yaml").symlink_to("a.yaml")
    with WorkDirectory(root).copy(["base", "base/b.yaml", "none"]) as scratch:
        place = Path(scratch.root)
        assert tree(place) == {
            "base/": "",
            "base/a.yaml": "a: 1\n",
            "base/b.yaml": "b: 1\n",
            "base/c.yaml": "a: 1\n",
        }
        with scratch.apply({"base/a.yaml": b"2"}, []):
            pass

    assert not place.exists()
    assert (root / "base/a.yaml").read_text() == "a: 1\n"

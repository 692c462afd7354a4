import os
from pathlib import Path

import pytest

from edgeops.adapters.repository import GitRepository
from edgeops.errors import RepositoryError
from tests.adapters.gitrepo import GitDir

pytestmark = pytest.mark.usefixtures("isolated")


@pytest.fixture
def repo(tmp_path: Path) -> GitDir:
    made = GitDir(tmp_path / "repo")
    made.commit({"a": "1\n", "b": "1\n", "sub/c": "1\n"}, "first")
    return made


def read_tree(root: str) -> dict[str, str]:
    return {
        place.relative_to(root).as_posix(): place.read_text()
        for place in sorted(Path(root).rglob("*"))
        if place.is_file()
    }


# Where it is.


def test_place_is_the_directory_within_the_repository(repo: GitDir) -> None:
    assert GitRepository(repo.root).place == "."
    assert GitRepository(repo.root / "sub").place == "sub"
    assert GitRepository(repo.root / "not/yet").place == "not/yet"


def test_place_through_a_link(repo: GitDir, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(repo.root / "sub")

    assert GitRepository(tmp_path / "link").place == "sub"


def test_no_repository(tmp_path: Path) -> None:
    outside = GitRepository(tmp_path / "none")

    assert not outside.exists()
    assert outside.place == "."
    with pytest.raises(RepositoryError, match="is in no git repository"):
        outside.revision("HEAD")


def test_a_hooks_environment_does_not_point_elsewhere(
    repo: GitDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = GitDir(tmp_path / "other")
    other.commit({"x": ""})
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git/index"))
    repository = GitRepository(repo.root)
    repo.write({"a": "2\n"})

    assert repository.read("HEAD", "a") == b"1\n"
    assert repository.commit(["a"], "ours") is not None
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert other.changes() == []
    assert repo.committed() == ["a"]


def test_no_git(repo: GitDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(RepositoryError, match="git cannot be run: install git"):
        GitRepository(repo.root).revision("HEAD")


def test_no_git_from_the_start(repo: GitDir) -> None:
    import subprocess
    import sys

    code = (
        "from edgeops.adapters.repository import GitRepository\n"
        "from edgeops.errors import RepositoryError\n"
        f"try: GitRepository({str(repo.root)!r}).exists()\n"
        "except RepositoryError as error: print(error)\n"
    )
    done = subprocess.run(
        (sys.executable, "-c", code),
        env={"PATH": "/nowhere", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        capture_output=True,
        text=True,
    )

    assert done.stdout == "git cannot be run: install git, or put it on the PATH\n", done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_dubious_ownership_is_told_with_gits_advice(repo: GitDir) -> None:
    for place in (repo.root, repo.root / ".git"):
        os.chown(place, 12345, 12345)

    with pytest.raises(RepositoryError, match=r"dubious ownership(.|\n)*safe\.directory"):
        GitRepository(repo.root).revision("HEAD")


# Reading.


def test_revisions(repo: GitDir) -> None:
    head = repo.git("rev-parse", "HEAD")
    repo.git("tag", "-m", "annotated", "v1")
    repository = GitRepository(repo.root)

    assert repository.revision("HEAD") == head
    assert repository.revision("v1") == head
    assert repository.revision(head[:8]) == head


@pytest.mark.parametrize("rev", ["none", "HEAD~7", "", "--all", "HEAD:a", "f" * 40])
def test_a_revision_that_is_no_commit(repo: GitDir, rev: str) -> None:
    with pytest.raises(RepositoryError, match=r"there is no commit|git rev-parse"):
        GitRepository(repo.root).revision(rev)


def test_branch(repo: GitDir, tmp_path: Path) -> None:
    assert GitRepository(repo.root).branch() == "main"
    repo.git("checkout", "--quiet", "--detach")
    assert GitRepository(repo.root).branch() is None
    GitDir(tmp_path / "unborn")
    assert GitRepository(tmp_path / "unborn").branch() is None


def test_read_takes_blobs_as_stored(repo: GitDir) -> None:
    repo.commit({".gitattributes": "crlf text eol=crlf\n", "crlf": "1\n", "né w": "é"})
    repository = GitRepository(repo.root)

    assert repository.read("HEAD", "crlf") == b"1\n"
    assert repository.read("HEAD", "né w") == "é".encode()
    assert repository.read("HEAD~1", "crlf") is None
    assert repository.read("HEAD", "sub") is None
    assert GitRepository(repo.root / "sub").read("HEAD", "c") == b"1\n"


def test_dirt(repo: GitDir) -> None:
    repository = GitRepository(repo.root)
    assert not repository.is_dirty(["a", "sub"])

    repo.write({".gitignore": "ignored\n", "a": "2\n", "sub/new": "", "sub/ignored": ""})
    (repo.root / "b").unlink()

    assert repository.edited(["a", "b", "sub/c", "sub/new", "sub/ignored", "none"]) == [
        "a",
        "b",
        "sub/new",
    ]
    assert repository.is_dirty(["sub"])
    assert not repository.is_dirty(["sub/c"])
    assert repository.ignored(["a", "sub/ignored", "ignored"]) == ["ignored", "sub/ignored"]
    assert GitRepository(repo.root / "sub").edited(["c", "new"]) == ["new"]


# Exporting.


def test_export_is_the_revision_whatever_the_work_tree_has(repo: GitDir) -> None:
    first = repo.git("rev-parse", "HEAD")
    repo.commit({"a": "2\n", ".gitattributes": "a export-ignore\nb export-subst\n"})
    repo.write({"a": "dirty\n"})
    repository = GitRepository(repo.root)

    with repository.export("HEAD", ["a", "sub", "none"]) as root:
        assert read_tree(root) == {"a": "2\n", "sub/c": "1\n"}
    with repository.export(first, ["."]) as root:
        assert read_tree(root) == {"a": "1\n", "b": "1\n", "sub/c": "1\n"}
    assert not Path(root).exists()


def test_export_of_a_directory_within_the_repository(repo: GitDir) -> None:
    with GitRepository(repo.root / "sub").export("HEAD", [".", "../a"]) as root:
        assert read_tree(root) == {"c": "1\n"}
        assert (Path(root).parent / "a").read_text() == "1\n"


def test_export_keeps_modes_and_links_that_stay_inside(repo: GitDir) -> None:
    repo.write({"run": "#!/bin/sh\n"})
    (repo.root / "run").chmod(0o755)
    (repo.root / "inside").symlink_to("sub/c")
    (repo.root / "outside").symlink_to("../../etc/passwd")
    (repo.root / "absolute").symlink_to("/etc/passwd")
    repo.commit({})
    repository = GitRepository(repo.root)

    for export in (repository.export("HEAD", ["."]), repository.export_worktree(["."])):
        with export as root:
            assert os.access(Path(root, "run"), os.X_OK)
            assert Path(root, "inside").read_text() == "1\n"
            assert not os.path.lexists(Path(root, "outside"))
            assert not os.path.lexists(Path(root, "absolute"))


def test_a_submodule_below_the_paths_is_an_error(repo: GitDir) -> None:
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub/module")
    repo.git("commit", "--quiet", "-m", "module")
    repository = GitRepository(repo.root)

    with (
        pytest.raises(RepositoryError, match="sub/module is a submodule"),
        repository.export("HEAD", ["sub"]),
    ):
        pass
    with repository.export("HEAD", ["a"]) as root:
        assert read_tree(root) == {"a": "1\n"}


def test_the_work_tree_without_what_is_ignored(repo: GitDir) -> None:
    repo.write({".gitignore": "*.log\n", "a": "2\n", "new": "n\n", "x.log": ""})
    (repo.root / "b").unlink()

    with GitRepository(repo.root).export_worktree(["."]) as root:
        assert read_tree(root) == {
            ".gitignore": "*.log\n",
            "a": "2\n",
            "new": "n\n",
            "sub/c": "1\n",
        }


def test_sha256(tmp_path: Path) -> None:
    repo = GitDir(tmp_path / "sha256", "--object-format=sha256")
    head = repo.commit({"a": "1\n"})
    repository = GitRepository(repo.root)

    assert len(head) == 64
    assert repository.revision("HEAD") == head
    with repository.export("HEAD", ["."]) as root:
        assert read_tree(root) == {"a": "1\n"}
    repo.write({"a": "2\n"})
    made = repository.commit(["a"], "two")
    assert made is not None
    assert made.revision == repo.git("rev-parse", "HEAD")


# Committing.


def test_exactly_the_paths_are_committed_and_the_index_keeps_the_rest(repo: GitDir) -> None:
    repo.write({"a": "staged\n", "b": "ours\n", "sub/c": "changed\n", "other": "", "new/n": "ours"})
    repo.git("add", "a")
    repo.write({"a": "staged and changed\n"})

    made = GitRepository(repo.root).commit(["b", "new/n"], "Add a zone\n\nbody")

    assert made is not None
    assert made.subject == "Add a zone"
    assert made.paths == ("b", "new/n")
    assert made.revision == repo.git("rev-parse", "HEAD")
    assert repo.committed() == ["b", "new/n"]
    assert repo.git("log", "-1", "--format=%B") == "Add a zone\n\nbody"
    assert repo.changes() == ["MM a", " M sub/c", "?? other"]
    assert repo.git("show", ":a") == "staged"


def test_what_was_staged_of_our_paths_is_committed_as_it_is_in_the_work_tree(repo: GitDir) -> None:
    repo.write({"a": "staged\n", "new": "staged\n"})
    repo.git("add", "a", "new")
    repo.write({"a": "final\n", "new": "final\n"})

    GitRepository(repo.root).commit(["a", "new"], "m")

    assert repo.git("show", "HEAD:a", "HEAD:new") == "final\nfinal"
    assert repo.changes() == []


@pytest.mark.parametrize("staged", [False, True])
def test_deleted_files_are_committed(repo: GitDir, staged: bool) -> None:
    (repo.root / "a").unlink()
    if staged:
        repo.git("add", "a")

    made = GitRepository(repo.root).commit(["a"], "gone")

    assert made is not None
    assert repo.git("ls-files") == "b\nsub/c"
    assert repo.changes() == []


def test_nothing_to_commit(repo: GitDir) -> None:
    before = repo.git("rev-parse", "HEAD")
    repo.write({"other": ""})

    assert GitRepository(repo.root).commit(["a", "none"], "m") is None
    assert repo.git("rev-parse", "HEAD") == before
    assert repo.changes() == ["?? other"]


def test_a_first_commit(tmp_path: Path) -> None:
    repo = GitDir(tmp_path / "unborn")
    repo.write({"ours": "1", "staged": "1", "other": "1"})
    repo.git("add", "staged")

    assert GitRepository(repo.root).commit(["ours", "none"], "first") is not None

    assert repo.git("ls-tree", "-r", "--name-only", "HEAD") == "ours"
    assert repo.changes() == ["A  staged", "?? other"]


def test_names_that_look_like_patterns_are_names(repo: GitDir) -> None:
    repo.write({"*": "1", "a": "2", ":x": "1", "-n": "1"})

    GitRepository(repo.root).commit(["*", ":x", "-n"], "m")

    assert sorted(repo.committed()) == ["*", "-n", ":x"]


def test_a_directory_within_the_repository_commits_its_own(repo: GitDir) -> None:
    repo.write({"a": "2", "sub/a": "1"})

    made = GitRepository(repo.root / "sub").commit(["a"], "m")

    assert made is not None
    assert made.paths == ("a",)
    assert repo.committed() == ["sub/a"]


def test_hooks_run_and_see_what_is_committed(repo: GitDir) -> None:
    repo.hook("pre-commit", "git diff --cached --name-only > seen")
    repo.hook("commit-msg", 'echo "Ticket: 7" >> "$1"')
    repo.write({"a": "2", "b": "2"})
    repo.git("add", "b")

    GitRepository(repo.root).commit(["a"], "m")

    assert (repo.root / "seen").read_text() == "a\n"
    assert "Ticket: 7" in repo.git("log", "-1", "--format=%B")


def test_what_a_hook_makes_of_a_file_is_committed_and_staged(repo: GitDir) -> None:
    """As a formatter does it. Of plain ``git commit --only`` the index keeps the old content."""
    repo.hook("pre-commit", "echo formatted >> a; git add a")
    repo.write({"a": "2\n", "b": "2"})
    repo.git("add", "b")

    GitRepository(repo.root).commit(["a"], "m")

    assert repo.git("show", "HEAD:a") == "2\nformatted"
    assert repo.changes() == ["M  b"]


def test_a_hook_that_refuses_without_a_word_is_named(repo: GitDir) -> None:
    repo.hook("pre-commit", "exit 1")
    repo.write({"a": "2"})

    with pytest.raises(
        RepositoryError, match=r"git commit: status 1; .* a hook may have refused it"
    ):
        GitRepository(repo.root).commit(["a"], "m")


def test_a_hook_that_refuses_leaves_everything_as_it_was(repo: GitDir) -> None:
    repo.hook("pre-commit", "echo no zones on Fridays >&2; exit 1")
    repo.write({"a": "2", "b": "2", "new": "1"})
    repo.git("add", "b")
    index = (repo.root / ".git/index").read_bytes()
    before = (repo.git("rev-parse", "HEAD"), repo.git("for-each-ref"))

    with pytest.raises(RepositoryError, match="no zones on Fridays"):
        GitRepository(repo.root).commit(["a", "new"], "m", new_branch="zones")

    assert (repo.root / ".git/index").read_bytes() == index
    assert repo.changes() == [" M a", "M  b", "?? new"]
    assert (repo.git("rev-parse", "HEAD"), repo.git("for-each-ref")) == before
    assert repo.git("branch", "--show-current") == "main"


def test_signing_that_fails_is_told(repo: GitDir) -> None:
    repo.git("config", "commit.gpgSign", "true")
    repo.git("config", "gpg.program", "false")
    repo.write({"new": "2"})

    with pytest.raises(RepositoryError, match=r"git commit: .*gpg failed to sign"):
        GitRepository(repo.root).commit(["new"], "m")

    assert repo.changes() == ["?? new"]


def test_no_identity_is_told(repo: GitDir, monkeypatch: pytest.MonkeyPatch) -> None:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{who}_NAME")
        monkeypatch.delenv(f"GIT_{who}_EMAIL")
    repo.git("config", "user.useConfigOnly", "true")
    repo.write({"a": "2"})

    with pytest.raises(RepositoryError, match=r"user\.email"):
        GitRepository(repo.root).commit(["a"], "m")


def test_ignored_paths_are_named(repo: GitDir) -> None:
    repo.write({".gitignore": "out/\nb\n", "out/x": "1", "b": "tracked all the same"})

    with pytest.raises(RepositoryError, match=r"\.gitignore leaves out .*: out/x$"):
        GitRepository(repo.root).commit(["a", "b", "out/x"], "m")


def test_a_new_branch_takes_the_commit_and_nothing_else(repo: GitDir) -> None:
    main = repo.git("rev-parse", "HEAD")
    repo.write({"a": "2", "b": "2"})
    repo.git("add", "b")

    GitRepository(repo.root).commit(["a"], "m", new_branch="zones")

    assert repo.git("branch", "--show-current") == "zones"
    assert repo.git("rev-parse", "main") == main
    assert repo.git("rev-parse", "zones~1") == main
    assert repo.changes() == ["M  b"]


def test_an_existing_branch_is_not_taken(repo: GitDir) -> None:
    repo.git("branch", "zones")
    repo.write({"a": "2"})

    with pytest.raises(RepositoryError, match="there is a branch zones already"):
        GitRepository(repo.root).commit(["a"], "m", new_branch="zones")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("checkout", "--quiet", "--detach"), "HEAD is detached"),
        (("merge", "--no-commit", "--no-ff", "side"), "a merge is under way"),
        (("cherry-pick", "--no-commit", "side"), None),
    ],
)
def test_states_that_are_not_to_be_written_to(
    repo: GitDir, command: tuple[str, ...], message: str | None
) -> None:
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit({"side": "1"})
    repo.git("checkout", "--quiet", "main")
    repo.git(*command)
    repository = GitRepository(repo.root)

    if message is None:
        repository.check_writable()
    else:
        with pytest.raises(RepositoryError, match=message):
            repository.check_writable()


def test_a_rebase_under_way(repo: GitDir) -> None:
    import subprocess

    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit({"a": "side"})
    repo.git("checkout", "--quiet", "main")
    repo.commit({"a": "main"})
    with pytest.raises(subprocess.CalledProcessError):
        repo.git("rebase", "side")

    with pytest.raises(RepositoryError, match="a rebase is under way"):
        GitRepository(repo.root).commit(["b"], "m")


def test_a_bare_repository(tmp_path: Path) -> None:
    bare = GitDir(tmp_path / "bare.git", "--bare")

    with pytest.raises(RepositoryError, match="is a bare repository"):
        GitRepository(bare.root).check_writable()


def test_a_linked_work_tree(repo: GitDir, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", "-b", "linked", str(tmp_path / "linked"))
    (tmp_path / "linked/new").write_text("1")

    made = GitRepository(tmp_path / "linked").commit(["new"], "m")

    assert made is not None
    assert repo.git("rev-parse", "linked") == made.revision
    assert repo.changes() == []


# Making and pushing.


def test_create(tmp_path: Path) -> None:
    directory = tmp_path / "fleet"
    directory.mkdir()
    repository = GitRepository(directory)

    with pytest.raises(KeyboardInterrupt), repository.create("trunk"):
        assert repository.exists()
        raise KeyboardInterrupt
    assert list(directory.iterdir()) == []

    with repository.create("trunk"):
        (directory / "a").write_text("1")
        repository.commit(["a"], "first")
    assert repository.branch() == "trunk"


def test_push(repo: GitDir, tmp_path: Path) -> None:
    repository = GitRepository(repo.root)
    with pytest.raises(RepositoryError, match="there is no remote origin"):
        repository.push()
    hub = GitDir(tmp_path / "hub.git", "--bare")
    repo.git("remote", "add", "hub", str(hub.root))

    assert repository.push() == "hub/main"
    assert hub.git("rev-parse", "main") == repo.git("rev-parse", "HEAD")

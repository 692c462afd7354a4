"""
Repositories in a state in which nothing can be committed, or only with care.

What would write says why it does not, in one message, and changes no byte, git's own included;
what only reads works all the same.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeops.__main__ import main
from edgeops.errors import ExitStatus
from tests.adapters.gitrepo import GitDir, isolate

pytestmark = pytest.mark.usefixtures("isolated")

NEW, OLD = "us-west-2-las-1a", "us-west-2-lax-1a"
FLEET = f"""apiVersion: edgeops.dev/v1alpha1
kind: EdgeFleet
metadata: {{name: shop}}
spec:
  repository: {{url: https://git.example.com/acme/edge.git, branch: main}}
  engine: flux
  mesh: {{provider: none}}
  app: [{{name: web, image: "example.com/web:1", port: 80, placement: everywhere}}]
  clusters:
    - name: edge
      region: us-west-2
      availabilityZones: [us-west-2a, us-west-2b]
      zones: [{OLD}]
"""
WRITING = {
    "init": ("init", "--zone", NEW, "--cluster", "edge"),
    "add": ("zone", "add", NEW),
    "remove": ("zone", "remove", OLD, "--yes"),
}
LIKE_ANYBODY = (
    ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override")
    if os.getuid() == 0
    else ()
)
"""For root, to whom a mode forbids nothing."""

State = Callable[[GitDir], None]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet once, as ``edgeops init`` commits it; not to be changed."""
    root = tmp_path_factory.mktemp("states") / "fleet"
    with pytest.MonkeyPatch.context() as patch:
        isolate(patch, root.parent / "home")
        GitDir(root).write({"edgeops.yaml": FLEET})
        assert main(["init", str(root), "-q"]) is ExitStatus.OK
    return root


@pytest.fixture
def fleet(made: Path, tmp_path: Path) -> GitDir:
    shutil.copytree(made, tmp_path / "fleet", symlinks=True)
    return GitDir(tmp_path / "fleet")


def everything(root: Path) -> dict[str, str]:
    """Every file below *root* and its digest, refs and index included."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def fails(fleet: GitDir, *argv: str) -> None:
    done = subprocess.run(("git", *argv), cwd=fleet.root, check=False, capture_output=True)
    assert done.returncode != 0, argv


def two_sides(fleet: GitDir) -> None:
    """Branches main and side that change one line in two ways."""
    fleet.commit({"notes.txt": "one\n"})
    fleet.git("switch", "--quiet", "-c", "side")
    fleet.commit({"notes.txt": "theirs\n"})
    fleet.git("switch", "--quiet", "main")
    fleet.commit({"notes.txt": "ours\n"})


def merging(fleet: GitDir) -> None:
    two_sides(fleet)
    fails(fleet, "merge", "side")


def rebasing(fleet: GitDir) -> None:
    two_sides(fleet)
    fails(fleet, "rebase", "side")


def picking(fleet: GitDir) -> None:
    two_sides(fleet)
    fails(fleet, "cherry-pick", "side")


def reverting(fleet: GitDir) -> None:
    two_sides(fleet)
    fails(fleet, "revert", "--no-edit", "HEAD~1")


def unmerged(fleet: GitDir) -> None:
    fleet.commit({"notes.txt": "one\n"})
    fleet.write({"notes.txt": "stashed\n"})
    fleet.git("stash", "--quiet")
    fleet.commit({"notes.txt": "two\n"})
    fails(fleet, "stash", "pop")


def detached(fleet: GitDir) -> None:
    fleet.git("checkout", "--quiet", "--detach")


def bisecting(fleet: GitDir) -> None:
    fleet.commit({"notes.txt": "one\n"})
    fleet.commit({"notes.txt": "two\n"})
    fleet.git("bisect", "start", "HEAD", "HEAD~2")


def locked_index(fleet: GitDir) -> None:
    (fleet.root / ".git/index.lock").touch()


def locked_branch(fleet: GitDir) -> None:
    (fleet.root / ".git/refs/heads/main.lock").touch()


def locked_head(fleet: GitDir) -> None:
    (fleet.root / ".git/HEAD.lock").touch()


def sparse(fleet: GitDir) -> None:
    fleet.git("update-index", "--refresh")  # it is a copy: git hides only files that it knows
    fleet.git("sparse-checkout", "set", "--no-cone", "/*", "!/overlays/edge/region/")
    assert not (fleet.root / "overlays/edge/region").exists()


STATES = [
    pytest.param(merging, "a merge is under way", id="mid-merge"),
    pytest.param(rebasing, "a rebase is under way", id="mid-rebase"),
    pytest.param(picking, "a cherry-pick is under way", id="mid-cherry-pick"),
    pytest.param(reverting, "a revert is under way", id="mid-revert"),
    pytest.param(unmerged, "there are unmerged files", id="conflicted"),
    pytest.param(detached, "HEAD is detached", id="detached"),
    pytest.param(bisecting, "HEAD is detached", id="mid-bisect"),
    pytest.param(locked_index, "index.lock", id="locked-index"),
    pytest.param(locked_branch, "main.lock", id="locked-branch"),
    pytest.param(locked_head, "HEAD.lock", id="locked-head"),
]


@pytest.mark.parametrize("command", WRITING.values(), ids=WRITING)
@pytest.mark.parametrize(("state", "message"), STATES)
def test_what_would_write_is_refused(
    fleet: GitDir,
    capsys: pytest.CaptureFixture[str],
    state: State,
    message: str,
    command: tuple[str, ...],
) -> None:
    state(fleet)
    before = everything(fleet.root)
    assert main([*command, "-C", str(fleet.root)]) is ExitStatus.FAILED
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert everything(fleet.root) == before


@pytest.mark.parametrize(("state", "message"), STATES)
def test_a_plan_needs_no_commit(
    fleet: GitDir, capsys: pytest.CaptureFixture[str], state: State, message: str
) -> None:
    state(fleet)
    before = everything(fleet.root)
    assert main(["plan", "-C", str(fleet.root)]) is ExitStatus.OK, message
    assert "Nothing to change" in capsys.readouterr().out
    assert everything(fleet.root) == before


@pytest.mark.parametrize("command", WRITING.values(), ids=WRITING)
def test_a_bare_repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    bare = GitDir(tmp_path / "hub.git", "--bare")
    bare.write({"edgeops.yaml": FLEET})
    before = everything(bare.root)
    assert main([*command, "-C", str(bare.root)]) is ExitStatus.FAILED
    assert "bare repository" in capsys.readouterr().err
    assert everything(bare.root) == before


@pytest.mark.parametrize("command", WRITING.values(), ids=WRITING)
def test_a_read_only_repository(made: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    """As an account that may read everything and write nothing."""
    root = tmp_path / "fleet"
    shutil.copytree(made, root, symlinks=True)
    below = [path for path in (root, *root.rglob("*")) if not path.is_symlink()]
    for path in below:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = everything(root)
    done = subprocess.run(
        (*LIKE_ANYBODY, sys.executable, "-m", "edgeops", *command, "-C", str(root)),
        capture_output=True,
        text=True,
        check=False,
    )
    for path in below:
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert done.returncode == ExitStatus.FAILED, done.stderr
    assert done.stdout == ""
    assert "ermission denied" in done.stderr
    assert "Traceback" not in done.stderr
    assert everything(root) == before


def test_a_sparse_checkout_that_leaves_out_a_part_is_refused(
    fleet: GitDir, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else it would look as if somebody had deleted that."""
    sparse(fleet)
    before = everything(fleet.root)
    assert main([*WRITING["init"], "-C", str(fleet.root)]) is ExitStatus.FAILED
    assert "are left out of this sparse checkout" in capsys.readouterr().err
    assert everything(fleet.root) == before


def test_a_sparse_checkout_that_has_the_fleet_is_like_any_other(fleet: GitDir) -> None:
    fleet.commit({"elsewhere/file": "1"})
    fleet.git("sparse-checkout", "set", "--no-cone", "/*", "!/elsewhere/")
    assert not (fleet.root / "elsewhere").exists()
    assert main(["zone", "add", NEW, "-C", str(fleet.root)]) is ExitStatus.OK
    assert "elsewhere/file" in fleet.git("ls-tree", "-r", "--name-only", "HEAD")


def test_an_unborn_branch_is_a_beginning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A repository without a commit gets its first one, and what was staged stays staged."""
    fleet = GitDir(tmp_path / "fleet")
    fleet.write({"edgeops.yaml": FLEET, "mine.txt": "mine\n"})
    fleet.git("add", "mine.txt")
    assert main(["plan", "-C", str(fleet.root)]) is ExitStatus.OK
    assert main(["init", "-C", str(fleet.root)]) is ExitStatus.OK, capsys.readouterr().err
    assert fleet.changes() == ["A  mine.txt"]
    assert fleet.git("rev-list", "--count", "HEAD") == "1"


def test_a_shallow_clone_is_like_any_other(fleet: GitDir, tmp_path: Path) -> None:
    fleet.commit({"notes.txt": "two\n"})
    clone = tmp_path / "clone"
    fleet.git("clone", "--quiet", "--depth=1", f"file://{fleet.root}", str(clone))
    assert (clone / ".git/shallow").exists()
    assert main(["zone", "add", NEW, "-C", str(clone), "-q"]) is ExitStatus.OK
    assert (clone / f"overlays/edge/{NEW}/kustomization.yaml").exists()
    assert main(["plan", "-C", str(clone), "--exit-code"]) is ExitStatus.OK


def test_a_worktree_beside_the_first_is_like_any_other(fleet: GitDir, tmp_path: Path) -> None:
    """Its branch gets the commit; the first work tree and its branch stay as they are."""
    beside = tmp_path / "beside"
    fleet.git("worktree", "add", "--quiet", "-b", "zones", str(beside))
    head = fleet.git("rev-parse", "main")
    assert main(["zone", "add", NEW, "-C", str(beside), "-q"]) is ExitStatus.OK
    assert fleet.git("rev-parse", "zones~1") == fleet.git("rev-parse", "main") == head
    assert fleet.changes() == []
    assert GitDir(beside).changes() == []
    assert not (fleet.root / f"overlays/edge/{NEW}").exists()


@pytest.fixture
def outer(fleet: GitDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitDir:
    """A repository that has the fleet as its submodule ``edge``."""
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")
    around = GitDir(tmp_path / "outer")
    around.git("submodule", "--quiet", "add", str(fleet.root), "edge")
    around.commit({})
    return around


def test_a_fleet_in_a_submodule(outer: GitDir) -> None:
    """Its commits are the submodule's own; the repository around it is left alone."""
    head = outer.git("rev-parse", "HEAD")
    inner = outer.root / "edge"
    assert main(["zone", "add", NEW, "-C", str(inner), "-q"]) is ExitStatus.OK
    assert outer.git("rev-parse", "HEAD") == head
    assert outer.changes() == [" M edge"]
    assert (inner / f"overlays/edge/{NEW}/kustomization.yaml").exists()
    subject = outer.git("-C", "edge", "log", "-1", "--format=%s")
    assert NEW in subject


def test_a_detached_submodule(outer: GitDir, capsys: pytest.CaptureFixture[str]) -> None:
    """As ``git submodule update`` leaves it: a commit would be on no branch."""
    outer.git("-C", "edge", "checkout", "--quiet", "--detach")
    before = everything(outer.root)
    assert main(["zone", "add", NEW, "-C", str(outer.root / "edge")]) is ExitStatus.FAILED
    assert "HEAD is detached" in capsys.readouterr().err
    assert everything(outer.root) == before


def test_a_fleet_that_contains_a_submodule(
    fleet: GitDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside what edgeops writes it is nobody's business."""
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")
    library = GitDir(tmp_path / "library")
    library.commit({"readme.txt": "a\n"})
    fleet.git("submodule", "--quiet", "add", str(library.root), "vendor/library")
    fleet.commit({})
    assert main(["zone", "add", NEW, "-C", str(fleet.root), "-q"]) is ExitStatus.OK
    assert fleet.changes() == []
    assert "vendor/library" not in fleet.committed()
    assert main(["plan", "-C", str(fleet.root), "--exit-code"]) is ExitStatus.OK

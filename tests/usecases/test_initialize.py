"""The story of init with real files, real git and the real kustomize, on a small plan."""

from dataclasses import replace
from pathlib import Path

import pytest

from edgeops.adapters.files import WorkDirectory
from edgeops.adapters.kustomize import Kustomize
from edgeops.adapters.repository import GitRepository
from edgeops.core.merge.classes import FileClass
from edgeops.core.reconcile import InitResult, Outcome
from edgeops.errors import ConfigurationError, RenderError, RepositoryError
from edgeops.usecases.initialize import initialize
from edgeops.usecases.undertaking import Blueprint, Choices
from tests.adapters.gitrepo import GitDir

pytestmark = pytest.mark.usefixtures("isolated")

BASE = b"resources: [web.yaml]\n"
WEB = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: one}\n"
OVERLAY = b"namespace: demo\nresources: [../../../base]\n"
PLANNED = {
    "base/kustomization.yaml": BASE,
    "base/web.yaml": WEB,
    "overlays/c/region/kustomization.yaml": OVERLAY,
}
BLUEPRINT = Blueprint(
    text="kind: EdgeFleet\n",
    fleet="demo",
    branch="main",
    path=".",
    planned=PLANNED,
    overlays=("overlays/c/region",),
)
WRITTEN = [
    ".edgeops/generated/base/kustomization.yaml",
    ".edgeops/generated/base/web.yaml",
    ".edgeops/generated/overlays/c/region/kustomization.yaml",
    "base/kustomization.yaml",
    "base/web.yaml",
    "edgeops.yaml",
    "overlays/c/region/kustomization.yaml",
]


def run(root: Path, blueprint: Blueprint = BLUEPRINT, choices: Choices | None = None) -> InitResult:
    return initialize(
        blueprint,
        choices or Choices(),
        files=WorkDirectory(root),
        repository=GitRepository(root),
        renderer=Kustomize(),
    )


def snapshot(root: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below *root*, those of git included: content and time of change."""
    return {
        str(place.relative_to(root)): (place.stat().st_mtime_ns, place.read_bytes())
        for place in root.rglob("*")
        if place.is_file()
    }


def outcomes(result: InitResult) -> dict[str, Outcome]:
    return {item.path: item.outcome for item in result.files}


def with_file(path: str, content: bytes) -> Blueprint:
    return replace(BLUEPRINT, planned={**PLANNED, path: content})


@pytest.fixture
def repo(tmp_path: Path) -> GitDir:
    """A repository in which init ran once."""
    made = GitDir(tmp_path / "repo")
    run(made.root)
    return made


def test_a_new_directory_becomes_a_repository_with_one_commit(tmp_path: Path) -> None:
    root = tmp_path / "new/fleet"

    result = run(root, replace(BLUEPRINT, branch="trunk"))

    repository = GitRepository(root)
    assert result.made_repository
    assert result.revision == repository.revision("trunk")
    assert set(outcomes(result).values()) == {Outcome.CREATE}
    with repository.export("HEAD", ["."]) as tree:
        assert sorted(WorkDirectory(tree).below(".")) == WRITTEN


def test_again_not_a_byte_and_no_commit(repo: GitDir) -> None:
    before = snapshot(repo.root)

    result = run(repo.root)

    assert not result.changed
    assert result.revision is None
    assert snapshot(repo.root) == before


def test_what_else_is_staged_or_changed_stays_so(repo: GitDir) -> None:
    repo.commit({"README": "1\n", "notes": "1\n"})
    repo.write({"README": "2\n", "notes": "2\n", "untracked": ""})
    repo.git("add", "README")

    result = run(repo.root, with_file("base/web.yaml", WEB.replace(b"one", b"two")))

    assert result.revision == repo.git("rev-parse", "HEAD")
    assert repo.committed() == [".edgeops/generated/base/web.yaml", "base/web.yaml"]
    assert repo.changes() == ["M  README", " M notes", "?? untracked"]


def test_a_directory_within_a_repository(tmp_path: Path) -> None:
    repo = GitDir(tmp_path / "mono")
    repo.commit({"README": "1"})

    result = run(repo.root / "edge/fleet", replace(BLUEPRINT, path="edge/fleet"))

    assert not result.made_repository
    assert repo.committed() == [f"edge/fleet/{path}" for path in WRITTEN]


def test_a_place_that_the_file_has_otherwise_is_refused(tmp_path: Path) -> None:
    repo = GitDir(tmp_path / "mono")

    with pytest.raises(ConfigurationError, match=r"spec\.repository\.path: is '\.', but .* 'edge'"):
        run(repo.root / "edge")

    assert not (repo.root / "edge").exists()


def test_an_edit_is_kept_and_stays_the_persons(repo: GitDir) -> None:
    mine = WEB.replace(b"one", b"mine").decode()
    repo.write({"base/web.yaml": mine})

    result = run(repo.root, with_file("overlays/c/region/zone.yaml", b"a: 1\n"))

    assert outcomes(result)["base/web.yaml"] is Outcome.KEPT
    assert (repo.root / "base/web.yaml").read_text() == mine
    assert repo.changes() == [" M base/web.yaml"]
    assert "overlays/c/region/zone.yaml" in repo.committed()


def test_a_conflict_writes_nothing_and_is_named(repo: GitDir) -> None:
    repo.commit({"base/web.yaml": WEB.replace(b"one", b"mine").decode()})
    before = snapshot(repo.root)
    plan = {**PLANNED, "base/web.yaml": WEB.replace(b"one", b"two"), "base/new": b""}

    result = run(repo.root, replace(BLUEPRINT, planned=plan))

    assert result.conflicts == ("base/web.yaml",)
    assert result.revision is None
    assert snapshot(repo.root) == before


def test_edits_that_are_not_committed_are_refused_by_name(repo: GitDir) -> None:
    repo.write({"base/web.yaml": "mine\n", "edgeops.yaml": "# mine\n"})
    plan = with_file("base/web.yaml", WEB.replace(b"one", b"two"))

    with pytest.raises(RepositoryError, match=r"not committed .*: base/web\.yaml, edgeops\.yaml"):
        run(repo.root, plan)

    assert (repo.root / "base/web.yaml").read_text() == "mine\n"
    assert repo.changes() == [" M base/web.yaml", " M edgeops.yaml"]


def test_a_file_of_a_person_in_the_way_is_a_conflict(tmp_path: Path) -> None:
    repo = GitDir(tmp_path / "repo")
    repo.commit({"base/web.yaml": "mine\n"})

    assert run(repo.root).conflicts == ("base/web.yaml",)
    assert repo.changes() == []


def test_a_file_that_is_no_longer_planned_goes(repo: GitDir) -> None:
    run(repo.root, with_file("base/old.yaml", b"old\n"))

    result = run(repo.root)

    assert outcomes(result)["base/old.yaml"] is Outcome.DELETE
    assert repo.committed() == [".edgeops/generated/base/old.yaml", "base/old.yaml"]
    assert not (repo.root / "base/old.yaml").exists()
    assert not (repo.root / ".edgeops/generated/base/old.yaml").exists()


def test_an_overlay_that_does_not_build_takes_everything_back(repo: GitDir) -> None:
    plan = {
        **PLANNED,
        "base/kustomization.yaml": b"resources: [web.yaml, gone.yaml]\n",
        "new/file": b"",
    }
    before = {name: text for name, (_, text) in snapshot(repo.root).items()}

    with pytest.raises(RenderError, match=r"overlays/c/region does not build: (.|\n)*gone\.yaml"):
        run(repo.root, replace(BLUEPRINT, planned=plan))

    assert {name: text for name, (_, text) in snapshot(repo.root).items()} == before
    assert repo.changes() == []
    assert not (repo.root / "new").exists()


def test_a_new_directory_whose_overlay_does_not_build_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RenderError):
        run(tmp_path / "fleet", with_file("base/kustomization.yaml", b"resources: [gone]\n"))

    assert not (tmp_path / "fleet").exists()


def test_a_hook_that_refuses_takes_everything_back(repo: GitDir) -> None:
    repo.hook("pre-commit", "echo not today >&2; exit 1")
    index = (repo.root / ".git/index").read_bytes()

    with pytest.raises(RepositoryError, match="not today"):
        run(repo.root, with_file("base/new.yaml", b"a: 1\n"))

    assert repo.changes() == []
    assert not (repo.root / "base/new.yaml").exists()
    assert (repo.root / ".git/index").read_bytes() == index


def test_a_new_repository_that_cannot_be_committed_to_is_unmade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "fleet"
    root.mkdir()
    monkeypatch.setenv("GIT_AUTHOR_NAME", " ")
    monkeypatch.setenv("GIT_COMMITTER_NAME", " ")

    with pytest.raises(RepositoryError, match="git commit"):
        run(root)

    assert list(root.iterdir()) == []


@pytest.mark.parametrize("inside", [False, True])
def test_a_dry_run_writes_nothing_at_all(tmp_path: Path, inside: bool) -> None:
    root = tmp_path / "repo"
    if inside:
        repo = GitDir(root)
        repo.commit({"README": ""})
        repo.changes()
    before = snapshot(tmp_path)

    result = run(root, choices=Choices(dry_run=True))

    assert snapshot(tmp_path) == before
    assert root.exists() == inside
    assert result.changed
    assert result.revision is None
    assert set(outcomes(result).values()) == {Outcome.CREATE}


def test_a_dry_run_finds_what_does_not_build(repo: GitDir) -> None:
    with pytest.raises(RenderError):
        run(
            repo.root,
            with_file("base/kustomization.yaml", b"resources: [gone]\n"),
            Choices(dry_run=True),
        )


def test_without_a_commit_and_then_with_one(tmp_path: Path) -> None:
    root = tmp_path / "fleet"

    result = run(root, choices=Choices(commit=False))
    assert result.revision is None
    assert not (root / ".git").exists()

    # A change to what no commit has yet is no loss.
    run(root, with_file("base/web.yaml", WEB.replace(b"one", b"two")), Choices(commit=False))
    result = run(root)
    assert result.revision is not None
    with GitRepository(root).export("HEAD", ["."]) as tree:
        assert sorted(WorkDirectory(tree).below(".")) == WRITTEN


def test_another_branch_than_the_engines_is_told(repo: GitDir) -> None:
    result = run(
        repo.root, with_file("base/new.yaml", b"a: 1\n"), Choices(new_branch="zones", message="m")
    )

    assert result.warnings == ("the commit goes to the branch zones; the engine follows main",)
    assert repo.git("log", "-1", "--format=%s", "zones") == "m"


def test_ignored_files_are_named_before_anything_is_written(repo: GitDir) -> None:
    repo.commit({".gitignore": "new.yaml\n"})

    with pytest.raises(RepositoryError, match=r"\.gitignore leaves out .*base/new\.yaml"):
        run(repo.root, with_file("base/new.yaml", b"a: 1\n"))

    assert not (repo.root / "base/new.yaml").exists()


def test_a_detached_head_is_refused_before_anything_is_written(repo: GitDir) -> None:
    repo.git("checkout", "--quiet", "--detach")

    with pytest.raises(RepositoryError, match="HEAD is detached"):
        run(repo.root, with_file("base/new.yaml", b"a: 1\n"))

    assert repo.changes() == []


def test_push(repo: GitDir, tmp_path: Path) -> None:
    hub = GitDir(tmp_path / "hub.git", "--bare")
    repo.git("remote", "add", "origin", str(hub.root))

    result = run(repo.root, with_file("base/new.yaml", b"a: 1\n"), Choices(push=True))

    assert result.pushed == "origin/main"
    assert hub.git("rev-parse", "main") == result.revision


OWNED = replace(BLUEPRINT, classes={"base/web.yaml": FileClass.OWNED})


def test_an_edit_that_is_not_committed_is_never_merged_into(tmp_path: Path) -> None:
    repo = GitDir(tmp_path / "repo")
    run(repo.root)
    mine = WEB.decode() + "immutable: true\n"
    repo.write({"base/web.yaml": mine})
    new = replace(BLUEPRINT, planned={**PLANNED, "base/web.yaml": WEB.replace(b"one", b"two")})
    before = snapshot(repo.root)

    with pytest.raises(RepositoryError, match=r"commit or stash them first: base/web\.yaml"):
        run(repo.root, new)

    assert snapshot(repo.root) == before
    repo.git("commit", "-qam", "mine")
    result = run(repo.root, new)
    assert outcomes(result)["base/web.yaml"] is Outcome.MERGE
    assert (repo.root / "base/web.yaml").read_text() == mine.replace("one", "two")
    assert repo.changes() == []


def test_an_owned_file_without_a_repository_is_not_overwritten(tmp_path: Path) -> None:
    run(tmp_path / "fleet", OWNED, Choices(commit=False))
    place = tmp_path / "fleet/base/web.yaml"
    place.write_bytes(WEB + b"immutable: true\n")

    with pytest.raises(RepositoryError, match="no git repository keeps what you wrote"):
        run(tmp_path / "fleet", OWNED)

    assert place.read_bytes() == WEB + b"immutable: true\n"


def test_a_dry_run_says_what_would_be_overwritten(tmp_path: Path) -> None:
    repo = GitDir(tmp_path / "repo")
    run(repo.root, OWNED)
    repo.commit({"base/web.yaml": WEB.decode() + "immutable: true\n"})
    before = snapshot(repo.root)

    result = run(repo.root, OWNED, Choices(dry_run=True))

    (warning,) = result.warnings
    assert warning.startswith("base/web.yaml: your edit would be overwritten, for edgeops writes")
    assert snapshot(repo.root) == before


def test_a_moved_file_takes_its_edits_along_in_one_commit(tmp_path: Path) -> None:
    repo = GitDir(tmp_path / "repo")
    run(repo.root)
    repo.commit({"base/web.yaml": WEB.decode() + "immutable: true\n"})
    planned = {
        "base/kustomization.yaml": BASE.replace(b"web", b"site"),
        "base/site.yaml": WEB.replace(b"one", b"two"),
        "overlays/c/region/kustomization.yaml": OVERLAY,
    }

    result = run(repo.root, replace(BLUEPRINT, planned=planned))

    assert outcomes(result)["base/site.yaml"] is Outcome.MERGE
    assert not (repo.root / "base/web.yaml").exists()
    assert (repo.root / "base/site.yaml").read_text().endswith("{a: two}\nimmutable: true\n")
    assert repo.changes() == []

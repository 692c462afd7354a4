"""``edgeops init --engine`` on a fleet that exists, through the real entry point."""

from pathlib import Path

import pytest

from edgeops.__main__ import main
from edgeops.core import documents
from tests.adapters.gitrepo import GitDir
from tests.cli.test_zone import NEW, Run, fleet, runner, tree
from tests.core.fleets import edited

pytestmark = pytest.mark.usefixtures("isolated")

OTHER = {"argocd": "flux", "flux": "argocd"}


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(tmp_path / "f", capsys)


def start(tmp_path: Path, engine: str) -> GitDir:
    return fleet(tmp_path / "f", edited(("engine: argocd", f"engine: {engine}  # why")))


def at_work(repo: GitDir) -> dict[str, tuple[bool, bool]]:
    """By engine that has a folder: whether it applies overlays, and whether it prunes."""
    found = {}
    for folder in (repo.root / "clusters/edge-usw2").iterdir():
        if folder.name == "flux":
            spec = documents.load((folder / "region.yaml").read_text())["spec"]
            found["flux"] = (not spec.get("suspend", False), spec["prune"])
        else:
            body = documents.load((folder / "applicationset.yaml").read_text())
            automated = body["spec"]["template"]["spec"]["syncPolicy"]["automated"]
            found["argocd"] = (automated["enabled"], automated["prune"])
            # What it leaves alone it would not change either: a pause would never arrive.
            # Empty, but there: else it would stay as whoever applied the folder first had it.
            kept = bool(body["spec"]["ignoreApplicationDifferences"])
            assert kept is (not (repo.root / "clusters/edge-usw2/flux").exists())
    return found


@pytest.mark.parametrize("engine", ["argocd", "flux"])
def test_there_and_back(tmp_path: Path, run: Run, engine: str) -> None:
    repo = start(tmp_path, engine)
    new = OTHER[engine]
    before = tree(repo.root)
    rests, works = (False, False), (True, True)
    # Argo CD prunes only what bears its mark; Flux says of itself that it does not.
    takes = {"argocd": (True, True), "flux": (True, False)}

    for expected in (
        {engine: rests, new: rests},
        {engine: rests, new: takes[new]},
        {new: works},
    ):
        assert run("init", "--engine", new, "--yes")[0] == 0
        assert at_work(repo) == expected
        assert run("validate")[0] == 0
        assert run("plan", "--exit-code")[0] == 0
    trailer = "--format=%(trailers:key=Edgeops-Command,valueonly,separator=%x2C)"
    assert repo.git("log", "-3", trailer).splitlines() == [f"init --engine {new}"] * 3
    assert run("init", "--engine", new, "--yes")[0] == 0
    assert not (repo.root / f"clusters/edge-usw2/{engine}").exists()

    for _ in range(3):
        assert run("init", "--engine", engine, "--yes")[0] == 0
    assert tree(repo.root) == before
    assert repo.git("status", "--porcelain") == ""


@pytest.mark.parametrize("done", [1, 2])
def test_taken_back(tmp_path: Path, run: Run, done: int) -> None:
    """The way back never has two engines at work, and leaves no trace."""
    repo = start(tmp_path, "argocd")
    before = tree(repo.root)
    for _ in range(done):
        assert run("init", "--engine", "flux", "--yes")[0] == 0
    seen = []
    for _ in range(done + 1):
        assert run("init", "--engine", "argocd", "--yes")[0] == 0
        seen.append(at_work(repo))
    assert all(sum(applies for applies, _ in found.values()) <= 1 for found in seen)
    assert tree(repo.root) == before


def test_where_nothing_can_be_seen_somebody_has_to_say_it(tmp_path: Path, run: Run) -> None:
    repo = start(tmp_path, "argocd")
    assert run("init", "--engine", "flux")[0] == 0
    first = repo.git("rev-parse", "HEAD")

    status, out, err = run("init", "--engine", "flux")

    assert (status, out) == (2, "")
    assert "--yes says that it has." in err
    assert repo.git("rev-parse", "HEAD") == first
    assert repo.git("status", "--porcelain") == ""


def test_a_dump_is_looked_at(tmp_path: Path, run: Run) -> None:
    start(tmp_path, "argocd")
    assert run("init", "--engine", "flux")[0] == 0
    dump = tmp_path / "dump.yaml"
    dump.write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: argocd}\n")

    status, _, err = run("init", "--engine", "flux", "--yes", "--live", str(dump))

    assert status == 2
    assert "there is no Application argocd/hashicups-edge-usw2-region" in err


def test_a_dry_run_writes_nothing(tmp_path: Path, run: Run) -> None:
    repo = start(tmp_path, "flux")
    before = tree(repo.root)
    status, out, _ = run("init", "--engine", "argocd", "--dry-run", "--exit-code")
    assert status == 1
    assert "spec.suspend" in out
    assert tree(repo.root) == before


def test_a_zone_does_not_leave_meanwhile(tmp_path: Path, run: Run) -> None:
    repo = start(tmp_path, "argocd")
    zone = "us-west-2-lax-1a"
    assert run("zone", "remove", zone, "--yes")[0] == 0
    status, _, err = run("init", "--engine", "flux")
    assert status == 2
    assert f"zone {zone} of edge-usw2 is leaving" in err
    assert run("zone", "add", zone)[0] == 0

    assert run("init", "--engine", "flux")[0] == 0
    assert run("zone", "add", NEW)[0] == 0
    before = repo.git("rev-parse", "HEAD")
    status, _, err = run("zone", "remove", NEW, "--yes")
    assert status == 2
    assert "no engine prunes during a hand-over" in err
    assert repo.git("rev-parse", "HEAD") == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("handover: {}", "spec.handover: must have one of to and from"),
        ("handover: {to: argocd}", "names argocd, which is spec.engine"),
        ("handover: {to: helm}", "spec.handover.to"),
    ],
)
def test_what_makes_no_hand_over(tmp_path: Path, run: Run, text: str, message: str) -> None:
    root = tmp_path / "f"
    root.mkdir()
    (root / "edgeops.yaml").write_text(edited(("engine: argocd", f"engine: argocd\n  {text}")))
    status, _, err = run("init")
    assert status == 2
    assert message in err


def test_argo_cd_in_another_cluster_is_not_handed_over(tmp_path: Path, run: Run) -> None:
    text = edited(("name: edge-usw2\n", "name: edge-usw2\n      engineContext: management\n"))
    repo = fleet(tmp_path / "f", text)
    status, _, err = run("init", "--engine", "flux")
    assert status == 2
    assert "spec.clusters[0].engineContext" in err
    assert repo.git("status", "--porcelain") == ""
    assert main(["plan", "-C", str(repo.root), "-q"]) == 0


def test_the_text_of_a_pull_request(tmp_path: Path, run: Run) -> None:
    repo = start(tmp_path, "argocd")
    status, out, _ = run("zone", "add", NEW, "--commit-to", "phoenix", "-o", "markdown")
    assert status == 0
    assert repo.git("branch", "--show-current") == "phoenix"
    assert out.startswith("## What this changes\n\n### `edge-usw2/region`: 6 updated; 40 same\n")
    assert "| `Deployment/frontend` | appears |  |" in out
    assert f"- `overlays/edge-usw2/{NEW}/kustomization.yaml`: create" in out
    status, again, _ = run("init", "-o", "markdown")
    assert (status, again.splitlines()[2]) == (0, "Nothing: every file is as generated.")

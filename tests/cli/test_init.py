"""``edgeops init``, ``render`` and ``schema`` through the real entry point."""

import json
from pathlib import Path

import pytest

from edgeops.__main__ import main
from edgeops.core import documents
from edgeops.core.merge.classes import FileClass
from tests.adapters.gitrepo import GitDir

pytestmark = pytest.mark.usefixtures("isolated")

FLAGS = (
    "--name", "shop", "--region", "us-west-2", "--cluster", "edge",
    "--availability-zone", "us-west-2a", "--availability-zone", "us-west-2b",
    "--zone", "us-west-2-lax-1a", "--repo-url", "https://git.example.com/acme/shop.git",
)  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> GitDir:
    root = tmp_path / "shop"
    assert main(["init", str(root), *FLAGS]) == 0
    capsys.readouterr()
    return GitDir(root)


def test_without_the_file_the_missing_flags_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "shop", "--name", "shop", "--cluster", "edge"]) == 2

    assert capsys.readouterr().err == (
        "edgeops: edgeops.yaml: there is none yet; to make it, give --region, "
        "--availability-zone, --repo-url too\n"
    )
    assert not (tmp_path / "shop").exists()


def test_the_first_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "shop", *FLAGS]) == 0

    shown = capsys.readouterr()
    assert "├── + edgeops.yaml" in shown.out
    assert "us-west-2-lax-1a/" in shown.out
    assert "Made a git repository here." in shown.err
    assert "apply --server-side -k clusters/edge/argocd" in shown.err


def test_the_same_command_again_is_no_commit(
    shop: GitDir, capsys: pytest.CaptureFixture[str]
) -> None:
    head = shop.git("rev-parse", "HEAD")

    assert main(["-C", str(shop.root), "init", *FLAGS]) == 0

    assert capsys.readouterr().out.startswith("Nothing to change: ")
    assert shop.git("rev-parse", "HEAD") == head
    assert shop.changes() == []


def test_zone_adds(shop: GitDir, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["init", str(shop.root), "--zone", "us-west-2-las-1a", "-o", "json"]

    assert main([*arguments, "--dry-run"]) == 0
    assert shop.changes() == []
    assert main([*arguments, "--dry-run", "--exit-code"]) == 1
    capsys.readouterr()
    assert main(arguments) == 0

    plan = json.loads(capsys.readouterr().out)
    assert (plan["kind"], plan["status"]) == ("Plan", "Changed")
    assert plan["revision"] == shop.git("rev-parse", "HEAD")
    changes = {item["path"]: item["change"] for item in plan["changes"]}
    assert changes["edgeops.yaml"] == "update"
    assert changes["overlays/edge/us-west-2-las-1a/kustomization.yaml"] == "create"
    assert not any(path.startswith(("base/", "overlays/edge/us-west-2-lax")) for path in changes)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--engine", "flux", "--zone", "us-west-2-las-1a"), "in commits of its own"),
        (("--yes",), "--yes, --live, --kubeconfig and --context go with --engine."),
        (("--name", "x"), "metadata.name: is shop, and --name says x"),
        (("--mesh", "none"), "spec.mesh: is consul-enterprise, and --mesh says none"),
        (("--branch", "x"), "spec.repository.branch: is main, and --branch says x"),
        (("--cluster", "x"), "spec.clusters: is edge, and --cluster says x"),
        (
            ("--region", "us-east-1"),
            "spec.clusters[name=edge].region: is us-west-2, and --region says us-east-1",
        ),
        (
            ("--availability-zone", "us-west-2c"),
            "availabilityZones: is us-west-2a, us-west-2b, and --availability-zone says us-west-2c",
        ),
        (
            ("--zone", "us-west-2-lax-1a=wavelength-zone"),
            "is local-zone, and --zone says wavelength-zone",
        ),
        (("--zone", "us-west-2-lax-9z"), "zone 'us-west-2-lax-9z' is not known"),
        (("--no-commit", "--push"), "--no-commit and --push cannot stand together."),
        (("--kustomize", "/none/kustomize"), "there is no kustomize at /none/kustomize"),
        (("-o", "html"), "'html' is not one of table, json, markdown."),
    ],
)
def test_what_is_refused(
    shop: GitDir, flags: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    head = shop.git("rev-parse", "HEAD")

    assert main(["init", str(shop.root), *flags]) == 2

    shown = capsys.readouterr()
    assert message in shown.err
    assert shown.out == ""
    assert shop.git("rev-parse", "HEAD") == head
    assert shop.changes() == []


def test_every_differing_flag_is_told_at_once(
    shop: GitDir, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(shop.root), "--name", "x", "--mesh", "none", "--branch", "y"]) == 2

    assert [line.split(": ")[-2] for line in capsys.readouterr().err.splitlines()] == [
        "metadata.name",
        "spec.mesh",
        "spec.repository.branch",
    ]


PLACE = "overlays/edge/region/intentions.yaml"


def test_an_edit_elsewhere_in_a_file_is_merged(
    shop: GitDir, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.commit({PLACE: (shop.root / PLACE).read_text() + "# mine\n"})

    assert main(["init", str(shop.root), "--zone", "us-west-2-las-1a"]) == 0

    text = (shop.root / PLACE).read_text()
    assert text.endswith("# mine\n")
    assert text.count("namespace: demo-app-us-west-2-las-1a") == 6
    assert "~ intentions.yaml  (merged with your edit)" in capsys.readouterr().out
    assert shop.changes() == []


@pytest.fixture
def clash(shop: GitDir) -> GitDir:
    """A fleet in which a person edited a line that `ZONE_ADDED` edits too."""
    mirrored = f".edgeops/generated/{CLASH}"
    now = (shop.root / CLASH).read_text()
    was = now.replace("cpu: 50m", "cpu: 10m", 1).replace("replicas: 2", "replicas: 1", 1)
    # As if an older edgeops had written it.
    shop.commit({mirrored: was, CLASH: was.replace("cpu: 10m", "cpu: 99m", 1)})
    return shop


CLASH = "base/nginx.yaml"


def test_a_conflict_exits_1_and_shows_all_three(
    clash: GitDir, capsys: pytest.CaptureFixture[str]
) -> None:
    head = clash.git("rev-parse", "HEAD")

    assert main(["init", str(clash.root)]) == 1

    shown = capsys.readouterr()
    line = (clash.root / CLASH).read_text().split("cpu: 99m")[0].count("\n") + 1
    assert shown.err.startswith(
        f"conflict: {CLASH}:{line}: Deployment/nginx: "
        "spec.template.spec.containers[name=nginx].resources.requests.cpu\n"
        "  generated last time: 10m\n"
        "  generated now:       50m\n"
        "  yours:               99m\n"
    )
    assert shown.out.endswith("1 conflict: nothing was written.\n")
    assert clash.changes() == []
    assert clash.git("rev-parse", "HEAD") == head


def test_a_conflict_as_json(clash: GitDir, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(clash.root), "-o", "json"]) == 1

    plan = json.loads(capsys.readouterr().out)
    assert plan["status"] == "Conflict"
    (change,) = (item for item in plan["changes"] if item["path"] == CLASH)
    (conflict,) = change["conflicts"]
    assert (conflict["base"], conflict["generated"], conflict["yours"]) == ("10m", "50m", "99m")


@pytest.mark.parametrize(
    ("flag", "cpu"), [("--keep-mine", "cpu: 99m"), ("--take-generated", "cpu: 50m")]
)
@pytest.mark.parametrize("place", [CLASH, "base/", "."])
def test_the_way_out_of_a_conflict(clash: GitDir, flag: str, cpu: str, place: str) -> None:
    assert main(["init", str(clash.root), flag, place]) == 0

    text = (clash.root / CLASH).read_text()
    assert cpu in text
    # What does not collide arrives in any case.
    assert "replicas: 2" in text
    assert main(["init", str(clash.root)]) == 0
    assert (clash.root / CLASH).read_text() == text
    assert clash.changes() == []


def test_the_way_out_by_hand(clash: GitDir) -> None:
    text = (clash.root / CLASH).read_text()
    clash.commit({CLASH: text.replace("cpu: 99m", "cpu: 50m", 1)})

    assert main(["init", str(clash.root)]) == 0
    assert clash.changes() == []


def test_a_way_out_of_nothing_is_refused(shop: GitDir, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(shop.root), "--keep-mine", "base"]) == 2
    assert "--keep-mine base: there is no conflict" in capsys.readouterr().err
    assert main(["init", str(shop.root), "--keep-mine", ".", "--take-generated", "."]) == 2


ZONE = "overlays/edge/us-west-2-lax-1a/zone.yaml"


def test_an_edited_owned_file(shop: GitDir, capsys: pytest.CaptureFixture[str]) -> None:
    text = (shop.root / ZONE).read_text()
    assert text.startswith("# Written by edgeops each time: change edgeops.yaml instead.\n")
    shop.write({ZONE: text + "mine: true\n"})

    assert main(["init", str(shop.root)]) == 2
    assert f"commit or stash them first: {ZONE}" in capsys.readouterr().err
    assert (shop.root / ZONE).read_text().endswith("mine: true\n")

    shop.git("commit", "-qam", "Edit")
    assert main(["init", str(shop.root)]) == 0
    assert f"warning: {ZONE}: your edit was overwritten" in capsys.readouterr().err
    assert (shop.root / ZONE).read_text() == text
    assert shop.git("show", f"HEAD~1:{ZONE}").endswith("mine: true")


def test_the_index_names_what_is_not_merged(shop: GitDir) -> None:
    """And every head says the same; what is merged says nothing."""
    index = documents.load((shop.root / ".edgeops/files.yaml").read_bytes())
    heads = {
        str(path.relative_to(shop.root)): path.read_text().partition("\n")[0].removeprefix("# ")
        for folder in ("base", "overlays", "clusters")
        for path in (shop.root / folder).rglob("*")
        if path.is_file()
    }
    assert index["owned"] == sorted(
        path for path, head in heads.items() if head == FileClass.OWNED.head
    )
    assert index["seeded"] == sorted(
        path for path, head in heads.items() if head == FileClass.SEEDED.head
    )
    assert ZONE in index["owned"]


def test_render(shop: GitDir, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(shop.root), "render", "edge/us-west-2-lax-1a", "-o", "json"]) == 0
    items = json.loads(capsys.readouterr().out)["items"]
    assert {item["metadata"].get("namespace") for item in items} == {
        None,
        "demo-app-us-west-2-lax-1a",
    }

    assert main(["-C", str(shop.root), "render", "region"]) == 0
    now = capsys.readouterr().out
    (shop.root / "base/kustomization.yaml").write_text("resources: [gone]\n")
    assert main(["-C", str(shop.root), "render", "region"]) == 2
    assert "overlays/edge/region does not build: " in capsys.readouterr().err
    assert main(["-C", str(shop.root), "render", "region", "--rev", "HEAD"]) == 0
    assert capsys.readouterr().out == now


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere",), "no zone 'nowhere'"),
        (("--rev", "nothing"), "there is no commit 'nothing'"),
    ],
)
def test_render_refuses(
    shop: GitDir,
    arguments: tuple[str, ...],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["-C", str(shop.root), "render", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert "spec" in json.loads(capsys.readouterr().out)["properties"]

"""
Trees that earlier versions of edgeops wrote, edited by a person, and upgraded.

With real git and the real kustomize: `edgeops init` builds every overlay before it commits.
What a person edited has to be there afterwards, and what changed since has to have arrived.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.adapters.kustomize import Kustomize
from edgeops.core import documents
from tests.adapters.gitrepo import GitDir
from tests.upgrades.record import fleet_text

pytestmark = pytest.mark.usefixtures("isolated")

HERE = Path(__file__).parent
VERSIONS = sorted(path.name for path in HERE.iterdir() if (path / "base").is_dir())

NGINX = "base/nginx.yaml"
BASE = "base/kustomization.yaml"
CREDENTIALS = "base/postgres-credentials.yaml"
HUB = "overlays/edge/region"
ZONE = "overlays/edge/us-west-2-lax-1a"

EDITS: dict[str, list[dict[str, str]]] = documents.load((HERE / "edits.yaml").read_bytes())
DASHBOARD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: dashboard\ndata:\n  a: mine\n"


@pytest.fixture(params=VERSIONS)
def edited(request: pytest.FixtureRequest, tmp_path: Path) -> GitDir:
    """A tree of an earlier version, committed, and then a person's edits, committed."""
    fleet = GitDir(tmp_path / "fleet")
    tree = HERE / request.param
    shutil.copytree(tree, fleet.root, dirs_exist_ok=True)
    shutil.copytree(tree, fleet.root / ".edgeops/generated")
    fleet.write({"edgeops.yaml": fleet_text(request.param)})
    fleet.commit({}, "as generated")
    for path, changes in edits(fleet).items():
        text = (fleet.root / path).read_text()
        for change in changes:
            assert change["from"] in text, (path, change)
            text = text.replace(change["from"], change["to"], 1)
        fleet.write({path: text})
    fleet.commit({"base/dashboard.yaml": DASHBOARD}, "by hand")
    return fleet


def edits(fleet: GitDir) -> dict[str, list[dict[str, str]]]:
    """Those of ``edits.yaml`` but for the files of the other engine."""
    return {path: found for path, found in EDITS.items() if (fleet.root / path).exists()}


def render(fleet: GitDir, overlay: str) -> dict[tuple[str, str], Any]:
    """The objects of an overlay by kind and name."""
    built = Kustomize().build(str(fleet.root), [overlay])[overlay]
    assert built.error is None, built.error
    return {(item.kind, item.name): item.body for item in built.objects}


def check_edits(fleet: GitDir) -> None:
    """Everything of ``edits.yaml`` stands in the files, comments included, and in what is built."""
    for path, changes in edits(fleet).items():
        text = (fleet.root / path).read_text()
        for change in changes:
            for line in set(change["to"].splitlines()) - set(change["from"].splitlines()):
                assert line in text, (path, line)
    zone = render(fleet, ZONE)
    pods = zone["Deployment", "nginx"]["spec"]["template"]["spec"]
    assert pods["containers"][0]["image"] == "registry.example.com/nginx:1.27"
    assert pods["priorityClassName"] == "edge"
    assert {"key": "example.com/gpu", "operator": "Exists", "effect": "NoSchedule"} in pods[
        "tolerations"
    ]
    assert zone["ConfigMap", "dashboard"]["data"] == {"a": "mine"}
    hub = render(fleet, HUB)
    sources = hub["ServiceIntentions", "frontend"]["spec"]["sources"]
    assert "probe" in {source["name"] for source in sources}
    assert hub["Secret", "postgres-credentials"]["stringData"]["password"] == "not-the-example"


def test_there_are_trees() -> None:
    assert len(VERSIONS) >= 4
    assert any(version.endswith("-flux") for version in VERSIONS)


def test_the_upgrade_keeps_the_edits(edited: GitDir) -> None:
    assert main(["init", str(edited.root)]) == 0

    assert edited.changes() == []
    check_edits(edited)
    zone = (edited.root / f"{ZONE}/zone.yaml").read_text()
    assert zone.startswith("# Written by edgeops each time")
    assert documents.load((edited.root / ".edgeops/files.yaml").read_bytes())["seeded"] == [
        CREDENTIALS
    ]
    head = edited.git("rev-parse", "HEAD")
    assert main(["init", str(edited.root)]) == 0
    assert edited.git("rev-parse", "HEAD") == head


def test_changes_arrive_in_edited_files(edited: GitDir) -> None:
    """A new zone, another taint and another branch touch most files that were edited."""
    text = (edited.root / "edgeops.yaml").read_text()
    text = text.replace("branch: main", "branch: live")
    text = text.replace("spec:\n", "spec:\n  placement: {taint: example.com/edge}\n", 1)
    text = text.replace("- us-west-2-lax-1a\n", "- us-west-2-lax-1a\n        - us-west-2-las-1a\n")
    edited.commit({"edgeops.yaml": text})

    assert main(["init", str(edited.root)]) == 0

    assert edited.changes() == []
    check_edits(edited)
    tolerations = render(edited, ZONE)["Deployment", "nginx"]["spec"]["template"]["spec"][
        "tolerations"
    ]
    assert {toleration["key"] for toleration in tolerations} == {
        "example.com/edge",
        "example.com/gpu",
    }
    sources = render(edited, HUB)["ServiceIntentions", "frontend"]["spec"]["sources"]
    assert "demo-app-us-west-2-las-1a" in {source["namespace"] for source in sources}
    if (edited.root / "clusters/edge/flux").exists():
        source = documents.load((edited.root / "clusters/edge/flux/source.yaml").read_bytes())
        assert source["spec"]["ref"] == {"branch": "live"}
        assert source["spec"]["interval"] == "5m"
        return
    engine = documents.load((edited.root / "clusters/edge/argocd/applicationset.yaml").read_bytes())
    template = engine["spec"]["template"]["spec"]
    assert template["source"]["targetRevision"] == "live"
    assert template["syncPolicy"]["retry"]["limit"] == 3


def test_a_deleted_seed_is_not_made_again(edited: GitDir) -> None:
    base = (edited.root / BASE).read_text().replace("- postgres-credentials.yaml\n", "")
    (edited.root / CREDENTIALS).unlink()
    edited.commit({BASE: base})

    assert main(["init", str(edited.root)]) == 0

    assert not (edited.root / CREDENTIALS).exists()
    assert "postgres-credentials.yaml" not in (edited.root / BASE).read_text()

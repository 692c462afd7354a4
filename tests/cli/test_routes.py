"""``edgeops routes`` through the real entry point."""

import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.core import documents
from tests.adapters.gitrepo import GitDir, isolate

ROOT = Path(__file__).parents[2]
LAX, LAS = "us-west-2-lax-1a", "us-west-2-las-1a"
RESOLVERS = f"overlays/edge-usw2/{LAS}/resolvers.yaml"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitDir:
    """A committed copy of the sample fleet."""
    isolate(monkeypatch, tmp_path / "home")
    root = tmp_path / "shop"
    root.mkdir()
    for name in ("base", "overlays", "clusters"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "edgeops.yaml", root)
    repository = GitDir(root)
    repository.git("init", "-q", "-b", "main")
    repository.git("add", "-A")
    repository.git("commit", "-q", "-m", "Fleet")
    monkeypatch.chdir(root)
    return repository


def _asked(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, dict[str, Any]]:
    status = main(["routes", "-o", "json", *args])
    out, err = capsys.readouterr()
    assert err == "" or status != 0
    return status, json.loads(out)


def _cross(root: Path) -> None:
    """Failover of one spoke leads to another: line 39 of the file."""
    path = root / RESOLVERS
    head, tail = path.read_text().split("service: frontend\n", 1)
    tail = tail.replace("demo-app-region", f"demo-app-{LAX}", 1)
    path.write_text(f"{head}service: frontend\n{tail}")


def test_the_sample_proves_itself(shop: GitDir, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = _asked(capsys, "--prove")
    assert status == 0
    assert (found["apiVersion"], found["kind"]) == ("edgeops.dev/v1alpha1", "Routes")
    assert (found["status"], found["problems"]) == ("Passed", [])
    assert (len(found["routes"]), found["failuresChecked"]) == (25, 26)
    (route,) = [
        item for item in found["routes"] if (item["zone"], item["caller"]) == (LAX, "product-api")
    ]
    assert route["answer"] == {
        "service": "postgres",
        "namespace": "demo-app-region",
        "zones": ["region"],
        "reachable": True,
        "allowed": True,
    }
    assert [end["service"] for end in route["order"]] == ["postgres", "postgres-replica"]
    again = _asked(capsys, "--prove")
    assert again == (status, found)


def test_a_broken_proof_names_the_line(shop: GitDir, capsys: pytest.CaptureFixture[str]) -> None:
    _cross(shop.root)
    status, found = _asked(capsys)
    assert (status, found["status"]) == (1, "Failed")
    (problem,) = found["problems"]
    assert problem["reason"] == "spoke-to-spoke"
    assert (problem["source"], problem["line"]) == (RESOLVERS, 39)
    assert problem["field"] == "spec.failover.*.targets[0]"
    line = (shop.root / RESOLVERS).read_text().splitlines()[38]
    assert line.strip() == "- service: frontend"
    assert (problem["zones"], problem["calls"]) == ([LAS], ["nginx -> frontend"])
    assert "when demo-app-us-west-2-las-1a/frontend is gone" in " ".join(problem["chain"])
    # HEAD is as it was, and another zone's calls are not hit.
    assert _asked(capsys, "--rev", "HEAD")[0] == 0
    assert _asked(capsys, "--zone", LAX)[0] == 0


def test_a_played_failure(
    shop: GitDir, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    status, found = _asked(capsys, "--fail", f"{LAX}/frontend", "--fail-zone", "edge-usw2/region")
    assert status == 0
    assert found["gone"] == ["region", f"{LAX}/frontend"]
    lost = {(item["zone"], item["upstream"]) for item in found["outages"]}
    assert (LAX, "frontend") in lost
    assert (LAS, "frontend") not in lost
    assert main(["routes", "--fail", f"{LAX}/frontend", "--zone", LAX]) == 0
    assert "nginx        frontend     region" in capsys.readouterr().out


def test_pictures(shop: GitDir, capsys: pytest.CaptureFixture[str]) -> None:
    _cross(shop.root)
    assert main(["routes", "-o", "svg"]) == 1
    out, err = capsys.readouterr()
    assert f"{RESOLVERS}:39: calls of {LAS}" in err
    picture = ET.fromstring(out)
    name = "{http://www.w3.org/2000/svg}"
    assert picture.get("role") == "img"
    assert picture.findtext(f"{name}title") == "Routes of hashicups"
    told = picture.findtext(f"{name}desc") or ""
    assert f"leads where it cannot reach ({LAS}): nginx → frontend to {LAX}" in told
    dashes = {
        (line.get("stroke-dasharray"), line.get("stroke-width"))
        for line in picture.iter()
        if line.get("marker-end")
    }
    assert len(dashes) == 3, "lines are told apart without their colours"
    assert main(["routes", "-o", "mermaid"]) == 1
    chart = capsys.readouterr().out
    assert chart.startswith("flowchart LR\n")
    assert '==x|"UNREACHABLE: nginx → frontend"|' in chart
    assert '-.->|"failover: ' in chart
    assert '-->|"normal: product-api → postgres"|' in chart


def test_a_dump_that_drifted(
    shop: GitDir, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render"]) == 0
    live = documents.load_all(capsys.readouterr().out)
    (resolver,) = [
        item.value
        for item in live
        if item.value["kind"] == "ServiceResolver"
        and item.value["metadata"]["namespace"] == f"demo-app-{LAS}"
        and item.value["metadata"]["name"] == "frontend"
    ]
    dump = tmp_path / "dump.yaml"

    def saved() -> str:
        dump.write_text("---\n".join(documents.dump_yaml(item.value) for item in live))
        return str(dump)

    status, found = _asked(capsys, "--live", saved(), "--prove")
    assert (status, found["problems"]) == (0, [])
    assert "counts as complete" in found["notes"][0]

    resolver["spec"]["failover"]["*"]["targets"][0]["namespace"] = f"demo-app-{LAX}"
    status, found = _asked(capsys, "--live", saved())
    (problem,) = found["problems"]
    assert (status, problem["reason"], problem["onlyLive"]) == (1, "spoke-to-spoke", True)
    assert problem["source"] == RESOLVERS
    assert main(["routes", "--live", saved()]) == 1
    assert "it comes from drift" in capsys.readouterr().out

    # What Consul did not take is not in force, whatever the object says.
    resolver["spec"]["failover"]["*"]["targets"][0]["namespace"] = "demo-app-region"
    resolver["status"] = {
        "conditions": [{"type": "Synced", "status": "False", "message": "protocol mismatch"}]
    }
    status, found = _asked(capsys, "--live", saved(), "--prove")
    assert status == 1
    assert {item["reason"] for item in found["problems"]} == {"entry-refused", "no-failover"}


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--fail", "mars/frontend"], "--fail mars/frontend: there is no zone 'mars'; there are"),
        (["--fail", "frontend"], "--fail frontend: is not ZONE/SERVICE"),
        (
            ["--fail", f"{LAX}/frontnd"],
            "there is no service 'frontnd'; there are frontend, nginx, payments",
        ),
        (["--fail-zone", "mars"], "--fail-zone mars: there is no zone 'mars'"),
        (["--zone", "mars"], "no zone 'mars'"),
        (["--rev", "nowhere"], "nowhere"),
        (["--context", "prod"], "--context is for --live"),
        (["--live", "nowhere.yaml"], "nowhere.yaml"),
        (["-o", "png"], "'png' is not one of table, json, yaml, svg, mermaid"),
    ],
)
def test_bad_input(
    args: list[str], told: str, shop: GitDir, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["routes", *args]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err
    assert "Traceback" not in err


def test_an_overlay_that_does_not_build(shop: GitDir, capsys: pytest.CaptureFixture[str]) -> None:
    (shop.root / RESOLVERS).unlink()
    assert main(["routes"]) == 2
    assert f"overlays/edge-usw2/{LAS} does not build" in capsys.readouterr().err

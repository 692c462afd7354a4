"""
One object explained, and drift waived, as the API server has them.

A person, an engine and the API server write fields of one object: each is told with its reason.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.live.fleet import (
    EDGE,
    WAYS,
    Applied,
    FleetOnDisk,
    drift,
    ensure_namespaces,
    make_fleet,
    told,
)

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

IMAGE = "spec.template.spec.containers[name=product-api].image"


@pytest.fixture(scope="module", params=WAYS, ids=lambda way: way.name)
def fleet(
    request: pytest.FixtureRequest,
    api_server: ControlPlane,
    tmp_path_factory: pytest.TempPathFactory,
) -> FleetOnDisk:
    """A fleet as applied, with an image set and a note left by hand."""
    way: Applied = request.param
    ensure_namespaces(api_server)
    with pytest.MonkeyPatch.context() as patch:
        for who in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{who}_NAME", "Ada")
            patch.setenv(f"GIT_{who}_EMAIL", "ada@example.com")
        fleet = make_fleet(
            tmp_path_factory.mktemp("explain"), prefix=f"why-{way.name}", name=f"w{way.name}"
        )
    fleet.apply(api_server, way)
    there = ("-n", fleet.namespace(EDGE))
    api_server.kubectl(
        *("set", "image", "deployment/product-api", "product-api=example/api:9"), *there
    )
    api_server.kubectl(*("annotate", "deployment/product-api", "example.com/note=by hand"), *there)
    return fleet


def explain(
    fleet: FleetOnDisk,
    plane: ControlPlane,
    capsys: pytest.CaptureFixture[str],
    asked: str,
    *args: str,
) -> tuple[ExitStatus, dict[str, dict[str, Any]]]:
    """The explanation by zone."""
    status, document = drift(fleet, plane, capsys, "--explain", asked, *args)
    assert document["kind"] == "Explanation"
    return status, {str(item["zone"]): item for item in document["objects"]}


def test_every_field_has_its_reason(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    status, found = explain(fleet, api_server, capsys, "deployment/product-api")
    assert status is ExitStatus.FINDINGS
    assert {zone: item["outcome"] for zone, item in found.items()} == {
        "region": "no drift",
        EDGE: "drift",
    }
    fields = {item["path"]: item for item in found[EDGE]["fields"]}
    drifted = {path for path, item in fields.items() if item["outcome"] == "drift"}
    assert drifted == {IMAGE, 'metadata.annotations["example.com/note"]'}
    image = fields[IMAGE]
    assert (image["manager"], image["severity"]) == ("kubectl-set", "high")
    assert image["severityReason"] == "an image that git does not name"
    assert image["live"] == "example/api:9"
    assert fields["spec.progressDeadlineSeconds"]["why"] == "the API server's default"
    assert all(item["why"] for item in fields.values())
    # Leaf by leaf, also where the whole node is fine.
    assert "spec.strategy.rollingUpdate.maxSurge" in fields
    assert found["region"]["fields"]


def test_it_says_what_the_report_says(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    _, report = drift(fleet, api_server, capsys)
    (finding,) = (item for item in report["findings"] if item["name"] == "product-api")
    _, found = explain(fleet, api_server, capsys, "Deployment/product-api", "--zone", EDGE)
    assert list(found) == [EDGE]
    explained = {
        item["path"]: {key: item[key] for key in ("desired", "live", "manager", "cause")}
        for item in found[EDGE]["fields"]
        if item["outcome"] == "drift"
    }
    assert explained == {
        item["path"]: {key: item[key] for key in ("desired", "live", "manager", "cause")}
        for item in finding["fields"]
    }


def test_an_object_that_is_as_git_says(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    """Drift of another object is not this one's."""
    status, found = explain(fleet, api_server, capsys, "service/public-api")
    assert status is ExitStatus.OK
    reasons = {item["path"]: item["why"] for item in found[EDGE]["fields"]}
    assert reasons["spec.clusterIP"] == "assigned by the API server"
    assert reasons["spec.type"] == "the API server's default"


def test_an_object_that_is_nowhere(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["drift", "-C", str(fleet.root), "--kubeconfig", str(api_server.kubeconfig("reader"))]
    assert main([*command, "--explain", "Deployment/produkt-api"]) is ExitStatus.FAILED
    out, err = capsys.readouterr()
    assert out == ""
    assert "did you mean Deployment/product-api" in err


def test_waivers(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is waived is apart; what is left, and what has expired, fails the run."""
    place = fleet.root / "edgeops.yaml"
    before = place.read_text()
    try:
        _waive(place, before, {"path": IMAGE, "expires": "2099-12-31"})
        status, report = drift(fleet, api_server, capsys, "--worktree")
        assert status is ExitStatus.FINDINGS
        assert [line.split()[3] for line in told(report)] == [
            'metadata.annotations["example.com/note"]'
        ]
        (waived,) = report["waived"]
        assert (waived["owner"], waived["expires"]) == ("ann@example.com", "2099-12-31")
        assert [item["path"] for item in waived["fields"]] == [IMAGE]
        _, found = explain(fleet, api_server, capsys, "deployment/product-api", "--worktree")
        assert {item["outcome"] for item in found[EDGE]["fields"]} >= {"waived", "drift"}

        _waive(place, before, {"zone": EDGE, "expires": "2099-12-31"})
        status, report = drift(fleet, api_server, capsys, "--worktree")
        assert (status, report["status"], told(report)) == (ExitStatus.OK, "Synced", [])
        assert report["summary"]["modified"] == 0
        status, _ = explain(fleet, api_server, capsys, "deployment/product-api", "--worktree")
        assert status is ExitStatus.OK

        _waive(place, before, {"expires": "2020-12-31"})
        status, report = drift(fleet, api_server, capsys, "--worktree")
        assert status is ExitStatus.FINDINGS
        (finding,) = report["findings"]
        assert "ann@example.com" in finding["message"]

        _waive(place, before, {"expires": "2099-12-31", "zone": "region"})
        status, report = drift(fleet, api_server, capsys, "--worktree")
        assert status is ExitStatus.FINDINGS
        assert any("A waiver matches nothing" in note for note in report["notes"])
    finally:
        place.write_text(before)


def _waive(place: Path, text: str, waiver: dict[str, str]) -> None:
    whole = {
        "kind": "Deployment",
        "name": "product-api",
        "owner": "ann@example.com",
        "reason": "a hotfix",
        **waiver,
    }
    assert "  drift:" not in text
    place.write_text(f"{text}  drift: {{waivers: [{json.dumps(whole)}]}}\n")

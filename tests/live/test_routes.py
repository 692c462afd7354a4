"""``edgeops routes --live`` over a real API server: what somebody changed there, and its end."""

import json
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from tests.controlplane.server import ControlPlane
from tests.live.fleet import (
    EDGE,
    SERVER_SIDE_FLUX,
    FleetOnDisk,
    ensure_namespaces,
    make_fleet,
)

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

PHX = "us-west-2-phx-2a"


@pytest.fixture
def fleet(api_server: ControlPlane, tmp_path: Path) -> FleetOnDisk:
    ensure_namespaces(api_server)
    made = make_fleet(tmp_path / "fleet", prefix="ways", name="ways", zones=(EDGE, PHX))
    made.apply(api_server, SERVER_SIDE_FLUX)
    return made


def _live(
    fleet: FleetOnDisk,
    plane: ControlPlane,
    capsys: pytest.CaptureFixture[str],
    user: str = "reader",
) -> tuple[int, dict[str, Any], str]:
    capsys.readouterr()
    access = ("--kubeconfig", str(plane.kubeconfig(user)))
    status = main(["routes", "-C", str(fleet.root), "-o", "json", "--prove", *access, "--live"])
    out, err = capsys.readouterr()
    return status, json.loads(out), err


def test_drift_of_a_resolver_is_followed_to_its_end(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    status, found, _ = _live(fleet, api_server, capsys)
    assert (status, found["status"], found["problems"]) == (0, "Passed", [])
    assert len(found["routes"]) == 7 + 2 * 6

    target = [{"service": "frontend", "namespace": fleet.namespace(PHX)}]
    patch = json.dumps({"spec": {"failover": {"*": {"targets": target}}}})
    api_server.kubectl(
        "patch", "serviceresolver", "frontend", "-n", fleet.namespace(EDGE),
        "--type=merge", "-p", patch,
    )  # fmt: skip
    status, found, _ = _live(fleet, api_server, capsys)
    assert (status, found["status"]) == (1, "Failed")
    (problem,) = found["problems"]
    assert (problem["reason"], problem["onlyLive"]) == ("spoke-to-spoke", True)
    assert (problem["zones"], problem["kind"]) == ([EDGE], "ServiceResolver")
    assert problem["source"] == f"overlays/edge-usw2/{EDGE}/resolvers.yaml"


def test_what_may_not_be_read_is_no_proof(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    status, found, err = _live(fleet, api_server, capsys, user="nobody")
    assert (status, found["status"]) == (2, "Unknown")
    assert found["unread"]
    assert found["routes"] == found["problems"] == []
    assert "not read" in err

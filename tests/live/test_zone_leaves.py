"""A zone leaves a real cluster: what drift says meanwhile, and what stage 2 looks for."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.errors import ExitStatus
from tests.controlplane.nodes import add_zone, remove_zone
from tests.controlplane.server import ControlPlane
from tests.live.fleet import EDGE, FleetOnDisk, drift, make_fleet
from tests.live.test_drift_cause import fleet, gone, head, say_applied

__all__ = ["fleet", "gone"]

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]


def remove(fleet: FleetOnDisk, plane: ControlPlane, *args: str) -> ExitStatus:
    where = ("--kubeconfig", str(plane.kubeconfig("reader")))
    return main(["zone", "remove", EDGE, "--yes", "-C", str(fleet.root), "-q", *where, *args])


def prune(fleet: FleetOnDisk, plane: ControlPlane, *, keep: str | None = None) -> None:
    """Do as an engine does after stage 1: what git dropped goes, its Namespace stays."""
    label = f"edgeops.dev/zone={EDGE},app.kubernetes.io/part-of={fleet.root.name}"
    kinds = (
        "serviceresolvers,serviceintentions,servicedefaults,poddisruptionbudgets,deployments,"
        "services,configmaps,secrets,serviceaccounts"
    )
    names = plane.kubectl(
        "get", kinds, "-n", fleet.namespace(EDGE), "-l", label, "-o", "name"
    ).stdout.split()
    going = [name for name in names if keep is None or not name.endswith(keep)]
    plane.kubectl("delete", "-n", fleet.namespace(EDGE), *going)


def of_zone(report: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return sorted(
        (item["drift"], item["kind"], item["cause"])
        for item in report["findings"]
        if item["zone"] == EDGE
    )


def test_a_zone_leaves(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    assert remove(fleet, api_server) is ExitStatus.OK
    first = head(fleet)

    # Before the sync: everything that is to be pruned is there, and is on its way.
    status, report = drift(fleet, api_server, capsys)
    assert status is ExitStatus.FINDINGS
    found = of_zone(report)
    assert {(what, cause) for what, _, cause in found} == {("Extraneous", "pending")}
    assert {"Deployment", "ServiceResolver", "Secret", "ServiceAccount"} <= {it[1] for it in found}
    assert len(found) == 39
    assert {item["zone"] for item in report["findings"]} == {EDGE}

    # The engine has not come that far yet, and says so.
    assert remove(fleet, api_server) is ExitStatus.FAILED
    said = capsys.readouterr().err
    assert "still has" in said
    assert "in which the zone is not leaving yet" in said
    assert head(fleet) == first

    # It has synced, and one object will not go.
    say_applied(api_server, fleet, first)
    prune(fleet, api_server, keep="deployment.apps/payments")
    status, report = drift(fleet, api_server, capsys)
    assert of_zone(report) == [("Extraneous", "Deployment", "left-behind")]
    assert remove(fleet, api_server) is ExitStatus.FAILED
    assert f"Deployment/{fleet.namespace(EDGE)}/payments" in capsys.readouterr().err
    assert head(fleet) == first

    # All of it is gone: the zone is in sync, and leaves git.
    prune(fleet, api_server)
    status, report = drift(fleet, api_server, capsys)
    assert (status, of_zone(report)) == (ExitStatus.OK, [])
    assert remove(fleet, api_server) is ExitStatus.OK
    assert not (fleet.root / "overlays" / fleet.cluster / EDGE).exists()

    # What stays with a person is told as long as it is there.
    _, report = drift(fleet, api_server, capsys)
    left = {(item["drift"], item["kind"], item["name"]) for item in report["findings"]}
    assert ("Extraneous", "Namespace", fleet.namespace(EDGE)) in left


def test_only_what_reads_is_asked(fleet: FleetOnDisk, api_server: ControlPlane) -> None:
    assert remove(fleet, api_server) is ExitStatus.OK
    before = datetime.now(UTC)

    assert remove(fleet, api_server) is ExitStatus.FAILED

    asked = api_server.asked_by("reader", since=before)
    assert asked
    assert {verb for verb, _ in asked} <= {"get", "list"}


def test_real_nodes(
    api_server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make_fleet(tmp_path / "nodes", prefix="nodes")
    capsys.readouterr()
    zones = (EDGE, "us-west-2-phx-2a", "us-west-2a")
    try:
        add_zone(api_server, EDGE, region="us-west-2", edge=True)
        add_zone(api_server, "us-west-2a", region="us-west-2", edge=False)
        where = ("-C", str(made.root), "--kubeconfig", str(api_server.kubeconfig()), "-o", "json")
        assert main(["nodes", *where]) is ExitStatus.OK
        assert json.loads(capsys.readouterr().out)["status"] == "Fine"

        add_zone(api_server, "us-west-2-phx-2a", region="us-west-2", edge=False, count=1)
        assert main(["nodes", *where]) is ExitStatus.FINDINGS
        (problem,) = json.loads(capsys.readouterr().out)["problems"]
        assert problem["node"] == "us-west-2-phx-2a-node-1"

        # The remedy that was printed is one.
        words = problem["remedy"].split()
        api_server.kubectl(*words[words.index("taint") :])
        assert main(["nodes", *where]) is ExitStatus.OK
        capsys.readouterr()

        assert main(["zone", "list", "--discover", *where]) is ExitStatus.OK
        listed = json.loads(capsys.readouterr().out)
        assert [len(zone["nodes"]) for zone in listed["zones"]] == [2]
        assert [zone["zone"] for zone in listed["proposed"]] == ["us-west-2-phx-2a"]
    finally:
        for zone in zones:
            remove_zone(api_server, zone)


def test_nodes_that_may_not_be_listed_are_not_none(
    api_server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make_fleet(tmp_path / "denied", prefix="denied")
    where = ("-C", str(made.root), "--kubeconfig", str(api_server.kubeconfig("nobody")))
    assert main(["nodes", *where]) is ExitStatus.FAILED
    assert "the nodes could not be read: 403" in capsys.readouterr().err

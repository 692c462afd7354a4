"""``edgeops sync-status`` on a real API server; what the engines report stands in by patches."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.live.fleet import (
    EDGE,
    SERVER_SIDE_ARGO,
    SERVER_SIDE_FLUX,
    FleetOnDisk,
    ensure_namespaces,
    make_fleet,
)
from tests.live.test_drift_cause import KUSTOMIZATION, commit, gone, head, say_applied
from tests.live.test_drift_engine import make_applications, patch

__all__ = ["gone"]

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

NUMBERS = itertools.count()


@pytest.fixture(params=["flux", "argocd"])
def fleet(request: pytest.FixtureRequest, api_server: ControlPlane, tmp_path: Path) -> FleetOnDisk:
    """A fleet that is live as its engine applied it, and of which the engine says so."""
    ensure_namespaces(api_server)
    name = f"says{request.param}{next(NUMBERS)}"
    made = make_fleet(tmp_path / name, prefix=name, engine=request.param, name=name)
    made.apply(api_server, SERVER_SIDE_FLUX if request.param == "flux" else SERVER_SIDE_ARGO)
    if request.param == "argocd":
        make_applications(api_server, made)
    say_applied(api_server, made, head(made))
    for zone in made.zones:
        say_well(api_server, made, zone)
    return made


def say_well(plane: ControlPlane, fleet: FleetOnDisk, zone: str) -> None:
    name = f"{fleet.root.name}-edge-usw2-{zone}"
    if fleet.engine == "argocd":
        sync = {"status": "Synced", "revision": head(fleet), "comparedTo": COMPARED}
        status = {"status": {"sync": sync, "health": {"status": "Healthy"}}}
        patch(plane, "argocd", f"application/{name}", status)
        return
    kinds = ("Ready", "Healthy")
    conditions = [
        {
            "type": kind,
            "status": "True",
            "reason": "Succeeded",
            "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }
        for kind in kinds
    ]
    status = {"status": {"conditions": conditions, "observedGeneration": 1}}
    patch(plane, "flux-system", f"{KUSTOMIZATION}/{name}", status, "--subresource=status")


COMPARED = {"source": {"repoURL": "https://x"}, "destination": {}}


def asked(
    fleet: FleetOnDisk, plane: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> tuple[ExitStatus, dict[str | None, Any]]:
    capsys.readouterr()
    where = ("--kubeconfig", str(plane.kubeconfig("reader")))
    status = main(["sync-status", "-C", str(fleet.root), "-o", "json", *where])
    return status, {row["zone"]: row for row in json.loads(capsys.readouterr().out)["zones"]}


def test_the_engine_is_contradicted_where_live_differs(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    status, rows = asked(fleet, api_server, capsys)
    assert status is ExitStatus.OK
    assert set(rows) == {"region", EDGE, None}
    says = rows[EDGE]["says"]
    assert (says["state"], says["health"], says["suspended"]) == ("Synced", "Healthy", False)
    assert (says["revision"], rows[EDGE]["engine"]) == (head(fleet), fleet.engine)
    assert not any(row["contradicted"] for row in rows.values())

    patch(api_server, fleet.namespace(EDGE), "deployment/nginx", {"spec": {"replicas": 9}})
    status, rows = asked(fleet, api_server, capsys)
    assert status is ExitStatus.FINDINGS
    assert {zone for zone, row in rows.items() if row["contradicted"]} == {EDGE}
    assert rows[EDGE]["live"]["modified"] == 1


def test_an_overlay_that_does_not_build_leaves_the_engine_its_word(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    overlay = f"overlays/edge-usw2/{EDGE}/kustomization.yaml"
    commit(fleet, {overlay: ("- namespace.yaml\n", "- namespace.yaml\n- absent.yaml\n")}, "Break")
    status, rows = asked(fleet, api_server, capsys)
    assert status is ExitStatus.FAILED
    assert rows[EDGE]["live"]["status"] == "Unknown"
    assert rows[EDGE]["says"]["state"] == "Synced"
    assert not rows[EDGE]["contradicted"]

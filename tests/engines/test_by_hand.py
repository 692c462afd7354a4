"""What somebody changes by hand: named at once, put back by the engine, remembered."""

import json
from pathlib import Path
from typing import Any

import pytest

from edgeops.errors import ExitStatus
from tests.engines.conftest import Make
from tests.engines.site import EDGE, HUB, Site, told
from tests.engines.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.controlplane]

IMAGE = "image"
GRACE = "terminationGracePeriodSeconds"
DEADLINE = "progressDeadlineSeconds"


def patch(site: Site, zone: str, name: str, spec: dict[str, Any], manager: str) -> None:
    site.kubectl(
        zone,
        *("patch", "deployment", name, "--type=strategic", f"--field-manager={manager}"),
        *("-p", json.dumps({"spec": spec})),
    )


def pods(**fields: Any) -> dict[str, Any]:
    return {"template": {"spec": fields}}


def image_of(site: Site, zone: str, name: str) -> str:
    form = "jsonpath={.spec.template.spec.containers[0].image}"
    return site.kubectl(zone, "get", "deployment", name, "-o", form)


def causes(report: dict[str, Any], zone: str) -> dict[str, str]:
    """By object and last name of the path: why it differs; of workloads only."""
    return {
        f"{item['name']} {field['path'].rpartition('.')[2]}": field["cause"]
        for item in report["findings"]
        for field in item["fields"]
        if item["zone"] == zone and item["kind"] == "Deployment"
    }


def test_named_then_put_back_and_remembered(make: Make, tmp_path: Path) -> None:
    site = make(zones=(EDGE,))
    history = ("--history", str(tmp_path / "history.sqlite"))
    site.engine.pause(site.fleet, EDGE)
    before = image_of(site, EDGE, "frontend")
    patch(
        site, EDGE, "frontend", pods(containers=[{"name": "frontend", "image": "other:1"}]), "k9s"
    )
    # What git never named: by a program that Flux does not know, and by kubectl, which it does.
    patch(site, EDGE, "nginx", pods(terminationGracePeriodSeconds=5), "k9s")
    patch(site, EDGE, "public-api", {DEADLINE: 700}, "kubectl-patch")
    status, report = site.drift(*history)
    assert status is ExitStatus.FINDINGS
    named = {
        f"frontend {IMAGE}": "edited",
        f"nginx {GRACE}": "edited",
        f"public-api {DEADLINE}": "edited",
    }
    assert causes(report, EDGE) == named, told(report)
    paused = [item["name"] for item in report["findings"] if item["kind"] != "Deployment"]
    assert paused == [f"{site.fleet}-{EDGE}"]

    site.engine.resume(site.fleet, EDGE)
    site.engine.resync(site.fleet, EDGE)
    until("the image of git is back", lambda: image_of(site, EDGE, "frontend") == before)
    # Flux takes over what kubectl wrote, and with that removes what git does not have.
    left = {f"nginx {GRACE}": "edited"}
    if site.engine_name != "flux":
        left[f"public-api {DEADLINE}"] = "edited"
    until(
        "what git never named is still told of",
        lambda: causes(site.drift(*history)[1], EDGE) == left,
    )
    episodes = site.must("history", "-o", "json", *history).document["episodes"]
    over = {item["name"]: item["resolvedAt"] is not None for item in episodes}
    assert over["frontend"]
    assert not over["nginx"]


def test_a_commit_that_is_not_synced_is_pending_not_edited(make: Make) -> None:
    site = make(zones=(EDGE,))
    applied = site.head()
    site.engine.pause(site.fleet, EDGE)
    site.edit("base/product-api.yaml", "product-api:v0.0.22", "product-api:v0.0.23")
    site.edit("base/public-api.yaml", "public-api:v0.0.7", "public-api:v0.0.8")
    site.commit("Newer images")
    site.push()
    site.synced(HUB)
    patch(
        site, EDGE, "frontend", pods(containers=[{"name": "frontend", "image": "other:1"}]), "k9s"
    )
    patch(
        site,
        EDGE,
        "public-api",
        pods(containers=[{"name": "public-api", "image": "other:1"}]),
        "k9s",
    )
    status, report = site.drift()
    assert status is ExitStatus.FINDINGS
    assert causes(report, EDGE) == {
        f"product-api {IMAGE}": "pending",
        f"frontend {IMAGE}": "edited",
        f"public-api {IMAGE}": "both",
    }, told(report)
    assert not causes(report, HUB)
    synced = {row["zone"]: row["syncedRevision"] for row in report["zones"]}
    assert (synced[EDGE], synced[HUB]) == (applied, site.head())

"""What goes wrong stays where it is: sick, broken, refused, and nobody there."""

import pytest

from edgeops.errors import ExitStatus
from tests.engines.conftest import Make
from tests.engines.kubelets import REFUSED
from tests.engines.site import EDGE, HUB, OTHER, Site, told
from tests.engines.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.controlplane]

NOWHERE = """
- target:
    kind: Deployment
    name: frontend
  patch: |-
    - op: add
      path: /spec/template/spec/nodeSelector
      value: {edgeops.test/nowhere: "yes"}
"""


def add_patch(site: Site, zone: str, patch: str) -> None:
    site.edit(f"overlays/edge-usw2/{zone}/kustomization.yaml", "\npatches:\n", f"\npatches:{patch}")


def test_a_sick_region_does_not_stop_the_edge(make: Make) -> None:
    site = make(zones=(EDGE,))
    healthy = site.head()
    add_patch(site, HUB, NOWHERE)
    site.edit("base/public-api.yaml", "public-api:v0.0.7", "public-api:v0.0.8")
    site.commit("Make the Region sick")
    site.push()
    site.synced(EDGE)
    assert "v0.0.8" in site.kubectl(EDGE, "get", "deployment", "public-api", "-o", "yaml")
    report = site.drift()[1]
    assert {item["cause"] for item in report["findings"]} <= {"pending"}, told(report)
    if site.engine_name == "flux":
        # It names a commit as applied once that is healthy.
        assert site.engine.applied(site.fleet, HUB) == healthy


def test_an_overlay_that_breaks_stops_its_zone_alone(make: Make) -> None:
    site = make(zones=(EDGE, OTHER))
    good, before = site.head(), site.uids(EDGE)
    add_patch(site, EDGE, "\n- path: not-there.yaml\n")
    site.edit("base/public-api.yaml", "public-api:v0.0.7", "public-api:v0.0.8")
    site.commit("Break one overlay")
    site.push()
    site.synced(HUB, OTHER)
    said = until("it says what is wrong", lambda: site.engine.failure(site.fleet, EDGE))
    assert said is not None
    assert "not-there.yaml" in said
    assert site.engine.applied(site.fleet, EDGE) == good
    assert site.uids(EDGE) == before
    status, report = site.drift()
    assert status is ExitStatus.FAILED
    rows = {row["zone"]: row["status"] for row in report["zones"]}
    assert rows[EDGE] == "Unknown"
    assert (rows[HUB], rows[OTHER]) == ("Synced", "Synced")
    assert any("not-there.yaml" in item["reason"] for item in report["unread"]), told(report)


def test_what_consul_refuses_is_told(make: Make) -> None:
    site = make(zones=(EDGE,))
    patch = f"""
- target:
    kind: ServiceResolver
  patch: |-
    - op: add
      path: /metadata/labels
      value: {{{REFUSED}: "yes"}}
"""
    add_patch(site, EDGE, patch)
    site.commit("Entries that Consul refuses")
    site.push()
    until(
        "Consul has refused",
        lambda: {item["drift"] for item in site.drift()[1]["findings"]} >= {"NotInForce"},
    )
    refused = [item for item in site.drift()[1]["findings"] if item["drift"] == "NotInForce"]
    assert {item["kind"] for item in refused} == {"ServiceResolver"}
    assert {item["zone"] for item in refused} == {EDGE}


def test_no_git_server_deletes_nothing(make: Make) -> None:
    site = make(zones=(EDGE,))
    before = site.uids()
    with site.world.without_git():
        site.engine.fetch(site.fleet)
        until("the engine has noticed", lambda: site.engine.without_source(site.fleet))
        site.in_sync()
    assert site.uids() == before
    site.edit("base/public-api.yaml", "public-api:v0.0.7", "public-api:v0.0.8")
    site.commit("A newer image")
    site.push()
    site.synced(HUB, EDGE)
    site.in_sync()
    assert set(site.uids()) == set(before)


def test_no_api_server_is_unknown_and_deletes_nothing(make: Make) -> None:
    site = make(zones=(EDGE,))
    before = site.uids()
    plane = site.world.plane
    plane.stop_api_server()
    status, report = site.drift()
    assert status is ExitStatus.FAILED
    assert {row["status"] for row in report["zones"]} == {"Unknown"}
    plane.start_api_server()
    site.edit("base/public-api.yaml", "public-api:v0.0.7", "public-api:v0.0.8")
    site.commit("A newer image")
    site.push()
    site.synced(HUB, EDGE)
    site.in_sync()
    assert site.uids() == before

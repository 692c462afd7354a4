"""One apply at the start, then nothing but pushes: zones come, and go in their stages."""

import json

import pytest

from tests.engines.conftest import MESHES, Make
from tests.engines.site import EDGE, HUB, OTHER, THIRD, Site
from tests.engines.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.controlplane]

ENTRIES = ("serviceresolvers", "serviceintentions", "servicedefaults")


def test_a_zone_comes_by_push_alone(make: Make) -> None:
    site = make(zones=(EDGE,))
    before = site.uids()
    site.must("zone add", THIRD, "--push")
    site.join_nodes()
    site.engine.fetch(site.fleet)
    site.synced(HUB, EDGE, THIRD)
    assert {key: uid for key, uid in site.uids().items() if key in before} == before
    assert set(site.uids()) - set(before) == set(site.uids(THIRD))
    site.in_sync()


@pytest.mark.parametrize("mesh", MESHES)
def test_a_zone_goes_in_stages_and_takes_nothing_else_along(make: Make) -> None:
    site = make(zones=(EDGE, OTHER))
    others = site.uids(HUB, EDGE)
    since = version(site)
    site.must("zone remove", OTHER, "--yes", "--push", *site.reading())
    site.engine.fetch(site.fleet)
    site.synced(HUB, EDGE, OTHER)
    until("all but the namespace is pruned", lambda: len(site.uids(OTHER)) == 1)
    assert site.uids(HUB, EDGE) == others
    assert last_deletion(site, ENTRIES, since) < first_deletion(site, "deployments", since)
    site.in_sync()

    site.must("zone remove", OTHER, "--yes", "--push", *site.reading())
    site.engine.fetch(site.fleet)
    site.synced(HUB, EDGE)
    assert site.uids(HUB, EDGE) == others
    assert [key for key in site.uids(OTHER) if not key.startswith("Namespace/")] == []


def version(site: Site) -> str:
    """Where the cluster's one count of changes stands."""
    listed = site.world.plane.get("/api/v1/namespaces")
    return str(listed["metadata"]["resourceVersion"])


def deletions(site: Site, plural: str, since: str) -> list[int]:
    """At which counts objects of the leaving zone were deleted, as a watch tells."""
    group = "apps/v1" if plural == "deployments" else "consul.hashicorp.com/v1alpha1"
    place = f"/apis/{group}/namespaces/{site.namespace(OTHER)}/{plural}"
    query = f"watch=1&resourceVersion={since}&timeoutSeconds=2"
    status, body = site.world.plane.request("GET", f"{place}?{query}")
    assert status == 200
    events = [json.loads(line) for line in body.splitlines()]
    return [
        int(event["object"]["metadata"]["resourceVersion"])
        for event in events
        if event["type"] == "DELETED"
    ]


def last_deletion(site: Site, plurals: tuple[str, ...], since: str) -> int:
    return max(count for plural in plurals for count in deletions(site, plural, since))


def first_deletion(site: Site, plural: str, since: str) -> int:
    return min(deletions(site, plural, since))

"""What `edgeops init` pushes, an engine brings into being; what is in sync is told so."""

from datetime import datetime

import pytest

from tests.engines.conftest import MESHES, Make
from tests.engines.site import EDGE, HUB, OTHER, Site

pytestmark = [pytest.mark.e2e, pytest.mark.controlplane]


@pytest.mark.parametrize("mesh", MESHES)
def test_everything_is_there_and_came_in_order(make: Make) -> None:
    site = make()
    revision = site.head()
    report = site.in_sync()
    synced = {row["zone"]: row["syncedRevision"] for row in report["zones"]}
    assert synced == {HUB: revision, EDGE: revision, OTHER: revision, None: revision}
    assert report["summary"]["objects"] > 60

    begun = {zone: min(created(site, zone, "deployments")) for zone in (HUB, EDGE, OTHER)}
    if site.engine_name == "flux":
        assert begun[HUB] <= min(begun[EDGE], begun[OTHER])
    else:
        # Argo CD has no order between zones; within one, its waves wait for Consul's answers.
        for zone, first in begun.items():
            assert max(created(site, zone, "serviceresolvers,servicedefaults")) <= first


def created(site: Site, zone: str, kinds: str) -> list[datetime]:
    """When the objects of some kinds of a zone were made."""
    items = site.world.get(kinds, "-n", site.namespace(zone))
    return [datetime.fromisoformat(item["metadata"]["creationTimestamp"]) for item in items]

"""What `edgeops init` pushes, an engine brings into being; what is in sync is told so."""

from datetime import datetime

import pytest

from tests.engines.conftest import MESHES, Make
from tests.engines.site import EDGE, HUB, OTHER, Site

pytestmark = [pytest.mark.e2e, pytest.mark.controlplane]


@pytest.mark.parametrize("mesh", MESHES)
def test_everything_is_there_and_the_region_was_first(make: Make) -> None:
    site = make()
    revision = site.head()
    report = site.in_sync()
    synced = {row["zone"]: row["syncedRevision"] for row in report["zones"]}
    assert synced == {HUB: revision, EDGE: revision, OTHER: revision, None: revision}
    assert report["summary"]["objects"] > 60

    begun = {zone: created(site, zone) for zone in (HUB, EDGE, OTHER)}
    assert begun[HUB] <= min(begun[EDGE], begun[OTHER])


def created(site: Site, zone: str) -> datetime:
    """When the first workload of a zone was made."""
    deployments = site.world.get("deployments", "-n", site.namespace(zone))
    return min(
        datetime.fromisoformat(item["metadata"]["creationTimestamp"]) for item in deployments
    )

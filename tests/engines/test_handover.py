"""A fleet goes from one real engine to the other, and nothing of it is made anew."""

import shlex

import pytest

from edgeops import wiring
from edgeops.core.fleet.model import EngineKind
from edgeops.errors import ExitStatus
from edgeops.usecases.handover import left_to_do
from tests.engines.conftest import Make
from tests.engines.site import EDGE, HUB, Site
from tests.engines.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.controlplane]

OTHER_ENGINE = {"flux": "argocd", "argocd": "flux"}


def step(site: Site, to: str) -> None:
    """
    Run the hand-over's next step, as soon as it says that the one before has come through.

    It is asked again and again, as a person would, and refuses while it is too early.
    """
    until(
        f"the step towards {to} is taken",
        lambda: (
            site.edgeops("init", "--engine", to, "--push", *site.reading()).status is ExitStatus.OK
        ),
    )


def test_nothing_is_deleted(make: Make) -> None:
    site = make(zones=(EDGE,))
    old, new = site.engine_name, OTHER_ENGINE[site.engine_name]
    before = site.uids()

    # The old engine comes to rest; the new one gets its objects, and rests too.
    step(site, new)
    site.engine.fetch(site.fleet)
    site.engine_name = new
    site.connect()
    assert site.uids() == before

    # The new one takes over all that is there.
    site.engine_name = old
    site.engine.fetch(site.fleet)
    step(site, new)
    site.engine_name = new
    site.engine.fetch(site.fleet)
    site.synced(HUB, EDGE)
    assert site.uids() == before

    # The old one's folder leaves git, and its objects the cluster, by the commands that it prints.
    step(site, new)
    site.engine.fetch(site.fleet)
    fleet = wiring.parse_fleet((site.root / "edgeops.yaml").read_text(encoding="utf-8"))
    for command in left_to_do(fleet, EngineKind(old)):
        words = shlex.split(command)
        assert words[:2] == ["kubectl", "--context"]
        site.world.plane.kubectl(*words[3:])
    site.synced(HUB, EDGE)
    assert site.uids() == before
    until("all is in sync", lambda: site.drift()[0] is ExitStatus.OK)
    assert site.uids() == before

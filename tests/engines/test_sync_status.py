"""`edgeops sync-status`: an engine that says Synced of a zone in which live differs."""

from typing import Any

import pytest

from edgeops.errors import ExitStatus
from tests.engines.conftest import Make
from tests.engines.site import EDGE, HUB, Site, told
from tests.engines.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.controlplane]


def asked(site: Site) -> tuple[ExitStatus, dict[str | None, Any]]:
    answer = site.edgeops("sync-status", "-o", "json", *site.reading())
    return answer.status, {row["zone"]: row for row in answer.document["zones"]}


def test_the_engine_says_synced_and_live_differs(make: Make) -> None:
    site = make(zones=(EDGE,))
    site.in_sync()
    status, rows = asked(site)
    assert status is ExitStatus.OK
    says = rows[EDGE]["says"]
    assert (says["state"], says["revision"], says["suspended"]) == ("Synced", site.head(), False)
    assert not any(row["contradicted"] for row in rows.values())

    # What git does not name, by a program that no engine knows.
    before = round_of(site)
    site.kubectl(
        EDGE,
        *("set", "env", "deployment/nginx", "DEBUG=1", "--field-manager=k9s"),
    )
    site.kubectl(EDGE, "create", "configmap", "mine", "--from-literal=a=b")
    site.engine.resync(site.fleet, EDGE)
    until("the engine has looked since", lambda: round_of(site) != before)
    until("and is done", lambda: asked(site)[1][EDGE]["says"]["state"] == "Synced")
    status, rows = asked(site)
    assert status is ExitStatus.FINDINGS
    assert {zone for zone, row in rows.items() if row["contradicted"]} == {EDGE}
    live = rows[EDGE]["live"]
    report = site.drift()[1]
    assert (live["modified"], live["extraneous"]) == (1, 1), told(report)
    assert rows[HUB]["live"]["status"] == "Synced"


def round_of(site: Site) -> str:
    """What the engine writes into its object with every round."""
    found = site.engine.object(site.fleet, EDGE)["status"]
    return str(found.get("reconciledAt") or found.get("lastHandledReconcileAt"))

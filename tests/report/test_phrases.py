"""Words that all formats for people share."""

from dataclasses import replace

from edgeops.core.findings import Unread
from edgeops.report.phrases import unread_lines, verdict
from tests.report import samples


def test_one_reason_is_told_once_a_cluster() -> None:
    """A cluster that is away is one line, whatever its number of zones."""
    away = {"what": "cluster west", "reason": "refused"}
    gaps = [
        *(Unread(cluster="west", zone=zone, **away) for zone in ("region", "lax", None)),
        Unread(cluster="west", zone="lax", what="v1 ConfigMap", reason="403"),
        Unread(cluster="east", zone=None, what="cluster east", reason="refused"),
        Unread(cluster=None, zone=None, what="v1 Pod", reason="403"),
        Unread(cluster=None, zone=None, what="v1 Pod", reason="401"),
    ]
    assert unread_lines(gaps) == [
        "west (3 rows): cluster west: refused",
        "west/lax: v1 ConfigMap: 403",
        "east: cluster east: refused",
        "v1 Pod: 403",
        "v1 Pod: 401",
    ]


def test_a_verdict_that_stands_on_waivers_says_so() -> None:
    report = samples.synced()
    assert verdict(report) == "Synced: 72 objects in 2 zones, all as git says"
    waived = replace(report, waived=samples.full().waived)
    assert verdict(waived) == (
        "Synced: 72 objects in 2 zones, all as git says but for 1 waived finding"
    )

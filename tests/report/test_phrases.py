"""Words that all formats for people share."""

from edgeops.core.findings import Unread
from edgeops.report.phrases import unread_lines


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

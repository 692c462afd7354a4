"""What comes and goes between two reports, as lines."""

import json
from dataclasses import replace

from edgeops.core.comings import comings
from edgeops.core.findings import DriftReport, Severity
from edgeops.report.comings import as_json, as_text
from tests.core.drifts import LAS, LAX, found, report


def _lines(before: DriftReport | None, now: DriftReport) -> list[str]:
    return [as_text(event, "T") for event in comings(before, now)]


def test_at_first_everything_that_drifted_is_told() -> None:
    assert _lines(None, report(0)) == []
    place = "edge-usw2/us-west-2-lax-1a"
    what = "Modified Deployment/demo-us-west-2-lax-1a/web  medium  spec.replicas"
    assert _lines(None, report(0, found())) == [
        f"T  drifted    {place}  {what}",
        f"T  OutOfSync  {place}",
    ]


def test_nothing_new_is_no_line() -> None:
    assert _lines(report(0, found()), report(1, found())) == []


def test_changed_resolved_and_unread() -> None:
    before = report(0, found(), found("api", zone=LAS))
    now = report(1, replace(found(), severity=Severity.HIGH), unread=[LAS])
    told = [json.loads(as_json(event, "T")) for event in comings(before, now)]
    assert [one["type"] for one in told] == ["MODIFIED", "DELETED", "STATUS"]
    assert told[0]["finding"]["severity"] == "high"
    assert (told[1]["finding"]["name"], told[1]["why"]) == ("api", "unread")
    assert told[2]["zone"]["status"] == "Unknown"
    assert told[2]["unread"] == [{"what": "apps/v1 Deployment", "reason": "403"}]
    gone = _lines(report(0, found(), zones=[LAX]), report(1, zones=[LAX]))
    assert [line.split()[1] for line in gone] == ["resolved", "Synced"]

"""Stored reports read back: nothing is lost, and what is no report is refused by its path."""

import json
from typing import Any

import pytest

from edgeops.core.findings import DriftReport
from edgeops.core.shards import Shard
from edgeops.errors import StoredReportError
from edgeops.report.document import document
from edgeops.report.reading import parse_report
from edgeops.report.registry import FORMATS, render
from tests.core.drifts import found, report
from tests.report import samples

REPORTS = {
    "full": samples.full(),
    "drifted": samples.drifted(),
    "synced": samples.synced(),
    "empty": samples.empty(),
    "shard": report(0, found(), shard=Shard(index=2, count=3)),
}


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("stored", ["json", "yaml"])
def test_every_format_of_a_stored_report_is_that_of_the_report(name: str, stored: str) -> None:
    again = parse_report(render(REPORTS[name], stored))
    assert document(again) == document(REPORTS[name])
    for format_name in FORMATS:
        if format_name not in {"table", "html"}:
            assert render(again, format_name) == render(REPORTS[name], format_name)


def changed(path: list[str | int], value: Any) -> str:
    body = document(samples.full())
    node: Any = body
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return json.dumps(body)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "kind|document"),
        ("[]", "the document: must be a mapping"),
        ("{", "line 2: not valid YAML"),
        ('{"kind": "Plan"}', "kind: is 'Plan', not DriftReport"),
        (changed(["startedAt"], "noon"), "startedAt: must be an RFC 3339 time"),
        (changed(["zones"], None), "zones: must be a list"),
        (changed(["zones", 1, "synced"], -1), r"zones\[1\].synced: must be a whole number"),
        (changed(["zones", 0, "status"], "Fine"), r"zones\[0\].status: must be one of Synced, "),
        (changed(["findings", 0, "drift"], "Odd"), r"findings\[0\].drift: must be one of Modified"),
        (changed(["findings", 0, "name"], 7), r"findings\[0\].name: must be a text"),
        (changed(["unread", 0], "x"), r"unread\[0\]: must be a mapping"),
        (changed(["durationSeconds"], "1 s"), "durationSeconds: must be a number"),
        (changed(["shard"], {"index": 3, "count": 2}), "shard: '3/2'"),
        (changed(["notes"], [3]), r"notes\[0\]: must be a text"),
    ],
)
def test_what_is_no_report(text: str, message: str) -> None:
    with pytest.raises(StoredReportError, match=message):
        parse_report(text)


def test_what_a_later_version_adds_is_left_out() -> None:
    assert isinstance(parse_report(changed(["brandNew"], {"a": 1})), DriftReport)

"""The document for programs: its keys are the contract's, to the letter."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgeops.core.documents import load
from edgeops.core.findings import Change, Drift, DriftReport, FieldChange
from edgeops.report.document import document
from edgeops.report.json import render_json
from edgeops.report.yaml import render_yaml
from tests.report import samples
from tests.report.sample_findings import LAX

ROOT = Path(__file__).parents[2]

# Contract, section 4, in its order; `notes`, `shard`, `message` and a waived `path` are ours.
TOP = [
    "apiVersion", "kind", "repository", "startedAt", "durationSeconds", "edgeopsVersion",
    "kustomizeVersion", "shard", "status", "summary", "zones", "findings", "waived", "rules",
    "unread", "notes",
]  # fmt: skip
REPOSITORY = ["url", "branch", "revision", "dirty"]
COUNTS = ["objects", "synced", "modified", "missing", "extraneous", "unknown"]
ZONE = ["cluster", "zone", "namespace", "status", *COUNTS, "syncedRevision"]
ATTRIBUTION = ["manager", "managerClass", "operation", "subresource", "changedAt"]
FINDING = [
    "cluster", "zone", "apiVersion", "kind", "namespace", "name", "drift", "severity", "cause",
    "source", "line", *ATTRIBUTION, "message", "fields",
]  # fmt: skip
TERMS = ["owner", "reason", "expires", "path"]
FIELD = ["path", "change", "desired", "live", *ATTRIBUTION, "cause"]
RULE = ["rule", "source", "hid"]
UNREAD = ["cluster", "zone", "what", "reason"]

REPORTS = [samples.full(), samples.drifted(), samples.synced(), samples.empty()]


@pytest.mark.parametrize("report", REPORTS)
def test_keys_and_their_order(report: DriftReport) -> None:
    whole = document(report)
    assert list(whole) == TOP
    assert list(whole["repository"]) == REPOSITORY
    assert list(whole["summary"]) == ["zones", *COUNTS]
    for row in whole["zones"]:
        assert list(row) == ZONE
    assert all(list(finding) == FINDING for finding in whole["findings"])
    assert all(list(finding) == [*FINDING, *TERMS] for finding in whole["waived"])
    for finding in whole["findings"] + whole["waived"]:
        assert all(list(field) == FIELD for field in finding["fields"])
    assert all(list(rule) == RULE for rule in whole["rules"])
    assert all(list(unread) == UNREAD for unread in whole["unread"])


def test_head() -> None:
    whole = document(samples.full())
    assert (whole["apiVersion"], whole["kind"]) == ("edgeops.dev/v1alpha1", "DriftReport")
    assert whole["status"] == "Unknown"
    assert whole["durationSeconds"] == 0.812
    assert document(samples.drifted())["status"] == "OutOfSync"
    assert document(samples.synced())["status"] == "Synced"


def test_summary_adds_up_the_rows() -> None:
    whole = document(samples.full())
    for name in COUNTS:
        assert whole["summary"][name] == sum(row[name] for row in whole["zones"])
    for row in (whole["summary"], *whole["zones"]):
        assert row["objects"] == sum(row[name] for name in COUNTS[1:])
    # Seven rows, one of which holds what belongs to no zone.
    assert whole["summary"]["zones"] == 6
    assert whole["summary"]["objects"] == 211


def test_missing_and_extraneous_have_no_fields() -> None:
    for finding in document(samples.full())["findings"]:
        if finding["drift"] in {"Missing", "Extraneous"}:
            assert finding["fields"] == []
        elif finding["drift"] == "Modified":
            assert finding["fields"]


@pytest.mark.parametrize(
    ("drift", "number"),
    [(Drift.MODIFIED, 1), (Drift.NOT_IN_FORCE, 1), (Drift.MISSING, 0), (Drift.EXTRANEOUS, 0)],
)
def test_a_whole_object_has_no_fields_whatever_was_compared(drift: Drift, number: int) -> None:
    report = samples.drifted()
    findings = tuple(replace(finding, drift=drift) for finding in report.findings)
    (finding,) = document(replace(report, findings=findings))["findings"]
    assert len(finding["fields"]) == number


def test_absent_values_are_null() -> None:
    (finding,) = document(samples.drifted())["findings"]
    nulls = [name for name, value in finding.items() if value is None]
    assert nulls == [
        "cluster", "zone", "namespace", "cause", "source", "line", *ATTRIBUTION, "message",
    ]  # fmt: skip
    (field,) = finding["fields"]
    assert [name for name, value in field.items() if value is None] == [
        "desired", *ATTRIBUTION, "cause",
    ]  # fmt: skip


def test_one_finding_as_a_whole() -> None:
    finding = next(
        item for item in document(samples.full())["findings"] if item["name"] == "product-api"
    )
    fields = finding.pop("fields")
    assert finding == {
        "cluster": "edge-usw2",
        "zone": LAX,
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "namespace": "demo-app-us-west-2-lax-1a",
        "name": "product-api",
        "drift": "Modified",
        "severity": "high",
        "cause": "both",
        "source": "base/product-api.yaml",
        "line": 12,
        "manager": "kubectl-edit",
        "managerClass": "person",
        "operation": "Update",
        "subresource": None,
        "changedAt": "2026-01-31T11:58:00Z",
        "message": None,
    }
    assert fields[1] == {
        "path": "spec.replicas",
        "change": "changed",
        "desired": 1,
        "live": 3,
        "manager": "kubectl",
        "managerClass": "person",
        "operation": "Update",
        "subresource": "scale",
        "changedAt": "2026-01-31T11:59:30Z",
        "cause": "edited",
    }


@pytest.mark.parametrize("report", REPORTS)
def test_json_and_yaml_hold_the_document(report: DriftReport) -> None:
    assert json.loads(render_json(report)) == document(report)
    assert load(render_yaml(report)) == document(report)


@pytest.mark.parametrize(
    "value",
    ["y", "n", "on", "1e3", "0o7", "012", "null", "~", "", "2026-01-31", "12:30:45", "=", "<<",
     "a\nb\n", "\x9b", "\x1b[0m", " lead", {"a": [1, None, {"b": 1.5}]}, 1e300, 2**63, True],
    ids=repr,
)  # fmt: skip
def test_values_survive_both_formats(value: Any) -> None:
    report = samples.drifted()
    change = FieldChange(path="x", change=Change.CHANGED, desired=value, live=[value])
    findings = tuple(replace(finding, fields=(change,)) for finding in report.findings)
    report = replace(report, findings=findings)
    for read in (json.loads(render_json(report)), load(render_yaml(report))):
        field = read["findings"][0]["fields"][0]
        assert field["desired"] == value
        assert type(field["desired"]) is type(value)
        assert field["live"] == [value]


def _paths(value: Any, path: str = "") -> set[str]:
    """The keys of a document as its reference names them: ``zones[].cluster``."""
    if isinstance(value, dict):
        return set().union(
            *(_paths(item, f"{path}.{key}" if path else key) for key, item in value.items())
        )
    if path == "waived":
        return {f"{path}[]", *(f"{path}[].{key}" for key in TERMS)}
    if path == "notes":
        return {f"{path}[]"}
    if isinstance(value, list) and path.count("[]") == path.count("fields"):
        return set().union(*(_paths(item, f"{path}[]") for item in value))
    return {path}


def test_reference_names_exactly_the_keys() -> None:
    text = (ROOT / "docs/reference/drift-report.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)
    assert len(named) == len(set(named))
    whole = document(samples.full())
    for finding in whole["findings"]:
        for field in finding["fields"]:
            field["desired"] = field["live"] = None  # any JSON: their keys are not ours
    # Findings without fields would show the list itself as a leaf.
    whole["findings"] = [finding for finding in whole["findings"] if finding["fields"]]
    assert set(named) == _paths(whole)

"""JUnit and SARIF, read again the way a CI system does."""

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.core.findings import DriftReport, RepositoryState, Unread, ZoneReport
from edgeops.report.junit import render_junit
from edgeops.report.sarif import render_sarif
from tests.report import samples
from tests.report.sample_findings import WAVELENGTH


def reported(**values: Any) -> DriftReport:
    return DriftReport(
        repository=values.pop("repository", RepositoryState()),
        started_at="2026-01-31T12:00:00Z",
        duration_seconds=1,
        edgeops_version="0",
        kustomize_version=None,
        **values,
    )


def junit(report: DriftReport) -> ET.Element:
    return ET.fromstring(render_junit(report))


def test_junit_counts() -> None:
    root = junit(samples.full())
    report = samples.full()
    assert root.get("failures") == str(len(report.findings))
    assert root.get("errors") == str(len(report.unread))
    skipped = [int(suite.get("skipped") or 0) for suite in root.findall("testsuite")]
    assert sum(skipped) == len(report.waived)
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
        assert root.get(name) == str(len(root.findall(f".//{tag}")))
        suites = root.findall("testsuite")
        assert root.get(name) == str(sum(int(suite.get(name) or 0) for suite in suites))


def test_junit_zone_in_sync_is_one_passing_case() -> None:
    root = junit(samples.synced())
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("2", "0", "0")
    names = [suite.get("name") for suite in root.findall("testsuite")]
    assert names == ["edge-usw2/region", "edge-usw2/us-west-2-lax-1a"]
    assert all(len(case) == 0 for case in root.iter("testcase"))


def test_junit_cases_have_different_names() -> None:
    cases = [(case.get("classname"), case.get("name")) for case in
             junit(samples.full()).iter("testcase")]  # fmt: skip
    assert len(cases) == len(set(cases))


@pytest.mark.parametrize(
    ("row", "child"),
    [
        (ZoneReport(cluster="c", zone="z", namespace=None, unknown=1), "error"),
        (ZoneReport(cluster="c", zone="z", namespace=None, unread=True), "error"),
        (ZoneReport(cluster="c", zone="z", namespace=None, drifted=True), "failure"),
    ],
)
def test_junit_zone_that_is_not_in_sync_is_never_green(row: ZoneReport, child: str) -> None:
    (case,) = junit(reported(zones=(row,))).iter("testcase")
    assert [element.tag for element in case] == [child]


@given(st.text())
def test_junit_is_xml_whatever_a_cluster_says(text: str) -> None:
    root = junit(reported(unread=(Unread(what=text, reason=text, cluster=text or None),)))
    assert root.find(".//error") is not None


def sarif(report: DriftReport) -> dict[str, Any]:
    whole = json.loads(render_sarif(report))
    assert whole["version"] == "2.1.0"
    (run,) = whole["runs"]
    result: dict[str, Any] = run
    return result


def test_sarif_results_name_their_rules() -> None:
    run = sarif(samples.full())
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) == 16
    for result in run["results"]:
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["defaultConfiguration"]["level"] == result["level"]
        assert result["message"]["text"]


@pytest.mark.parametrize(
    ("name", "rule", "level", "uri", "line"),
    [
        ("product-api", "Modified/high", "error", "base/product-api.yaml", 12),
        ("postgres", "Modified/medium", "warning", "overlays/edge-usw2/region/postgres.yaml", 3),
        ("nginx-configmap", "Modified/medium", "warning", "base/nginx.yaml", 1),
        ("payments", "Missing/high", "error", "base/payments.yaml", 1),
        (
            "open",
            "Extraneous/critical",
            "error",
            f"overlays/edge-usw2/{WAVELENGTH}/kustomization.yaml",
            1,
        ),
        ("hashicups-edge-usw2", "Extraneous/low", "note", "edgeops.yaml", 1),
        ("alert(1)</script>", "Modified/low", "note", "base/a%20b%3Cscript%3E.yaml", 1),
    ],
)
def test_sarif_locations(name: str, rule: str, level: str, uri: str, line: int) -> None:
    results = [
        result
        for result in sarif(samples.full())["results"]
        if result["ruleId"] == rule
        and result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].endswith(name)
    ]
    (result,) = results
    place = result["locations"][0]["physicalLocation"]
    assert result["level"] == level
    assert place["artifactLocation"]["uri"] == uri
    assert place["region"] == {"startLine": line}


def test_sarif_without_a_fleet_has_no_file_to_name() -> None:
    (result,) = sarif(samples.drifted())["results"]
    (location,) = result["locations"]
    assert location == {
        "logicalLocations": [{"fullyQualifiedName": "Namespace/shop", "kind": "resource"}]
    }


def test_sarif_unread_fails_the_run() -> None:
    (invocation,) = sarif(samples.full())["invocations"]
    assert invocation["executionSuccessful"] is False
    notes = [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]
    assert len(notes) == 3
    assert notes[1] == "edge-euc1: cluster: \\x1b[2Jno route\\nto host"
    for report in (samples.drifted(), samples.synced()):
        assert sarif(report)["invocations"][0]["executionSuccessful"] is True


def test_sarif_waived_is_suppressed() -> None:
    suppressed = [item for item in sarif(samples.full())["results"] if "suppressions" in item]
    assert [item["suppressions"] for item in suppressed] == [
        [
            {
                "kind": "external",
                "justification": "ann@example.com answers for it until 2026-03-31: "
                "the carrier asked for it </td> `until` spring",
            }
        ]
    ]
    assert "Service/" in suppressed[0]["message"]["text"]


def test_sarif_fingerprints_differ_and_outlive_a_change_of_values() -> None:
    prints = [item["partialFingerprints"]["edgeopsObject/v1"] for item in
              sarif(samples.full())["results"]]  # fmt: skip
    assert len(prints) == len(set(prints))
    again = sarif(reported(findings=samples.full().findings[:1]))["results"][0]
    assert again["partialFingerprints"]["edgeopsObject/v1"] == prints[0]


def test_sarif_values_make_no_links() -> None:
    assert all("](" not in item["message"]["text"] for item in sarif(samples.full())["results"])


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://git.example.com/acme/hashicups-edge.git", True),
        ("ssh://git@git.example.com/acme/hashicups-edge.git", True),
        ("git@git.example.com:acme/hashicups-edge.git", False),
        (None, False),
    ],
)
def test_sarif_names_the_commit_where_the_address_is_a_uri(url: str | None, named: bool) -> None:
    state = RepositoryState(url=url, branch="main", revision=samples.REVISION)
    run = sarif(reported(repository=state))
    assert ("versionControlProvenance" in run) is named
    if named:
        assert run["versionControlProvenance"] == [
            {"repositoryUri": url, "revisionId": samples.REVISION, "branch": "main"}
        ]

"""A validation in every format, byte for byte, and what programs rely on."""

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from edgeops.core.lint import RULES, Place, Problem, SwitchedOff, Validation
from edgeops.errors import EdgeopsError
from edgeops.report.registry import render_validation
from edgeops.report.validation import render_rules
from tests.report.conftest import Golden

SUFFIXES = {
    "table": "table.txt",
    "json": "json",
    "yaml": "yaml",
    "markdown": "md",
    "junit": "junit.xml",
    "sarif": "sarif",
}
EDGE = Place(cluster="edge-usw2", zone="us-west-2-lax-1a")
INVALID = Validation(
    problems=(
        Problem(
            rule="does-not-build",
            message="accumulating resources: no such file\nin overlays/edge-usw2/region",
            file="overlays/edge-usw2/region/kustomization.yaml",
            place=Place(cluster="edge-usw2", zone="region"),
        ),
        Problem(
            rule="unknown-field",
            message="there is no such field; is replicas meant?",
            file="base/web.yaml",
            line=12,
            place=EDGE,
            also=(Place(cluster="edge-usw2", zone="region"),),
            kind="Deployment",
            name="web",
            path="spec.replcas",
        ),
        Problem(
            rule="probe-asks-proxy",
            message="a \x1b[31m`probe` | [reaches](https://example.com) the proxy",
            file="base/wéb.yaml",
            line=3,
            place=EDGE,
            kind="Deployment",
            namespace="demo-app",
            name="web",
            path="spec.template.spec.containers[0].readinessProbe.tcpSocket",
        ),
    ),
    folders=4,
    objects=128,
    off=(SwitchedOff(rule="labels-in-selectors", reason="made this way", hid=2),),
    notes=("example.org/v1 Thing: no schema is known, its fields were not checked",),
    edgeops_version="1.2.3",
    kustomize_version="5.8.1",
)
VALID = Validation(
    problems=(), folders=4, objects=128, edgeops_version="1.2.3", kustomize_version="5.8.1"
)


@pytest.mark.parametrize("format_name", SUFFIXES)
def test_format(format_name: str, golden: Golden) -> None:
    text = render_validation(INVALID, format_name)
    golden(f"validation.{SUFFIXES[format_name]}", text)
    assert "\x1b" not in text
    assert text.endswith("\n")


def test_one_word_for_the_whole() -> None:
    for result, word in ((VALID, "Valid"), (INVALID, "Invalid")):
        document = json.loads(render_validation(result, "json"))
        assert (document["kind"], document["status"]) == ("Validation", word)
        assert render_validation(result, "table").startswith(f"{word}: ")


def test_sarif_points_at_rules_and_lines() -> None:
    (run,) = json.loads(render_validation(INVALID, "sarif"))["runs"]
    rules = run["tool"]["driver"]["rules"]
    places = []
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        places.append((place["artifactLocation"]["uri"], place["region"]["startLine"]))
    assert places[1:] == [("base/web.yaml", 12), ("base/w%C3%A9b.yaml", 3)]


def test_junit_has_a_failure_for_each_problem_and_skips_what_is_off() -> None:
    root = ET.fromstring(render_validation(INVALID, "junit"))
    assert root.attrib["failures"] == "3"
    assert [suite.attrib["skipped"] for suite in root] == ["1"]
    assert root.attrib["tests"] == str(len(RULES))
    assert [one.attrib["classname"] for one in root.iter("testcase") if len(one)] == [
        "does-not-build",
        "labels-in-selectors",
        "unknown-field",
        "probe-asks-proxy",
    ]


def test_colour_only_where_it_is_asked_for() -> None:
    assert "\x1b[" in render_validation(INVALID, "table", color=True)
    assert "\x1b[" not in render_validation(INVALID, "table", color=False)


@pytest.mark.parametrize("format_name", ["table", "json", "yaml", "markdown"])
def test_every_rule_is_listed(format_name: str) -> None:
    text = render_rules(format_name, color=False, width=80)
    assert [rule for rule in RULES if rule not in text] == []


def test_a_rule_says_why_how_and_where_it_is_from() -> None:
    document: dict[str, Any] = json.loads(render_rules("json", color=False, width=80))
    for rule in document["rules"]:
        assert rule["reason"].endswith("."), rule["id"]
        assert rule["mend"].endswith("."), rule["id"]
        assert rule["link"].startswith("https://"), rule["id"]


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(EdgeopsError, match="html"):
        render_validation(VALID, "html")
    with pytest.raises(EdgeopsError, match="sarif"):
        render_rules("sarif", color=False, width=80)

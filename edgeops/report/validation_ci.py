"""A validation for machines that build: JUnit XML and SARIF 2.1.0."""

import hashlib
from typing import Any, Final
from urllib.parse import quote
from xml.etree import ElementTree as ET

from edgeops.core.documents import dump_json
from edgeops.core.lint import RULES, Problem, Severity, Validation
from edgeops.report.inert import inert, inert_json
from edgeops.report.junit import total, whole
from edgeops.report.sarif import SCHEMA
from edgeops.report.validation import source, subject, verdict, where

_INDEX: Final = {rule: index for index, rule in enumerate(RULES)}
_LEVEL: Final = {Severity.ERROR: "error", Severity.WARNING: "warning"}


def render_junit(result: Validation) -> str:
    """One suite; a case for each rule that is looked at, with a failure for each problem."""
    root = ET.Element("testsuites", name="edgeops validate")
    suite = ET.SubElement(root, "testsuite", name="edgeops validate")
    off = {item.rule: item for item in result.off}
    for rule in RULES.values():
        found = [item for item in result.problems if item.rule == rule.id]
        for item in found:
            case = ET.SubElement(suite, "testcase", classname=rule.id, name=_name(item))
            failure = ET.SubElement(
                case, "failure", type=rule.severity.value, message=inert(item.message)
            )
            lines = (source(item), subject(item), inert(item.path or ""), where(item), rule.mend)
            failure.text = "\n".join(line for line in lines if line)
        if not found:
            case = ET.SubElement(suite, "testcase", classname=rule.id, name=rule.title)
            if rule.id in off:
                ET.SubElement(case, "skipped", message=inert(off[rule.id].reason))
    for element in (suite, root):
        total(element)
    properties = ET.Element("properties")
    ET.SubElement(properties, "property", name="verdict", value=verdict(result))
    suite.insert(0, properties)
    return whole(root)


def _name(item: Problem) -> str:
    parts = (source(item), subject(item), inert(item.path or ""))
    return " ".join(part for part in parts if part) or item.rule


def render_sarif(result: Validation) -> str:
    """One run; each problem at the line that it is to be mended at."""
    run = {
        "tool": {
            "driver": {
                "name": "edgeops",
                "version": result.edgeops_version,
                "rules": [_rule(rule) for rule in RULES],
            }
        },
        "invocations": [{"executionSuccessful": True}],
        "automationDetails": {"id": "edgeops/validate/"},
        "columnKind": "utf16CodeUnits",
        "results": [_result(item) for item in result.problems],
    }
    return inert_json(dump_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}))


def _rule(name: str) -> dict[str, Any]:
    rule = RULES[name]
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.reason},
        "help": {"text": rule.mend},
        "helpUri": rule.link,
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
    }


def _result(item: Problem) -> dict[str, Any]:
    rule = RULES[item.rule]
    lines = (subject(item), inert(item.path or ""), inert(item.message), rule.mend)
    # SARIF reads [text](target) as a link, which a value must not be able to make (3.11.6).
    text = "\n".join(line.replace("](", "] (") for line in lines if line)
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {
                "uri": quote(item.file or "edgeops.yaml", errors="surrogateescape"),
                "uriBaseId": "%SRCROOT%",
            },
            "region": {"startLine": item.line or 1},
        }
    }
    if subject(item):
        location["logicalLocations"] = [{"fullyQualifiedName": subject(item), "kind": "resource"}]
    parts = (item.rule, item.file, item.kind, item.name, item.path, item.message)
    digest = hashlib.sha256("\0".join(part or "" for part in parts).encode()).hexdigest()
    return {
        "ruleId": item.rule,
        "ruleIndex": _INDEX[item.rule],
        "level": _LEVEL[rule.severity],
        "message": {"text": text},
        "locations": [location],
        "partialFingerprints": {"edgeopsProblem/v1": digest},
    }

"""
The report as SARIF 2.1.0, for code scanning: each finding at the file that git has for it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html and, for what GitHub
wants of it, https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

import hashlib
from typing import Any, Final, assert_never
from urllib.parse import quote

from edgeops.core.documents import dump_json
from edgeops.core.findings import Drift, DriftReport, Finding, Severity, SyncStatus, Unread
from edgeops.report.inert import inert, inert_json
from edgeops.report.phrases import author, facts, place, terms, unread_line
from edgeops.report.values import difference

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"

_RULES: Final = tuple((drift, severity) for drift in Drift for severity in Severity)
_UNREAD_ID: Final = "Unread"


def render_sarif(report: DriftReport) -> str:
    """One run; what could not be read is a notification, and the run then did not succeed."""
    run = {
        "tool": {"driver": _driver(report)},
        "invocations": [
            {
                "executionSuccessful": report.status is not SyncStatus.UNKNOWN,
                "startTimeUtc": report.started_at,
                "toolExecutionNotifications": [_notification(item) for item in report.unread],
            }
        ],
        "automationDetails": {"id": "edgeops/drift/"},
        "columnKind": "utf16CodeUnits",
        **_provenance(report),
        "results": [
            *map(_result, report.findings),
            *({**_result(item), "suppressions": [_suppression(item)]} for item in report.waived),
        ],
    }
    return inert_json(dump_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}))


def _driver(report: DriftReport) -> dict[str, Any]:
    return {
        "name": "edgeops",
        "version": report.edgeops_version,
        "rules": [_rule(drift, severity) for drift, severity in _RULES],
        "notifications": [
            {"id": _UNREAD_ID, "shortDescription": {"text": "Something could not be read"}}
        ],
    }


def _rule(drift: Drift, severity: Severity) -> dict[str, Any]:
    return {
        "id": _rule_id(drift, severity),
        "name": f"{drift.value}{severity.value.capitalize()}",
        "shortDescription": {"text": f"{_meaning(drift)} ({severity.value})"},
        "defaultConfiguration": {"level": _level(severity)},
        "properties": {"tags": ["drift", drift.value, severity.value]},
    }


def _rule_id(drift: Drift, severity: Severity) -> str:
    return f"{drift.value}/{severity.value}"


def _meaning(drift: Drift) -> str:
    match drift:
        case Drift.MODIFIED:
            return "A live object differs from git"
        case Drift.MISSING:
            return "An object of git is not live"
        case Drift.EXTRANEOUS:
            return "A live object is not in git"
        case Drift.NOT_IN_FORCE:
            return "An object equals git, but its controller refused it"
    assert_never(drift)


def _level(severity: Severity) -> str:
    match severity:
        case Severity.CRITICAL | Severity.HIGH:
            return "error"
        case Severity.MEDIUM:
            return "warning"
        case Severity.LOW:
            return "note"
    assert_never(severity)


def _result(finding: Finding) -> dict[str, Any]:
    rule = (finding.drift, finding.severity)
    return {
        "ruleId": _rule_id(*rule),
        "ruleIndex": _RULES.index(rule),
        "level": _level(finding.severity),
        "message": {"text": _message(finding)},
        "locations": [_location(finding)],
        "partialFingerprints": {"edgeopsObject/v1": _fingerprint(finding)},
    }


def _suppression(finding: Finding) -> dict[str, str]:
    # Without a status: that stands for "accepted", under whatever name a reader's schema has it.
    suppression = {"kind": "external"}
    if finding.waiver is not None:
        suppression["justification"] = terms(finding.waiver)
    return suppression


def _message(finding: Finding) -> str:
    lines = [f"{finding.key} in {place(finding.cluster, finding.zone)}: {facts(finding)}"]
    if finding.message:
        lines.append(finding.message)
    if finding.attribution is not None:
        lines.append(f"by {author(finding.attribution)}")
    for change in finding.fields:
        lines.append(change.path)
        lines.extend(f"{line.sign} {line.text}" for line in difference(change))
    # SARIF reads [text](target) as a link, which a value must not be able to make (3.11.6).
    return "\n".join(inert(line).replace("](", "] (") for line in lines)


def _location(finding: Finding) -> dict[str, Any]:
    location: dict[str, Any] = {
        "logicalLocations": [{"fullyQualifiedName": inert(str(finding.key)), "kind": "resource"}]
    }
    if finding.origin is not None:
        location["physicalLocation"] = _file(finding.origin.path, finding.origin.line)
    elif finding.cluster is not None and finding.zone is not None:
        # Code scanning refuses a result without a file; this is the one that would list it.
        path = f"overlays/{finding.cluster}/{finding.zone}/kustomization.yaml"
        location["physicalLocation"] = _file(path, None)
    elif finding.cluster is not None:
        location["physicalLocation"] = _file("edgeops.yaml", None)
    return location


def _file(path: str, line: int | None) -> dict[str, Any]:
    return {
        "artifactLocation": {
            "uri": quote(path, errors="surrogateescape"),
            "uriBaseId": "%SRCROOT%",
        },
        "region": {"startLine": line or 1},
    }


def _fingerprint(finding: Finding) -> str:
    """The same for the same object and kind of drift in every run, so that alerts are matched."""
    key = finding.key
    parts = [finding.cluster, finding.zone, key.group, str(key), finding.drift.value]
    if finding.waiver is not None and finding.waiver.path is not None:
        parts.append(finding.waiver.path)  # the rest of the object may be a finding of its own
    return hashlib.sha256("\0".join(part or "" for part in parts).encode()).hexdigest()


def _notification(unread: Unread) -> dict[str, Any]:
    return {
        "level": "error",
        "descriptor": {"id": _UNREAD_ID, "index": 0},
        "message": {"text": unread_line(unread).replace("](", "] (")},
    }


def _provenance(report: DriftReport) -> dict[str, Any]:
    """Which commit was compared; left out where the address is no URI (``git@host:path``)."""
    state = report.repository
    if state.url is None or "://" not in state.url or state.revision is None:
        return {}
    entry = {"repositoryUri": quote(state.url, safe=":/?#[]@!$&'()*+,;=%")}
    entry["revisionId"] = state.revision
    if state.branch:
        entry["branch"] = state.branch
    return {"versionControlProvenance": [entry]}

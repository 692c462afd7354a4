"""
The report as SARIF 2.1.0, for code scanning: each finding at the file that git has for it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html and, for what GitHub
wants of it, https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, Final, assert_never
from urllib.parse import quote

from edgeops.core.documents import dump_json
from edgeops.core.episodes import EpisodeKey, key_of
from edgeops.core.findings import Drift, DriftReport, Finding, Severity, SyncStatus, Unread
from edgeops.core.objects import Origin
from edgeops.report.inert import inert, inert_json
from edgeops.report.phrases import author, facts, place, terms, unread_line
from edgeops.report.values import difference

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"

_RULES: Final = tuple((drift, severity) for drift in Drift for severity in Severity)
_UNREAD_ID: Final = "Unread"


def render_sarif(report: DriftReport) -> str:
    """One run; what could not be read is a notification, and the run then did not succeed."""
    run = {
        "tool": {"driver": driver(report.edgeops_version)},
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
    return log(run)


def log(run: dict[str, Any]) -> str:
    """The whole file of one run."""
    return inert_json(dump_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}))


def driver(version: str) -> dict[str, Any]:
    """This program of that version, and its rules: one for each kind of drift and severity."""
    return {
        "name": "edgeops",
        "version": version,
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
    # The rest of a waived object may be a finding of its own.
    part = finding.waiver.path if finding.waiver is not None else None
    return result(
        key_of(finding),
        (finding.drift, finding.severity),
        _message(finding),
        origin=finding.origin,
        part=part,
    )


def result(
    key: EpisodeKey,
    rule: tuple[Drift, Severity],
    lines: Iterable[str],
    *,
    origin: Origin | None = None,
    part: str | None = None,
) -> dict[str, Any]:
    """
    One object's drift.

    Args:
        key: the object and its place.
        rule: what it is and how bad.
        lines: its message; made inert here.
        origin: where git has it, if that is known.
        part: the field that it is about, if it is not about the whole object.
    """
    return {
        "ruleId": _rule_id(*rule),
        "ruleIndex": _RULES.index(rule),
        "level": _level(rule[1]),
        "message": {"text": prose(lines)},
        "locations": [_location(key, origin)],
        "partialFingerprints": {"edgeopsObject/v1": _fingerprint(key, rule[0], part)},
    }


def prose(lines: Iterable[str]) -> str:
    """Lines as a message; what stands in them is inert and makes no link."""
    # SARIF reads [text](target) as a link, which a value must not be able to make (3.11.6).
    return "\n".join(inert(line).replace("](", "] (") for line in lines)


def _suppression(finding: Finding) -> dict[str, str]:
    # Without a status: that stands for "accepted", under whatever name a reader's schema has it.
    suppression = {"kind": "external"}
    if finding.waiver is not None:
        suppression["justification"] = terms(finding.waiver)
    return suppression


def _message(finding: Finding) -> Iterator[str]:
    yield f"{finding.key} in {place(finding.cluster, finding.zone)}: {facts(finding)}"
    if finding.message:
        yield finding.message
    if finding.attribution is not None:
        yield f"by {author(finding.attribution)}"
    for change in finding.fields:
        yield change.path
        yield from (f"{line.sign} {line.text}" for line in difference(change))


def _location(key: EpisodeKey, origin: Origin | None) -> dict[str, Any]:
    location: dict[str, Any] = {
        "logicalLocations": [{"fullyQualifiedName": inert(str(key.resource)), "kind": "resource"}]
    }
    if origin is not None:
        location["physicalLocation"] = _file(origin.path, origin.line)
    elif key.cluster and key.zone:
        # Code scanning refuses a result without a file; this is the one that would list it.
        path = f"overlays/{key.cluster}/{key.zone}/kustomization.yaml"
        location["physicalLocation"] = _file(path, None)
    elif key.cluster:
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


def _fingerprint(key: EpisodeKey, drift: Drift, part: str | None) -> str:
    """The same for the same object and kind of drift in every run, so that alerts are matched."""
    parts = [key.cluster, key.zone, key.resource.group, str(key.resource), drift.value]
    if part is not None:
        parts.append(part)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _notification(unread: Unread) -> dict[str, Any]:
    return notification(unread_line(unread))


def notification(line: str) -> dict[str, Any]:
    """That something could not be read."""
    return {
        "level": "error",
        "descriptor": {"id": _UNREAD_ID, "index": 0},
        "message": {"text": prose([line])},
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

"""
The report as the document that the contract fixes: the form for programs.

Every key is present in every report; an absent value is None. ``docs/reference/drift-report.md``
explains each key. Three keys are beyond the contract's list: ``notes``, ``shard`` and a finding's
``message``.
"""

from typing import Any, Final

from edgeops.core.findings import (
    Attribution,
    Drift,
    DriftReport,
    FieldChange,
    Finding,
    RepositoryState,
    Terms,
    ZoneReport,
)
from edgeops.report.phrases import COUNTS, counts_of, named_zones

API_VERSION: Final = "edgeops.dev/v1alpha1"
KIND: Final = "DriftReport"


def document(report: DriftReport) -> dict[str, Any]:
    """*report* as JSON values (dict, list, str, int, float, bool, None), keys in fixed order."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "repository": repository(report.repository),
        "startedAt": report.started_at,
        "durationSeconds": round(report.duration_seconds, 3),
        "edgeopsVersion": report.edgeops_version,
        "kustomizeVersion": report.kustomize_version,
        "shard": None
        if report.shard is None
        else {"index": report.shard.index, "count": report.shard.count},
        "status": report.status.value,
        "summary": summary(report),
        "zones": [zone_document(row) for row in report.zones],
        "findings": [finding_document(finding) for finding in report.findings],
        "waived": [
            {**finding_document(finding), **_terms(finding.waiver)} for finding in report.waived
        ],
        "rules": [
            {"rule": rule.rule, "source": rule.source, "hid": rule.hid} for rule in report.rules
        ],
        "unread": [
            {
                "cluster": unread.cluster,
                "zone": unread.zone,
                "what": unread.what,
                "reason": unread.reason,
            }
            for unread in report.unread
        ],
        "notes": list(report.notes),
    }


def repository(state: RepositoryState) -> dict[str, Any]:
    """Which state of the repository was compared."""
    return {
        "url": state.url,
        "branch": state.branch,
        "revision": state.revision,
        "dirty": state.dirty,
    }


def summary(report: DriftReport) -> dict[str, int]:
    """The counts of all rows; ``zones`` counts only the rows that are zones."""
    totals = [sum(column) for column in zip(*map(counts_of, report.zones), strict=True)]
    counts = dict(zip(COUNTS, totals or [0] * len(COUNTS), strict=True))
    return {"zones": len(named_zones(report.zones)), **counts}


def zone_document(row: ZoneReport) -> dict[str, Any]:
    """One row, as an entry of ``zones``."""
    return {
        "cluster": row.cluster,
        "zone": row.zone,
        "namespace": row.namespace,
        "status": row.status.value,
        **dict(zip(COUNTS, counts_of(row), strict=True)),
        "syncedRevision": row.synced_revision,
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    """One finding, as an entry of ``findings``."""
    whole_object = finding.drift in {Drift.MISSING, Drift.EXTRANEOUS}
    return {
        "cluster": finding.cluster,
        "zone": finding.zone,
        "apiVersion": finding.api_version,
        "kind": finding.key.kind,
        "namespace": finding.key.namespace or None,
        "name": finding.key.name,
        "drift": finding.drift.value,
        "severity": finding.severity.value,
        "cause": None if finding.cause is None else finding.cause.value,
        "source": None if finding.origin is None else finding.origin.path,
        "line": None if finding.origin is None else finding.origin.line,
        **attribution(finding.attribution),
        "message": finding.message,
        "fields": [] if whole_object else [_field(change) for change in finding.fields],
    }


def _terms(waiver: Terms | None) -> dict[str, str | None]:
    return {
        "owner": None if waiver is None else waiver.owner,
        "reason": None if waiver is None else waiver.reason,
        "expires": None if waiver is None else waiver.expires,
        "path": None if waiver is None else waiver.path,
    }


def _field(change: FieldChange) -> dict[str, Any]:
    return {
        "path": change.path,
        "change": change.change.value,
        "desired": change.desired,
        "live": change.live,
        **attribution(change.attribution),
        "cause": None if change.cause is None else change.cause.value,
    }


def attribution(who: Attribution | None) -> dict[str, str | None]:
    """Who wrote something, and when."""
    return {
        "manager": None if who is None else who.manager,
        "managerClass": None if who is None else who.manager_class.value,
        "operation": None if who is None else who.operation,
        "subresource": None if who is None else who.subresource,
        "changedAt": None if who is None else who.changed_at,
    }

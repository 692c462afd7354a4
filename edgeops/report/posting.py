"""What changed from one posting of the watcher to the next: the data of a server-sent event."""

from typing import Any

from edgeops.core.delta import Gone, delta
from edgeops.core.documents import dump_compact
from edgeops.ports.board import Posting
from edgeops.report.document import API_VERSION, finding_document, repository, summary


def render_change(before: Posting | None, now: Posting) -> bytes:
    """
    One JSON document without a line break.

    Args:
        before: what the reader has; None for nothing, and then ``came`` is all there is.
    """
    return dump_compact(change_document(before, now))


def change_document(before: Posting | None, now: Posting) -> dict[str, Any]:
    """The change as JSON values; findings look as they do in the report."""
    changes = delta(None if before is None else before.report, now.report)
    return {
        "apiVersion": API_VERSION,
        "kind": "DriftChange",
        "number": now.number,
        "since": None if before is None else before.number,
        "postedAt": now.posted_at,
        "status": now.report.status.value,
        "repository": repository(now.report.repository),
        "summary": summary(now.report),
        "unread": len(now.report.unread),
        "came": [finding_document(finding) for finding in changes.came],
        "changed": [finding_document(finding) for finding in changes.changed],
        "went": [_gone(item) for item in changes.went],
    }


def _gone(item: Gone) -> dict[str, Any]:
    finding = item.finding
    return {
        "cluster": finding.cluster,
        "zone": finding.zone,
        "apiVersion": finding.api_version,
        "kind": finding.key.kind,
        "namespace": finding.key.namespace or None,
        "name": finding.key.name,
        "drift": finding.drift.value,
        "why": item.why.value,
    }

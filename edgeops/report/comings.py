"""What comes and goes, a line each: for people, or as JSON for programs."""

from typing import Any, assert_never

from edgeops.core import documents
from edgeops.core.comings import Coming, FindingEvent, StatusEvent
from edgeops.core.findings import Finding
from edgeops.report.document import finding_document, zone_document
from edgeops.report.inert import inert, inert_json

_WORDS = {Coming.ADDED: "drifted", Coming.MODIFIED: "changed"}


def as_json(event: FindingEvent | StatusEvent, at: str) -> str:
    """One line of JSON, with the documents that a report has."""
    match event:
        case FindingEvent():
            body: dict[str, Any] = {
                "type": event.what.value,
                "at": at,
                "finding": finding_document(event.finding),
            }
            if event.why is not None:
                body["why"] = event.why.value
        case StatusEvent():
            body = {
                "type": "STATUS",
                "at": at,
                "zone": zone_document(event.row),
                "unread": [{"what": gap.what, "reason": gap.reason} for gap in event.unread],
            }
        case _:
            assert_never(event)
    return inert_json(documents.dump_compact(body).decode())


def as_text(event: FindingEvent | StatusEvent, at: str) -> str:
    """One line of words, inert."""
    return inert(_text(event, at))


def _text(event: FindingEvent | StatusEvent, at: str) -> str:
    match event:
        case FindingEvent():
            finding = event.finding
            place = _place(finding.cluster, finding.zone)
            what = _WORDS.get(event.what) or str(event.why)
            words = f"{at}  {what:<9}  {place}  {_object(finding)}"
            return words if event.what is Coming.DELETED else f"{words}{_how(finding)}"
        case StatusEvent():
            row = event.row
            why = "; ".join(f"{gap.what}: {gap.reason}" for gap in event.unread)
            words = f"{at}  {row.status.value:<9}  {_place(row.cluster, row.zone)}"
            return f"{words}  {why}" if why else words
        case _:
            assert_never(event)


def _place(cluster: str | None, zone: str | None) -> str:
    return "/".join(part for part in (cluster, zone) if part)


def _object(finding: Finding) -> str:
    return f"{finding.drift.value} {finding.key}  {finding.severity.value}"


def _how(finding: Finding) -> str:
    """The fields and who wrote them, as far as they fit a line."""
    paths = [change.path for change in finding.fields]
    shown = ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
    manager = f" by {finding.attribution.manager}" if finding.attribution else ""
    return f"  {shown}{manager}" if shown else manager and f" {manager}"

"""What the engines say beside our verdict, as a table or as the document ``SyncStatus``."""

from typing import Any

from edgeops.core.documents import dump_json, dump_yaml
from edgeops.core.engine_status import SyncStatusReport, ZoneWord
from edgeops.report.document import API_VERSION, repository
from edgeops.report.inert import inert
from edgeops.report.page import STATUS_STYLE, Page, columns
from edgeops.report.phrases import plural

_SHORT = 8
_HEADS = ("ZONE", "CLUSTER", "ENGINE", "SAYS", "HEALTH", "REVISION", "LIVE")


def render_sync_status(
    report: SyncStatusReport, format_name: str, *, color: bool, width: int
) -> str:
    """*report* as a text in the format ``table``, ``json`` or ``yaml``."""
    if format_name == "json":
        return dump_json(document(report))
    if format_name == "yaml":
        return dump_yaml(document(report))
    page = Page(color=color, width=width)
    lines = columns([_HEADS, *(_row(zone) for zone in report.zones)])
    page.whole(lines[0], style="bold")
    for line, zone in zip(lines[1:], report.zones, strict=True):
        page.whole(line, style=STATUS_STYLE[zone.verdict.status])
    remarks = [remark for zone in report.zones for remark in _remarks(zone)]
    if remarks:
        page.blank()
    for remark in remarks:
        page.wrapped(inert(remark), lead="* ")
    unread = dict.fromkeys((gap.what, gap.reason) for gap in report.drift.unread)
    for what, reason in unread:
        page.wrapped(inert(f"not read: {what}: {reason}"), lead="* ")
    return page.text()


def _row(zone: ZoneWord) -> list[str]:
    word = zone.word
    says = "nothing" if word is None else str(word.state)
    if word is not None and word.suspended:
        says += ", suspended"
    return [
        zone.zone or "-",
        zone.cluster,
        str(zone.engine),
        says,
        (word.health if word else None) or "-",
        ((word.revision if word else None) or "-")[:_SHORT],
        _verdict(zone),
    ]


def _verdict(zone: ZoneWord) -> str:
    differ = zone.verdict.modified + zone.verdict.missing + zone.verdict.extraneous
    found = f" ({plural(differ, 'object')})" if differ else ""
    return f"{zone.verdict.status}{found}"


def _remarks(zone: ZoneWord) -> list[str]:
    place = f"{zone.cluster}/{zone.zone}" if zone.zone else zone.cluster
    said = []
    if zone.contradicted:
        said.append(f"{place}: {zone.engine} says Synced, and live differs: edgeops drift")
    if zone.word is not None and zone.word.error is not None:
        said.append(f"{place}: {zone.word.object}: {zone.word.error}")
    return said


def document(report: SyncStatusReport) -> dict[str, Any]:
    """``status`` is that of the drift report; ``says`` is null where the engine has no object."""
    return {
        "apiVersion": API_VERSION,
        "kind": "SyncStatus",
        "status": str(report.drift.status),
        "repository": repository(report.drift.repository),
        "startedAt": report.drift.started_at,
        "zones": [
            {
                "cluster": zone.cluster,
                "zone": zone.zone,
                "engine": str(zone.engine),
                "says": _word(zone),
                "live": {
                    "status": str(zone.verdict.status),
                    "modified": zone.verdict.modified,
                    "missing": zone.verdict.missing,
                    "extraneous": zone.verdict.extraneous,
                    "unknown": zone.verdict.unknown,
                },
                "contradicted": zone.contradicted,
            }
            for zone in report.zones
        ],
        "unread": [
            {"cluster": gap.cluster, "zone": gap.zone, "what": gap.what, "reason": gap.reason}
            for gap in report.drift.unread
        ],
    }


def _word(zone: ZoneWord) -> dict[str, Any] | None:
    word = zone.word
    if word is None:
        return None
    return {
        "object": word.object,
        "state": str(word.state),
        "revision": word.revision,
        "attemptedRevision": word.attempted,
        "health": word.health,
        "suspended": word.suspended,
        "error": word.error,
    }

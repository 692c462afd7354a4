"""One object explained, for a person at a terminal and as a document for programs."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from edgeops.core.documents import dump_json, dump_yaml
from edgeops.core.explanations import ExplainedField, Explanation, ExplanationReport, Outcome
from edgeops.report.document import API_VERSION, attribution, repository
from edgeops.report.inert import inert, inert_json
from edgeops.report.page import SEVERITY_STYLE, STATUS_STYLE, Page
from edgeops.report.phrases import author, facts, place, plural, source, unread_line

KIND: Final = "Explanation"

_STYLE: Final = {
    Outcome.UNREAD: "red",
    Outcome.DRIFT: "yellow",
    Outcome.WAIVED: "cyan",
    Outcome.IGNORED: "cyan",
    Outcome.FINE: "green",
}


def render(report: ExplanationReport, format_name: str, *, color: bool, width: int) -> str:
    """*report* as a text in the format ``table``, ``json`` or ``yaml``, a newline at its end."""
    if format_name == "table":
        return render_table(report, color=color, width=width)
    return _DOCUMENTS[format_name](document(report))


def render_table(report: ExplanationReport, *, color: bool, width: int) -> str:
    """Each place with its fields, what drifted first; only colour depends on *color*."""
    page = Page(color=color, width=max(width, 20))
    page.wrapped(_verdict(report), style=f"bold {STATUS_STYLE[report.status]}")
    for item in report.objects:
        page.blank()
        page.whole(place(item.cluster, item.zone), style="bold underline")
        _object(page, item)
    for heading, lines in (
        ("Could not be read", [unread_line(gap) for gap in report.unread]),
        ("Notes", list(map(inert, report.notes))),
    ):
        if lines:
            page.blank()
            page.whole(f"{heading}:", style="bold")
            for line in lines:
                page.wrapped(line, indent=2)
    return page.text()


def _verdict(report: ExplanationReport) -> str:
    counts = Counter(field.outcome for item in report.objects for field in item.fields)
    told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome])
    where = plural(len(report.objects), "place")
    fields = f"; fields that differ: {told}" if told else ""
    return f"{report.status.value}: {inert(report.asked)} in {where}{fields}"


def _object(page: Page, item: Explanation) -> None:
    page.whole(inert(str(item.key)), style="bold", indent=2)
    page.wrapped(inert(f"{item.outcome}: {item.why}"), style=_STYLE[item.outcome], indent=4)
    if item.finding is not None:
        line = "  ".join(filter(None, (facts(item.finding), source(item.finding))))
        page.whole(line, style=SEVERITY_STYLE[item.finding.severity], indent=4)
        if item.finding.attribution is not None and not item.fields:
            page.wrapped(author(item.finding.attribution), indent=4, lead="by ")
        if item.finding.message:
            page.wrapped(inert(item.finding.message), indent=4)
    for field in item.fields:
        _field(page, field)


def _field(page: Page, field: ExplainedField) -> None:
    page.whole(inert(field.change.path), indent=4)
    words = [str(field.outcome)]
    words += [field.change.cause.value] if field.change.cause is not None else []
    rule = f" ({field.rule})" if field.rule else ""
    reason = f"; {field.severity.value}: {field.severity_reason}" if field.severity else ""
    told = f"{', '.join(words)}: {field.why}{rule}{reason}"
    page.wrapped(inert(told), style=_STYLE[field.outcome], indent=6)
    page.difference(field.change, indent=6)
    if field.change.attribution is not None:
        page.wrapped(author(field.change.attribution), indent=6, lead="by ")


def document(report: ExplanationReport) -> dict[str, Any]:
    """*report* as JSON values; ``docs/reference/explanation.md`` tells what each key means."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "repository": repository(report.repository),
        "startedAt": report.started_at,
        "status": report.status.value,
        "asked": report.asked,
        "objects": [_object_document(item) for item in report.objects],
        "unread": [
            {"cluster": gap.cluster, "zone": gap.zone, "what": gap.what, "reason": gap.reason}
            for gap in report.unread
        ],
        "notes": list(report.notes),
    }


def _object_document(item: Explanation) -> dict[str, Any]:
    found = item.finding
    return {
        "cluster": item.cluster,
        "zone": item.zone,
        "apiVersion": item.api_version,
        "kind": item.key.kind,
        "namespace": item.key.namespace or None,
        "name": item.key.name,
        "outcome": str(item.outcome),
        "why": item.why,
        "drift": None if found is None else found.drift.value,
        "severity": None if found is None else found.severity.value,
        "cause": None if found is None or found.cause is None else found.cause.value,
        "source": None if found is None or found.origin is None else found.origin.path,
        "line": None if found is None or found.origin is None else found.origin.line,
        **attribution(None if found is None else found.attribution),
        "message": None if found is None else found.message,
        "fields": [_field_document(field) for field in item.fields],
    }


def _field_document(field: ExplainedField) -> dict[str, Any]:
    change = field.change
    return {
        "path": change.path,
        "change": change.change.value,
        "desired": change.desired,
        "live": change.live,
        "outcome": str(field.outcome),
        "why": field.why,
        "rule": field.rule,
        "severity": None if field.severity is None else field.severity.value,
        "severityReason": field.severity_reason,
        **attribution(change.attribution),
        "cause": None if change.cause is None else change.cause.value,
    }


_DOCUMENTS: Final[Mapping[str, Callable[[dict[str, Any]], str]]] = {
    "json": lambda found: inert_json(dump_json(found)),
    "yaml": dump_yaml,
}

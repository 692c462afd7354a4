"""
The report as one HTML file that needs nothing else: no font, no picture, no network.

Its policy forbids the browser everything but the style and the scripts it carries, by their
digests, so that even a mistake in the escaping could neither run nor fetch anything. Without
scripts it is a document; they add the filter, the keys and, where `edgeops watch` serves the page,
the news.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from edgeops.core.episodes import EpisodeKey
from edgeops.core.findings import Cause, DriftReport, Severity, SyncStatus
from edgeops.report.html_assets import assets, policy
from edgeops.report.html_findings import Showing, article, findings_section
from edgeops.report.html_map import clusters_of, map_section
from edgeops.report.html_matrix import matrix_section
from edgeops.report.html_text import VERDICT_LEVEL, Anchors, head, mark, query, text
from edgeops.report.matrix import Columns, Level, matrix
from edgeops.report.phrases import appendix, compared, named_zones, unread_lines, verdict

EVENTS: Final = "api/v1/events"
"""Where a served page hears of a new report, relative to its own address."""

GAPS: Final = 20
"""So many of the things that could not be read are seen at once."""

_NOTHING: Final[Mapping[EpisodeKey, str]] = MappingProxyType({})


def render_html(
    report: DriftReport,
    *,
    first_seen: Mapping[EpisodeKey, str] = _NOTHING,
    served: bool = False,
) -> str:
    """
    A whole page; every text of the report is escaped and inert.

    Args:
        report: what is shown, all of it.
        first_seen: since when (RFC 3339) the objects that drifted have done so, where a history
            tells.
        served: whether `edgeops watch` gives the page: then it follows the server's events.
    """
    return "\n".join((*_head(report, served=served), *_body(report, first_seen, served=served), ""))


def _head(report: DriftReport, *, served: bool) -> Iterator[str]:
    yield from head(f"{report.status.value}: drift report", policy(served=served))
    yield f"<script>{assets().early}</script>"
    yield "</head>"


def _body(
    report: DriftReport, first_seen: Mapping[EpisodeKey, str], *, served: bool
) -> Iterator[str]:
    showing = Showing(
        anchors=Anchors((*report.findings, *report.waived)),
        columns=Columns(report),
        first_seen=first_seen,
        now=report.started_at,
    )
    yield f'<body data-events="{EVENTS}">' if served else "<body>"
    yield '<a class="skip" href="#findings">Skip to the findings</a>'
    yield "<header><p><b>edgeops</b> drift report</p>"
    yield '<p id="news" role="status"></p>'
    yield '<button type="button" id="theme" data-script hidden>Theme: system</button></header>'
    shown = "\n".join(_main(report, showing))
    # By this a page tells whether a new report shows anything else.
    digest = hashlib.sha256(shown.encode("utf-8", "backslashreplace")).hexdigest()[:16]
    yield f'<main id="report" data-digest="{digest}">'
    yield shown
    yield f"</main><footer><p>Compared: {text(compared(report))}</p>"
    if report.repository.url:
        yield f"<p>Repository: {text(report.repository.url)}</p>"
    yield "</footer>"
    yield f"<script>{assets().script}</script>"
    yield "</body>\n</html>"


def _main(report: DriftReport, showing: Showing) -> Iterator[str]:
    found = matrix(report, showing.columns)
    yield f'<div class="top{" one" if len(clusters_of(found)) == 1 else ""}"><div>'
    yield from _summary(report)
    yield from _gaps(report)
    yield "</div>"
    yield from map_section(found)
    yield "</div>"
    yield from matrix_section(found, showing.anchors)
    yield from findings_section(report, showing)
    yield from _rest(report, showing)


def _summary(report: DriftReport) -> Iterator[str]:
    status = report.status
    _, _, sentence = verdict(report).partition(": ")
    yield f'<section id="summary" class="{status.value}" aria-labelledby="status">'
    yield f'<h1 id="status">{mark(VERDICT_LEVEL[status])}{status.value}</h1>'
    yield f"<p>{text(sentence)}</p>"
    if report.shard is not None:
        yield f"<p><b>This is share {report.shard.index} of {report.shard.count} only.</b></p>"
    yield '<ul class="tallies">'
    for name, number, wanted in _tallies(report):
        label = f"<b>{number}</b> {name}"
        link = f'<a href="#findings" data-filter="{wanted}">{label}</a>' if wanted else label
        yield f"<li>{link}</li>"
    yield "</ul></section>"


def _tallies(report: DriftReport) -> Iterator[tuple[str, str, str]]:
    """A word, a number, and the filter that shows what was counted."""
    zones = named_zones(report.zones)
    synced = sum(row.status is SyncStatus.SYNCED for row in zones)
    if zones:
        yield "zones in sync", f"{synced} of {len(zones)}", ""
    for severity in Severity:
        number = sum(finding.severity is severity for finding in report.findings)
        if number:
            yield severity.value, str(number), query(severity=severity.value)
    pending = sum(finding.cause is Cause.PENDING for finding in report.findings)
    if pending:
        yield "pending", str(pending), query(cause=Cause.PENDING.value)
    if report.waived:
        yield "waived", str(len(report.waived)), ""
    hid = sum(rule.hid for rule in report.rules)
    if hid:
        yield "left alone by rules", str(hid), ""


def _gaps(report: DriftReport) -> Iterator[str]:
    """What could not be read stands before all that was found."""
    lines = unread_lines(report.unread)
    if not lines:
        return
    yield '<section id="unread" class="loud" aria-labelledby="unread-heading">'
    yield f'<h2 id="unread-heading">{mark(Level.UNKNOWN)}Could not be read</h2>'
    yield f"<p>Nothing can be said of {'this' if len(lines) == 1 else 'these'}.</p>"
    yield _items(lines[:GAPS])
    if left := lines[GAPS:]:
        yield f"<details><summary>And {len(left)} more</summary>{_items(left)}</details>"
    yield "</section>"


def _items(lines: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{text(line)}</li>' for line in lines)}</ul>"


def _rest(report: DriftReport, showing: Showing) -> Iterator[str]:
    """What the verdict does not count, and how far it reaches."""
    if report.waived:
        yield '<section id="waived" aria-labelledby="waived-heading">'
        yield f'<h2 id="waived-heading">Waived <span class="count">{len(report.waived)}</span></h2>'
        yield "<details><summary>What somebody answers for, and until when</summary>"
        for finding in report.waived:
            yield from article(finding, showing)
        yield "</details></section>"
    for heading, lines in appendix(report):
        if heading in {"Waived", "Could not be read"}:
            continue
        yield f"<section><h2>{heading}</h2>{_items(lines)}</section>"

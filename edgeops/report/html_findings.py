"""The findings of the HTML page: one article each, and the filter over them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from edgeops.core.episodes import EpisodeKey, key_of
from edgeops.core.findings import (
    Cause,
    Change,
    Drift,
    DriftReport,
    FieldChange,
    Finding,
    Severity,
    SyncStatus,
)
from edgeops.core.moments import age, seconds_between
from edgeops.report.html_text import Anchors, drift_words, mark, text
from edgeops.report.matrix import Columns, Level
from edgeops.report.phrases import author, particulars, place, plural, source, terms
from edgeops.report.values import DiffLine, difference

SHOWN: Final = 200
"""So many findings stand in the page itself; the rest is kept in it, for the script to show."""

LONG: Final = 60
"""A field with more lines than this is folded."""

_ELEMENT: Final = {"-": "del", "+": "ins", " ": "span"}
_UNTOLD: Final = "untold"
_SENTENCE: Final = {
    Drift.MISSING: "Git has this object; the cluster does not.",
    Drift.EXTRANEOUS: "The cluster has this object; git does not.",
    Drift.NOT_IN_FORCE: "The object equals git, but its controller has not put it in force.",
}
_CAUSE: Final = {
    Cause.EDITED: "edited: somebody changed the cluster",
    Cause.LEFT_BEHIND: "left behind: git no longer has it",
    Cause.PENDING: "pending: the engine has yet to apply what git has",
    Cause.BOTH: "edited, and pending as well",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What a finding is shown with: its id, its column, and since when it has been open."""

    anchors: Anchors
    columns: Columns
    first_seen: Mapping[EpisodeKey, str]
    now: str


def findings_section(report: DriftReport, showing: Showing) -> Iterator[str]:
    """The filter and all findings; nothing is left out, and what is not shown is counted."""
    found = report.findings
    yield '<section id="findings" aria-labelledby="findings-heading" tabindex="-1">'
    yield f'<h2 id="findings-heading">Findings <span class="count">{len(found)}</span></h2>'
    if not found:
        reach = " in what could be read" if report.status is SyncStatus.UNKNOWN else ""
        yield f"<p>Nothing was found to differ{reach}.</p></section>"
        return
    yield from _filter(found, showing.columns)
    yield '<p class="legend"><del>− in git</del> <ins>+ in the cluster</ins></p>'
    if len(found) > SHOWN:
        yield (
            f'<p class="limit" data-plain>These are the first {SHOWN} of {len(found)} findings. '
            "The others are in this file too, but a browser shows them only with JavaScript; "
            "<code>edgeops report convert</code> makes JSON or Markdown of a stored report.</p>"
        )
    yield '<div id="list">'
    for finding in found[:SHOWN]:
        yield from article(finding, showing)
    yield "</div>"
    if len(found) > SHOWN:
        yield '<template id="rest">'
        for finding in found[SHOWN:]:
            yield from article(finding, showing)
        yield "</template>"
    yield (
        '<p class="more" data-script hidden><span id="shown"></span> '
        '<button type="button" id="more">Show more</button> '
        '<button type="button" id="all">Show all</button></p></section>'
    )


def _filter(found: Sequence[Finding], columns: Columns) -> Iterator[str]:
    zones = list(dict.fromkeys(place(item.cluster, item.zone) for item in found))
    clusters = list(dict.fromkeys(item.cluster or "-" for item in found))
    yield '<form id="filter" data-script hidden role="search" aria-label="Filter findings">'
    yield '<label class="wide">Text<input type="search" name="q" id="wanted-q" autocomplete="off" '
    yield 'placeholder="name, path, value, manager …" spellcheck="false"></label>'
    if len(clusters) > 1:
        yield from _choice("cluster", "Cluster", clusters)
    yield from _choice("zone", "Zone", zones)
    yield from _choice("service", "Service", columns.names)
    yield from _choice("kind", "Kind", sorted({item.key.kind for item in found}))
    yield from _choice("drift", "Drift", [drift.value for drift in Drift], _present(found))
    yield from _choice("cause", "Cause", [*(cause.value for cause in Cause), _UNTOLD])
    yield '<div class="last"><fieldset><legend>Severity</legend><div class="severities">'
    for severity in Severity:
        number = sum(item.severity is severity for item in found)
        yield (
            f'<label class="chip {severity}"><input type="checkbox" name="severity" '
            f'id="wanted-{severity}" '
            f'value="{severity}">{mark(Level(severity.value))}{severity} '
            f'<span class="number">{number}</span></label>'
        )
    yield "</div></fieldset>"
    yield '<div class="result"><output id="count" aria-live="polite"></output> '
    yield '<button type="reset">Clear</button></div></div></form>'


def _present(found: Sequence[Finding]) -> frozenset[str]:
    return frozenset(item.drift.value for item in found)


def _choice(
    name: str, label: str, values: Iterable[str], only: frozenset[str] | None = None
) -> Iterator[str]:
    yield f'<label>{label}<select name="{name}" id="wanted-{name}"><option value="">all</option>'
    for value in values:
        if only is None or value in only:
            yield f"<option>{text(value)}</option>"
    yield "</select></label>"


def article(finding: Finding, showing: Showing) -> Iterator[str]:
    """One finding with all that is known of it."""
    anchor = showing.anchors.of(finding)
    key = finding.key
    where = place(finding.cluster, finding.zone)
    facets = {
        "cluster": finding.cluster or "-",
        "zone": where,
        "service": showing.columns.of(finding),
        "kind": key.kind,
        "drift": finding.drift.value,
        "severity": finding.severity.value,
        "cause": finding.cause.value if finding.cause else _UNTOLD,
    }
    data = "".join(f' data-{name}="{text(value)}"' for name, value in facets.items())
    pending = " pending" if finding.cause is Cause.PENDING else ""
    state = f"{finding.severity}{pending}"
    yield f'<article class="{state}" id="{anchor}" tabindex="-1"{data}>'
    yield (
        f'<h3><span class="chip {state}">{mark(Level(finding.severity.value))}'
        f'{finding.severity}</span> <a href="#{anchor}"><span class="kind">{text(key.kind)}</span> '
        f'{text(key.name)}</a> <span class="drift">{drift_words(finding.drift)}</span></h3>'
    )
    yield "<dl>"
    for name, value in _facts(finding, showing):
        yield f"<div><dt>{name}</dt><dd>{value}</dd></div>"
    yield "</dl>"
    if sentence := _SENTENCE.get(finding.drift):
        yield f"<p>{sentence}</p>"
    if finding.message:
        yield f'<p class="message">{text(finding.message)}</p>'
    if finding.fields:
        yield f'<div class="fields">{"".join(_field(finding, change) for change in finding.fields)}'
        yield "</div>"
    yield "</article>"


def _facts(finding: Finding, showing: Showing) -> Iterator[tuple[str, str]]:
    """What is known of a finding, by name; markup."""
    yield "zone", text(place(finding.cluster, finding.zone))
    if finding.key.namespace:
        yield "namespace", text(finding.key.namespace)
    yield "API", text(finding.api_version)
    if origin := source(finding):
        yield "source", f"<code>{text(origin)}</code>"
    if finding.cause is not None:
        yield "cause", text(_CAUSE[finding.cause])
    if finding.attribution is not None:
        yield "manager", text(author(finding.attribution))
    if since := showing.first_seen.get(key_of(finding)):
        seconds = max(seconds_between(since, showing.now), 0)
        yield "open for", f"{age(seconds)}, first seen {text(since)}"
    if finding.waiver is not None:
        yield "waived", text(terms(finding.waiver))
        if finding.waiver.path:
            yield "waived field", f"<code>{text(finding.waiver.path)}</code>"


def _field(finding: Finding, change: FieldChange) -> str:
    lines = difference(change)
    differs = particulars(finding, change)
    extra = f' <span class="faint">{text(differs)}</span>' if differs else ""
    only = {Change.ADDED: "only in the cluster", Change.REMOVED: "only in git"}.get(change.change)
    only = f' <span class="faint">{only}</span>' if only else ""
    head = f"<code>{text(change.path)}</code>{only}{extra}"
    body = f"<pre>{''.join(map(_line, lines))}</pre>"
    if len(lines) > LONG:
        folded = f"<details><summary>{plural(len(lines), 'line')}</summary>{body}</details>"
        return f'<div class="field">{head}{folded}</div>'
    return f'<div class="field">{head}{body}</div>'


def _line(line: DiffLine) -> str:
    element = _ELEMENT[line.sign]
    sign = "−" if line.sign == "-" else line.sign
    return f"<{element}>{sign} {text(line.text)}</{element}>"

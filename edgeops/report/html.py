"""
The report as one HTML file that needs nothing else: no script, no font, no picture, no network.

Its own policy forbids the browser everything but the style it carries, so that even a mistake
in the escaping could neither run nor fetch anything.
https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CSP
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from edgeops.core.findings import DriftReport, FieldChange, Finding
from edgeops.report.inert import inert
from edgeops.report.phrases import (
    COUNTS,
    appendix,
    author,
    compared,
    counts_of,
    facts,
    particulars,
    place,
    plural,
    source,
    verdict,
)
from edgeops.report.values import difference

STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --faint: #57606a;
  --line: #d0d7de; --panel: #f6f8fa; --minus: #ffebe9; --plus: #dafbe1;
  --bad: #b3261e; --warn: #8a4b00; --good: #1a6b34; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --faint: #9aa4ae;
  --line: #30363d; --panel: #161b22; --minus: #4c1d1d; --plus: #12361f;
  --bad: #ff8b81; --warn: #f0b35e; --good: #6fd08c; } }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; color: var(--ink);
  background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: 600; padding: .5rem 0; }
th, td { text-align: left; padding: .35rem .75rem; border-bottom: 1px solid var(--line); }
.number { text-align: right; font-variant-numeric: tabular-nums; }
code, pre { font: .875rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
article { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; padding: 0 1rem; }
article h3 { margin: .75rem 0 .25rem; overflow-wrap: anywhere; }
article p { margin: .25rem 0 .75rem; }
summary { cursor: pointer; padding: .25rem 0; }
.field { background: var(--panel); border-radius: .375rem; margin: .5rem 0; padding: .5rem .75rem; }
.field pre { margin: .25rem 0 0; white-space: pre-wrap; }
.minus { background: var(--minus); } .plus { background: var(--plus); }
.minus, .plus, .same { display: block; }
.Unknown, .critical, .high { color: var(--bad); }
.OutOfSync, .medium { color: var(--warn); }
.Synced { color: var(--good); }
.low, .faint { color: var(--faint); }
"""

_SIGN_CLASS: Final = {"-": "minus", "+": "plus", " ": "same"}


def render_html(report: DriftReport) -> str:
    """A whole page; every text of the report is escaped and inert."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{report.status.value}: drift report</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            "<main>",
            "<h1>Drift report</h1>",
            f'<p class="{report.status.value}"><strong>{_text(verdict(report))}</strong></p>',
            *_zones(report),
            *_findings(report),
            *(_list(heading, lines) for heading, lines in appendix(report)),
            f'<p class="faint">Compared: {_text(compared(report))}</p>',
            "</main>",
            "</body>",
            "</html>",
            "",
        )
    )


def _text(text: str) -> str:
    """The only way of a text into the page."""
    return escape(inert(text), quote=True)


def _zones(report: DriftReport) -> Iterator[str]:
    if not report.zones:
        return
    yield '<div class="scroll"><table><caption>Zones</caption>'
    names = "".join(
        f'<th scope="col">{name}</th>' for name in ("Cluster", "Zone", "Namespace", "Status")
    )
    numbers = "".join(f'<th scope="col" class="number">{name.capitalize()}</th>' for name in COUNTS)
    yield f"<thead><tr>{names}{numbers}</tr></thead>"
    yield "<tbody>"
    for row in report.zones:
        cells = f"<td>{_text(row.cluster or '')}</td>"
        cells += f'<th scope="row">{_text(row.zone or "")}</th>'
        cells += f"<td>{_text(row.namespace or '')}</td>"
        cells += f'<td class="{row.status.value}">{row.status.value}</td>'
        cells += "".join(f'<td class="number">{number}</td>' for number in counts_of(row))
        yield f"<tr>{cells}</tr>"
    yield "</tbody></table></div>"


def _findings(report: DriftReport) -> Iterator[str]:
    if not report.findings:
        return
    yield "<section>"
    yield "<h2>Findings</h2>"
    for finding in report.findings:
        yield from _finding(finding)
    yield "</section>"


def _finding(finding: Finding) -> Iterator[str]:
    yield "<article>"
    yield f"<h3>{_text(str(finding.key))}</h3>"
    parts = [f'<strong class="{finding.severity.value}">{_text(facts(finding))}</strong>']
    parts.append(f"in {_text(place(finding.cluster, finding.zone))}")
    if origin := source(finding):
        parts.append(f"from <code>{_text(origin)}</code>")
    if finding.attribution is not None:
        parts.append(f"by {_text(author(finding.attribution))}")
    yield f"<p>{'<br>'.join(parts)}</p>"
    if finding.message:
        yield f"<p>{_text(finding.message)}</p>"
    if finding.fields:
        yield f"<details open><summary>{plural(len(finding.fields), 'field')}</summary>"
        for change in finding.fields:
            yield from _field(finding, change)
        yield "</details>"
    yield "</article>"


def _field(finding: Finding, change: FieldChange) -> Iterator[str]:
    yield '<div class="field">'
    differs = particulars(finding, change)
    extra = f' <span class="faint">{_text(differs)}</span>' if differs else ""
    yield f"<code>{_text(change.path)}</code>{extra}"
    lines = (
        f'<span class="{_SIGN_CLASS[line.sign]}">{line.sign} {_text(line.text)}</span>'
        for line in difference(change)
    )
    yield f"<pre>{''.join(lines)}</pre>"
    yield "</div>"


def _list(heading: str, lines: Iterable[str]) -> str:
    items = "".join(f"<li>{_text(line)}</li>" for line in lines)
    return f"<section><h2>{heading}</h2><ul>{items}</ul></section>"

"""
The report as GitHub-flavoured Markdown, for pull request comments and job summaries.

Whatever comes from a cluster stands in a code span or a fenced block: there it is neither
markup nor HTML, and ``@team`` mentions nobody. https://github.github.com/gfm/#code-spans
"""

import re
from collections.abc import Iterator, Sequence

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

_BACKTICKS = re.compile("`+")


def render_markdown(report: DriftReport) -> str:
    """The whole report; values are complete, a finding's fields fold away."""
    blocks = ["## Drift report", f"**{verdict(report)}**"]
    if report.zones:
        blocks.append(_zones(report))
    blocks.extend(block for finding in report.findings for block in _finding(finding))
    for heading, lines in appendix(report):
        blocks.append(f"### {heading}")
        blocks.append("\n".join(f"- {code(line)}" for line in lines))
    blocks.append(f"Compared: {code(compared(report))}")
    return "\n\n".join(blocks) + "\n"


def code(text: str) -> str:
    """A code span whose content is *text*, whatever backticks that holds."""
    content = inert(text)
    fence = "`" * (_longest(content) + 1)
    # One space inside is taken off again; without it a backtick at an end would join the fence.
    # A text between spaces would lose one of its own.
    bare = content.strip(" ") == content and "`" not in content and content
    return f"{fence}{content}{fence}" if bare else f"{fence} {content} {fence}"


def cell(text: str) -> str:
    """A code span for a table cell, where a bar would end the cell even inside a span."""
    return code(text).replace("|", "\\|")


def _longest(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)


def _zones(report: DriftReport) -> str:
    headings = ("Cluster", "Zone", "Namespace", "Status", *map(str.capitalize, COUNTS))
    rules = ["---"] * 4 + ["---:"] * len(COUNTS)
    rows: list[Sequence[str]] = [headings, rules]
    for row in report.zones:
        names = (cell(name) if name else "" for name in (row.cluster, row.zone, row.namespace))
        rows.append((*names, row.status.value, *map(str, counts_of(row))))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _finding(finding: Finding) -> Iterator[str]:
    yield f"### {code(str(finding.key))}"
    lines = [f"**{facts(finding)}** in {code(place(finding.cluster, finding.zone))}"]
    if origin := source(finding):
        lines.append(f"from {code(origin)}")
    if finding.attribution is not None:
        lines.append(f"by {code(author(finding.attribution))}")
    if finding.message:
        lines.append(code(finding.message))
    yield "\n".join(f"- {line}" for line in lines)
    if finding.fields:
        body = [line for change in finding.fields for line in _field(finding, change)]
        fence = "`" * max(3, max(map(_longest, body)) + 1)
        summary = f"<details><summary>{plural(len(finding.fields), 'field')}</summary>"
        yield f"{summary}\n\n{fence}diff\n" + "\n".join(body) + f"\n{fence}\n\n</details>"


def _field(finding: Finding, change: FieldChange) -> Iterator[str]:
    yield f"@@ {inert(change.path)} @@ {particulars(finding, change)}".rstrip()
    for line in difference(change):
        yield f"{line.sign} {line.text}"

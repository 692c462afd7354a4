"""
What a change would do, as GitHub-flavoured Markdown: the text of its pull request.

Names stand in code spans, so that none of them is markup or mentions anybody.
"""

from collections import Counter
from collections.abc import Iterator

from edgeops.core.changes.model import ObjectChange, Plan, ZoneChange
from edgeops.core.reconcile import FileOutcome
from edgeops.report.markdown import cell, code
from edgeops.report.phrases import plural

_MOST_FIELDS = 3


def render_plan_markdown(plan: Plan) -> str:
    """The objects zone by zone, then the files, folded away."""
    written = [item for item in plan.result.files if item.writes]
    blocks = ["## What this changes"]
    if not written:
        blocks.append("Nothing: every file is as generated.")
    moving = [zone for zone in plan.zones if zone.objects]
    if written and not moving:
        blocks.append("Files only: every object stays the same.")
    for zone in moving:
        blocks += [_heading(zone), "\n".join(_objects(zone))]
    if quiet := len(plan.zones) - len(moving):
        blocks.append(f"Nothing changes in {plural(quiet, 'other place' if moving else 'place')}.")
    if written:
        summary = f"<details><summary>{plural(len(written), 'file')}</summary>"
        blocks.append("\n".join([summary, "", *map(_file, written), "", "</details>"]))
    return "\n\n".join(blocks) + "\n"


def _heading(zone: ZoneChange) -> str:
    counts = Counter(str(change.effect) for change in zone.objects)
    where = f"{zone.cluster}/{zone.zone}" if zone.zone else f"{zone.cluster}, of no zone"
    told = ", ".join(f"{count} {effect}" for effect, count in counts.items())
    return f"### {code(where)}: {told}; {zone.same} same"


def _objects(zone: ZoneChange) -> Iterator[str]:
    yield "| Object | Effect | Why |"
    yield "| --- | --- | --- |"
    for change in zone.objects:
        name = f"{change.key.kind}/{change.key.name}"
        yield f"| {cell(name)} | {change.effect} | {_why(change)} |"


def _why(change: ObjectChange) -> str:
    if change.reason:
        return cell(change.reason)
    more = len(change.fields) - _MOST_FIELDS
    shown = ", ".join(cell(path) for path in change.fields[:_MOST_FIELDS])
    return f"{shown} and {more} more" if more > 0 else shown


def _file(item: FileOutcome) -> str:
    return f"- {code(item.path)}: {item.outcome}"

"""What changed from one report to another: a page for people, a document for programs."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, assert_never

from edgeops.core.differing import ReportDiff, Trend
from edgeops.core.documents import dump_json, dump_yaml
from edgeops.core.episodes import Episode, Happening
from edgeops.report.document import API_VERSION
from edgeops.report.episodes import entry
from edgeops.report.inert import inert, inert_json
from edgeops.report.markdown import cell
from edgeops.report.page import Page
from edgeops.report.phrases import place

FORMATS: Final = ("table", "json", "yaml", "markdown")
_KEPT: Final = (
    *("cluster", "zone", "apiVersion", "kind", "namespace", "name"),
    *("drift", "severity", "managers", "paths"),
)
_STYLES: Final[Mapping[Trend, str]] = {
    Trend.SAME: "green",
    Trend.BETTER: "green",
    Trend.WORSE: "yellow",
    Trend.UNKNOWN: "red",
}


def document(diff: ReportDiff) -> dict[str, Any]:
    """The comparison as JSON values."""
    return {
        "apiVersion": API_VERSION,
        "kind": "ReportDiff",
        "status": diff.status.value,
        "old": diff.old,
        "new": diff.new,
        "changes": [
            {"change": event.what.value, **_object(event.episode, diff.new)}
            for event in diff.events
        ],
        "untold": [_object(episode, diff.new) for episode in diff.untold],
    }


def render(diff: ReportDiff, format_name: str, *, color: bool, width: int) -> str:
    """The comparison in one of `FORMATS`; ends with a newline."""
    renderers: Mapping[str, Callable[[], str]] = {
        "table": lambda: _table(diff, color=color, width=width),
        "json": lambda: inert_json(dump_json(document(diff))),
        "yaml": lambda: dump_yaml(document(diff)),
        "markdown": lambda: _markdown(diff),
    }
    return renderers[format_name]()


def _object(episode: Episode, now: str) -> dict[str, Any]:
    whole = entry(episode, now)
    return {key: whole[key] for key in _KEPT}


def _table(diff: ReportDiff, *, color: bool, width: int) -> str:
    page = Page(color=color, width=max(width, 20))
    page.wrapped(_headline(diff), style=f"bold {_STYLES[diff.status]}")
    for heading, episodes in _groups(diff):
        page.blank()
        page.whole(f"{heading}:", style="bold")
        for episode in episodes:
            page.whole(f"{_where(episode)} {inert(str(episode.key.resource))}", indent=2)
            page.wrapped(_facts(episode), indent=4)
    return page.text()


def _markdown(diff: ReportDiff) -> str:
    blocks = [f"**{_headline(diff)}**"]
    for heading, episodes in _groups(diff):
        lines = [f"### {heading}", "", "| where | object | what |", "|---|---|---|"]
        lines += [
            f"| {cell(_where(item))} | {cell(str(item.key.resource))} | {cell(_facts(item))} |"
            for item in episodes
        ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _headline(diff: ReportDiff) -> str:
    counts = {what: sum(event.what is what for event in diff.events) for what in Happening}
    told = ", ".join(f"{count} {what.value}" for what, count in counts.items() if count)
    reason = ": not everything could be read" if diff.status is Trend.UNKNOWN else ""
    return f"{diff.status.value}{reason}; {told or 'nothing changed'} from {diff.old} to {diff.new}"


def _groups(diff: ReportDiff) -> Iterator[tuple[str, list[Episode]]]:
    for what in Happening:
        if found := [event.episode for event in diff.events if event.what is what]:
            yield _heading(what), found
    if diff.untold:
        yield "Not read this time", list(diff.untold)


def _heading(what: Happening) -> str:
    match what:
        case Happening.NEW:
            return "New"
        case Happening.WORSE:
            return "Worse"
        case Happening.RESOLVED:
            return "Resolved"
        case Happening.REOPENED:
            return "Back"
    assert_never(what)


def _where(episode: Episode) -> str:
    return place(episode.key.cluster or None, episode.key.zone or None)


def _facts(episode: Episode) -> str:
    words = f"{episode.drift.value}, {episode.severity.value}"
    if episode.paths:
        words += f": {', '.join(inert(path) for path in episode.paths)}"
    if episode.managers:
        words += f"; by {', '.join(inert(name) for name in episode.managers)}"
    return words

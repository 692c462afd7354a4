"""The history of drift: a page for people, a document for programs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from edgeops.core.documents import dump_json, dump_yaml
from edgeops.core.episodes import Episode, State
from edgeops.core.findings import SyncStatus
from edgeops.core.moments import age, seconds_between
from edgeops.ports.history import Run
from edgeops.report.document import API_VERSION
from edgeops.report.inert import inert, inert_json
from edgeops.report.markdown import cell
from edgeops.report.page import SEVERITY_STYLE, STATUS_STYLE, Page
from edgeops.report.phrases import place, plural

FORMATS: Final = ("table", "json", "yaml", "markdown")


def document(episodes: Sequence[Episode], last: Run | None, now: str) -> dict[str, Any]:
    """
    The history as JSON values.

    ``status`` is that of the last check, Unknown before the first. *now* (RFC 3339) decides
    what flaps.
    """
    return {
        "apiVersion": API_VERSION,
        "kind": "History",
        "status": (last.status if last else SyncStatus.UNKNOWN).value,
        "lastRun": None
        if last is None
        else {
            "startedAt": last.started_at,
            "status": last.status.value,
            "revision": last.revision,
            "findings": last.findings,
            "unread": last.unread,
        },
        "episodes": [entry(episode, now) for episode in episodes],
    }


def entry(episode: Episode, now: str) -> dict[str, Any]:
    """One episode as JSON values."""
    key = episode.key
    return {
        "cluster": key.cluster or None,
        "zone": key.zone or None,
        "apiVersion": episode.api_version,
        "kind": key.resource.kind,
        "namespace": key.resource.namespace or None,
        "name": key.resource.name,
        "state": episode.state.value,
        "drift": episode.drift.value,
        "severity": episode.severity.value,
        "firstSeen": episode.first_seen,
        "openedAt": episode.opened[-1],
        "lastSeen": episode.last_seen,
        "resolvedAt": episode.resolved_at,
        "openings": episode.openings,
        "flapping": episode.flapping(now),
        "managers": list(episode.managers),
        "paths": list(episode.paths),
        "fights": [
            {"path": fight.path, "writers": list(fight.writers)} for fight in episode.fights(now)
        ],
    }


def render(
    episodes: Sequence[Episode],
    last: Run | None,
    now: str,
    format_name: str,
    *,
    color: bool,
    width: int,
) -> str:
    """The history in one of `FORMATS`; ends with a newline."""
    renderers: Mapping[str, Callable[[], str]] = {
        "table": lambda: _table(episodes, last, now, color=color, width=width),
        "json": lambda: inert_json(dump_json(document(episodes, last, now))),
        "yaml": lambda: dump_yaml(document(episodes, last, now)),
        "markdown": lambda: _markdown(episodes, last, now),
    }
    return renderers[format_name]()


def _table(
    episodes: Sequence[Episode], last: Run | None, now: str, *, color: bool, width: int
) -> str:
    page = Page(color=color, width=max(width, 20))
    style = STATUS_STYLE[last.status] if last else ""
    page.wrapped(_headline(episodes, last), style=f"bold {style}")
    group = ""
    for episode in episodes:
        if (where := _place(episode)) != group:
            group = where
            page.blank()
            page.whole(where, style="bold underline")
        page.whole(inert(str(episode.key.resource)), style="bold", indent=2)
        page.wrapped(_facts(episode, now), style=SEVERITY_STYLE[episode.severity], indent=4)
        for line in _details(episode, now):
            page.wrapped(line, indent=4)
    return page.text()


def _markdown(episodes: Sequence[Episode], last: Run | None, now: str) -> str:
    lines = [f"**{_headline(episodes, last)}**", ""]
    if episodes:
        lines += ["| where | object | state | seen |", "|---|---|---|---|"]
    for episode in episodes:
        cells = (
            cell(_place(episode)),
            cell(str(episode.key.resource)),
            _facts(episode, now),
            cell("; ".join(_details(episode, now))),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines).rstrip("\n") + "\n"


def _place(episode: Episode) -> str:
    return place(episode.key.cluster or None, episode.key.zone or None)


def _headline(episodes: Sequence[Episode], last: Run | None) -> str:
    if last is None:
        return "No check was recorded yet"
    counts = {state: sum(item.state is state for item in episodes) for state in State}
    told = ", ".join(f"{count} {state.value}" for state, count in counts.items() if count)
    of_those = f": {told}" if told else ""
    return (
        f"{plural(len(episodes), 'episode')}{of_those}; "
        f"the last check at {last.started_at} said {last.status.value}"
    )


def _facts(episode: Episode, now: str) -> str:
    since = episode.opened[-1]
    if episode.state is State.RESOLVED and episode.resolved_at:
        lasted = age(seconds_between(since, episode.resolved_at))
        state = f"resolved after {lasted}"
    else:
        state = f"{episode.state.value} for {age(seconds_between(since, now))}"
    words = [state, episode.drift.value, episode.severity.value]
    if episode.flapping(now):
        words.append("flapping")
    return ", ".join(words)


def _details(episode: Episode, now: str) -> Iterator[str]:
    seen = f"first seen {episode.first_seen}"
    if episode.openings > 1:
        seen += f", opened {episode.openings} times, last {episode.opened[-1]}"
    yield seen
    yield (
        f"resolved {episode.resolved_at}"
        if episode.state is State.RESOLVED
        else f"last seen {episode.last_seen}"
    )
    if episode.paths:
        yield ", ".join(inert(path) for path in episode.paths)
    if episode.managers:
        yield f"by {', '.join(inert(name) for name in episode.managers)}"
    for fight in episode.fights(now):
        one, other = (inert(name) or "(unnamed manager)" for name in fight.writers)
        yield f"{one} and {other} fight over {inert(fight.path)}"

"""
The history of drift in every format of a drift report: here those that stand in a terminal or are
a document, each other one in a file of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from edgeops.core.documents import dump_json, dump_yaml
from edgeops.core.episodes import Episode
from edgeops.core.findings import SyncStatus
from edgeops.ports.history import Run
from edgeops.report.document import API_VERSION
from edgeops.report.episodes_words import details, facts, headline, where
from edgeops.report.inert import inert, inert_json
from edgeops.report.markdown import cell
from edgeops.report.page import SEVERITY_STYLE, STATUS_STYLE, Page


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
    since: str | None = None,
) -> str:
    """
    The history in one of `edgeops.report.registry.FORMATS`; ends with a newline.

    Args:
        episodes: what is shown, in order of their keys.
        last: the last check; None before the first, which is Unknown and never in sync.
        now: RFC 3339; decides what flaps, and how old things are.
        format_name: one of those.
        color: whether the table may have colors.
        width: columns of the terminal; only the table looks at them.
        since: the moment that SARIF's results are compared with; without one it is what the
            check before the last found.
    """
    renderers: Mapping[str, Callable[[], str]] = {
        "table": lambda: _table(episodes, last, now, color=color, width=width),
        "json": lambda: inert_json(dump_json(document(episodes, last, now))),
        "yaml": lambda: dump_yaml(document(episodes, last, now)),
        "markdown": lambda: _markdown(episodes, last, now),
        "html": lambda: _of("html")(episodes, last, now),
        "junit": lambda: _of("junit")(episodes, last, now),
        "sarif": lambda: _of("sarif")(episodes, last, now, since),
        "prometheus": lambda: _of("prometheus")(episodes, last, now),
    }
    return renderers[format_name]()


def _of(format_name: str) -> Callable[..., str]:
    """The renderer of a format's own file, read when it is asked for."""
    module = import_module(f"edgeops.report.episodes_{format_name}")
    renderer: Callable[..., str] = getattr(module, f"render_{format_name}")
    return renderer


def _table(
    episodes: Sequence[Episode], last: Run | None, now: str, *, color: bool, width: int
) -> str:
    page = Page(color=color, width=max(width, 20))
    style = STATUS_STYLE[last.status] if last else ""
    page.wrapped(headline(episodes, last), style=f"bold {style}")
    group = ""
    for episode in episodes:
        if (found := where(episode)) != group:
            group = found
            page.blank()
            page.whole(found, style="bold underline")
        page.whole(inert(str(episode.key.resource)), style="bold", indent=2)
        page.wrapped(facts(episode, now), style=SEVERITY_STYLE[episode.severity], indent=4)
        for line in details(episode, now):
            page.wrapped(line, indent=4)
    return page.text()


def _markdown(episodes: Sequence[Episode], last: Run | None, now: str) -> str:
    lines = [f"**{headline(episodes, last)}**", ""]
    if episodes:
        lines += ["| where | object | state | seen |", "|---|---|---|---|"]
    for episode in episodes:
        cells = (
            cell(where(episode)),
            cell(str(episode.key.resource)),
            facts(episode, now),
            cell("; ".join(details(episode, now))),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines).rstrip("\n") + "\n"

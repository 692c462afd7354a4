"""
The history of drift as SARIF 2.1.0: what there is now, held against an earlier moment.

``baselineState`` compares a run with one before it (3.27.24). Here the run is the last check, and
the earlier one the check before it, or what was so at a moment that somebody asks about
(``--since``). Rules, places and fingerprints are those of a drift report, so that a reader of both
matches them.
https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html
"""

from collections.abc import Iterator, Sequence
from typing import Any

from edgeops import __version__
from edgeops.core.episodes import Episode, State
from edgeops.core.findings import SyncStatus
from edgeops.core.turns import GIT
from edgeops.ports.history import Run
from edgeops.report.episodes_words import details, facts, last_check, where
from edgeops.report.inert import inert
from edgeops.report.phrases import plural
from edgeops.report.sarif import driver, log, notification, result


def render_sarif(episodes: Sequence[Episode], last: Run | None, now: str, since: str | None) -> str:
    """
    One run; it did not succeed if the last check could not read everything, or there was none.

    Args:
        episodes: what is asked about.
        last: the last check.
        now: RFC 3339; decides what flaps and how old things are.
        since: the moment to compare with (RFC 3339), None for the check before the last.
    """
    baseline = since or (last.started_at if last else now)
    invocation: dict[str, Any] = {
        "executionSuccessful": last is not None and last.status is not SyncStatus.UNKNOWN,
        "toolExecutionNotifications": [notification(line) for line in _unknown(last)],
    }
    if last is not None:
        invocation["startTimeUtc"] = inert(last.started_at)
    run = {
        "tool": {"driver": driver(__version__)},
        "invocations": [invocation],
        "automationDetails": {"id": "edgeops/history/"},
        "columnKind": "utf16CodeUnits",
        "results": [
            _result(episode, state, now)
            for episode in episodes
            if (state := baseline_state(episode, baseline)) is not None
        ],
    }
    return log(run)


def baseline_state(episode: Episode, baseline: str) -> str | None:
    """
    What an episode is to those that were open just before *baseline* (RFC 3339).

    ``updated`` is one that was found with one more field, or another writer, since then. None of
    what is in neither: resolved before, or opened and resolved again since.
    """
    was_there = episode.opened[-1] < baseline
    if episode.state is State.RESOLVED:
        gone = was_there and (episode.resolved_at or "") >= baseline
        return "absent" if gone else None
    if not was_there:
        return "new"
    moved = any(turn.seen_at >= baseline and turn.writer != GIT for turn in episode.turns)
    return "updated" if moved else "unchanged"


def _unknown(last: Run | None) -> Iterator[str]:
    if last is None:
        yield "No check was recorded yet"
    elif last.status is SyncStatus.UNKNOWN:
        yield f"{last_check(last)}: {plural(last.unread, 'thing')} could not be read"


def _result(episode: Episode, state: str, now: str) -> dict[str, Any]:
    head = f"{episode.key.resource} in {where(episode)}: {facts(episode, now)}"
    found = result(episode.key, (episode.drift, episode.severity), (head, *details(episode, now)))
    found["baselineState"] = state
    found["provenance"] = {
        "firstDetectionTimeUtc": inert(episode.first_seen),
        "lastDetectionTimeUtc": inert(episode.last_seen),
    }
    if episode.state is State.WAIVED:
        # Without a status: that stands for "accepted", as in a drift report.
        found["suppressions"] = [{"kind": "external"}]
    return found

"""What every format for people says of an episode, so that they all say the same; inert."""

from collections.abc import Iterator, Sequence

from edgeops.core.episodes import Episode, State
from edgeops.core.moments import age, seconds_between
from edgeops.core.turns import Fight
from edgeops.ports.history import Run
from edgeops.report.inert import inert
from edgeops.report.phrases import place, plural


def where(episode: Episode) -> str:
    """``edge-usw2/us-west-2-lax-1a``."""
    return place(episode.key.cluster or None, episode.key.zone or None)


def headline(episodes: Sequence[Episode], last: Run | None) -> str:
    """How many there are of each state, and what the last check said."""
    if last is None:
        return "No check was recorded yet"
    counts = {state: sum(item.state is state for item in episodes) for state in State}
    told = ", ".join(f"{count} {state.value}" for state, count in counts.items() if count)
    of_those = f": {told}" if told else ""
    return f"{plural(len(episodes), 'episode')}{of_those}; {last_check(last)}"


def last_check(last: Run) -> str:
    """When the last check was, and its verdict."""
    return f"the last check at {inert(last.started_at)} said {last.status.value}"


def facts(episode: Episode, now: str) -> str:
    """State and since when, drift and severity: ``open for 3h, Modified, high, flapping``."""
    words = [standing(episode, now), episode.drift.value, episode.severity.value]
    if episode.flapping(now):
        words.append("flapping")
    return ", ".join(words)


def standing(episode: Episode, now: str) -> str:
    """``open for 3h``, ``resolved after 5m``."""
    since = episode.opened[-1]
    if episode.state is State.RESOLVED and episode.resolved_at:
        return f"resolved after {age(seconds_between(since, episode.resolved_at))}"
    return f"{episode.state.value} for {age(seconds_between(since, now))}"


def details(episode: Episode, now: str) -> Iterator[str]:
    """When it was seen and how often, what drifted, who wrote it and who fights; a line each."""
    seen = f"first seen {inert(episode.first_seen)}"
    if episode.openings > 1:
        seen += f", {reopened(episode)}"
    yield seen
    yield (
        f"resolved {inert(episode.resolved_at or '')}"
        if episode.state is State.RESOLVED
        else f"last seen {inert(episode.last_seen)}"
    )
    if episode.paths:
        yield ", ".join(inert(path) for path in episode.paths)
    if episode.managers:
        yield f"by {', '.join(inert(name) for name in episode.managers)}"
    for fight in episode.fights(now):
        yield fought(fight)


def reopened(episode: Episode) -> str:
    """``opened 3 times, last …``."""
    return f"opened {episode.openings} times, last {inert(episode.opened[-1])}"


def fought(fight: Fight) -> str:
    """``A and B fight over F``."""
    one, other = (inert(name) or "(unnamed manager)" for name in fight.writers)
    return f"{one} and {other} fight over {inert(fight.path)}"

"""Episodes and what was told of them as rows of a table, and back."""

from collections.abc import Mapping
from typing import Any

from edgeops.core import documents
from edgeops.core.episodes import Episode, EpisodeKey, State
from edgeops.core.findings import Drift, Severity
from edgeops.core.objects import ResourceKey
from edgeops.core.telling import Told
from edgeops.core.turns import Turn


def columns(episode: Episode) -> dict[str, Any]:
    """Everything of an episode but its key."""
    detail = {
        "opened": list(episode.opened),
        "paths": list(episode.paths),
        "turns": [[turn.path, turn.writer, turn.seen_at] for turn in episode.turns],
    }
    return {
        "api_version": episode.api_version,
        "drift": episode.drift.value,
        "severity": episode.severity.value,
        "state": episode.state.value,
        "first_seen": episode.first_seen,
        "last_seen": episode.last_seen,
        "resolved_at": episode.resolved_at,
        "openings": episode.openings,
        "detail": documents.dump_json(detail),
    }


def key_of(row: Mapping[str, Any]) -> EpisodeKey:
    """The key of a row of episodes, or of what was told."""
    thing = ResourceKey(row["api_group"], row["kind"], row["namespace"], row["name"])
    return EpisodeKey(row["cluster"], row["zone"], thing)


def episode_of(row: Mapping[str, Any]) -> Episode:
    """The episode of a row."""
    detail = documents.load(row["detail"])
    return Episode(
        key=key_of(row),
        api_version=row["api_version"],
        drift=Drift(row["drift"]),
        severity=Severity(row["severity"]),
        state=State(row["state"]),
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        resolved_at=row["resolved_at"],
        openings=row["openings"],
        opened=tuple(detail["opened"]),
        paths=tuple(detail["paths"]),
        turns=tuple(
            Turn(path=path, writer=writer, seen_at=at) for path, writer, at in detail["turns"]
        ),
    )


def told_of(detail: Mapping[str, Any]) -> Told:
    """What somebody was told, from its JSON value."""
    return Told(
        openings=detail["openings"],
        is_open=detail["open"],
        severity=Severity(detail["severity"]),
        drift=Drift(detail["drift"]),
        paths=tuple(detail["paths"]),
        flapping=detail["flapping"],
    )


def told_detail(entry: Told) -> dict[str, Any]:
    """What somebody was told, as a JSON value."""
    return {
        "openings": entry.openings,
        "open": entry.is_open,
        "severity": entry.severity.value,
        "drift": entry.drift.value,
        "paths": list(entry.paths),
        "flapping": entry.flapping,
    }

"""Who had each drifted field, one after the other: told from reports, so that a fight shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from edgeops.core.findings import FieldChange, Finding
from edgeops.core.moments import seconds_between

IN_TURN_SECONDS: Final = 24 * 3600
"""How far back openings and writers count for what flaps and who fights."""

FIGHT_TURNS: Final = 4
"""So many turns of two writers within that time, and they fight: each wrote twice."""

KEPT_TURNS: Final = 12
"""Openings, and writers of a field, that are remembered."""

GIT: Final = "git"
"""The writer of a field that is as git says again: the engine, or whoever did its work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """That a field was found as *writer* left it."""

    path: str
    writer: str
    """A field manager, empty where nothing tells; `GIT` for git's own value."""

    seen_at: str
    """RFC 3339: when a report first said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fight:
    """Two writers that undo each other."""

    path: str
    writers: tuple[str, str]


def fights(turns: Sequence[Turn], now: str) -> tuple[Fight, ...]:
    """The fields over which two writers fight at *now* (RFC 3339), sorted by path."""
    found = []
    for path in sorted({turn.path for turn in turns}):
        last = [turn for turn in turns if turn.path == path][-FIGHT_TURNS:]
        recent = lately([turn.seen_at for turn in last], now)
        names = [turn.writer for turn in last]
        if len(recent) == FIGHT_TURNS and names[0] != names[1] and names[:2] == names[2:]:
            found.append(Fight(path=path, writers=(min(names[:2]), max(names[:2]))))
    return tuple(found)


def next_turns(known: Sequence[Turn], findings: Iterable[Finding], now: str) -> tuple[Turn, ...]:
    """*known* and who has each field now, added where that is somebody else than before."""
    last = {turn.path: turn.writer for turn in known}
    writers = {change.path: _writer(change) for item in findings for change in item.fields}
    added = [
        Turn(path=path, writer=writer, seen_at=now)
        for path in sorted({*last, *writers})
        if (writer := writers.get(path, GIT)) != last.get(path)
    ]
    kept: list[Turn] = []
    for path in sorted({turn.path for turn in (*known, *added)}):
        kept += [turn for turn in (*known, *added) if turn.path == path][-KEPT_TURNS:]
    return tuple(kept)


def lately(moments: Iterable[str], now: str) -> list[str]:
    """Those of *moments* that count at *now*."""
    return [at for at in moments if seconds_between(at, now) <= IN_TURN_SECONDS]


def _writer(change: FieldChange) -> str:
    return change.attribution.manager if change.attribution else ""

"""Histories of drift: one of each state, one that nobody began, one that attacks its reader."""

from collections.abc import Mapping
from dataclasses import replace

from edgeops.core.episodes import Episode, EpisodeKey, State, advance
from edgeops.core.findings import Drift, Severity, SyncStatus
from edgeops.core.objects import ResourceKey
from edgeops.core.turns import Turn
from edgeops.ports.history import Run
from tests.core.drifts import LAS, at, found, report
from tests.report.sample_findings import HOSTILE

REPORTS = [
    report(0, found(), found("api", severity=Severity.CRITICAL, paths=["spec.a", "spec.b"])),
    report(60, found("api", severity=Severity.CRITICAL, manager="argocd-server")),
    report(120, found(), found("old", zone=LAS)),
    report(180),
    report(240, found(), found("old", zone=LAS), found("kept", zone=LAS, manager="")),
    report(300, found(), waived=[found("kept", zone=LAS)]),
]
NOW = at(330)
LAST = Run(
    started_at=at(300), status=SyncStatus.OUT_OF_SYNC, revision="a" * 40, findings=1, unread=0
)


def played() -> list[Episode]:
    """What is known after all of the reports, in order of the keys."""
    known: dict[EpisodeKey, Episode] = {}
    for item in REPORTS:
        known |= {episode.key: episode for episode in advance(known, item).changed}
    return [known[key] for key in sorted(known)]


def hostile() -> list[Episode]:
    """Episodes of every state whose every text somebody chose in order to act on the reader."""
    return [
        replace(
            _attack(text),
            state=state,
            resolved_at=at(300) if state is State.RESOLVED else None,
        )
        for text in HOSTILE
        for state in State
    ]


def names(found: list[Episode], state: State) -> list[str]:
    """The objects whose episodes are in that state."""
    return [item.key.resource.name for item in found if item.state is state]


def _attack(text: str) -> Episode:
    return Episode(
        key=EpisodeKey(text, text, ResourceKey(text, text, text, text)),
        api_version=text,
        drift=Drift.MODIFIED,
        severity=Severity.HIGH,
        state=State.OPEN,
        first_seen=at(0),
        last_seen=at(300),
        opened=(at(0), at(60), at(120)),
        openings=3,
        paths=(text,),
        turns=tuple(
            Turn(path=text, writer=writer, seen_at=at(120 + index))
            for index, writer in enumerate((text, "git", text, "git"))
        ),
    )


HISTORIES: Mapping[str, tuple[list[Episode], Run | None]] = {
    "played": (played(), LAST),
    "hostile": (hostile(), replace(LAST, status=SyncStatus.UNKNOWN, unread=2)),
    "quiet": ([], replace(LAST, status=SyncStatus.SYNCED)),
    "none": ([], None),
}

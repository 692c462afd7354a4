"""What is done with a report after it was made: it is remembered, and people are told."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from edgeops.core.episodes import EpisodeKey, State
from edgeops.core.findings import DriftReport
from edgeops.core.fleet.model import Fleet, NotifyTarget
from edgeops.errors import ConfigurationError, HistoryError, Problem
from edgeops.ports.history import History
from edgeops.ports.notifying import Tone
from edgeops.usecases.desired import CONFIG, Selection
from edgeops.wiring import unattended


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of a report that was to be remembered and told."""

    warnings: tuple[str, ...]
    done: bool
    """Whether nothing of it is left to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Where a report is remembered, and who is told."""

    history: History
    selection: Selection
    keep: timedelta
    targets: tuple[NotifyTarget, ...] = ()

    def open_since(self) -> Mapping[EpisodeKey, str]:
        """
        Since when (RFC 3339) each episode has been open that is known so far.

        Nothing where the history cannot be read: `take` says so.
        """
        try:
            episodes = self.history.episodes()
        except HistoryError:
            return {}
        return {item.key: item.opened[-1] for item in episodes if item.state is State.OPEN}

    def take(self, report: DriftReport) -> Taken:
        """
        Remember *report* and tell people; never raises for what failed.

        A check is worth more than its record: neither changes the verdict.
        """
        from edgeops.usecases import history, notify

        try:
            history.record(self.history, report, covered=self.selection.covers, keep=self.keep)
        except HistoryError as error:
            warnings = [f"history: {error}"]
            if self.targets:
                warnings.append(
                    "notifications: nobody was told: without the history it is not known who "
                    "knows what."
                )
            return Taken(warnings=tuple(warnings), done=False)
        told = notify.tell(
            self.history, self.targets, unattended.notifier, _composed, report.started_at
        )
        said = (f"notification: {one}; the next check tries again." for one in told.warnings)
        return Taken(warnings=tuple(said), done=told.done)


def _composed(items: Any) -> Any:
    from edgeops.report import message
    from edgeops.usecases.notify import Message

    tone = Tone.GOOD if message.is_good(items) else Tone.NOTICE
    if message.is_grave(items):
        tone = Tone.ALARM
    return Message(title=message.title(items), text=message.text(items), tone=tone)


def recording(
    fleet: Fleet | None, selection: Selection, *, file: str, keep: timedelta, notify: bool
) -> Recording:
    """
    How a check is recorded.

    Args:
        fleet: whose history it is; None without one.
        file: of the history; empty takes the fleet's own, below the user's state folder.
        notify: whether the targets of the fleet are told.

    Raises:
        ConfigurationError: if people are to be told, and the fleet names none.
    """
    targets = fleet.drift.notify if fleet and notify else ()
    if notify and not targets:
        message = "--notify tells whom this lists, and it lists nobody"
        raise ConfigurationError(CONFIG, [Problem(path="spec.drift.notify", message=message)])
    return Recording(
        history=history_of(fleet, file), selection=selection, keep=keep, targets=targets
    )


def history_of(fleet: Fleet | None, file: str) -> History:
    """The history of a fleet: in *file*, or, if that is empty, in its own."""
    scope = "" if fleet is None else f"{fleet.repository.url}#{fleet.repository.path}"
    if not file:
        assert fleet is not None
        digest = hashlib.sha256(scope.encode()).hexdigest()[:8]
        file = unattended.default_history(f"{fleet.name}-{digest}")
    return unattended.history(file, scope)

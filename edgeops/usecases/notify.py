"""Telling people of drift: once of each episode, whatever process does it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edgeops.core.episodes import Happening
from edgeops.core.findings import Severity
from edgeops.core.fleet.model import NotifyTarget
from edgeops.core.telling import Interest, Item, news
from edgeops.errors import DeliveryError, HistoryError
from edgeops.ports.history import History
from edgeops.ports.notifying import Notifier, Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A plain text for people."""

    title: str
    text: str
    tone: Tone


Compose = Callable[[Sequence[Item]], Message]
"""Puts what is to be told into words; gets at least one item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What came of telling people."""

    warnings: tuple[str, ...]
    """One for each target that was not reached."""

    done: bool
    """Whether every target knows by now; not so, where another process was telling one."""


def tell(
    history: History,
    targets: Sequence[NotifyTarget],
    notifiers: Callable[[str], Notifier],
    compose: Compose,
    now: str,
) -> Telling:
    """
    Tell each target what it does not know yet.

    What one target was told is taken down after it was delivered: what failed is told by the
    next check. Where another process is telling the same target, it is left to that.

    Args:
        notifiers: what sends to an address, by the reference to it.
        now: RFC 3339.
    """
    warnings = []
    done = True
    for target in targets:
        try:
            done &= _tell(history, target, notifiers(target.url), compose, now)
        except (DeliveryError, HistoryError) as error:
            warnings.append(str(error))
            done = False
    return Telling(warnings=tuple(warnings), done=done)


def _tell(
    history: History, target: NotifyTarget, notifier: Notifier, compose: Compose, now: str
) -> bool:
    """Whether it was our turn."""
    with history.turn(target.url) as told:
        if told is None:
            return False
        found = news(history.episodes(), told, interest_of(target), now)
        if found.items:
            message = compose(found.items)
            notifier.send(title=message.title, text=message.text, tone=message.tone)
        if found.told:
            history.told(target.url, found.told)
        return True


def interest_of(target: NotifyTarget) -> Interest:
    """What a target wants to hear of: what came back is told as what is new is."""
    about = {Happening(word) for word in target.on}
    if Happening.NEW in about:
        about.add(Happening.REOPENED)
    return Interest(least=Severity(target.min_severity), about=frozenset(about))

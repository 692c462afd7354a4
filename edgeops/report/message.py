"""
What somebody is told of drift in a chat or a mail: a plain text, grouped by zone.

Names come from clusters: they are made inert, they call nobody and lead nowhere, and no value of
a field is in it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, assert_never

from edgeops.core.episodes import Happening
from edgeops.core.findings import Severity
from edgeops.core.telling import Item
from edgeops.report.inert import inert
from edgeops.report.phrases import place, plural

MAX_OBJECTS: Final = 10
"""Objects of one zone that are named; the others are counted."""

MAX_ZONES: Final = 20
MAX_PATHS: Final = 3

# A chat takes @everyone for a call, <!channel> likewise, and <https://there|a word> for a link.
# https://docs.slack.dev/messaging/formatting-message-text
_CALLS: Final = str.maketrans({sign: chr(ord(sign) + 0xFEE0) for sign in "@<>!|"})
_ADDRESS: Final = re.compile("://")


def title(items: Sequence[Item]) -> str:
    """One line: how much of what."""
    counts = {what: sum(item.what is what for item in items) for what in Happening}
    told = ", ".join(f"{count} {_word(what)}" for what, count in counts.items() if count)
    return f"Drift: {told}"


def text(items: Sequence[Item]) -> str:
    """The objects of each zone, a line each, a newline at the end."""
    return "".join(f"{line}\n" for line in _lines(items))


def is_good(items: Sequence[Item]) -> bool:
    """Whether it is nothing but good news."""
    return all(item.what is Happening.RESOLVED for item in items)


def is_grave(items: Sequence[Item]) -> bool:
    """Whether something of it is critical or high, and there."""
    return any(
        item.what is not Happening.RESOLVED
        and item.episode.severity in {Severity.CRITICAL, Severity.HIGH}
        for item in items
    )


def _lines(items: Sequence[Item]) -> Iterator[str]:
    zones: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        zones.setdefault((item.episode.key.cluster, item.episode.key.zone), []).append(item)
    for (cluster, zone), found in list(zones.items())[:MAX_ZONES]:
        yield f"{_quiet(place(cluster or None, zone or None))}:"
        for item in found[:MAX_OBJECTS]:
            yield f"  {_line(item)}"
        if len(found) > MAX_OBJECTS:
            yield f"  and {plural(len(found) - MAX_OBJECTS, 'more object')}"
    if len(zones) > MAX_ZONES:
        rest = sum(map(len, list(zones.values())[MAX_ZONES:]))
        yield f"and {plural(rest, 'object')} in {plural(len(zones) - MAX_ZONES, 'more zone')}"


def _line(item: Item) -> str:
    episode = item.episode
    line = f"{_word(item.what)}: {_quiet(str(episode.key.resource))}"
    if item.what is Happening.RESOLVED:
        return f"{line} (since {episode.opened[-1]})"
    line += f": {episode.drift.value}, {episode.severity.value}"
    if episode.paths:
        shown = ", ".join(_quiet(path) for path in episode.paths[:MAX_PATHS])
        more = len(episode.paths) - MAX_PATHS
        line += f": {shown}" + (f" and {more} more" if more > 0 else "")
    if episode.managers:
        line += f"; by {', '.join(_quiet(name) for name in episode.managers)}"
    line += f"; since {episode.opened[-1]}"
    if item.flapping:
        line += "; it comes and goes: you hear no more of it until that has stopped for a day"
    return line


def _quiet(text: str) -> str:
    """A name as it is, but for what a chat would act on: wide forms of the same signs."""
    return _ADDRESS.sub(":\uff0f\uff0f", inert(text)).translate(_CALLS)


def _word(what: Happening) -> str:
    match what:
        case Happening.NEW:
            return "new"
        case Happening.WORSE:
            return "worse"
        case Happening.RESOLVED:
            return "resolved"
        case Happening.REOPENED:
            return "back"
    assert_never(what)

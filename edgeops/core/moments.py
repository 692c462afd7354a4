"""Points in time and spans of it, as reports write the one and people the other."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_SPAN = re.compile(r"([0-9]{1,6})([smhdw])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_span(text: str) -> timedelta:
    """
    A span such as ``30m``, ``24h``, ``90d`` or ``2w``.

    Raises:
        ValueError: with a sentence for a person, if it is none.
    """
    found = _SPAN.fullmatch(text)
    if found is None or int(found[1]) == 0:
        raise ValueError(f"{text!r} is no span of time such as 30m, 24h, 90d or 2w.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def parse_since(text: str, now: str) -> str:
    """
    The moment that a person means by ``24h`` (before *now*), a day or an RFC 3339 time.

    Args:
        text: what was written; a time without a zone is UTC.
        now: RFC 3339.

    Returns:
        RFC 3339 in UTC, whole seconds, as reports have it.

    Raises:
        ValueError: with a sentence for a person, if it is none of these.
    """
    if _SPAN.fullmatch(text):
        return before(now, parse_span(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is neither a span such as 24h nor a time such as 2026-01-31 or "
            "2026-01-31T12:00:00Z."
        ) from None
    return written(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def before(now: str, span: timedelta) -> str:
    """The moment *span* before *now*, both RFC 3339; the earliest there is, if that is earlier."""
    try:
        return written(datetime.fromisoformat(now) - span)
    except OverflowError:
        return "0001-01-01T00:00:00Z"


def written(moment: datetime) -> str:
    """RFC 3339 in UTC, whole seconds: such texts sort as the moments do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_between(start: str, end: str) -> float:
    """Seconds from *start* to *end*, both RFC 3339; negative if they are the other way round."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def age(seconds: float) -> str:
    """A span in words that fit a column: ``40s``, ``5m``, ``3h``, ``12d``."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{max(int(seconds), 0)}s"

"""What could not be merged, as a person wants to see it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from edgeops.core.documents import dump_json
from edgeops.core.findings import REDACTED
from edgeops.core.merge.values import ABSENT

_SHOWN = 200
"""Characters of a value; the rest is in the file."""


class Side(StrEnum):
    """Whose word counts where both changed the same thing."""

    MINE = "mine"
    GENERATED = "generated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One thing that both sides changed differently; a value is None where there is none."""

    line: int | None
    """In the file of the user; None where the file itself is not there."""

    field: str
    """Object and path; empty where it is about lines or the whole file."""

    base: str | None
    """What was generated last time."""

    generated: str | None
    yours: str | None


def shown(value: Any, *, secret: bool = False) -> str | None:
    """*value* on one line; None for `ABSENT`, and nothing of a Secret."""
    if value is ABSENT:
        return None
    if secret:
        return REDACTED
    text = value if isinstance(value, str) else " ".join(dump_json(value).split())
    text = dump_json(text).strip() if "\n" in text or text != text.strip() or not text else text
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"

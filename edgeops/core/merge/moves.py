"""Which files stand at another path than before, so that the edits in them come along."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

_ALIKE = 0.6
"""How much of its lines a file keeps when it moves; git's own measure for a rename is one half."""

_TELLING = 3
"""Lines below which likeness says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """Old path to new path."""

    by_template: Mapping[str, str]
    """Edited by a person, and now generated elsewhere."""

    by_user: Mapping[str, str]
    """Put elsewhere by a person, and changed by the template since."""


def moves(
    planned: Mapping[str, bytes], previous: Mapping[str, bytes], existing: Mapping[str, bytes]
) -> Moves:
    """
    Find what moved; a move that does not matter, since only one side did anything, is left out.

    Args:
        planned: what is generated now.
        previous: what was generated last time.
        existing: the files in the work tree.
    """
    dropped = {
        path: text
        for path, text in previous.items()
        if path not in planned and existing.get(path, text) != text
    }
    new = {
        path: text
        for path, text in planned.items()
        if path not in previous and path not in existing
    }
    removed = {
        path: text
        for path, text in previous.items()
        if path not in existing and planned.get(path, text) != text
    }
    own = {
        path: text
        for path, text in existing.items()
        if path not in previous and path not in planned
    }
    return Moves(by_template=_alike(dropped, new), by_user=_alike(removed, own))


def _alike(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> dict[str, str]:
    """Each file of *before* with the one of *after* that it became, the most alike first."""
    pairs = sorted(
        (-_likeness(text, other), old, new)
        for old, text in before.items()
        for new, other in after.items()
        if _place(old) == _place(new)
    )
    found: dict[str, str] = {}
    for likeness, old, new in pairs:
        if -likeness >= _ALIKE and old not in found and new not in found.values():
            found[old] = new
    return found


def _place(path: str) -> tuple[str, ...]:
    """The tree that a file cannot leave: one zone's files are not those of another zone."""
    parts = tuple(path.split("/")[:-1])
    return parts[:3] if parts[:1] in {("overlays",), ("clusters",)} else parts[:1]


def _likeness(one: bytes, other: bytes) -> float:
    before, after = _lines(one), _lines(other)
    if min(len(before), len(after)) < _TELLING:
        return 0.0
    return SequenceMatcher(None, before, after, autojunk=False).ratio()


def _lines(text: bytes) -> list[bytes]:
    """The lines that say something."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith(b"#")]

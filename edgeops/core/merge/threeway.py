"""Three sequences of things that can be compared, cut into stretches and merged."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

Range = tuple[int, int]
"""From and to, as in a slice."""


class Change(StrEnum):
    """Who changed a stretch."""

    NOBODY = "nobody"
    GENERATED = "generated"
    YOURS = "yours"
    ALIKE = "alike"
    """Both, to the same."""

    DIFFERENTLY = "differently"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Places of one stretch in each of the three."""

    change: Change
    base: Range
    generated: Range
    yours: Range


def stretches(
    base: Sequence[Hashable], generated: Sequence[Hashable], yours: Sequence[Hashable]
) -> Iterator[Stretch]:
    """
    Cut the three where *base* stands unchanged in both others, as diff3 does.

    https://www.cis.upenn.edu/~bcpierce/papers/diff3-short.pdf
    """
    at = (0, 0, 0)
    for size, *starts in (
        *_common(base, generated, yours),
        (0, *map(len, (base, generated, yours))),
    ):
        b, g, u = starts
        if (b, g, u) != at:
            changed = ((at[0], b), (at[1], g), (at[2], u))
            yield _stretch(base, generated, yours, changed)
        if size:
            same = ((b, b + size), (g, g + size), (u, u + size))
            yield Stretch(change=Change.NOBODY, base=same[0], generated=same[1], yours=same[2])
        at = (b + size, g + size, u + size)


def _common(
    base: Sequence[Hashable], generated: Sequence[Hashable], yours: Sequence[Hashable]
) -> Iterator[tuple[int, int, int, int]]:
    """Stretches of *base* that both others have: length, and the start in each."""
    others = [
        list(SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks())
        for other in (generated, yours)
    ]
    first, second = 0, 0
    while first < len(others[0]) and second < len(others[1]):
        one, two = others[0][first], others[1][second]
        start, end = max(one.a, two.a), min(one.a + one.size, two.a + two.size)
        if start < end:
            yield end - start, start, one.b + start - one.a, two.b + start - two.a
        if one.a + one.size < two.a + two.size:
            first += 1
        else:
            second += 1


def _stretch(
    base: Sequence[Hashable],
    generated: Sequence[Hashable],
    yours: Sequence[Hashable],
    at: tuple[Range, Range, Range],
) -> Stretch:
    was, now, mine = (
        list(items[slice(*place)])
        for items, place in zip((base, generated, yours), at, strict=True)
    )
    if was == now:
        change = Change.YOURS
    elif was == mine:
        change = Change.GENERATED
    else:
        change = Change.ALIKE if now == mine else Change.DIFFERENTLY
    return Stretch(change=change, base=at[0], generated=at[1], yours=at[2])

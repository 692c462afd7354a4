"""Waiting for a condition, bounded: the one place in these tests that sleeps."""

import time
from collections.abc import Callable
from typing import TypeVar

LIMIT_SECONDS = 300.0
_PAUSE_SECONDS = 0.5

T = TypeVar("T")


def until(what: str, look: Callable[[], T], *, limit: float = LIMIT_SECONDS) -> T:
    """
    Look again and again until there is something true to see, and return that.

    Raises:
        AssertionError: there is not within ``limit`` seconds; with the last that was seen.
    """
    end = time.monotonic() + limit
    while not (seen := look()):
        assert time.monotonic() < end, f"not within {limit:.0f} s: {what}; last seen: {seen!r}"
        time.sleep(_PAUSE_SECONDS)
    return seen

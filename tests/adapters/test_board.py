"""The board: postings seen by threads that wait."""

import threading
from dataclasses import replace

from edgeops.adapters.board import ThreadBoard
from edgeops.ports.board import Posting
from tests.core.drifts import report


def _posting(number: int) -> Posting:
    return Posting(
        number=number, report=report(number), posted_at="T", compared=number, seconds=0.1
    )


def test_who_waits_gets_the_next_one() -> None:
    board = ThreadBoard()
    assert board.latest() is None
    assert board.wait(0, 0) is None
    got: list[Posting | None] = []
    waiting = threading.Thread(target=lambda: got.append(board.wait(0, 30)))
    waiting.start()
    board.post(_posting(1))
    waiting.join(30)
    assert got == [board.latest()]
    assert board.wait(1, 0) is None


def test_newer_tallies_wake_nobody() -> None:
    board = ThreadBoard()
    board.post(_posting(1))
    board.post(replace(_posting(1), compared=9))
    assert board.wait(1, 0) is None
    latest = board.latest()
    assert latest is not None
    assert latest.compared == 9


def test_who_asks_is_heard_once() -> None:
    roused = threading.Event()
    board = ThreadBoard(roused.set)
    assert not board.woken()
    board.wake()
    assert roused.is_set()
    assert board.woken()
    assert not board.woken()

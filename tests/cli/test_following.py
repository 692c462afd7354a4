"""Who follows the postings of a watch is given the last one again where something is left to do."""

import threading

from edgeops.adapters.board import ThreadBoard
from edgeops.cli.following import Ending, following
from edgeops.ports.board import Posting
from tests.adapters.webserver import posting, report_of

LIMIT = 30.0


def test_what_was_not_done_is_tried_again_without_another_posting() -> None:
    board, done, seen = ThreadBoard(), threading.Event(), list[int]()

    def act(one: Posting) -> float | None:
        seen.append(one.number)
        if len(seen) < 3:
            return 0.01
        done.set()
        return None

    with following(board, act, Ending(lambda: None)):
        board.post(posting(1, report_of()))
        assert done.wait(LIMIT)
    assert seen == [1, 1, 1]


def test_what_was_done_is_not_done_again() -> None:
    board, seen = ThreadBoard(), list[int]()
    done = threading.Event()

    def act(one: Posting) -> None:
        seen.append(one.number)
        if one.number == 2:
            done.set()

    with following(board, act, Ending(lambda: None)):
        board.post(posting(1, report_of()))
        board.post(posting(2, report_of()))
        assert done.wait(LIMIT)
    assert seen in ([1, 2], [2])

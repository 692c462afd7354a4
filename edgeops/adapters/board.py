"""`edgeops.ports.Board` in this process."""

import threading
from collections.abc import Callable

from edgeops.ports.board import Posting


class ThreadBoard:
    """
    Implements `edgeops.ports.Board`: one posts, any number wait.

    Args:
        roused: called whenever somebody asks to be looked after now, such as to end a wait.
    """

    def __init__(self, roused: Callable[[], None] = lambda: None) -> None:
        self._changed = threading.Condition()
        self._latest: Posting | None = None
        self._asked = threading.Event()
        self._roused = roused

    def latest(self) -> Posting | None:
        with self._changed:
            return self._latest

    def wait(self, after: int, timeout: float) -> Posting | None:
        with self._changed:
            self._changed.wait_for(lambda: self._number > after, timeout)
            return self._latest if self._number > after else None

    @property
    def _number(self) -> int:
        return 0 if self._latest is None else self._latest.number

    def post(self, posting: Posting) -> None:
        with self._changed:
            self._latest = posting
            self._changed.notify_all()

    def wake(self) -> None:
        self._asked.set()
        self._roused()

    def woken(self) -> bool:
        asked = self._asked.is_set()
        self._asked.clear()
        return asked

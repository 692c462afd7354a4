"""Those who do something with each posting of a watch, in threads of their own."""

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from edgeops.ports.board import Board, Posting

_PATIENCE: Final = 1.0


@dataclass(slots=True)
class Ending:
    """The end of a watch: asked for, and why."""

    ask: Callable[[], None]
    """Ends the wait of whoever waits."""

    begun: Callable[[], bool] = lambda: False
    """Whether somebody looks at `asked` by now."""

    asked: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None

    def now(self, error: BaseException | None = None) -> None:
        """Ask for it."""
        self.error = self.error or error
        self.asked.set()
        self.ask()


class _EndedError(BaseException):
    """SIGTERM came before there was a watch."""


@contextlib.contextmanager
def ended_by_sigterm(ending: Ending) -> Iterator[None]:
    """
    Have SIGTERM end the block: at once while it prepares, else as *ending* does.

    What is cloned, built or waited for at the start is given up; the block just ends.
    """

    def end(*_: object) -> None:
        ending.now()
        if not ending.begun():
            raise _EndedError

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except _EndedError:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def following(
    board: Board, act: Callable[[Posting], float | None], ending: Ending, *, pause: float = 0.0
) -> Iterator[None]:
    """
    Call *act* with postings, the last one always, for as long as the block runs.

    What it raises ends the watch.

    Args:
        act: returns after how many seconds it must have the latest posting again even if that is
            the same, because something is left to do; None if nothing is.
        pause: seconds after each call; what is posted meanwhile is one call.
    """
    over = threading.Event()

    def follow() -> None:
        number, due = 0, float("inf")
        try:
            while True:
                last = over.is_set()
                posting = board.wait(number, 0 if last else _PATIENCE)
                if posting is None and time.monotonic() >= due:
                    posting = board.latest()
                if posting is not None:
                    number = posting.number
                    again = act(posting)
                    due = float("inf") if again is None else time.monotonic() + again
                if last:
                    return
                over.wait(pause if posting is not None else 0)
        except BaseException as error:  # noqa: BLE001 - raised again where the watch runs
            ending.now(error)

    thread = threading.Thread(target=follow, name="following", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)

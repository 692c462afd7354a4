"""`edgeops.ports.watching.LiveWatcher`: all places in one event loop, in a thread of its own."""

import asyncio
import threading
from collections.abc import Mapping, Sequence

from edgeops.adapters.watch_place import WatchedPlace
from edgeops.ports import Wanted
from edgeops.ports.board import ClusterTally
from edgeops.ports.watching import Happened

_PATIENCE = 240.0
"""A right that is taken away is noticed when a watch ends: after four to eight minutes."""


class ClusterWatcher:
    """
    Implements `LiveWatcher` for contexts of kubeconfig.

    Args:
        config_file: a kubeconfig; None takes what `edgeops.adapters.kubeconfig` finds.
        patience: for how many seconds a watch is asked for, at least.
    """

    def __init__(self, config_file: str | None, *, patience: float = _PATIENCE) -> None:
        self._config_file = config_file
        self._patience = patience
        self._changed = threading.Condition()
        self._buffer: list[Happened] = []
        self._roused = False
        self._broken: BaseException | None = None
        self._round = 0
        self._places: dict[str, WatchedPlace] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="watching", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        # Our own tasks alone, which wait for theirs: the HTTP client's may not have begun yet,
        # and would leave a coroutine behind that nobody awaits.
        tasks = {*self._tasks.values(), *self._leaving}
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def want(self, wanted: Mapping[str, Sequence[Wanted]]) -> int:
        self._round += 1
        self._loop.call_soon_threadsafe(self._follow, dict(wanted), self._round)
        return self._round

    def _follow(self, wanted: Mapping[str, Sequence[Wanted]], number: int) -> None:
        for context in self._places.keys() - wanted.keys():
            del self._places[context]
            leaving = self._tasks.pop(context)
            leaving.cancel()
            self._leaving.add(leaving)
        for context, kinds in wanted.items():
            if context not in self._places:
                place = WatchedPlace(
                    context, self._config_file, self._tell, patience=self._patience
                )
                self._places[context] = place
                self._tasks[context] = self._loop.create_task(place.run())
                self._tasks[context].add_done_callback(self._ended)
            self._places[context].want(kinds, number)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        """A task that follows ends only when it is told to: anything else is a bug."""
        self._leaving.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            with self._changed:
                self._broken = error
                self._changed.notify_all()

    def _tell(self, happened: Sequence[Happened]) -> None:
        with self._changed:
            self._buffer += happened
            self._changed.notify_all()

    def happened(self, timeout: float) -> Sequence[Happened]:
        with self._changed:
            self._changed.wait_for(
                lambda: self._buffer or self._roused or self._broken is not None, timeout
            )
            self._roused = False
            if self._broken is not None:
                raise self._broken
            taken, self._buffer = self._buffer, []
            return taken

    def tallies(self) -> tuple[ClusterTally, ...]:
        return tuple(place.tally() for place in list(self._places.values()))

    def rouse(self) -> None:
        with self._changed:
            self._roused = True
            self._changed.notify_all()

    def close(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

"""Whether a watch that stands still is told from one that goes on."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from edgeops.adapters.board import ThreadBoard
from edgeops.adapters.clock import SystemClock
from edgeops.adapters.watching import ClusterWatcher
from edgeops.cli.targets import Targets
from edgeops.usecases.watch import STILL, Watch
from tests.live.fleet import make_fleet

LIMIT_SECONDS = 60


class Ahead(SystemClock):
    """The system's clock, put forward."""

    seconds = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.seconds


def test_a_watch_that_does_not_come_round(tmp_path: Path) -> None:
    fleet = make_fleet(tmp_path / "fleet", prefix="still")
    clock = Ahead()
    kubeconfig = str(tmp_path / "none")
    watcher = ClusterWatcher(kubeconfig)
    course = Targets(rev="HEAD", kubeconfig=kubeconfig).course(
        str(fleet.root), fetch_every=timedelta(hours=1), notice=print, first_seen={}
    )
    tools = replace(course.ways.tools, clock=clock)
    course = replace(course, ways=replace(course.ways, tools=tools))
    watch = Watch(course, watcher, ThreadBoard(watcher.rouse))
    held, go, rounds = threading.Event(), threading.Event(), iter(range(3))

    def stopped() -> bool:
        """Goes one round, is stuck in the next, and ends when it is let go."""
        if next(rounds) == 0:
            return False
        held.set()
        assert go.wait(LIMIT_SECONDS)
        return True

    assert watch.alive()
    thread = threading.Thread(target=watch.run, args=(stopped,))
    thread.start()
    try:
        assert held.wait(LIMIT_SECONDS)
        assert watch.alive()
        clock.seconds = STILL
        assert not watch.alive()
    finally:
        go.set()
        thread.join(LIMIT_SECONDS)
        watcher.close()

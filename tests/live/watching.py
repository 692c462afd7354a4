"""A watch of a real API server in this process, and the report that a fresh check makes."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from edgeops import wiring
from edgeops.adapters.board import ThreadBoard
from edgeops.adapters.watching import ClusterWatcher
from edgeops.cli.targets import Targets
from edgeops.core.findings import DriftReport
from edgeops.ports.board import Posting
from edgeops.report.document import document
from edgeops.usecases.watch import Watch
from tests.live.fleet import FleetOnDisk

LIMIT = 180.0


@dataclass
class Watched:
    """A watch that runs."""

    fleet: FleetOnDisk
    kubeconfig: Path
    board: ThreadBoard
    watcher: ClusterWatcher
    error: list[BaseException] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def until(self, what: str, good: Callable[[Posting], bool], limit: float = LIMIT) -> Posting:
        """The first posting, from the latest on, that is *good*."""
        end = time.monotonic() + limit
        posting = self.board.latest()
        while posting is None or not good(posting):
            assert not self.error, self.error
            left = end - time.monotonic()
            told = [] if posting is None else told_by(posting.report)
            assert left > 0, f"not in {limit} s: {what}; {told}"
            number = 0 if posting is None else posting.number
            posting = self.board.wait(number, min(left, 1.0)) or posting
        return posting

    def clean(self) -> Posting:
        return self.until("in sync", lambda one: told_by(one.report) == [])

    def fresh(self) -> DriftReport:
        """What ``edgeops drift`` says now."""
        targets = Targets(rev="HEAD", kubeconfig=str(self.kubeconfig))
        return targets.report(str(self.fleet.root))

    def agrees(self) -> None:
        """Wait until the watch says what a fresh check says."""
        expected = comparable(self.fresh())
        self.until("as a fresh check", lambda one: comparable(one.report) == expected)


def told_by(report: DriftReport) -> list[str]:
    """Findings and gaps in words."""
    return [
        *(f"{one.drift.value} {one.key.kind}/{one.key.name}" for one in report.findings),
        *sorted({f"unread {gap.what}: {gap.reason[:13]}" for gap in report.unread}),
    ]


def comparable(report: DriftReport) -> Any:
    """The document of a report, times aside."""
    body = json.loads(json.dumps(document(report)))
    del body["startedAt"], body["durationSeconds"]
    return body


@contextlib.contextmanager
def watching(fleet: FleetOnDisk, kubeconfig: Path, *, patience: float = 240.0) -> Iterator[Watched]:
    """A watch of *fleet* for as long as the block runs."""
    watcher = ClusterWatcher(str(kubeconfig), patience=patience)
    board = ThreadBoard(watcher.rouse)
    made = Watched(fleet=fleet, kubeconfig=kubeconfig, board=board, watcher=watcher)
    course = Targets(rev="HEAD", kubeconfig=str(kubeconfig)).course(
        str(fleet.root),
        fetch_every=timedelta(minutes=1),
        notice=made.notices.append,
        first_seen={},
    )
    stop = threading.Event()

    def run() -> None:
        try:
            Watch(course, watcher, board).run(stop.is_set)
        except BaseException as error:  # noqa: BLE001 - the test raises it
            made.error.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        stop.set()
        watcher.rouse()
        thread.join(30)
        watcher.close()
        assert not made.error, made.error
        assert not thread.is_alive()


def through(kubeconfig: Path, port: int) -> Path:
    """A copy of a kubeconfig that goes to another port of this machine."""
    body = json.loads(kubeconfig.read_text())
    body["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{port}"
    file = kubeconfig.with_suffix(f".{port}.kubeconfig")
    file.touch(mode=0o600)
    file.write_text(json.dumps(body))
    return file


def repository(fleet: FleetOnDisk) -> Any:
    return wiring.repository(str(fleet.root))

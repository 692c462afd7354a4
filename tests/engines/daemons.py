"""The processes of an engine: where they log, and what is kept when a scenario fails."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.controlplane.daemon import Daemon


class Daemons:
    """Some processes that come and go together."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: list[Daemon] = []
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, name: str, argv: tuple[str, ...], env: Mapping[str, str]) -> Daemon:
        daemon = Daemon(argv, self.folder / f"{name}.log", env)
        self._running.append(daemon)
        return daemon

    def check(self) -> None:
        """
        Look whether all still run.

        Raises:
            AssertionError: one has ended; with the end of its log.
        """
        for daemon in self._running:
            assert daemon.running, f"{daemon.log.stem} ended:\n{daemon.tail()}"

    def stop(self) -> None:
        while self._running:
            self._running.pop().stop()

    def keep_logs(self, target: Path) -> None:
        """Copy what they logged so far to a folder."""
        target.mkdir(parents=True, exist_ok=True)
        for log in self.folder.glob("*.log"):
            shutil.copy(log, target)

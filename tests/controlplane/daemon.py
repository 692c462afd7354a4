"""Server processes: started with a log, watched while they come up, stopped for certain."""

import atexit
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

START_LIMIT_SECONDS = 60.0
_TETHER = Path(__file__).with_name("tether.py")
_GRACE_SECONDS = 5.0


class StartError(Exception):
    """A server did not come up; the text carries the end of its log."""


class Daemon:
    """One running server, in a process group of its own."""

    def __init__(
        self, argv: Sequence[str], log: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self.log = log
        self.name = Path(argv[0]).name
        with log.open("wb") as sink:
            self._process = subprocess.Popen(
                (sys.executable, "-I", "-S", str(_TETHER), str(os.getpid()), *argv),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env=None if env is None else {**os.environ, **env},
                # ^C goes to pytest alone, which then stops us in order.
                start_new_session=True,
            )
        atexit.register(self.stop)

    @property
    def pid(self) -> int:
        """Its process id, which is its group's too."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def tail(self, lines: int = 25) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def wait_until(
        self, what: str, ready: Callable[[], bool], limit: float = START_LIMIT_SECONDS
    ) -> None:
        """
        Ask ``ready`` until it says yes.

        Raises:
            StartError: the server ended, or ``limit`` seconds went by.
        """
        end = time.monotonic() + limit
        while not ready():
            if not self.running:
                raise StartError(
                    f"{self.name} ended with {self._process.returncode} before {what}:\n"
                    f"{self.tail()}"
                )
            if time.monotonic() > end:
                raise StartError(f"{self.name}: not {what} after {limit:.0f} s:\n{self.tail()}")
            time.sleep(0.03)

    def stop(self) -> None:
        """Ask it to end, and then make it; may be called twice."""
        atexit.unregister(self.stop)
        for sign, patience in ((signal.SIGTERM, _GRACE_SECONDS), (signal.SIGKILL, None)):
            # The group, also when its leader is gone: whatever that started goes with it.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, sign)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listening(port: int) -> bool:
    """Whether somebody answers on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0

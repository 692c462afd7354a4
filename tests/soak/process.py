"""The real `edgeops watch`, what it says, and what it takes of the machine."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2
import psutil

from tests.adapters.webserver import CLIENT
from tests.controlplane.daemon import free_port

Body = dict[str, Any]


class Process:
    """
    One run of it; a context manager.

    Args:
        folder: for what it writes.
        clone: the repository that it fetches.
    """

    def __init__(self, folder: Path, clone: Path, kubeconfig: Path) -> None:
        address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{address}"
        self.log = folder / "watch.log"
        self.history = folder / "history.db"
        self._lines: dict[tuple[str, ...], Body] = {}
        self._lock = threading.Lock()
        self.lines = 0
        argv = (
            sys.executable, "-m", "edgeops", "watch", "-C", str(clone), "--rev", "origin/main",
            "--fetch-every", "5s", "-o", "json", "-v", "--listen", address,
            "--kubeconfig", str(kubeconfig), "--history", str(self.history),
        )  # fmt: skip
        with self.log.open("wb") as log:
            self._run = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=log)
        self._seen = psutil.Process(self._run.pid)
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._run.kill()
        self._run.wait()
        self._reading.join(10)
        assert self._run.stdout is not None
        self._run.stdout.close()

    def _read(self) -> None:
        assert self._run.stdout is not None
        for line in self._run.stdout:
            event = json.loads(line)
            with self._lock:
                self.lines += 1
                if event["type"] == "STATUS":
                    continue
                one = event["finding"]
                key = tuple(str(one[name]) for name in _KEY)
                if event["type"] == "DELETED":
                    del self._lines[key]
                else:
                    self._lines[key] = one

    def by_lines(self) -> list[Body]:
        """The findings that are there for somebody who read every line of stdout."""
        with self._lock:
            return [self._lines[key] for key in sorted(self._lines)]

    def report(self) -> Body | None:
        """The latest report; None before the first."""
        self.must_run()
        try:
            answer = CLIENT.get(f"{self.url}/api/v1/report")
        except httpx2.TransportError:
            return None
        return timeless(answer.json()) if answer.status_code == 200 else None

    def must_run(self) -> None:
        """Raise, with the end of its log, unless it runs."""
        assert self._run.poll() is None, f"exit {self._run.returncode}\n{self.log_end()}"

    def log_end(self) -> str:
        """The last of what it said to people."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-40:])

    def taken(self) -> tuple[float, int, int]:
        """Resident MiB, open files and threads, now."""
        with self._seen.oneshot():
            memory = self._seen.memory_info().rss / 2**20
            return memory, self._seen.num_fds(), self._seen.num_threads()

    def terminate(self) -> int:
        """Ask it to end as a service manager does; its exit status."""
        self._run.terminate()
        return self._run.wait(30)


_KEY = ("cluster", "zone", "kind", "namespace", "name", "drift")
"""What tells a finding from all others: see `edgeops.core.delta`."""


def timeless(report: Body) -> Body:
    """A report without the times of its making."""
    return {
        key: value for key, value in report.items() if key not in {"startedAt", "durationSeconds"}
    }


def sorted_findings(report: Body) -> list[Body]:
    """The findings of a report, in the order of `Process.by_lines`."""
    return sorted(report["findings"], key=lambda one: tuple(str(one[name]) for name in _KEY))


def wait_until(what: str, good: Any, limit: float, tell: Any = lambda: "") -> float:
    """Wait for a condition; after how many seconds it held. Fails, telling why, after *limit*."""
    begun = time.monotonic()
    while not good():
        assert time.monotonic() - begun < limit, f"not in {limit:.0f} s: {what}\n{tell()}"
        time.sleep(0.25)
    return time.monotonic() - begun

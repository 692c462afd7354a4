"""`edgeops watch` at ``-vvv`` for a moment, and everything that it says and serves meanwhile."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tests.adapters.webserver import CLIENT
from tests.controlplane.daemon import free_port

LIMIT_SECONDS = 120.0
SERVED = ("/", "/metrics", "/healthz", "/readyz", "/api/v1/report")


class Standing:
    """One run of it."""

    def __init__(self, run: "subprocess.Popen[bytes]", url: str) -> None:
        self._run, self._url = run, url
        self._served: list[tuple[str, bytes]] = []

    def wait(self) -> None:
        """Wait until it has a report, and keep all that it serves then."""
        end = time.monotonic() + LIMIT_SECONDS
        while not self._is_ready():
            assert time.monotonic() < end
            assert self._run.poll() is None, self.said()
            time.sleep(0.1)
        self._served = [(path, CLIENT.get(f"{self._url}{path}").content) for path in SERVED]
        with CLIENT.stream("GET", f"{self._url}/api/v1/events") as events:
            first = next(line for line in events.iter_lines() if line.startswith("data:"))
            self._served.append(("/api/v1/events", first.encode()))

    def _is_ready(self) -> bool:
        try:
            return CLIENT.get(f"{self._url}/readyz").status_code == 200
        except httpx2.TransportError:
            return False

    def report(self) -> str:
        return dict(self._served)["/api/v1/report"].decode()

    def said(self) -> list[tuple[str, bytes]]:
        """End it; what it served and what it printed."""
        self._run.send_signal(signal.SIGTERM)
        out, err = self._run.communicate(timeout=60)
        assert self._run.returncode == 0, err
        return [*self._served, ("stdout", out), ("stderr", err)]


@contextmanager
def watch_of(root: Path, kubeconfig: str) -> Iterator[Standing]:
    """A watch of a repository by a kubeconfig."""
    address = f"127.0.0.1:{free_port()}"
    argv = (
        sys.executable, "-m", "edgeops", "watch", "-C", str(root), "--listen", address,
        "--kubeconfig", kubeconfig, "-vvv",
    )  # fmt: skip
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        try:
            yield Standing(run, f"http://{address}")
        finally:
            run.kill()

"""
Measure ``edgeops watch`` on one API server, print, and write ``docs/benchmarks-watch.md``.

    python -m bench.watch [--zones N] [--changes M] [--idle SECONDS] [--docs DIR]

The whole, 1,000 zones, takes about half an hour on two quiet cores; less of it prints and writes
nothing, unless it is told where. A process of its own watches. Changes are written to the API
server one after the other, and the time from the write's answer to the line on stdout is taken.
"""

import argparse
import json
import queue
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

import psutil
from prometheus_client.parser import text_string_to_metric_families

from bench import machine
from bench.fleet import CLUSTER, BenchFleet
from bench.ground import Ground
from bench.watch_page import Watched, page
from edgeops.core.objects import KubeObject
from tests.controlplane.daemon import free_port
from tests.controlplane.server import ControlPlane
from tests.live.many import Paths

ZONES, CHANGES, IDLE = 1000, 2000, 600.0
PAGE: Final = "benchmarks-watch.md"
_KINDS: Final = ("Deployment", "Service", "ServiceAccount", "ConfigMap")
_FIRST_SECONDS: Final = 1800.0
_LIMIT_SECONDS: Final = 60.0
_MIB: Final = 1024**2


def main() -> None:
    """Measure, and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--zones", type=int, default=ZONES, help="edge zones of the fleet")
    parser.add_argument("--changes", type=int, default=CHANGES, help="one after the other")
    parser.add_argument("--idle", type=float, default=IDLE, help="seconds of the idle stretch")
    parser.add_argument("--docs", type=Path, help="where to write")
    given = parser.parse_args()
    whole = (given.zones, given.changes, given.idle) == (ZONES, CHANGES, IDLE)
    with (
        tempfile.TemporaryDirectory(prefix="edgeops-bench-") as scratch,
        ControlPlane(name=CLUSTER) as plane,
    ):
        plane.install_crds()
        told = machine.described(plane)
        fleet = BenchFleet(root=Path(scratch, "fleet"), zones=given.zones)
        fleet.init()
        _progress("the fleet is made")
        objects = [KubeObject(body) for body in Ground(plane).fill(fleet)]
        _progress(f"{len(objects)} objects are applied")
        found = _measured(plane, fleet, objects, given.changes, given.idle)
    text = page(told, found)
    sys.stdout.write(text)
    docs = given.docs or (Path("docs") if whole else None)
    if docs is not None:
        (docs / PAGE).write_text(text, encoding="utf-8")


class _Process:
    """A watch at work, and what it says."""

    def __init__(self, run: "subprocess.Popen[bytes]", port: int) -> None:
        self._run = run
        self._port = port
        self._seen: queue.Queue[tuple[float, dict[str, Any]]] = queue.Queue()
        self._of_the_system = psutil.Process(run.pid)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._run.stdout is not None
        for line in self._run.stdout:
            self._seen.put((time.perf_counter(), json.loads(line)))

    def line(self) -> tuple[float, dict[str, Any]]:
        """The next line, and when it came."""
        return self._seen.get(timeout=_LIMIT_SECONDS)

    def get(self, path: str) -> str:
        """What it serves there."""
        with urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=30) as answer:
            return str(answer.read().decode())

    def until_ready(self) -> None:
        """Wait for the first report."""
        end = time.monotonic() + _FIRST_SECONDS
        while True:
            if self._run.poll() is not None:
                sys.exit(f"edgeops watch ended with {self._run.returncode}")
            if time.monotonic() > end:
                sys.exit("no report within half an hour")
            try:
                self.get("/readyz")
            except OSError:
                time.sleep(0.05)
            else:
                return

    def count(self, name: str) -> float:
        """A metric, added up over its labels."""
        families = text_string_to_metric_families(self.get("/metrics"))
        return sum(
            sample.value for family in families for sample in family.samples if sample.name == name
        )

    @property
    def processor(self) -> float:
        """Seconds of all cores that it has used."""
        spent = self._of_the_system.cpu_times()
        return float(spent.user + spent.system)

    @property
    def memory(self) -> float:
        """MiB that are resident."""
        return float(self._of_the_system.memory_info().rss / _MIB)

    @property
    def peak(self) -> float:
        """The most MiB that were."""
        status = Path(f"/proc/{self._run.pid}/status").read_text(encoding="utf-8").splitlines()
        found = dict(line.split(":", 1) for line in status)
        return int(found["VmHWM"].split()[0]) / 1024


@contextmanager
def _watching(plane: ControlPlane, root: Path) -> Iterator[_Process]:
    port = free_port()
    argv = (
        sys.executable, "-m", "edgeops", "watch", "-C", str(root), "-o", "json",
        "--kubeconfig", str(plane.kubeconfig("reader")), "--listen", f"127.0.0.1:{port}",
    )  # fmt: skip
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as run:
        try:
            yield _Process(run, port)
        finally:
            run.terminate()
            if run.wait(60) != 0:
                sys.exit(f"edgeops watch ended with {run.returncode}")


def _measured(
    plane: ControlPlane, fleet: BenchFleet, objects: Sequence[KubeObject], changes: int, idle: float
) -> Watched:
    begun = time.perf_counter()
    with _watching(plane, fleet.root) as watch:
        watch.until_ready()
        first = time.perf_counter() - begun
        _progress("the first report is there")
        time.sleep(5)  # what follows from the start is over
        at_first, spent = watch.memory, watch.processor
        asked = datetime.now(UTC)
        time.sleep(idle)
        spent = watch.processor - spent
        requests = [verb for verb, _ in plane.asked_by("reader", since=asked)]
        _progress("the idle stretch is over")
        before, lists = _counts(watch)
        spent_on_changes, begun = watch.processor, time.perf_counter()
        seconds, half = _changes(watch, plane, objects, changes)
        took = time.perf_counter() - begun
        spent_on_changes = watch.processor - spent_on_changes
        compared, listed = _counts(watch)
        _progress("the changes are made")
        return Watched(
            zones=fleet.zones,
            objects=len(objects),
            first=first,
            idle=idle,
            idle_processor=spent,
            idle_requests={verb: requests.count(verb) for verb in sorted(set(requests))},
            latencies=tuple(sorted(seconds)),
            took=took,
            processor=spent_on_changes,
            compared=compared - before,
            lists=listed - lists,
            memory=(at_first, half, watch.memory, watch.peak),
            agrees=_timeless(watch.get("/api/v1/report")) == _timeless(_fresh(plane, fleet.root)),
        )


def _counts(watch: _Process) -> tuple[int, int]:
    """Objects compared and LISTs sent, so far."""
    names = ("edgeops_watch_compared_objects_total", "edgeops_watch_lists_total")
    compared, lists = (int(watch.count(name)) for name in names)
    return compared, lists


def _changes(
    watch: _Process, plane: ControlPlane, objects: Sequence[KubeObject], changes: int
) -> tuple[list[float], float]:
    """Seconds until each was told, and the memory after half of them."""
    drawn = random.Random(7)  # noqa: S311 - the same changes every time
    paths = Paths(plane)
    those = [item for item in objects if item.kind in _KINDS]
    seconds = []
    half = watch.memory
    for number in range(changes):
        if number == changes // 2:
            half = watch.memory
        item = drawn.choice(those)
        written = _labelled(plane, paths.of(item), f"c{number}")
        while True:
            seen, event = watch.line()
            finding = event.get("finding")
            if finding is not None and _is(finding, item, f"c{number}"):
                break
        seconds.append(max(seen - written, 0.0))
    return seconds, half


def _is(finding: dict[str, Any], item: KubeObject, value: str) -> bool:
    named = (finding["kind"], finding["namespace"], finding["name"])
    return named == (item.kind, item.namespace, item.name) and value in json.dumps(finding)


def _labelled(plane: ControlPlane, path: str, value: str) -> float:
    """Give an object a label; when the server had answered."""
    status, answer = plane.request(
        "PATCH",
        f"{path}?fieldManager=kubectl-edit",
        body={"metadata": {"labels": {"changed": value}}},
        content_type="application/merge-patch+json",
    )
    if status != 200:
        sys.exit(f"{path}: {status} {answer[:300]!r}")
    return time.perf_counter()


def _fresh(plane: ControlPlane, root: Path) -> str:
    argv = (
        sys.executable, "-m", "edgeops", "drift", "-C", str(root), "-o", "json", "-q",
        "--kubeconfig", str(plane.kubeconfig("reader")), "--timeout", "10m",
    )  # fmt: skip
    return subprocess.run(argv, stdout=subprocess.PIPE, check=False, text=True).stdout


def _timeless(text: str) -> dict[str, Any]:
    return {**json.loads(text), "startedAt": None, "durationSeconds": None}


def _progress(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")


if __name__ == "__main__":
    main()

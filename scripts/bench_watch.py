"""
How soon `edgeops watch` says what changed, and what it costs, on one API server in one run.

A process of its own watches; changes are written to the API server one after the other, and the
time from the write's answer to the line on stdout is taken. Nothing is asserted.

    python -m scripts.bench_watch [--zones N] [--changes M] [--idle SECONDS]
"""

import argparse
import json
import os
import queue
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from edgeops.core.objects import KubeObject
from tests.controlplane.server import ControlPlane
from tests.live.fleet import ensure_namespaces
from tests.live.many import Paths, fill, make_many

TICKS = os.sysconf("SC_CLK_TCK")
LIMIT = 60.0


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zones", type=int, default=100, help="edge zones of the fleet")
    parser.add_argument("--changes", type=int, default=300, help="changes, one after the other")
    parser.add_argument("--idle", type=float, default=60.0, help="seconds of the idle stretch")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ControlPlane(name="edge-usw2") as plane:
        plane.install_crds()
        ensure_namespaces(plane)
        begun = time.perf_counter()
        fleet = make_many(Path(folder) / "fleet", asked.zones, prefix="bench")
        _say(f"scaffolded in {time.perf_counter() - begun:.0f} s")
        begun = time.perf_counter()
        objects = fill(plane, fleet)
        _say(f"{len(objects)} objects applied in {time.perf_counter() - begun:.0f} s")
        _measure(plane, str(fleet.root), objects, asked.changes, asked.idle)


def _measure(
    plane: ControlPlane, root: str, objects: list[KubeObject], changes: int, idle: float
) -> None:
    argv = (
        sys.executable, "-m", "edgeops", "watch", "-C", root, "-o", "json", "-v",
        "--kubeconfig", str(plane.kubeconfig("reader")), "--listen", "127.0.0.1:0",
    )  # fmt: skip
    begun = time.perf_counter()
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            lines: queue.Queue[tuple[float, dict[str, object]]] = queue.Queue()
            first = threading.Event()
            threading.Thread(target=_read, args=(process, lines), daemon=True).start()
            threading.Thread(target=_listen, args=(process, first), daemon=True).start()
            if not first.wait(900):
                sys.exit("no report within a quarter of an hour")
            _say(f"first report after {time.perf_counter() - begun:.1f} s")
            start = _memory(process.pid)
            before = _cpu(process.pid)
            time.sleep(idle)
            spent = _cpu(process.pid) - before
            _say(f"idle: {spent:.2f} s of CPU in {idle:.0f} s ({100 * spent / idle:.1f} %)")
            _report(*_changes(plane, objects, changes, lines))
            now, peak = _memory(process.pid)
            _say(f"memory: {start[0]:.0f} MB at first, {now:.0f} MB now, {peak:.0f} MB at most")
        finally:
            process.terminate()
            process.wait(30)


def _changes(
    plane: ControlPlane,
    objects: list[KubeObject],
    changes: int,
    lines: "queue.Queue[tuple[float, dict[str, object]]]",
) -> tuple[list[float], float]:
    drawn = random.Random(7)  # noqa: S311 - the same changes every time
    paths = Paths(plane)
    those = [item for item in objects if item.kind in ("Deployment", "Service", "ServiceAccount")]
    seconds = []
    begun = time.perf_counter()
    for number in range(changes):
        item = drawn.choice(those)
        body = {"metadata": {"labels": {"changed": f"c{number}"}}}
        written = _patch(plane, paths.of(item), body)
        while True:
            seen, event = lines.get(timeout=LIMIT)
            finding = event.get("finding")
            if isinstance(finding, dict) and _is(finding, item, f"c{number}"):
                break
        seconds.append(seen - written)
    return seconds, time.perf_counter() - begun


def _is(finding: dict[str, object], item: KubeObject, value: str) -> bool:
    named = (finding["kind"], finding["namespace"], finding["name"])
    return named == (item.kind, item.namespace, item.name) and value in json.dumps(finding)


def _patch(plane: ControlPlane, path: str, body: object) -> float:
    status, answer = plane.request(
        "PATCH",
        f"{path}?fieldManager=kubectl-edit",
        body=body,
        content_type="application/merge-patch+json",
    )
    if status != 200:
        sys.exit(f"{path}: {status} {answer[:300]!r}")
    return time.perf_counter()


def _report(seconds: list[float], whole: float) -> None:
    ordered = sorted(seconds)
    at = {share: ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.9, 0.99)}
    _say(
        f"{len(seconds)} changes in {whole:.0f} s: p50 {statistics.median(ordered):.3f} s, "
        f"p90 {at[0.9]:.3f} s, p99 {at[0.99]:.3f} s, most {ordered[-1]:.3f} s"
    )


def _read(
    process: "subprocess.Popen[bytes]", lines: "queue.Queue[tuple[float, dict[str, object]]]"
) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put((time.perf_counter(), json.loads(line)))


def _listen(process: "subprocess.Popen[bytes]", first: threading.Event) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        first.set() if b"objects compared" in line else sys.stderr.buffer.write(line)


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _memory(pid: int) -> tuple[float, float]:
    """Resident megabytes of a process: now, and the most it had."""
    found = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    return tuple(int(found[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))  # type: ignore[return-value]  # two of them


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()

"""A program run and measured: time, processor time, and memory of its whole process tree."""

import os
import re
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

_EVERY_SECONDS = 0.05
_AS_INSTALLED = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""Modules are compiled once, as pip does it, and not in every run."""

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run took."""

    seconds: float
    processor: float
    """Seconds of all cores, user and system, of the program and all that it started."""

    peak: float
    """MiB of resident memory of the tree at once, as sampled; at least the program's own peak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Something to be measured."""

    name: str
    argv: Sequence[str]
    accepted: Sequence[int] = (0,)
    env: Mapping[str, str] | None = None
    """On top of this process's own."""

    before: Callable[[], object] | None = None
    """What makes the ground ready, unmeasured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Several runs of one program."""

    runs: Sequence[Run]

    @property
    def seconds(self) -> float:
        return statistics.median(run.seconds for run in self.runs)

    @property
    def spread(self) -> tuple[float, float]:
        """The shortest and the longest run, seconds."""
        found = [run.seconds for run in self.runs]
        return min(found), max(found)

    @property
    def processor(self) -> float:
        return statistics.median(run.processor for run in self.runs)

    @property
    def peak(self) -> float:
        return max(run.peak for run in self.runs)


def in_turn(programs: Sequence[Program], rounds: int) -> dict[str, Measured]:
    """
    Run *programs* one after the other, *rounds* times: what disturbs one disturbs all.

    Raises:
        RuntimeError: if one ends with a status that is not accepted.
    """
    found: dict[str, list[Run]] = {program.name: [] for program in programs}
    for _ in range(rounds):
        for program in programs:
            found[program.name].append(run(program))
    return {name: Measured(runs=runs) for name, runs in found.items()}


def run(program: Program) -> Run:
    """Run *program* once; raises RuntimeError as `in_turn` does."""
    if program.before is not None:
        program.before()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        begun = time.perf_counter()
        child = subprocess.Popen(
            tuple(program.argv),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
            env={**_AS_INSTALLED, **(program.env or {})},
        )
        with _Sampled(child.pid) as sampled:
            _, status, used = os.wait4(child.pid, 0)
            seconds = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in program.accepted:
            errors.seek(0)
            said = errors.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{program.name}: exit {child.returncode}\n{said}")
    return Run(
        seconds=seconds,
        processor=used.ru_utime + used.ru_stime,
        peak=sampled.peak,
    )


class _Sampled:
    """The resident memory of a process and its descendants, looked at again and again."""

    def __init__(self, pid: int) -> None:
        self.peak = 0.0
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_EVERY_SECONDS):
            try:
                top = psutil.Process(self._pid)
                tree = [top, *top.children(recursive=True)]
            except psutil.Error:
                return
            self.peak = max(self.peak, sum(map(_resident, tree)) / _MIB, _most(self._pid))


def _most(pid: int) -> float:
    """
    The most that a process ever had, MiB, since it became the program that it is.

    What ``wait4`` tells counts from before that, when it was a copy of this process.
    """
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    found = re.search(r"^VmHWM:\s+(\d+) kB$", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0

"""``docs/benchmarks.md``: what was measured, on what, and how it stands to the targets."""

from collections.abc import Iterator, Mapping, Sequence

from bench import drift, repository
from bench.drift import Point
from bench.repository import Repositories
from bench.runs import Measured
from bench.starts import HELP, IMPORT, VERSION

PLOT = "benchmarks.svg"

_HEAD = """\
# Benchmarks

`make bench` wrote this page. Nothing here is a promise: times depend on the machine, ratios less
so. The programs of a table ran in turn, on the same API server; the times are medians, with the
shortest and the longest run behind them. *Processor* is the time of all cores, *memory* the most
that the whole process tree had at once.

Pages of their own: [the watch](benchmarks-watch.md), and [upgrades](benchmarks-upgrades.md) beside
copier and cruft.
"""

_DRIFT = """\
## Drift

A real API server holds HashiCups on Consul Enterprise, applied server-side as Flux does it;
nothing drifted. No controllers run, so that there are no Pods and no status. The desired state was
rendered before, and git did not change. The *floor* is a minimal Python program that LISTs the
same kinds over one connection, in the same form (metadata-only where edgeops reads so), parses
them, and does nothing else. The *first check* remembers no verdict; *again* may take those of
pairs that are as they were ([note 20](decisions/0020-where-the-time-goes.md)).
"""

_RENDER = """\
## Rendering and init

*Inside* is the time within the process, without the start of Python.
"""


def page(
    machine: Mapping[str, str],
    points: Sequence[Point],
    repositories: Repositories,
    starts: Mapping[str, Measured],
) -> str:
    """The page, in Markdown."""
    parts = [_HEAD, *_machine(machine), "", _DRIFT, f"![Seconds by zones]({PLOT})", ""]
    for point in points:
        parts += [*_point(point), ""]
    parts += [*_targets_of_drift(points), "", _RENDER, *_repositories(repositories), ""]
    parts += ["## Starts", "", *_table(starts, IMPORT), ""]
    parts += [
        f"`--version` takes {_times(starts, VERSION, IMPORT)} the import of click (target: 1.5),",
        f"`--help` {_times(starts, HELP, IMPORT)} (target: 2).",
    ]
    return "\n".join(parts) + "\n"


def _machine(machine: Mapping[str, str]) -> Iterator[str]:
    yield from ("| | |", "|---|---|")
    yield from (f"| {name} | {value} |" for name, value in machine.items())


def _point(point: Point) -> Iterator[str]:
    yield f"### {_count(point.zones, 'zone')}, {point.objects} objects"
    yield ""
    yield from _table(point.measured, drift.FLOOR)
    yield ""
    yield f"API requests of one check: {point.requests}."


def _table(measured: Mapping[str, Measured], base: str) -> Iterator[str]:
    yield "| program | seconds | shortest to longest | times the first row | processor | memory |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name, found in measured.items():
        low, high = found.spread
        yield (
            f"| {name} | {found.seconds:.2f} | {low:.2f} to {high:.2f} | "
            f"{_times(measured, name, base)} | {found.processor:.2f} s | {found.peak:.0f} MiB |"
        )


def _targets_of_drift(points: Sequence[Point]) -> Iterator[str]:
    yield "| zones | first ÷ floor | again ÷ floor | kubectl ÷ first | kubectl ÷ again |"
    yield "|---:|---:|---:|---:|---:|"
    for point in points:
        pairs = (
            (drift.FIRST, drift.FLOOR),
            (drift.AGAIN, drift.FLOOR),
            (drift.KUBECTL, drift.FIRST),
            (drift.KUBECTL, drift.AGAIN),
        )
        told = " | ".join(_times(point.measured, *pair) for pair in pairs)
        yield f"| {point.zones} | {told} |"
    yield ""
    yield "Targets: at 100 zones at most 2.5 × the floor and 15 × faster than kubectl; at 1,000"
    yield "zones at most 2 ×, 25 ×, and 600 MiB; from 100 to 1,000 zones at most 11 × the time."
    yield "What keeps a check from them: [note 20](decisions/0020-where-the-time-goes.md)."


def _repositories(found: Repositories) -> Iterator[str]:
    yield f"{_count(found.zones, 'zone')}, {found.overlays} builds, {found.cores} cores."
    yield ""
    yield from _table(found.measured, repository.SINGLE)
    yield ""
    inside = found.inside
    yield f"- Warm, inside: {inside[repository.WARM]:.2f} s (target at 1,000 zones: 0.3 s)."
    yield f"- After an edit of one overlay, inside: {inside[repository.EDITED]:.2f} s."
    cold = found.measured[repository.COLD].seconds
    even = found.measured[repository.SINGLE].processor / found.cores
    init = found.measured[repository.INIT].seconds
    yield f"- Cold: {cold / even:.2f} × the processor time of the single builds ÷ cores (1.15)."
    yield f"- `init` from nothing: {init / cold:.2f} × the cold render (1.3)."


def _times(measured: Mapping[str, Measured], name: str, base: str) -> str:
    if name not in measured or base not in measured:
        return "–"
    return f"{measured[name].seconds / measured[base].seconds:.2f} ×"


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")

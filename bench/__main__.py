"""
Measure, print, and write ``docs/benchmarks.md`` with its plot.

    python -m bench [--quick] [--docs DIR]

The whole takes about 20 minutes on two quiet cores, ``--quick`` less than three. Figures of a
busy machine are no figures: the page says how busy it was.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import drift, machine, repository, starts
from bench.drift import Point
from bench.ground import Ground
from bench.page import PLOT, page
from bench.plot import plot
from tests.controlplane.server import ControlPlane

SIZES = (1, 10, 100, 300, 1000)
QUICK_SIZES = (1, 10, 30)
_KUBECTL_AT = (10, 30, 100, 1000)


def main() -> None:
    """Measure, and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, few rounds")
    parser.add_argument(
        "--zones", type=int, nargs="+", metavar="N", help="sizes; default: 1 10 100 300 1000"
    )
    parser.add_argument("--docs", type=Path, help="where to write; --quick alone writes nothing")
    given = parser.parse_args()
    sizes, rounds = (QUICK_SIZES, 3) if given.quick else (SIZES, 5)
    sizes = tuple(sorted(given.zones)) if given.zones else sizes
    with tempfile.TemporaryDirectory(prefix="edgeops-bench-") as scratch:
        folder = Path(scratch)
        with ControlPlane(name="edge") as plane:
            plane.install_crds()
            told = machine.described(plane)
            points = []
            for point in drift.curve(
                Ground(plane), folder, sizes, rounds=rounds, rivals=_KUBECTL_AT
            ):
                _progress(f"{point.zones} zones, {point.objects} objects")
                points.append(point)
        started = starts.measure(4 * rounds)
        _progress("repository")
        made = repository.measure(folder / "repository", sizes[-1], rounds=3)
    text = page(told, points, made, started)
    sys.stdout.write(text)
    docs = given.docs or (None if given.quick else Path("docs"))
    if docs is not None:
        (docs / "benchmarks.md").write_text(text, encoding="utf-8")
        (docs / PLOT).write_text(_curve(points), encoding="utf-8")


def _curve(points: Sequence[Point]) -> str:
    names = (drift.FLOOR, drift.FIRST, drift.AGAIN, drift.KUBECTL)
    return plot(
        {
            name: [
                (float(point.zones), point.measured[name].seconds)
                for point in points
                if name in point.measured
            ]
            for name in names
        },
        across="zones",
        up="seconds",
    )


def _progress(text: str) -> None:
    sys.stderr.write(f"bench: measured {text}\n")


if __name__ == "__main__":
    main()

"""A drift check beside its floor and ``kubectl diff``, at growing sizes on one API server."""

import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.fleet import BenchFleet
from bench.floor_plan import write_plan
from bench.ground import Ground
from bench.runs import Measured, Program, in_turn
from edgeops.adapters.kustomize import packaged_kubectl
from edgeops.core import documents

FLOOR = "floor: LIST and parse"
FIRST = "edgeops drift, first check"
AGAIN = "edgeops drift, again"
KUBECTL = "kubectl diff --server-side"

_LARGE = 300
"""Zones from which three rounds are enough."""

_KUBECTL_ROUNDS_BELOW = 5_000
"""Objects above which kubectl is run once: it takes minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One size."""

    zones: int
    objects: int
    requests: int
    """Of one check, discovery among them."""

    measured: Mapping[str, Measured]

    def ratio(self, name: str, to: str) -> float | None:
        """How many times the seconds of *to* the program *name* took."""
        if name not in self.measured or to not in self.measured:
            return None
        return self.measured[name].seconds / self.measured[to].seconds


def curve(
    ground: Ground, folder: Path, sizes: Sequence[int], *, rounds: int, rivals: Sequence[int]
) -> Iterator[Point]:
    """
    Grow one fleet through *sizes*, and measure at each.

    Args:
        folder: for the fleet, caches and plans.
        rounds: of each program.
        rivals: the sizes at which kubectl runs too.
    """
    cache = folder / "cache"
    for zones in sizes:
        fleet = BenchFleet(root=folder / "fleet", zones=zones)
        fleet.init()
        bodies = ground.fill(fleet)
        plan, built = folder / "plan.json", folder / "built.json"
        write_plan(fleet, ground, plan)
        built.write_text(
            documents.dump_json({"apiVersion": "v1", "kind": "List", "items": bodies}),
            encoding="utf-8",
        )
        check = _check(ground, fleet, cache)
        in_turn([check], 1)  # so that the desired state is rendered, and the disk's cache warm
        asked = datetime.now(UTC)
        programs = [
            Program(name=FLOOR, argv=(sys.executable, str(_HERE / "floor.py"), str(plan))),
            Program(
                name=FIRST,
                argv=check.argv,
                env=check.env,
                before=lambda: shutil.rmtree(cache / "edgeops" / "verdicts", ignore_errors=True),
            ),
            Program(name=AGAIN, argv=check.argv, env=check.env),
        ]
        times = rounds if zones < _LARGE else min(rounds, 3)
        measured = in_turn(programs, times)
        requests = len(ground.plane.asked_by("reader", since=asked)) // (2 * times)
        if zones in rivals:
            again = rounds if len(bodies) < _KUBECTL_ROUNDS_BELOW else 1
            measured |= in_turn([_kubectl_diff(ground, built)], again)
        yield Point(zones=zones, objects=len(bodies), requests=requests, measured=measured)


_HERE = Path(__file__).parent


def _check(ground: Ground, fleet: BenchFleet, cache: Path) -> Program:
    kubeconfig = str(ground.plane.kubeconfig("reader"))
    return Program(
        name="edgeops drift",
        argv=(
            sys.executable, "-m", "edgeops", "drift", "-q", "-C", str(fleet.root),
            "--kubeconfig", kubeconfig, "-o", "json",
        ),
        env={"XDG_CACHE_HOME": str(cache)},
    )  # fmt: skip


def _kubectl_diff(ground: Ground, built: Path) -> Program:
    return Program(
        name=KUBECTL,
        argv=(
            packaged_kubectl(), "--kubeconfig", str(ground.plane.kubeconfig()), "diff",
            "--server-side", "--force-conflicts", "--field-manager=kustomize-controller",
            "-f", str(built),
        ),
    )  # fmt: skip

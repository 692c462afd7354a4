"""Rendering and ``edgeops init`` beside the single builds that they are made of."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.fleet import IDENTITY, REGION, BenchFleet, zone_names
from bench.runs import Measured, Program, in_turn
from edgeops.adapters.kustomize import packaged_kubectl

SINGLE = "kustomize build, one overlay after the other"
COLD = "render, nothing remembered"
WARM = "render, all remembered"
EDITED = "render, one overlay edited"
INIT = "edgeops init from nothing"
ADD = "edgeops init, one zone more"
NOTHING = "edgeops init, nothing to do"
PLAN = "edgeops plan, nothing to do"
ZONE = "edgeops zone add"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repositories:
    """What was measured of one size."""

    zones: int
    overlays: int
    cores: int
    measured: Mapping[str, Measured]
    inside: Mapping[str, float]
    """Seconds within the process of *WARM* and *EDITED*, without the start of Python."""


def measure(folder: Path, zones: int, *, rounds: int) -> Repositories:
    """Measure a fleet of *zones* zones, written below *folder*."""
    cache = folder / "cache"
    env = {"XDG_CACHE_HOME": str(cache), **IDENTITY}
    fleet = BenchFleet(root=folder / "made", zones=zones)

    def forget() -> None:
        shutil.rmtree(cache, ignore_errors=True)

    def fresh() -> None:
        forget()
        shutil.rmtree(fleet.root, ignore_errors=True)
        fleet.write()

    def edit() -> None:
        place = fleet.root / f"overlays/edge/{zone_names(1)[0]}/bench.yaml"
        number = int(place.read_text().split()[-1]) + 1 if place.exists() else 0
        place.write_text(f"# {number}\n")
        _git(fleet.root, "add", "-A")
        _git(fleet.root, "commit", "-q", "-m", "an edit")

    init = (sys.executable, "-m", "edgeops", "init", "-q", str(fleet.root))
    told = folder / "inside"
    render = (sys.executable, "-m", "bench.render", str(fleet.root), str(told))
    single = (sys.executable, "-m", "bench.singles", packaged_kubectl(), str(fleet.root))
    measured = in_turn([Program(name=INIT, argv=init, env=env, before=fresh)], 1)
    programs = [
        Program(name=SINGLE, argv=single),
        Program(name=COLD, argv=render, env=env, before=forget),
    ]
    measured |= in_turn(programs, 1)
    inside = {}
    for name, before in ((WARM, None), (EDITED, edit)):
        measured |= in_turn([Program(name=name, argv=render, env=env, before=before)], rounds)
        inside[name] = float(told.read_text())
    measured |= in_turn([Program(name=NOTHING, argv=init, env=env)], rounds)
    plan = (sys.executable, "-m", "edgeops", "plan", "-q", "-C", str(fleet.root))
    measured |= in_turn([Program(name=PLAN, argv=plan, env=env)], rounds)
    measured |= in_turn([Program(name=ADD, argv=init, env=env, before=_one_more(fleet))], 1)
    add = (sys.executable, "-m", "edgeops", "zone", "add", "-q", "-C", str(fleet.root))
    new = (f"{REGION}-zzz-1a", "--type", "local-zone")
    measured |= in_turn([Program(name=ZONE, argv=(*add, *new), env=env)], 1)
    return Repositories(
        zones=zones,
        overlays=len(fleet.overlays),
        cores=os.cpu_count() or 1,
        measured=measured,
        inside=inside,
    )


def _one_more(fleet: BenchFleet) -> Callable[[], None]:
    return BenchFleet(root=fleet.root, zones=fleet.zones + 1).write


def _git(root: Path, *argv: str) -> None:
    subprocess.run(
        ("git", "-C", str(root), *argv),
        check=True,
        capture_output=True,
        env={**os.environ, **IDENTITY},
    )

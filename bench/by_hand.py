"""
What edgeops and ``kubectl diff`` see of the same changes by hand, on one real API server.

The lines are those of ``tests/live/byhand``: each in a namespace of its own, applied in the same
way, changed by one command. ``kubectl diff`` is asked in both its forms, and counts as having seen
a change if it shows any difference in that namespace; edgeops only if it names the very fields.

    python -m bench.by_hand [--way flux|argocd|client-side|argocd-client-side] [--counts]
"""

import argparse
import datetime as dt
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from edgeops import __version__
from tests.controlplane.server import ControlPlane
from tests.live.byhand.case import Body, Case
from tests.live.byhand.ground import CHANGES, QUIET, TABLE, UNTOUCHED, Ground, in_parallel
from tests.live.fleet import ALL_WAYS, Applied

TOOLS = ("edgeops drift", "kubectl diff --server-side", "kubectl diff")
_SHOWN = {True: "seen", False: "-", None: "error"}


def main() -> None:
    """Measure, and print the table and its counts."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    names = [way.name for way in ALL_WAYS]
    parser.add_argument("--way", choices=names, action="append", help="default: all")
    parser.add_argument("--counts", action="store_true", help="leave the lines out")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ControlPlane(name="edge") as plane:
        plane.install_crds()
        print(versions(plane))
        for way in ALL_WAYS:
            if not given.way or way.name in given.way:
                _measure(plane, way, Path(folder) / way.name, lines=not given.counts)


def _measure(plane: ControlPlane, way: Applied, folder: Path, *, lines: bool) -> None:
    ground = Ground(plane, way, f"table-{way.name}", folder)
    ground.apply()
    ground.change()
    seen: dict[str, dict[str, bool | None]] = {}
    seconds: dict[str, float] = {}
    for tool, look in zip(TOOLS, (edgeops_sees, server_side_sees, client_side_sees), strict=True):
        begun = time.perf_counter()
        seen[tool] = look(ground)
        seconds[tool] = time.perf_counter() - begun
    ground.restore()
    print(f"\n{way.name}: applied with kubectl apply {' '.join(way.args)}".rstrip())
    if lines:
        for case in TABLE:
            marks = "  ".join(f"{_SHOWN[seen[tool][case.name]]:>5}" for tool in TOOLS)
            print(f"  {marks}   {case.name}: {case.why}")
    for tool in TOOLS:
        all_found = _count(seen[tool], CHANGES)
        alarms = _count(seen[tool], QUIET)
        print(
            f"  {tool:<28} found {all_found:3} of {len(CHANGES)} changes, false alarms "
            f"{alarms:2} of {len(QUIET)}, {seconds[tool]:.1f} s"
        )
    added = [case for case in CHANGES if {change for change, _ in case.found} == {"added"}]
    extra = [case for case in CHANGES if case.drift == "Extraneous"]
    for what, some in (("fields that only live has", added), ("objects that only live has", extra)):
        found = ", ".join(f"{tool} {_count(seen[tool], some)}" for tool in TOOLS)
        print(f"  {what}, {len(some)}: {found}")


def _count(seen: dict[str, bool | None], cases: Sequence[Case]) -> int:
    return sum(seen[case.name] is True for case in cases)


def edgeops_sees(ground: Ground) -> dict[str, bool | None]:
    """By line, `UNTOUCHED` among them: whether edgeops names just what was changed."""
    found = ground.by_line(ground.check())
    lines = {case.name: _named(case, found.get(case.name, [])) for case in ground.cases}
    return {**lines, UNTOUCHED: UNTOUCHED in found}


def _named(case: Case, findings: Sequence[Body]) -> bool:
    """Whether the findings name just what the line changed; any finding, where it is no drift."""
    if case.drift is None:
        return bool(findings)
    told = [
        (
            item["drift"],
            item["kind"],
            sorted((one["change"], one["path"]) for one in item["fields"]),
        )
        for item in findings
    ]
    return told == [(case.drift, case.kind, sorted(case.found))]


def server_side_sees(ground: Ground) -> dict[str, bool | None]:
    """By line: whether ``kubectl diff --server-side`` shows any difference; None: an error."""
    named = [word for word in ground.way.args if word.startswith("--field-manager=")]
    manager = named or ["--field-manager=kubectl-client-side-apply"]
    return _diff(ground, "--server-side", "--force-conflicts", *manager)


def client_side_sees(ground: Ground) -> dict[str, bool | None]:
    """By line: whether ``kubectl diff`` shows any difference; None: an error."""
    return _diff(ground)


def _diff(ground: Ground, *flags: str) -> dict[str, bool | None]:
    def look(name: str) -> bool | None:
        manifest = str(ground.manifest(name))
        done = ground.plane.kubectl("diff", "-f", manifest, *flags, check=False)
        return {0: False, 1: True}.get(done.returncode)

    return dict(zip(ground.lines, in_parallel(look, ground.lines), strict=True))


def versions(plane: ControlPlane) -> str:
    """Today, and the versions of edgeops, Kubernetes and kubectl."""
    told = json.loads(plane.kubectl("version", "-o", "json").stdout)
    server, client = (told[side]["gitVersion"] for side in ("serverVersion", "clientVersion"))
    today = dt.datetime.now(tz=dt.UTC).date()
    return f"{today}: edgeops {__version__}, Kubernetes {server}, kubectl {client}"


if __name__ == "__main__":
    main()

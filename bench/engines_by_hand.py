"""
What Argo CD, Flux, ``kubectl diff`` and edgeops each see of the same changes by hand.

The lines are those of ``tests/live/byhand``. The real engines sync them from git, each line as an
Application or a Kustomization of its own, and heal nothing; then every line is changed by one
command, and all programs are asked. An engine or ``kubectl diff`` has seen a change if it shows
any difference in that line; edgeops only if it names the very fields.

    python -m bench.engines_by_hand [--page FILE] [--every N]

It takes about a quarter of an hour on two cores, and builds what it needs when that is missing.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.by_hand import client_side_sees, edgeops_sees, server_side_sees, versions
from bench.by_hand_page import Seen, page
from bench.synced import (
    Place,
    Synced,
    SyncedByArgoCD,
    SyncedByFlux,
    argo_cd,
    flux_cd,
    place,
)
from tests.controlplane.server import ControlPlane
from tests.engines.build import HERE, built, version_of
from tests.live.byhand.case import Case
from tests.live.byhand.ground import CHANGES, QUIET, in_parallel
from tests.live.byhand.ground import Place as ObjectPlace

EDGEOPS = "edgeops drift"
KUBECTL = ("kubectl diff --server-side --force-conflicts", "kubectl diff")
ORPHANS = "Argo CD, its warnings of orphans included"

Marks = dict[str, bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A program that is asked about a ground that was changed."""

    name: str
    look: Callable[[], Marks]


def main() -> None:
    """Measure, and print the page or write it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--page", type=Path, help="where to write; default: standard output")
    parser.add_argument(
        "--every", type=int, default=1, metavar="N", help="only each Nth line of either sort"
    )
    given = parser.parse_args()
    cases = (*CHANGES[:: given.every], *QUIET[:: given.every])
    for folder in ("argocd", "kustomize", "flux", "fluxcli"):
        built(folder)
    tables: dict[str, Mapping[str, Seen]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="edgeops-by-hand-") as scratch,
        ControlPlane(name="edge") as plane,
    ):
        plane.install_crds()
        told = f"{versions(plane)}, {_engines()}"
        with place(plane, Path(scratch)) as where:
            tables |= _of_argo_cd(where, cases)
            tables |= _of_flux(where, cases)
    text = page(told, tables, every=given.every)
    if given.page is None:
        sys.stdout.write(text)
    else:
        given.page.write_text(text, encoding="utf-8")


def _of_argo_cd(where: Place, cases: Sequence[Case]) -> dict[str, Mapping[str, Seen]]:
    tables = {}
    with argo_cd(where) as engine:
        for title, prefix, ours in (
            ("Synced by Argo CD as `edgeops init` sets it up", "argo-ours", True),
            ("Synced by Argo CD with its defaults", "argo-plain", False),
        ):
            ground = SyncedByArgoCD(where, engine, prefix, cases, ours=ours)
            diff = "server-side diff" if ours else "its own diff"
            tools = (
                Tool(name=f"Argo CD, {diff}", look=lambda ground=ground: _argo(ground)),  # type: ignore[misc]
                Tool(name=ORPHANS, look=lambda ground=ground: _orphans(ground)),  # type: ignore[misc]
            )
            tables[title] = _measure(ground, tools)
    return tables


def _of_flux(where: Place, cases: Sequence[Case]) -> dict[str, Mapping[str, Seen]]:
    with flux_cd(where) as engine:
        ground = SyncedByFlux(where, engine, "flux", cases)
        tool = Tool(name="flux diff kustomization", look=lambda: _flux(ground))
        return {"Applied by Flux": _measure(ground, (tool,))}


def _measure(ground: Synced, tools: tuple[Tool, ...]) -> Mapping[str, Seen]:
    _progress(f"{ground.prefix}: the engine brings {len(ground.lines)} lines into being")
    ground.apply()
    _progress(f"{ground.prefix}: each is changed")
    ground.change()
    every = (
        *tools,
        *(
            Tool(name=name, look=lambda look=look: look(ground))  # type: ignore[misc]
            for name, look in zip(KUBECTL, (server_side_sees, client_side_sees), strict=True)
        ),
        Tool(name=EDGEOPS, look=lambda: edgeops_sees(ground)),
    )
    seen = {}
    for tool in every:
        _progress(f"{ground.prefix}: {tool.name}")
        begun = time.perf_counter()
        marks = tool.look()
        seen[tool.name] = Seen(marks=marks, seconds=time.perf_counter() - begun)
    _give_back(ground)
    return seen


def _give_back(ground: Synced) -> None:
    """Delete its Services: a node port is one Service's in the whole cluster, so the next's too."""

    def delete(place: ObjectPlace) -> None:
        status, _ = ground.plane.request("DELETE", place.path)
        assert status == 200, f"{place.path}: {status}"

    in_parallel(delete, [found for found in ground.look() if found.kind == "Service"])


def _argo(ground: SyncedByArgoCD) -> Marks:
    found = ground.differing()
    return {name: bool(found[name]) for name in ground.lines}


def _orphans(ground: SyncedByArgoCD) -> Marks:
    found = _argo(ground)
    warned = ground.orphaned()
    return {name: seen or warned[name] for name, seen in found.items()}


def _flux(ground: SyncedByFlux) -> Marks:
    codes = in_parallel(ground.diff, ground.lines)
    return {
        name: {0: False, 1: True}.get(code) for name, code in zip(ground.lines, codes, strict=True)
    }


def _engines() -> str:
    argo = version_of(HERE / "argocd", "github.com/argoproj/argo-cd/v3")
    kustomize = version_of(HERE / "flux", "github.com/fluxcd/kustomize-controller")
    cli = version_of(HERE / "fluxcli", "github.com/fluxcd/flux2/v2")
    return f"Argo CD {argo}, kustomize-controller {kustomize}, flux {cli}"


def _progress(text: str) -> None:
    sys.stderr.write(f"by hand: {text}\n")


if __name__ == "__main__":
    main()

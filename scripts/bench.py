"""
How long a drift check takes, beside its floor and a rival, on one API server in one run.

The floor is listing the same objects; the rival is ``kubectl diff --server-side``. Nothing is
asserted: figures depend on the machine, their ratios less so.

    python -m scripts.bench [--zones N]
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from edgeops.adapters import package_data
from edgeops.core.zones import ZoneType
from tests.controlplane.server import ControlPlane

KINDS = (
    "namespaces,serviceaccounts,secrets,configmaps,services,deployments,statefulsets,"
    "poddisruptionbudgets,servicedefaults,serviceintentions,serviceresolvers"
)
REGION = "us-east-1"


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zones", type=int, default=10, help="edge zones of the fleet")
    zones = parser.parse_args().zones
    with tempfile.TemporaryDirectory() as folder, ControlPlane(name="edge") as plane:
        plane.install_crds()
        root = Path(folder)
        overlays = _fleet(root, plane, zones)
        for name in ("flux-system",):
            plane.kubectl("create", "namespace", name)
        for overlay in overlays:
            plane.kubectl(
                "apply", "--server-side", "--field-manager=kustomize-controller", "-k", str(overlay)
            )
        kubeconfig = str(plane.kubeconfig("reader"))
        edgeops = [sys.executable, "-m", "edgeops", "drift", "-C", folder, "-q"]
        built = root / "built.yaml"
        built.write_text(
            "---\n".join(plane.kubectl("kustomize", str(path)).stdout for path in overlays)
        )
        admin = str(plane.kubeconfig("admin"))
        rows = [
            (
                "kubectl get of the same kinds (floor)",
                _best(lambda: plane.kubectl("get", KINDS, "-A", "-o", "json")),
            ),
            (
                "edgeops drift, rendering included",
                _best(lambda: _run(*edgeops, "--kubeconfig", kubeconfig)),
            ),
            (
                "edgeops drift --desired, already built",
                _best(lambda: _run(*edgeops, "--kubeconfig", kubeconfig, "--desired", str(built))),
            ),
            (
                "kubectl diff --server-side, already built",
                _best(lambda: _diff(admin, built)),
            ),
        ]
        objects = built.read_text().count("\nkind: ") + 1
    floor = rows[0][1]
    print(f"{zones} edge zones and the Region, about {objects} objects, nothing changed:\n")
    for name, seconds in rows:
        print(f"  {name:<44} {seconds:7.2f} s   {seconds / floor:6.1f} x")


def _fleet(root: Path, plane: ControlPlane, count: int) -> list[Path]:
    names = [
        zone.name
        for zone in package_data.zone_catalogue().zones.values()
        if zone.region == REGION and zone.type is not ZoneType.AVAILABILITY_ZONE
    ]
    chosen = names[:count]
    if len(chosen) < count:
        sys.exit(f"The catalogue has {len(names)} zones of {REGION}.")
    flags = [part for name in chosen for part in ("--zone", name)]
    _run(
        sys.executable, "-m", "edgeops", "init", str(root), "-q", "--name", "bench",
        "--region", REGION, "--cluster", plane.name, "--availability-zone", f"{REGION}a",
        "--engine", "flux", "--mesh", "consul-enterprise",
        "--repo-url", "https://git.example.com/bench.git", *flags,
    )  # fmt: skip
    return [
        *(root / "overlays" / plane.name / name for name in ("region", *chosen)),
        root / "clusters" / plane.name / "flux",
    ]


def _diff(kubeconfig: str, built: Path) -> None:
    kubectl = str(Path(sys.executable).with_name("kubectl"))
    _run(
        kubectl, "--kubeconfig", kubeconfig, "diff", "--server-side", "--force-conflicts",
        "--field-manager=kustomize-controller", "-f", str(built),
    )  # fmt: skip


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1}:
        sys.exit(f"{' '.join(argv[:6])} …: {done.stderr}")


def _best(work: Callable[[], object], times: int = 3) -> float:
    """The shortest of some runs, in seconds: what the machine can do when nothing disturbs."""
    seconds = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return min(seconds)


if __name__ == "__main__":
    main()

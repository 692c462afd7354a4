"""
How long the proof of the routes of a big fleet takes: every single failure of sixty zones.

Processor time of one core, without kustomize, which is measured beside it. Nothing is asserted.

    python -m bench.routes [--zones N]
"""

import argparse
import tempfile
import time
from pathlib import Path

from edgeops.adapters.kustomize import Kustomize
from edgeops.adapters.package_data import zone_catalogue
from edgeops.core.fleet.fresh import fleet_document
from edgeops.core.fleet.model import EngineKind, Fleet, Mesh
from edgeops.core.fleet.spec import parse_fleet
from edgeops.core.plan.repository import plan_repository
from edgeops.core.routes.prove import prove


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zones", type=int, default=60, help="edge zones of the fleet")
    count = parser.parse_args().zones
    for mesh in Mesh:
        fleet = _fleet(mesh, count)
        with tempfile.TemporaryDirectory() as folder:
            for file in plan_repository(fleet):
                path = Path(folder, file.path)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(file.content, encoding="utf-8")
            begun = time.perf_counter()
            zones = fleet.clusters[0].zones
            builds = Kustomize().build(folder, [zone.overlay for zone in zones])
            built = time.perf_counter() - begun
        objects = [item for build in builds.values() for item in build.objects]
        started = time.process_time()
        proof = prove(fleet, {fleet.clusters[0].name: objects})
        proved = time.process_time() - started
        print(
            f"{mesh.value:<18} {len(objects):5} objects  {len(proof.routes):4} routes  "
            f"{proof.failures:4} failures  {proof.status.value}: {proved:6.2f} s of one core "
            f"(kustomize before it: {built:.1f} s)"
        )


def _fleet(mesh: Mesh, count: int) -> Fleet:
    names = [f"us-east-1-z{chr(97 + n // 26)}{chr(97 + n % 26)}-1a" for n in range(count)]
    text = fleet_document(
        name="bench",
        region="us-east-1",
        cluster="edge",
        availability_zones=("us-east-1a",),
        zones=[(name, "local-zone") for name in names],
        engine=EngineKind.FLUX,
        mesh=mesh,
        repository_url="https://git.example.com/bench.git",
        branch="main",
        path=".",
    )
    return parse_fleet(text, catalogue=zone_catalogue())[0]


if __name__ == "__main__":
    main()

"""A fleet of as many zones as asked for: one cluster, Flux, HashiCups on Consul Enterprise."""

import itertools
import os
import string
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from edgeops.core.fleet.fresh import fleet_document
from edgeops.core.fleet.model import EngineKind, Mesh

CLUSTER = "edge"
REGION = "us-east-1"

IDENTITY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.com"))
}
"""Who commits here: the machine's own git need not be set up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchFleet:
    """
    A fleet in a directory of its own.

    Args:
        root: the directory of ``edgeops.yaml``.
        zones: how many edge zones; the Region's own comes on top.
    """

    root: Path
    zones: int

    def write(self) -> None:
        """Write ``edgeops.yaml``, and nothing else."""
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / "edgeops.yaml").write_text(document(self.zones), encoding="utf-8")

    def init(self) -> None:
        """Write ``edgeops.yaml``, and have the repository made or grown."""
        self.write()
        subprocess.run(
            (sys.executable, "-m", "edgeops", "init", str(self.root), "-q"),
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **IDENTITY},
        )

    @property
    def overlays(self) -> list[str]:
        """All directories that an engine builds, POSIX and below the root."""
        zones = [f"overlays/{CLUSTER}/{name}" for name in ("region", *zone_names(self.zones))]
        return [*zones, f"clusters/{CLUSTER}/flux"]


def zone_names(count: int) -> list[str]:
    """Zones that no catalogue knows, named as AWS names its Local Zones."""
    letters = itertools.product(string.ascii_lowercase, repeat=3)
    return [f"{REGION}-{''.join(some)}-1a" for some in itertools.islice(letters, count)]


def document(count: int) -> str:
    """The ``edgeops.yaml`` of a fleet of *count* edge zones."""
    return fleet_document(
        name="bench",
        region=REGION,
        cluster=CLUSTER,
        availability_zones=(f"{REGION}a",),
        zones=[(name, "local-zone") for name in zone_names(count)],
        engine=EngineKind.FLUX,
        mesh=Mesh("consul-enterprise"),
        repository_url="https://git.example.com/bench.git",
        branch="main",
        path=".",
    )

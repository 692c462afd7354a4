"""
The desired state of a fleet at HEAD, as a drift check renders it, and nothing else.

    python -m bench.render ROOT FILE

Writes to FILE how many seconds it took within the process.
"""

import sys
import time
from pathlib import Path

from edgeops import wiring
from edgeops.core.fleet.model import Cluster
from edgeops.usecases.desired import Selection, desired_from_repository


def main(root: str, told: str) -> None:
    """Render, and tell."""
    repository, files = wiring.repository(root), wiring.files(root)
    builder = wiring.builder(None)
    begun = time.perf_counter()
    desired_from_repository(
        repository,
        files,
        builder,
        wiring.parse_fleet,
        rev="HEAD",
        selection=Selection(),
        contexts=_contexts,
    )
    Path(told).write_text(f"{time.perf_counter() - begun:.3f}", encoding="utf-8")


def _contexts(cluster: Cluster) -> tuple[str, str]:
    return cluster.context, cluster.engine_context


if __name__ == "__main__":
    main(*sys.argv[1:])

"""
Every overlay built by a kustomize of its own, as many at once as there are cores.

    python -m bench.singles KUBECTL ROOT
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def main(kubectl: str, root: str) -> None:
    """Build all directories below ``overlays/`` and ``clusters/`` of *root*."""
    places = [*Path(root, "overlays").glob("*/*"), *Path(root, "clusters").glob("*/flux")]

    def build(place: Path) -> None:
        subprocess.run((kubectl, "kustomize", str(place)), check=True, capture_output=True)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(build, places))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Overlays as the sync engine applies them: built by kustomize."""

from collections.abc import Mapping, Sequence

from edgeops.core.fleet.model import Cluster, EngineKind
from edgeops.ports import Build, Renderer

RENDERED = ("base", "components", "overlays", "clusters")
"""The folders that overlays are made of."""


def engine_folder(cluster: Cluster, engine: EngineKind) -> str:
    """POSIX path of what a cluster's engine is given."""
    return f"clusters/{cluster.name}/{engine.value}"


def render(
    renderer: Renderer, root: str, folders: Mapping[str, Sequence[str]], *, origins: bool
) -> Mapping[str, Build]:
    """
    Build overlays with what the engine is given.

    Args:
        root: an exported copy.
        folders: by engine folder, the overlays that its objects have applied.
        origins: whether each object shall tell where it was written.

    Returns:
        A build for each engine folder and each overlay.
    """
    asked = [path for engine, overlays in folders.items() for path in (*overlays, engine)]
    return renderer.build(root, asked, origins=origins)

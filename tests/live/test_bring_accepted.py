"""What ``edgeops init`` makes of other people's manifests is accepted, like what is its own."""

from pathlib import Path

import pytest

from edgeops.errors import ExitStatus
from tests.bring.trees import APPS, ENGINES, MESHES, ZONES, files_of, write_tree
from tests.controlplane.server import ControlPlane
from tests.live.scaffold import (
    ONE_ZONE,
    Scaffold,
    built,
    consul_refuses,
    dry_run,
    make_namespaces,
    objects_of,
    scaffold,
)

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

CASES = [
    (app, mesh, engine)
    for app in APPS
    for mesh in MESHES
    for engine in ENGINES
    # Config entries have no place without Consul: that is refused (tests/bring).
    if not (app == "meshed" and mesh == "none")
]


@pytest.mark.parametrize(("app", "mesh", "engine"), CASES)
def test_accepted(
    api_server: ControlPlane, kustomize_56: Path, tmp_path: Path, app: str, mesh: str, engine: str
) -> None:
    tree, spec = APPS[app]
    root = tmp_path / "fleet"
    made = scaffold(
        root,
        engine=engine,
        mesh=mesh,
        prefix=f"byo-{app[:5]}-{engine[:2]}-{mesh[-4:]}",
        clusters=[{**ONE_ZONE, "zones": list(ZONES)}],
        tree=lambda: write_tree(root, tree),
        app=spec,
    )
    folders = made.folders("edge-usw2")
    assert len(folders) == 4  # the hub, two zones, and what the engine is given
    texts = built(made, folders)
    assert built(made, folders, kustomize_56) == texts
    objects = [item for text in texts.values() for item in objects_of(text)]
    make_namespaces(api_server, objects)
    assert dry_run(api_server, texts.values()) == len(objects)
    assert consul_refuses(mesh, objects) == []
    assert _unchanged(made, tree)


def _unchanged(made: Scaffold, tree: str) -> bool:
    """Whether the user's files are as they were, and a second run changes nothing."""
    theirs = {path: (made.root / path).read_text() for path in files_of(tree)}
    head, before = made.head(), made.bytes()
    assert made.init() is ExitStatus.OK
    assert (made.head(), made.bytes()) == (head, before)
    return theirs == files_of(tree)

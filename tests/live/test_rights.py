"""The rights that the README asks for are enough, and without them nothing is called in sync."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeops.core import documents
from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.live.fleet import ENGINES, WAYS, drift, ensure_namespaces, make_fleet, told
from tests.test_docs import ROOT, blocks

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]


@pytest.fixture
def role(api_server: ControlPlane) -> Iterator[str]:
    """The README's ClusterRole, bound to the user who has no rights."""
    (text,) = (block for block in blocks(ROOT / "README.md", "yaml") if "ClusterRole" in block)
    name = str(documents.load(text)["metadata"]["name"])
    api_server.kubectl("apply", "-f", "-", input=text)
    api_server.kubectl("create", "clusterrolebinding", name, "--clusterrole", name, "--user=nobody")
    yield name
    api_server.kubectl("delete", "clusterrolebinding", name)
    api_server.kubectl("delete", "clusterrole", name)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_rights_of_the_readme_are_enough(
    api_server: ControlPlane,
    role: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    engine: str,
) -> None:
    ensure_namespaces(api_server)
    fleet = make_fleet(tmp_path / "fleet", prefix=f"rights-{engine}", engine=engine, name=engine)
    way = next(way for way in WAYS if way.name == engine)
    fleet.apply(api_server, way)

    status, report = drift(fleet, api_server, capsys, user="nobody")

    assert report["unread"] == []
    assert told(report) == []
    assert status is ExitStatus.OK

    api_server.kubectl(
        "patch",
        "clusterrole",
        role,
        "--type=json",
        "-p",
        '[{"op": "remove", "path": "/rules/1"}]',
    )
    status, report = drift(fleet, api_server, capsys, user="nobody")

    assert any("Deployment" in gap["what"] for gap in report["unread"])
    assert report["status"] == "Unknown"
    assert status is ExitStatus.FAILED

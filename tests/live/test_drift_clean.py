"""What was just applied is in sync, whichever way it was applied."""

from pathlib import Path

import pytest

from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.live.fleet import MESHES, WAYS, Applied, drift, ensure_namespaces, make_fleet, told

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
@pytest.mark.parametrize("mesh", MESHES)
def test_clean_after_apply(
    api_server: ControlPlane,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    way: Applied,
    mesh: str,
) -> None:
    ensure_namespaces(api_server)
    fleet = make_fleet(
        tmp_path / "fleet",
        prefix=f"clean-{way.name}-{mesh[-5:]}",
        mesh=mesh,
        engine="argocd" if way.name == "argocd" else "flux",
        name=f"c{way.name}{mesh[-5:]}",
    )
    fleet.apply(api_server, way)
    status, report = drift(fleet, api_server, capsys)
    assert told(report) == []
    assert report["unread"] == []
    assert status is ExitStatus.OK
    assert report["status"] == "Synced"
    assert report["summary"]["synced"] == report["summary"]["objects"] >= 50

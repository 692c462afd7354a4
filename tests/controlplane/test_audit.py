"""The audit log tells what edgeops asked for, whoever it was; a change would be seen."""

import http.client
import json
import ssl
from pathlib import Path

import pytest

from tests.controlplane.audit import PROGRAM, is_dry_run
from tests.controlplane.server import ControlPlane
from tests.live.fleet import SERVER_SIDE_FLUX, drift, ensure_namespaces, make_fleet

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]


@pytest.mark.parametrize("how", ["dryRun=All", "dryRun=None", ""])
def test_a_change_would_be_seen(api_server: ControlPlane, how: str) -> None:
    """A program that only calls itself otherwise: the same request, as edgeops would send it."""
    before = len(api_server.changes_asked_by("audited/"))
    tls = ssl.create_default_context(
        cafile=str(api_server.folder / "certificates" / "apiserver.crt")
    )
    connection = http.client.HTTPSConnection(
        api_server.url.removeprefix("https://"), context=tls, timeout=30
    )
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "audited-"}}
    connection.request(
        "POST",
        f"/api/v1/namespaces/default/configmaps?{how}",
        body=json.dumps(body),
        headers={
            "Authorization": f"Bearer {api_server.token()}",
            "Content-Type": "application/json",
            "User-Agent": "audited/1",
        },
    )
    connection.getresponse().read()
    connection.close()
    found = api_server.changes_asked_by("audited/")[before:]
    assert [verb for verb, _ in found] == ["create"]
    assert [is_dry_run(uri) for _, uri in found] == [how == "dryRun=All"]


def test_edgeops_is_known_by_its_name(
    api_server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ensure_namespaces(api_server)
    fleet = make_fleet(tmp_path / "fleet", prefix="audited", name="audited")
    fleet.apply(api_server, SERVER_SIDE_FLUX)
    capsys.readouterr()
    before = len(api_server.changes_asked_by(PROGRAM))
    drift(fleet, api_server, capsys, "--confirm=always", user="admin")
    api_server.kubectl("scale", "-n", "audited-region", "deployment/frontend", "--replicas=9")
    drift(fleet, api_server, capsys, "--confirm=always", user="admin")
    asked = api_server.changes_asked_by(PROGRAM)[before:]
    assert [verb for verb, _ in asked] == ["patch"]
    assert all(is_dry_run(uri) for _, uri in asked)

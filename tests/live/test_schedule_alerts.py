"""What ``--alerts`` adds, held against the definitions of the Prometheus operator."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from edgeops.__main__ import main
from edgeops.core import documents
from edgeops.errors import ExitStatus
from tests.controlplane.crds import Module, definitions
from tests.controlplane.server import ControlPlane
from tests.live.scaffold import ONE_ZONE, scaffold

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

OPERATOR: Final = Module(
    name="prometheus-operator",
    path="github.com/prometheus-operator/prometheus-operator",
    version="v0.92.1",
    sum="h1:rHWuFo6SVya4FBSCNg2DCzyc4xAv54zk3eDTzp5mQZc=",
    crds="example/prometheus-operator-crd",
)
NAMESPACE: Final = "alerted"
KINDS: Final = ("PrometheusRule", "ServiceMonitor")


@pytest.fixture(scope="module")
def operated(api_server: ControlPlane) -> Iterator[ControlPlane]:
    """A server that knows the operator's kinds."""
    wanted = [crd for crd in definitions(OPERATOR) if crd["spec"]["names"]["kind"] in KINDS]
    assert len(wanted) == len(KINDS)
    api_server.install_crds(wanted)
    api_server.kubectl("create", "namespace", NAMESPACE)
    yield api_server
    api_server.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
    api_server.kubectl("delete", "crd", *(crd["metadata"]["name"] for crd in wanted))


@pytest.fixture
def printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    """The operator's objects among those that the command prints, by kind."""
    fleet = scaffold(
        tmp_path / "fleet", engine="flux", mesh="none", prefix="alerted", clusters=[ONE_ZONE]
    )
    capsys.readouterr()
    argv = ("--image", "edgeops:1", "--namespace", NAMESPACE, "--watch", "--alerts")
    assert main(["schedule", "kubernetes", "-C", str(fleet.root), *argv]) is ExitStatus.OK
    found = [item.value for item in documents.load_all(capsys.readouterr().out)]
    return {item["kind"]: item for item in found if item["kind"] in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_the_operator_takes_it(
    operated: ControlPlane, printed: dict[str, dict[str, Any]], kind: str
) -> None:
    said = _create(operated, printed[kind])
    assert "created (server dry run)" in said


@pytest.mark.parametrize(
    ("kind", "wrong", "complaint"),
    [
        ("PrometheusRule", {"groups": [{"name": "edgeops", "rule": []}]}, 'field "spec.groups[0].'),
        ("ServiceMonitor", {"selector": {}, "endpoint": []}, 'unknown field "spec.endpoint"'),
    ],
    ids=KINDS,
)
def test_it_would_not_take_another(
    operated: ControlPlane,
    printed: dict[str, dict[str, Any]],
    kind: str,
    wrong: dict[str, Any],
    complaint: str,
) -> None:
    assert complaint in _create(operated, {**printed[kind], "spec": wrong})


def _create(plane: ControlPlane, body: dict[str, Any]) -> str:
    done = plane.kubectl(
        *("create", "--dry-run=server", "--validate=strict", "-f", "-"),
        input=documents.dump_yaml(body),
        check=False,
    )
    return done.stdout + done.stderr

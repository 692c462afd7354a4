"""The control plane itself: what it lets whom do, what it refuses, and that it goes away."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.controlplane.build import BINARIES, TOOLS, binaries, kubernetes_version
from tests.controlplane.server import ControlPlane, Etcd
from tests.controlplane.toolchain import BuildError

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

_RESOLVER: dict[str, Any] = {
    "apiVersion": "consul.hashicorp.com/v1alpha1",
    "kind": "ServiceResolver",
    "metadata": {"name": "postgres", "namespace": "default"},
    "spec": {"redirect": {"service": "postgres", "namespace": "region"}},
}


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _gone(pids: tuple[int, ...], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while any(_alive(pid) for pid in pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_serves_the_pinned_version(api_server: ControlPlane) -> None:
    assert api_server.get("/version")["gitVersion"] == kubernetes_version()


def test_the_admin_may_do_anything(api_server: ControlPlane) -> None:
    api_server.kubectl("create", "namespace", "admin-may")
    api_server.kubectl("delete", "namespace", "admin-may", "--wait=false")


@pytest.mark.parametrize(
    "what", ["secrets", "deployments.apps", "serviceresolvers.consul.hashicorp.com", "nodes"]
)
def test_the_reader_may_read_and_no_more(api_server: ControlPlane, what: str) -> None:
    for verb in ("get", "list", "watch"):
        assert _may(api_server, "reader", verb, what), verb
    for verb in ("create", "update", "patch", "delete", "deletecollection"):
        assert not _may(api_server, "reader", verb, what), verb
    api_server.kubectl("get", what, "--all-namespaces", user="reader")


@pytest.mark.parametrize("verb", ["get", "list", "watch", "create", "delete"])
def test_nobody_may_nothing(api_server: ControlPlane, verb: str) -> None:
    assert not _may(api_server, "nobody", verb, "secrets")
    done = api_server.kubectl("get", "secrets", user="nobody", check=False)
    assert "Forbidden" in done.stderr


def _may(plane: ControlPlane, user: str, verb: str, what: str) -> bool:
    done = plane.kubectl("auth", "can-i", verb, what, "-A", user=user, check=False)
    return done.stdout.strip() == "yes"


def test_an_expired_token_gets_401(api_server: ControlPlane) -> None:
    assert api_server.request("GET", "/api/v1/namespaces", user="expired")[0] == 401
    done = api_server.kubectl("get", "namespaces", user="expired", check=False)
    assert done.returncode == 1
    assert "Unauthorized" in done.stderr


def test_a_custom_resource_is_accepted(api_server: ControlPlane) -> None:
    done = api_server.kubectl(*_STRICT_DRY_RUN, input=json.dumps(_RESOLVER))
    assert "serviceresolver.consul.hashicorp.com/postgres" in done.stdout


def test_an_unknown_field_is_refused(api_server: ControlPlane) -> None:
    wrong = {**_RESOLVER, "spec": {"redirect": {"service": "postgres", "zone": "lax"}}}
    done = api_server.kubectl(*_STRICT_DRY_RUN, input=json.dumps(wrong), check=False)
    assert done.returncode == 1
    assert ".spec.redirect.zone: field not declared in schema" in done.stderr


_STRICT_DRY_RUN = (
    *("apply", "--server-side", "--dry-run=server", "--validate=strict"),
    *("--field-manager=edgeops-test", "-f", "-"),
)


def test_openapi_is_served(api_server: ControlPlane) -> None:
    schemas = api_server.get("/openapi/v3/apis/apps/v1")["components"]["schemas"]
    spec = schemas["io.k8s.api.apps.v1.DeploymentSpec"]["properties"]
    assert spec["template"]["allOf"] == [
        {"$ref": "#/components/schemas/io.k8s.api.core.v1.PodTemplateSpec"}
    ]


def test_two_clusters_on_one_etcd_know_nothing_of_each_other(
    two_api_servers: tuple[ControlPlane, ControlPlane],
) -> None:
    west, east = two_api_servers
    west.kubectl("create", "configmap", "only-in-the-west")
    assert "only-in-the-west" in west.kubectl("get", "configmaps", "-oname").stdout
    assert "only-in-the-west" not in east.kubectl("get", "configmaps", "-oname").stdout
    west.kubectl("delete", "configmap", "only-in-the-west")
    assert west.request("GET", "/api", user="admin")[0] == 200
    contexts = [plane.kubectl("config", "current-context").stdout.strip() for plane in (west, east)]
    assert contexts == ["edge-usw2", "edge-use1"]


def test_a_stop_leaves_nothing(control_plane_binaries: Path) -> None:
    with ControlPlane(name="short-lived", binaries=control_plane_binaries) as plane:
        pids, folder = plane.pids, plane.folder
        assert len(pids) == 2
        assert all(map(_alive, pids))
    assert not any(map(_alive, pids))
    assert not folder.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent")
def test_a_killed_parent_leaves_nothing(control_plane_binaries: Path, tmp_path: Path) -> None:
    code = "\n".join(
        (
            "import sys, time",
            "from pathlib import Path",
            f"from {Etcd.__module__} import Etcd",
            "running = Etcd(binaries=Path(sys.argv[1])).start()",
            "print(*running.pids, flush=True)",
            "time.sleep(60)",
        )
    )
    with subprocess.Popen(
        (sys.executable, "-c", code, str(control_plane_binaries)),
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        pids = tuple(map(int, parent.stdout.readline().split()))
        assert pids
        assert all(map(_alive, pids))
        parent.send_signal(signal.SIGKILL)
    assert _gone(pids)


def test_given_binaries_are_taken(
    control_plane_binaries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(control_plane_binaries))
    assert binaries() == control_plane_binaries


def test_given_binaries_must_be_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    for name in BINARIES:
        if name != "kube-scheduler":
            (tmp_path / name).touch(mode=0o755)
    with pytest.raises(BuildError, match=r"KUBEBUILDER_ASSETS=.*: kube-scheduler not found"):
        binaries()
    assert set(TOOLS) < set(BINARIES)

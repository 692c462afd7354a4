"""What `edgeops watch` serves as a process, on a real API server and a real repository."""

import hashlib
import hmac
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.adapters.webserver import CLIENT
from tests.controlplane.daemon import free_port
from tests.controlplane.server import ControlPlane
from tests.live.fleet import EDGE, SERVER_SIDE_FLUX, FleetOnDisk, ensure_namespaces, make_fleet
from tests.live.test_drift_cause import commit, head, say_applied

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

SECRET = "0123456789abcdef0123"
LIMIT_SECONDS = 120.0
HOOK = "/api/v1/hooks/repository"


@pytest.fixture(scope="module")
def fleet(api_server: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> FleetOnDisk:
    """A fleet that is applied, with a clone that has it as its remote."""
    ensure_namespaces(api_server)
    made = make_fleet(tmp_path_factory.mktemp("fleet") / "served", prefix="served", name="served")
    made.apply(api_server, SERVER_SIDE_FLUX)
    say_applied(api_server, made, head(made))
    subprocess.run(
        ("git", "clone", "--quiet", str(made.root), str(made.root.parent / "clone")), check=True
    )
    return made


@contextmanager
def watch(fleet: FleetOnDisk, plane: ControlPlane, *flags: str) -> Iterator[tuple[Any, str]]:
    """The process and its address."""
    address = f"127.0.0.1:{free_port()}"
    argv = (
        sys.executable, "-m", "edgeops", "watch", "-C", str(fleet.root.parent / "clone"),
        "--rev", "origin/main", "--fetch-every", "1h", "-q", "--listen", address,
        "--kubeconfig", str(plane.kubeconfig("reader")), *flags,
    )  # fmt: skip
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        try:
            yield run, f"http://{address}"
        finally:
            run.kill()


def until(what: str, good: Callable[[], bool], run: Any) -> None:
    end = time.monotonic() + LIMIT_SECONDS
    while not good():
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < end, what
        time.sleep(0.02)


def status_of(address: str) -> int:
    try:
        return CLIENT.get(f"{address}/readyz").status_code
    except httpx2.TransportError:
        return 0


def timeless(report: dict[str, Any]) -> dict[str, Any]:
    return {**report, "startedAt": None, "durationSeconds": None}


def test_what_a_process_serves(
    api_server: ControlPlane, fleet: FleetOnDisk, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    with watch(fleet, api_server, "--hook-secret-file", str(secret)) as (run, address):
        answers: list[int] = []

        def ready() -> bool:
            answers.append(status_of(address))
            return answers[-1] == 200

        until("ready", ready, run)
        assert set(answers) - {0} == {503, 200}
        assert CLIENT.get(f"{address}/healthz").status_code == 200

        def report() -> dict[str, Any]:
            found: dict[str, Any] = CLIENT.get(f"{address}/api/v1/report").json()
            return found

        drift = subprocess.run(
            (sys.executable, "-m", "edgeops", "drift", "-C", str(fleet.root.parent / "clone"),
             "--rev", "origin/main", "-o", "json", "-q",
             "--kubeconfig", str(api_server.kubeconfig("reader"))),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert timeless(json.loads(drift.stdout)) == timeless(report())
        families = text_string_to_metric_families(CLIENT.get(f"{address}/metrics").text)
        assert {"edgeops_drift_findings", "edgeops_watch_open_watches"} <= {
            family.name for family in families
        }

        with CLIENT.stream("GET", f"{address}/api/v1/events") as events:
            lines = events.iter_lines()
            changes = (json.loads(line[5:]) for line in lines if line.startswith("data:"))
            assert next(changes)["since"] is None
            api_server.kubectl(
                "-n", fleet.namespace(EDGE), "scale", "deployment/nginx", "--replicas=7"
            )
            begun = time.monotonic()
            came = next(found for change in changes for found in change["came"])
            assert (came["kind"], came["name"]) == ("Deployment", "nginx")
            assert time.monotonic() - begun < 30

            before = report()["repository"]["revision"]
            revision = commit(fleet, {"base/nginx.yaml": ("replicas: 2", "replicas: 7")}, "Grow")
            assert revision != before
            signed = {"x-hub-signature-256": "sha256=" + "0" * 64}
            assert CLIENT.post(f"{address}{HOOK}", headers=signed).status_code == 401
            digest = hmac.new(SECRET.encode(), b"{}", hashlib.sha256).hexdigest()
            signed = {"x-hub-signature-256": f"sha256={digest}"}
            answer = CLIENT.post(f"{address}{HOOK}", headers=signed, content=b"{}")
            assert answer.status_code == 202
            until("fetched", lambda: report()["repository"]["revision"] == revision, run)

            run.send_signal(signal.SIGTERM)
            _, err = run.communicate(timeout=30)
        assert (run.returncode, err) == (0, "")

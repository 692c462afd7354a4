"""
What ``edgeops schedule kubernetes --watch`` prints, on a real API server with its controllers.

The Deployment makes a pod in a namespace with restricted Pod Security. No kubelet runs here, so the
test does what it would: the container's command and environment, taken from that pod, with the
token of its account and its probes.
"""

import contextlib
import hashlib
import hmac
import json
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from edgeops.ports.board import Posting
from edgeops.report.registry import render
from tests.adapters.webserver import CLIENT
from tests.controlplane.daemon import free_port
from tests.controlplane.server import ControlPlane
from tests.gitserver import PASSWORD, publish
from tests.live.fleet import FleetOnDisk
from tests.live.scheduled import (
    Ground,
    Kubelet,
    Right,
    forbidden,
    grounded,
    rights_of,
    served_kinds,
    token_kubeconfig,
    without,
)
from tests.live.watching import watching

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

NAMESPACE, NAME = "edgeops-watch", "watch-shop"
EDGE = "watched-us-west-2-lax-1a"
TOKEN, HOOK_SECRET = "0123456789abcdef0123", "fedcba9876543210fedc"
HOOK = "/api/v1/hooks/repository"
OLDEST = "edgeops_drift_oldest_finding_age_seconds"
LIMIT_SECONDS = 240.0
"""More than the two minutes for which one that was killed may hold the right to tell somebody."""

ROUNDS = 3


@pytest.fixture(scope="module")
def ground(
    scheduled_cluster: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("watch")
    with grounded(scheduled_cluster, folder, prefix="watched", space=NAMESPACE) as made:
        yield made


@pytest.fixture(scope="module")
def applied(ground: Ground) -> list[dict[str, Any]]:
    secrets = {"edgeops-token": {"token": TOKEN}, "hook": {"token": HOOK_SECRET}}
    return ground.applied(
        "--watch", "--hook-secret", "hook", "--fetch-every", "1h", secrets=secrets
    )


@pytest.fixture(scope="module")
def pod(ground: Ground, applied: list[dict[str, Any]]) -> dict[str, Any]:
    """The pod that the Deployment's own controllers came to make."""
    assert applied
    end = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < end:
        got = ground.plane.kubectl("get", "pods", "-n", NAMESPACE, "-o", "json").stdout
        if items := json.loads(got)["items"]:
            found: dict[str, Any] = items[0]
            return found
        time.sleep(0.2)
    raise AssertionError(ground.plane.kubectl("get", "events", "-n", NAMESPACE).stdout)


class Running:
    """The container at work, and its probes as a kubelet has them."""

    def __init__(self, process: "subprocess.Popen[str]", pod: dict[str, Any], port: int) -> None:
        self.process = process
        self.address = f"http://127.0.0.1:{port}"
        (self._container,) = pod["spec"]["containers"]

    def probe(self, name: str) -> int:
        """The status that a probe gets, which has no token; 0 for no answer."""
        try:
            path = self._container[name]["httpGet"]["path"]
            return CLIENT.get(f"{self.address}{path}").status_code
        except httpx2.TransportError:
            return 0

    def get(self, path: str) -> httpx2.Response:
        return CLIENT.get(f"{self.address}{path}", headers={"authorization": f"Bearer {TOKEN}"})

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = self.get("/api/v1/report").json()
        return found

    def metric(self, name: str) -> float:
        """The largest sample of that name."""
        families = text_string_to_metric_families(self.get("/metrics").text)
        return max(one.value for family in families for one in family.samples if one.name == name)

    def until(self, what: str, good: Callable[[], bool]) -> float:
        """Wait for it; the seconds that it took."""
        begun = time.monotonic()
        while not good():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() - begun < LIMIT_SECONDS, what
            time.sleep(0.02)
        return time.monotonic() - begun


@contextmanager
def running(ground: Ground, pod: dict[str, Any], folder: Path) -> Iterator[Running]:
    port = free_port()
    kubelet = Kubelet(ground, pod, folder)
    temporary = {"TMPDIR": str(kubelet.mounts["/tmp"])}
    swapped = {"0.0.0.0:9477": f"0.0.0.0:{port}"}
    with kubelet.start(swapped=swapped, more=temporary) as process:
        try:
            yield Running(process, pod, port)
        finally:
            process.kill()


def findings_of(run: Running) -> list[str]:
    answer = run.get("/api/v1/report") if run.probe("readinessProbe") == 200 else None
    return [] if answer is None else findings(answer.json())


def findings(report: dict[str, Any]) -> list[str]:
    return [f"{item['drift']} {item['kind']}/{item['name']}" for item in report["findings"]]


def test_the_pod_watches_and_serves(ground: Ground, pod: dict[str, Any], tmp_path: Path) -> None:
    with running(ground, pod, tmp_path) as run:
        run.until("ready", lambda: run.probe("readinessProbe") == 200)
        assert run.probe("livenessProbe") == run.probe("startupProbe") == 200
        assert CLIENT.get(f"{run.address}/api/v1/report").status_code == 401
        assert (run.report()["status"], run.report()["unread"]) == ("Synced", [])
        assert "default-src 'none'" in run.get("/").headers["content-security-policy"]
        families = {
            one.name: one for one in text_string_to_metric_families(run.get("/metrics").text)
        }
        assert {sample.value for sample in families["edgeops_drift_unread"].samples} == {0}

        ground.plane.kubectl("set", "env", "-n", EDGE, "deployment/frontend", "BY=hand")
        try:
            seen = run.until(
                "seen", lambda: findings(run.report()) == ["Modified Deployment/frontend"]
            )
            assert seen < 10
            run.until("told", lambda: len(ground.told.got) == 1)
        finally:
            ground.plane.kubectl("set", "env", "-n", EDGE, "deployment/frontend", "BY-")
        run.until("resolved", lambda: findings(run.report()) == [])
        run.until("told so", lambda: len(ground.told.got) == 2)
        titles = [body["title"] for body in ground.told.got]
        assert titles == ["Drift: 1 new", "Drift: 1 resolved"]

        revision = _pushed(ground, "replicas-of-nothing")
        signature = hmac.new(HOOK_SECRET.encode(), b"{}", hashlib.sha256).hexdigest()
        signed = {"x-hub-signature-256": f"sha256={signature}"}
        assert CLIENT.post(f"{run.address}{HOOK}", headers=signed, content=b"{}").status_code == 202
        run.until("fetched", lambda: run.report()["repository"]["revision"] == revision)

        run.process.send_signal(signal.SIGTERM)
        out, error = run.process.communicate(timeout=30)
    assert (run.process.returncode, error) == (0, "")
    assert "Modified Deployment/watched-us-west-2-lax-1a/frontend" in out
    for secret in (PASSWORD, TOKEN, HOOK_SECRET, ground.told.path):
        assert secret not in out + error
    assert list((tmp_path / "tmp").iterdir()) == []


def _pushed(ground: Ground, word: str) -> str:
    """A commit that changes nothing that is applied, on the server; its name."""
    root = ground.fleet.root
    (root / "README.md").write_text(f"{word}\n")
    for argv in (("add", "README.md"), ("commit", "-q", "-m", word)):
        subprocess.run(("git", "-C", str(root), *argv), check=True)
    publish(root, ground.bare)
    return ground.fleet.head().strip()


def test_credentials_that_are_renewed_and_a_server_that_refuses(
    ground: Ground, pod: dict[str, Any], tmp_path: Path
) -> None:
    """What cannot be fetched is Unknown; a Secret that is mended is read without a restart."""
    signature = hmac.new(HOOK_SECRET.encode(), b"{}", hashlib.sha256).hexdigest()
    signed = {"x-hub-signature-256": f"sha256={signature}"}
    with running(ground, pod, tmp_path) as run:
        run.until("ready", lambda: run.probe("readinessProbe") == 200)

        def fetched() -> None:
            answer = CLIENT.post(f"{run.address}{HOOK}", headers=signed, content=b"{}")
            assert answer.status_code == 202

        password = tmp_path / "git" / "password"
        password.write_text("expired")
        fetched()
        run.until("unknown", lambda: run.report()["status"] == "Unknown")
        (gap,) = run.report()["unread"]
        assert gap["what"] == "revision origin/main"
        assert "could not be fetched" in gap["reason"]
        assert run.probe("readinessProbe") == run.probe("livenessProbe") == 200
        password.write_text(PASSWORD)
        revision = _pushed(ground, "renewed")
        fetched()
        run.until("well", lambda: run.report()["status"] == "Synced")
        run.until("new", lambda: run.report()["repository"]["revision"] == revision)


def test_told_once_over_restarts_and_without_a_history(
    ground: Ground, pod: dict[str, Any], tmp_path: Path
) -> None:
    """A container that is killed is started again on the same volume; who was told is known."""
    before = len(ground.told.got)
    drifted = ["Modified Deployment/frontend"]

    def told() -> list[str]:
        return [body["title"] for body in ground.told.got[before:]]

    with running(ground, pod, tmp_path) as run:
        run.until("ready", lambda: run.probe("readinessProbe") == 200)
        tried, ground.told.status = ground.told.tried, 503
        ground.plane.kubectl("set", "env", "-n", EDGE, "deployment/frontend", "BY=hand")
        run.until("tried", lambda: ground.told.tried > tried)
        # Nothing else happens in the cluster: it is told nevertheless.
        ground.told.status = 200
        run.until("told", lambda: told() == ["Drift: 1 new"])
        # One that is killed before it notes that would tell it again, rather than never.
        run.until("noted", lambda: _noted(tmp_path / "state" / "history.sqlite"))
    try:
        for _ in range(2):
            with running(ground, pod, tmp_path) as run:
                run.until("seen", lambda: findings_of(run) == drifted)
                # Since when it drifts is known from the run before.
                run.until("recorded", lambda: run.metric(OLDEST) > 0)
    finally:
        ground.plane.kubectl("set", "env", "-n", EDGE, "deployment/frontend", "BY-")
    with running(ground, pod, tmp_path) as run:
        run.until("told", lambda: told() != ["Drift: 1 new"])
        assert told() == ["Drift: 1 new", "Drift: 1 resolved"]

    (tmp_path / "state" / "history.sqlite").write_bytes(b"no database" * 1000)
    with running(ground, pod, tmp_path) as run:
        run.until("ready", lambda: run.probe("readinessProbe") == 200)
        ground.plane.kubectl("set", "env", "-n", EDGE, "deployment/frontend", "BY=hand")
        try:
            run.until("seen", lambda: findings_of(run) == drifted)
        finally:
            ground.plane.kubectl("set", "env", "-n", EDGE, "deployment/frontend", "BY-")
        run.until("gone", lambda: findings_of(run) == [])
        run.process.send_signal(signal.SIGTERM)
        _, error = run.process.communicate(timeout=30)
    assert run.process.returncode == 0
    assert len(error.splitlines()) == 2, error
    assert "nobody was told" in error
    assert told() == ["Drift: 1 new", "Drift: 1 resolved"]


def _noted(history: Path) -> bool:
    """Whether it is known there who was told, and nobody is telling."""
    with contextlib.closing(sqlite3.connect(f"{history.as_uri()}?mode=ro", uri=True)) as database:
        ((told,),) = database.execute("select count(*) from told")
        ((turns,),) = database.execute("select count(*) from turns")
    return bool(told) and not turns


def test_what_is_applied_is_confined(
    ground: Ground, pod: dict[str, Any], applied: list[dict[str, Any]]
) -> None:
    labels = ground.plane.get(f"/api/v1/namespaces/{NAMESPACE}")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    (container,) = pod["spec"]["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    got = ground.plane.kubectl("get", "deployment", NAME, "-n", NAMESPACE, "-o", "json").stdout
    spec = json.loads(got)["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    (service,) = [item for item in applied if item["kind"] == "Service"]
    assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    (policy,) = [item for item in applied if item["kind"] == "NetworkPolicy"]
    assert policy["spec"]["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    (port,) = policy["spec"]["ingress"][0]["ports"]
    assert port["port"] == container["ports"][0]["containerPort"]


def test_each_right_is_needed_and_no_other(
    ground: Ground, applied: list[dict[str, Any]], tmp_path: Path
) -> None:
    """With all of them everything is read; without any one, that one is named."""
    kubeconfig = token_kubeconfig(ground, NAME, tmp_path)
    fleet = FleetOnDisk(root=ground.fleet.root, prefix="watched", engine="flux")
    rights = rights_of(applied)
    assert {verb for _, _, verb in rights} == {"list", "watch"}
    known = served_kinds(ground.plane)
    assert {group for group, name, _ in rights if (group, name) not in known} <= {
        "gateway.networking.k8s.io"
    }
    needed = [right for right in rights if right[:2] in known]
    with watching(fleet, kubeconfig) as watched:
        assert watched.clean().report.unread == ()
    for first in range(ROUNDS):
        # Of one kind not both at once: who may not list does not get to watch.
        taken = set(needed[first::ROUNDS])
        assert len({right[:2] for right in taken}) == len(taken)
        with (
            without(ground.plane, f"edgeops-{NAME}", taken),
            # Rights are looked at when a watch begins, and the authorizer follows one itself.
            watching(fleet, kubeconfig, patience=2.0) as watched,
        ):
            now = watched.until(f"named: {taken}", _names(taken))
            assert now.report.status == "Unknown"


def _names(taken: Collection[Right]) -> Callable[[Posting], bool]:
    """Whether a report names just these rights."""
    return lambda posting: forbidden(json.loads(render(posting.report, "json"))) == taken

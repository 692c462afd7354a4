"""
What ``edgeops schedule kubernetes`` prints, on a real API server with its controllers.

The CronJob makes a Job, and the Job a pod, in a namespace with restricted Pod Security. No kubelet
runs here, so the test does what it would: the container's command and environment, taken from
that pod, with the token of its account.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.core import documents
from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.gitserver import PASSWORD
from tests.live.scheduled import (
    IMAGE,
    Ground,
    Kubelet,
    forbidden,
    grounded,
    rights_of,
    served_kinds,
    token_kubeconfig,
    without,
)

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

EDGE = "sched-us-west-2-lax-1a"
NAMESPACE, NAME = "edgeops", "drift-shop"
LIMIT_SECONDS = 100
ROUNDS = 4


@pytest.fixture(scope="module")
def ground(
    scheduled_cluster: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("schedule")
    with grounded(scheduled_cluster, folder, prefix="sched", space=NAMESPACE) as made:
        yield made


def printed(
    ground: Ground, capsys: pytest.CaptureFixture[str], *flags: str
) -> list[dict[str, Any]]:
    """The objects that the command prints."""
    capsys.readouterr()
    assert main(["schedule", "kubernetes", "-C", str(ground.fleet.root), *IMAGE, *flags]) == 0
    return [item.value for item in documents.load_all(capsys.readouterr().out)]


@pytest.fixture(scope="module")
def applied(ground: Ground) -> list[dict[str, Any]]:
    """What is printed with a schedule of every minute, applied."""
    return ground.applied("--schedule", "* * * * *", secrets={})


@pytest.fixture(scope="module")
def pod(ground: Ground, applied: list[dict[str, Any]]) -> dict[str, Any]:
    """The pod that the CronJob's own controller came to make."""
    assert applied
    end = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < end:
        got = ground.plane.kubectl("get", "pods", "-n", NAMESPACE, "-o", "json").stdout
        if items := json.loads(got)["items"]:
            patch = '{"spec": {"suspend": true}}'
            ground.plane.kubectl("patch", "-n", NAMESPACE, "cronjob", NAME, "-p", patch)
            found: dict[str, Any] = items[0]
            return found
        time.sleep(0.5)
    raise AssertionError(ground.plane.kubectl("get", "events", "-n", NAMESPACE).stdout)


def report_of(kubelet: Kubelet) -> dict[str, Any]:
    file = kubelet.mounts["/var/lib/edgeops"] / "reports" / "edge-usw2" / "latest.json"
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def test_each_right_is_needed_and_no_other(
    ground: Ground,
    applied: list[dict[str, Any]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With all of them everything is read; without any one, that one is named."""
    plane = ground.plane
    kubeconfig = token_kubeconfig(ground, NAME, tmp_path)
    argv = ["drift", "-C", str(ground.fleet.root), "-o", "json", "--kubeconfig", str(kubeconfig)]

    def check() -> tuple[ExitStatus, dict[str, Any]]:
        capsys.readouterr()
        status = main(argv)
        report: dict[str, Any] = json.loads(capsys.readouterr().out)
        return status, report

    status, report = check()
    assert (status, report["unread"]) == (0, [])
    rights = rights_of(applied)
    assert {verb for _, _, verb in rights} == {"list"}
    assert len(rights) == len(set(rights)) >= 25
    known = served_kinds(plane)
    # A cluster without Gateway API has no such objects, and nothing to forbid.
    assert {group for group, name, _ in rights if (group, name) not in known} <= {
        "gateway.networking.k8s.io"
    }
    needed = [right for right in rights if right[:2] in known]
    for first in range(ROUNDS):
        # LISTs do not depend on each other: several rights can be taken away at once.
        taken = set(needed[first::ROUNDS])
        with without(plane, f"edgeops-{NAME}", taken):
            end = time.monotonic() + 10
            while (lacking := forbidden(check()[1])) != taken:  # the authorizer follows a watch
                assert time.monotonic() < end, f"superfluous: {taken - lacking}"
            status, report = check()
        assert (status, report["status"]) == (ExitStatus.FAILED, "Unknown")


def test_the_pod_is_confined(ground: Ground, pod: dict[str, Any]) -> None:
    labels = ground.plane.get(f"/api/v1/namespaces/{NAMESPACE}")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    (container,) = pod["spec"]["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    job = json.loads(ground.plane.kubectl("get", "jobs", "-n", NAMESPACE, "-o", "json").stdout)
    assert job["items"][0]["spec"]["backoffLimit"] == 0
    cron = json.loads(
        ground.plane.kubectl("get", "cronjob", NAME, "-n", NAMESPACE, "-o", "json").stdout
    )
    assert cron["spec"]["concurrencyPolicy"] == "Forbid"


def test_the_pod_checks_and_delivers(ground: Ground, pod: dict[str, Any], tmp_path: Path) -> None:
    kubelet = Kubelet(ground, pod, tmp_path)
    clean = kubelet.run()
    assert (clean.status, clean.error) == (0, "")
    assert clean.termination.startswith("Synced: ")
    assert report_of(kubelet)["status"] == "Synced"
    assert ground.told.got == []

    ground.plane.kubectl("set", "env", "-n", EDGE, "deployment/frontend", "BY=hand")
    try:
        drifted = [kubelet.run() for _ in range(2)]
    finally:
        ground.plane.kubectl("set", "env", "-n", EDGE, "deployment/frontend", "BY-")
    assert [ran.status for ran in drifted] == [1, 1]
    assert [ran.error for ran in drifted] == ["", ""]
    for ran in drifted:
        assert "Deployment/sched-us-west-2-lax-1a/frontend: Modified, medium" in ran.termination
        assert PASSWORD not in ran.out + ran.error + ran.termination
        assert ground.told.path not in ran.out + ran.error + ran.termination
    report = report_of(kubelet)
    assert [item["name"] for item in report["findings"]] == ["frontend"]
    assert [body["title"] for body in ground.told.got] == ["Drift: 1 new"]
    assert kubelet.run().status == 0
    assert [body["title"] for body in ground.told.got] == ["Drift: 1 new", "Drift: 1 resolved"]


def test_what_goes_wrong_is_in_the_termination_message(
    ground: Ground, pod: dict[str, Any], tmp_path: Path
) -> None:
    kubelet = Kubelet(ground, pod, tmp_path)
    (kubelet.mounts["/etc/edgeops/git"] / "password").write_text("mistyped")
    ran = kubelet.run()
    assert ran.status == 2
    assert ran.termination.startswith("edgeops: http://127.0.0.1:")
    assert "(password, username) do not let us in" in ran.termination
    assert "mistyped" not in ran.termination + ran.out + ran.error
    for key in ("username", "password"):
        (kubelet.mounts["/etc/edgeops/git"] / key).unlink()
    assert "(none) do not let us in" in kubelet.run().termination


def test_shards_are_an_indexed_job_and_add_up(
    ground: Ground, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    objects = printed(ground, capsys, "--shards", "2", "--storage-class", "efs")
    (cron,) = [item for item in objects if item["kind"] == "CronJob"]
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "divided", "namespace": NAMESPACE},
        "spec": {**cron["spec"]["jobTemplate"]["spec"], "parallelism": 2},
    }
    ground.plane.kubectl("apply", "--server-side", "-f", "-", input=json.dumps(job))
    pods: list[dict[str, Any]] = []
    end = time.monotonic() + LIMIT_SECONDS
    while len(pods) < 2:
        assert time.monotonic() < end
        selector = "batch.kubernetes.io/job-name=divided"
        got = ground.plane.kubectl("get", "pods", "-n", NAMESPACE, "-l", selector, "-o", "json")
        pods = json.loads(got.stdout)["items"]
        time.sleep(0.2)
    whole = None
    for pod in sorted(pods, key=lambda item: item["metadata"]["name"]):
        index = pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"]
        kubelet = Kubelet(ground, pod, tmp_path)
        ran = kubelet.run(JOB_COMPLETION_INDEX=index)
        assert (ran.status, ran.error) == (0, ""), ran.error
        before, whole = whole, report_of(kubelet)
        if before is None:
            assert whole["status"] == "Unknown"
            assert [gap["what"] for gap in whole["unread"]] == ["shard 2/2"]
    assert whole is not None
    assert (whole["status"], whole["unread"], whole["shard"]) == ("Synced", [], None)
    assert {row["zone"] for row in whole["zones"]} == {None, "region", "us-west-2-lax-1a"}


def test_reports_as_commits_on_a_branch(
    ground: Ground, pod: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    objects = printed(ground, capsys, "--deliver", "branch")
    (cron,) = [item for item in objects if item["kind"] == "CronJob"]
    template = cron["spec"]["jobTemplate"]["spec"]["template"]
    kubelet = Kubelet(ground, {**pod, "spec": {**pod["spec"], **template["spec"]}}, tmp_path)
    for _ in range(2):
        ran = kubelet.run()
        assert (ran.status, ran.error) == (0, ""), ran.error
        time.sleep(1)  # reports tell seconds
    shown = subprocess.run(
        ("git", "-C", str(ground.bare), "show", "edgeops-reports:edge-usw2/latest.json"),
        check=True, capture_output=True,
    )  # fmt: skip
    assert json.loads(shown.stdout)["status"] == "Synced"
    log = subprocess.run(
        ("git", "-C", str(ground.bare), "log", "--format=%an %s", "edgeops-reports"),
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert [line.partition(" at ")[0] for line in log.stdout.splitlines()] == ["edgeops Synced"] * 2

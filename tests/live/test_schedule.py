"""
What ``edgeops schedule kubernetes`` prints, on a real API server with its controllers.

The CronJob makes a Job, and the Job a pod, in a namespace with restricted Pod Security. No kubelet
runs here, so the test does what it would: the container's command and environment, taken from
that pod, with the token of its account.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.core import documents
from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.gitserver import PASSWORD, USER, publish, served
from tests.live.fleet import ensure_namespaces
from tests.live.scaffold import ONE_ZONE, Scaffold, scaffold
from tests.receiver import Receiver, receiving

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

ROOT = Path(__file__).parent.parent.parent
EDGE = "sched-us-west-2-lax-1a"
NAMESPACE, NAME = "edgeops", "drift-shop"
LIMIT_SECONDS = 100
ROUNDS = 4


@dataclass(frozen=True)
class Ground:
    """A fleet that is applied, its repository on a server, and somebody to be told."""

    plane: ControlPlane
    fleet: Scaffold
    bare: Path
    told: Receiver


@pytest.fixture(scope="module")
def ground(
    scheduled_cluster: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    plane, folder = scheduled_cluster, tmp_path_factory.mktemp("schedule")
    before = _names(plane, "namespaces")
    ensure_namespaces(plane)
    with served(folder / "git") as address, receiving() as told:
        (folder / "git").mkdir()
        fleet = scaffold(
            folder / "fleet",
            engine="flux",
            mesh="consul-enterprise",
            prefix="sched",
            clusters=[ONE_ZONE],
            repository={"url": f"{address}/shop.git", "secretRef": "edge-git"},
            drift={"notify": [{"url": "env:TEAM_CHAT", "minSeverity": "low"}]},
        )
        publish(fleet.root, folder / "git" / "shop.git")
        for place in fleet.folders("edge-usw2"):
            plane.kubectl(
                *("apply", "--server-side", "--field-manager=kustomize-controller"),
                *("-k", str(fleet.root / place)),
            )
        yield Ground(plane=plane, fleet=fleet, bare=folder / "git" / "shop.git", told=told)
    made = _names(plane, "namespaces") - before
    for kind in ("serviceresolvers", "serviceintentions", "servicedefaults"):
        plane.kubectl("delete", kind, "--all", "--all-namespaces", check=False)
    plane.kubectl("delete", *made, "--wait=false")
    plane.kubectl("delete", "clusterrole,clusterrolebinding", f"edgeops-{NAME}", check=False)


def _names(plane: ControlPlane, kind: str) -> set[str]:
    return set(plane.kubectl("get", kind, "-o", "name").stdout.split())


def printed(
    ground: Ground, capsys: pytest.CaptureFixture[str], *flags: str
) -> list[dict[str, Any]]:
    """The objects that the command prints."""
    capsys.readouterr()
    image = ("--image", "registry.example.com/edgeops:1")
    assert main(["schedule", "kubernetes", "-C", str(ground.fleet.root), *image, *flags]) == 0
    return [item.value for item in documents.load_all(capsys.readouterr().out)]


@pytest.fixture(scope="module")
def applied(ground: Ground) -> list[dict[str, Any]]:
    """What is printed with a schedule of every minute, applied with strict validation."""
    done = subprocess.run(
        (sys.executable, "-m", "edgeops", "-C", str(ground.fleet.root), "schedule",
         "kubernetes", "--image", "registry.example.com/edgeops:1", "--schedule", "* * * * *"),
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    out = ground.plane.kubectl(
        "apply", "--server-side", "--validate=strict", "-f", "-", input=done.stdout
    )
    assert out.stderr == ""
    secrets = {
        "edge-git": {"username": USER, "password": PASSWORD},
        "edgeops-notify": {"TEAM_CHAT": ground.told.address},
    }
    for name, content in secrets.items():
        literals = [f"--from-literal={key}={value}" for key, value in content.items()]
        ground.plane.kubectl("create", "secret", "generic", name, "-n", NAMESPACE, *literals)
    return [item.value for item in documents.load_all(done.stdout)]


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


@dataclass
class Ran:
    """What a container came to."""

    status: int
    termination: str
    out: str
    error: str


class Kubelet:
    """Runs the container of a pod here: its mounts are folders, its token that of its account."""

    def __init__(self, ground: Ground, pod: Mapping[str, Any], folder: Path) -> None:
        self._plane, self._spec, self._pod = ground.plane, pod["spec"], pod
        self._folder = folder
        (self._container,) = self._spec["containers"]
        volumes = {item["name"]: item for item in self._spec["volumes"]}
        self.mounts: dict[str, Path] = {}
        for mount in self._container["volumeMounts"]:
            place = folder / mount["name"]
            place.mkdir(exist_ok=True)
            self.mounts[mount["mountPath"]] = place
            if secret := volumes[mount["name"]].get("secret"):
                for key, value in self._secret(secret["secretName"]).items():
                    (place / key).write_text(value)

    def run(self, **more: str) -> Ran:
        log = self._folder / "termination-log"
        log.write_text("")
        self.mounts[self._container["terminationMessagePath"]] = log
        assert self._container["command"] == ["edgeops"]
        done = subprocess.run(
            (sys.executable, "-m", "edgeops", *map(self._here, self._container["args"])),
            env={**self._environment(), **more},
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(done.returncode, log.read_text(), done.stdout, done.stderr)

    def _environment(self) -> dict[str, str]:
        found = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "KUBECONFIG": str(self._kubeconfig()),
        }
        for entry in self._container["env"]:
            source = entry.get("valueFrom", {})
            if "secretKeyRef" in source:
                reference = source["secretKeyRef"]
                found[entry["name"]] = self._secret(reference["name"])[reference["key"]]
            elif "fieldRef" in source:
                label = source["fieldRef"]["fieldPath"].split("'")[1]
                found[entry["name"]] = self._pod["metadata"]["labels"][label]
            else:
                found[entry["name"]] = self._here(entry["value"])
        return found

    def _here(self, word: str) -> str:
        for path, place in self.mounts.items():
            if word == path or word.startswith(f"{path}/"):
                return f"{place}{word.removeprefix(path)}"
        return word

    def _secret(self, name: str) -> dict[str, str]:
        template = "{{range $key, $value := .data}}{{$key}}={{$value | base64decode}}\n{{end}}"
        got = self._plane.kubectl(
            "get", "secret", "-n", NAMESPACE, name, "-o", f"go-template={template}"
        )
        return dict(line.split("=", 1) for line in got.stdout.splitlines())

    def _kubeconfig(self) -> Path:
        return token_kubeconfig(self._plane, self._spec["serviceAccountName"], self._folder)


def token_kubeconfig(plane: ControlPlane, account: str, folder: Path) -> Path:
    """A kubeconfig whose one context, that of the fleet's cluster, has the account's token."""
    token = plane.kubectl("create", "token", "-n", NAMESPACE, account).stdout.strip()
    whole = json.loads(plane.kubeconfig("nobody", "edge-usw2").read_text())
    whole["users"][0]["user"] = {"token": token}
    file = folder / "kubeconfig"
    file.write_text(json.dumps(whole))
    return file


def report_of(kubelet: Kubelet) -> dict[str, Any]:
    file = kubelet.mounts["/var/lib/edgeops"] / "reports" / "edge-usw2" / "latest.json"
    found: dict[str, Any] = json.loads(file.read_text())
    return found


@contextmanager
def _without(plane: ControlPlane, rights: Collection[tuple[str, str]]) -> Iterator[None]:
    path = f"/apis/rbac.authorization.k8s.io/v1/clusterroles/edgeops-{NAME}"
    whole = plane.get(path)["rules"]
    rules = []
    for rule in whole:
        (group,) = rule["apiGroups"]
        left = [name for name in rule["resources"] if (group, name) not in rights]
        rules += [{**rule, "resources": left}] if left else []
    _set_rules(plane, path, rules)
    try:
        yield
    finally:
        _set_rules(plane, path, whole)


def _set_rules(plane: ControlPlane, path: str, rules: list[dict[str, Any]]) -> None:
    content = "application/merge-patch+json"
    status, _ = plane.request("PATCH", path, body={"rules": rules}, content_type=content)
    assert status == 200


def test_each_right_is_needed_and_no_other(
    ground: Ground,
    applied: list[dict[str, Any]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With all of them everything is read; without any one, that one is named."""
    plane = ground.plane
    kubeconfig = token_kubeconfig(plane, NAME, tmp_path)
    argv = ["drift", "-C", str(ground.fleet.root), "-o", "json", "--kubeconfig", str(kubeconfig)]

    def check() -> tuple[ExitStatus, dict[str, Any]]:
        capsys.readouterr()
        status = main(argv)
        report: dict[str, Any] = json.loads(capsys.readouterr().out)
        return status, report

    status, report = check()
    assert (status, report["unread"]) == (0, [])
    (role,) = [item for item in applied if item["kind"] == "ClusterRole"]
    rights = [(rule["apiGroups"][0], name) for rule in role["rules"] for name in rule["resources"]]
    assert {verb for rule in role["rules"] for verb in rule["verbs"]} == {"list"}
    assert len(rights) == len(set(rights)) >= 25
    served_here = _served(plane)
    # A cluster without Gateway API has no such objects, and nothing to forbid.
    assert {group for group, name in rights if (group, name) not in served_here} <= {
        "gateway.networking.k8s.io"
    }
    needed = [right for right in rights if right in served_here]
    for first in range(ROUNDS):
        # LISTs do not depend on each other: several rights can be taken away at once.
        taken = set(needed[first::ROUNDS])
        with _without(plane, taken):
            end = time.monotonic() + 10
            while (forbidden := _forbidden(check()[1])) != taken:  # the authorizer follows a watch
                assert time.monotonic() < end, f"superfluous: {taken - forbidden}"
            status, report = check()
        assert (status, report["status"]) == (ExitStatus.FAILED, "Unknown")


def _forbidden(report: Mapping[str, Any]) -> set[tuple[str, str]]:
    """The rights that a report names as lacking."""
    said = re.compile(r'cannot list resource "([^"]+)" in API group "([^"]*)"')
    named = [said.search(gap["reason"]) for gap in report["unread"]]
    assert all(named)
    return {(found[2], found[1]) for found in named if found}


def _served(plane: ControlPlane) -> set[tuple[str, str]]:
    lines = plane.kubectl("api-resources", "--no-headers", "-o", "name").stdout.split()
    return {(group, name) for name, _, group in (line.partition(".") for line in lines)}


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

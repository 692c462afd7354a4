"""What ``edgeops schedule kubernetes`` prints, applied; what a kubelet would do with its pod."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeops.core import documents
from tests.controlplane.server import ControlPlane
from tests.gitserver import PASSWORD, USER, publish, served
from tests.live.fleet import ensure_namespaces
from tests.live.scaffold import ONE_ZONE, Scaffold, scaffold
from tests.receiver import Receiver, receiving

ROOT = Path(__file__).parent.parent.parent
IMAGE = ("--image", "registry.example.com/edgeops:1")
RBAC = "/apis/rbac.authorization.k8s.io/v1"


@dataclass(frozen=True)
class Ground:
    """A fleet that is applied, its repository on a server, and somebody to be told."""

    plane: ControlPlane
    fleet: Scaffold
    bare: Path
    told: Receiver
    space: str
    """The namespace of what is scheduled."""

    def applied(self, *flags: str, secrets: Mapping[str, Mapping[str, str]]) -> list[Any]:
        """What is printed with *flags*, applied with strict validation, and Secrets for it."""
        done = subprocess.run(
            (sys.executable, "-m", "edgeops", "-C", str(self.fleet.root), "schedule", "kubernetes",
             *IMAGE, "--namespace", self.space, *flags),
            cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
        out = self.plane.kubectl(
            "apply", "--server-side", "--validate=strict", "-f", "-", input=done.stdout
        )
        assert out.stderr == ""
        usual = {
            "edge-git": {"username": USER, "password": PASSWORD},
            "edgeops-notify": {"TEAM_CHAT": self.told.address},
        }
        for name, content in {**usual, **secrets}.items():
            literals = [f"--from-literal={key}={value}" for key, value in content.items()]
            self.plane.kubectl("create", "secret", "generic", name, "-n", self.space, *literals)
        return [item.value for item in documents.load_all(done.stdout)]


@contextmanager
def grounded(plane: ControlPlane, folder: Path, *, prefix: str, space: str) -> Iterator[Ground]:
    """
    Make it all, and take it away.

    Args:
        prefix: of the fleet's namespaces.
    """
    ensure_namespaces(plane)
    before = _names(plane, "namespaces")
    with served(folder / "git") as address, receiving() as told:
        (folder / "git").mkdir()
        fleet = scaffold(
            folder / "fleet",
            engine="flux",
            mesh="consul-enterprise",
            prefix=prefix,
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
        bare = folder / "git" / "shop.git"
        yield Ground(plane=plane, fleet=fleet, bare=bare, told=told, space=space)
    made = _names(plane, "namespaces") - before
    engine = str(fleet.root / "clusters" / "edge-usw2" / "flux")
    plane.kubectl("delete", "-k", engine, "--ignore-not-found", "--wait=false")
    for kind in ("serviceresolvers", "serviceintentions", "servicedefaults"):
        plane.kubectl("delete", kind, "--all", "--all-namespaces", check=False)
    plane.kubectl("delete", *made, "--wait=false")
    for kind in ("clusterrole", "clusterrolebinding"):
        ours = [name for name in _names(plane, kind) if "/edgeops-" in name]
        if ours:
            plane.kubectl("delete", *ours)


def _names(plane: ControlPlane, kind: str) -> set[str]:
    return set(plane.kubectl("get", kind, "-o", "name").stdout.split())


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
        self._ground, self._spec, self._pod = ground, pod["spec"], pod
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
        with self.start(more=more) as process:
            out, error = process.communicate()
        return Ran(process.returncode, log.read_text(), out, error)

    def start(
        self, *, swapped: Mapping[str, str] | None = None, more: Mapping[str, str] | None = None
    ) -> "subprocess.Popen[str]":
        """
        Its command, at work.

        Args:
            swapped: arguments that must be others here, such as a port that is taken.
            more: variables on top.
        """
        assert self._container["command"] == ["edgeops"]
        here = swapped or {}
        words = [here.get(word, self._here(word)) for word in self._container["args"]]
        return subprocess.Popen(
            (sys.executable, "-m", "edgeops", *words),
            env={**self._environment(), **(more or {})},
            cwd=self._folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

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
        got = self._ground.plane.kubectl(
            "get", "secret", "-n", self._ground.space, name, "-o", f"go-template={template}"
        )
        return dict(line.split("=", 1) for line in got.stdout.splitlines())

    def _kubeconfig(self) -> Path:
        return token_kubeconfig(self._ground, self._spec["serviceAccountName"], self._folder)


def token_kubeconfig(ground: Ground, account: str, folder: Path) -> Path:
    """A kubeconfig whose one context, that of the fleet's cluster, has the account's token."""
    token = ground.plane.kubectl("create", "token", "-n", ground.space, account).stdout.strip()
    whole = json.loads(ground.plane.kubeconfig("nobody", "edge-usw2").read_text())
    whole["users"][0]["user"] = {"token": token}
    file = folder / "kubeconfig"
    file.touch(mode=0o600)
    file.write_text(json.dumps(whole))
    return file


Right = tuple[str, str, str]
"""API group, resource and verb."""


def rights_of(objects: Sequence[Mapping[str, Any]]) -> list[Right]:
    """Those of the one ClusterRole among *objects*."""
    (role,) = [item for item in objects if item["kind"] == "ClusterRole"]
    return [
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    ]


@contextmanager
def without(plane: ControlPlane, role: str, rights: Collection[Right]) -> Iterator[None]:
    """Take rights away from a ClusterRole while the block runs."""
    path = f"{RBAC}/clusterroles/{role}"
    whole = plane.get(path)["rules"]
    rules = [
        {"apiGroups": [group], "resources": [resource], "verbs": left}
        for rule in whole
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        if (left := [verb for verb in rule["verbs"] if (group, resource, verb) not in rights])
    ]
    _set_rules(plane, path, rules)
    try:
        yield
    finally:
        _set_rules(plane, path, whole)


def _set_rules(plane: ControlPlane, path: str, rules: list[dict[str, Any]]) -> None:
    content = "application/merge-patch+json"
    status, _ = plane.request("PATCH", path, body={"rules": rules}, content_type=content)
    assert status == 200


def forbidden(report: Mapping[str, Any]) -> set[Right]:
    """The rights that a report names as lacking."""
    said = re.compile(r'cannot (\w+) resource "([^"]+)" in API group "([^"]*)"')
    named = [said.search(gap["reason"]) for gap in report["unread"]]
    assert all(named), report["unread"]
    return {(found[3], found[2], found[1]) for found in named if found}


def served_kinds(plane: ControlPlane) -> set[tuple[str, str]]:
    """API group and resource of all that the cluster knows."""
    lines = plane.kubectl("api-resources", "--no-headers", "-o", "name").stdout.split()
    return {(group, name) for name, _, group in (line.partition(".") for line in lines)}

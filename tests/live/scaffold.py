"""What ``edgeops init`` wrote, built by real kustomizes and shown to a real API server."""

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeops.__main__ import main
from edgeops.adapters.kustomize import packaged_kubectl
from edgeops.core import documents
from edgeops.errors import ExitStatus
from tests.consulvalidate.validate import validate
from tests.controlplane.server import ControlPlane

CONSUL = "consul.hashicorp.com/v1alpha1"
_AT_ONCE = 4

ONE_ZONE: Mapping[str, Any] = {
    "name": "edge-usw2",
    "region": "us-west-2",
    "availabilityZones": ["us-west-2a", "us-west-2b"],
    "zones": ["us-west-2-lax-1a"],
}
SEVEN_ZONES: Mapping[str, Any] = {
    "name": "edge-usw2",
    "region": "us-west-2",
    "availabilityZones": ["us-west-2a", "us-west-2b", "us-west-2c"],
    "destination": {"name": "edge-usw2"},
    "zones": [
        "us-west-2-den-1a",
        "us-west-2-las-1a",
        "us-west-2-lax-1a",
        "us-west-2-lax-1b",
        "us-west-2-phx-2a",
        {"name": "us-west-2-wl1-las-wlz-1", "replicas": 1, "ingressSubnets": ["subnet-0abc"]},
        "us-west-2-wl1-sea-wlz-1",
    ],
}
FIVE_ZONES: Mapping[str, Any] = {
    "name": "edge-use1",
    "region": "us-east-1",
    "availabilityZones": ["us-east-1a", "us-east-1b"],
    "destination": {"server": "https://use1.example.com"},
    "zones": [
        "us-east-1-atl-2a",
        "us-east-1-bos-1a",
        "us-east-1-nyc-2a",
        "us-east-1-wl1-bos-wlz-1",
        {"name": "us-east-1-wl1-nyc-wlz-1", "replicas": 3},
    ],
}


@dataclass(frozen=True)
class Scaffold:
    """A repository that ``edgeops init`` made, and the file it made it from."""

    root: Path
    spec: Mapping[str, Any]

    @property
    def clusters(self) -> list[str]:
        return [cluster["name"] for cluster in self.spec["clusters"]]

    def folders(self, cluster: str) -> list[str]:
        """Everything of a cluster that is built, found by what is there."""
        files = (
            *self.root.glob(f"overlays/{cluster}/*/kustomization.yaml"),
            *self.root.glob(f"clusters/{cluster}/*/kustomization.yaml"),
        )
        return sorted(str(file.parent.relative_to(self.root)) for file in files)

    def init(self) -> ExitStatus:
        return main(["init", str(self.root), "-q"])

    def head(self) -> str:
        argv = ("git", "-C", str(self.root), "rev-parse", "HEAD")
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout

    def bytes(self) -> dict[str, str]:
        """A digest of every file of the work tree."""
        return {
            str(file.relative_to(self.root)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(self.root.rglob("*"))
            if file.is_file() and ".git" not in file.relative_to(self.root).parts
        }


def scaffold(
    root: Path,
    *,
    engine: str,
    mesh: str,
    prefix: str,
    clusters: Sequence[Mapping[str, Any]],
    tree: Callable[[], None] = lambda: None,
    **spec: object,
) -> Scaffold:
    """Write ``edgeops.yaml`` (JSON is YAML), what *tree* writes, and run ``edgeops init``."""
    provider = {"provider": "none"}
    if mesh != "none":
        provider = {"provider": "consul", "edition": mesh.removeprefix("consul-")}
    whole: dict[str, Any] = {
        "repository": {"url": "https://git.example.com/acme/edge.git", "secretRef": "edge-git"},
        "engine": engine,
        "mesh": provider,
        "namespacePrefix": prefix,
        "clusters": list(clusters),
        **spec,
    }
    body = {
        "apiVersion": "edgeops.dev/v1alpha1",
        "kind": "EdgeFleet",
        "metadata": {"name": "shop"},
        "spec": whole,
    }
    root.mkdir()
    tree()
    (root / "edgeops.yaml").write_text(json.dumps(body, indent=2) + "\n")
    made = Scaffold(root=root, spec=whole)
    assert made.init() is ExitStatus.OK
    return made


def built(made: Scaffold, folders: Iterable[str], kustomize: Path | None = None) -> dict[str, str]:
    """
    What kustomize makes of each folder; it must make it without a word.

    Args:
        kustomize: a kustomize; without one, that of the kubectl that the package brings.
    """
    argv = (packaged_kubectl(), "kustomize") if kustomize is None else (str(kustomize), "build")

    def build(folder: str) -> str:
        done = subprocess.run(
            (*argv, folder), cwd=made.root, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), f"{argv[0]}: {folder}: {done.stderr}"
        return done.stdout

    folders = list(folders)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(folders, pool.map(build, folders), strict=True))


def objects_of(text: str) -> list[dict[str, Any]]:
    """The objects of a built folder."""
    return [document.value for document in documents.load_all(text.encode())]


def make_namespaces(plane: ControlPlane, objects: Iterable[Mapping[str, Any]]) -> None:
    """A dry run makes nothing, so namespaces must be there before what lives in them."""
    names = {item["metadata"]["name"] for item in objects if item["kind"] == "Namespace"}
    items = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        for name in sorted({*names, "argocd", "flux-system"})
    ]
    whole = {"apiVersion": "v1", "kind": "List", "items": items}
    plane.kubectl("apply", "--server-side", "-f", "-", input=json.dumps(whole))


def dry_run(plane: ControlPlane, texts: Iterable[str]) -> int:
    """
    Show everything to the API server at once, with strict validation; how many it accepted.

    Raises:
        AssertionError: it refused something, or warned of something.
    """
    done = plane.kubectl(
        *("apply", "--dry-run=server", "--server-side", "--validate=strict"),
        *("--field-manager=edgeops-test", "-o", "name", "-f", "-"),
        input="---\n".join(texts),
    )
    assert done.stderr == ""
    return len(done.stdout.splitlines())


def consul_refuses(mesh: str, objects: Iterable[Mapping[str, Any]]) -> list[str]:
    """What Consul's own webhooks refuse of a cluster's objects."""
    found = [dict(item) for item in objects]
    of_mesh = [item for item in found if item["apiVersion"] == CONSUL]
    assert bool(of_mesh) is (mesh != "none")
    return validate(found, enterprise=mesh == "consul-enterprise") if of_mesh else []


def lacking(objects: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """Kind and name of what workloads and Ingresses of a folder use and the folder has not."""
    found = list(objects)
    used = {reference for item in found for reference in _references(item)}
    return used - {(item["kind"], item["metadata"]["name"]) for item in found}


def _references(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if item["kind"] == "Ingress":
        for rule in item["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                yield "Service", path["backend"]["service"]["name"]
    if item["kind"] not in {"Deployment", "StatefulSet"}:
        return
    if service := item["spec"].get("serviceName"):
        yield "Service", service
    pod = item["spec"]["template"]["spec"]
    yield "ServiceAccount", pod["serviceAccountName"]
    for volume in pod.get("volumes") or ():
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"]
        if "secret" in volume:
            yield "Secret", volume["secret"]["secretName"]
    for container in pod["containers"]:
        for variable in container.get("env") or ():
            source = variable.get("valueFrom") or {}
            for key, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
                if key in source:
                    yield kind, source[key]["name"]

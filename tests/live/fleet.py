"""A fleet on disk and on a real API server, for tests."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.core.documents import dump_json, load_all
from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane

ENGINES = ("argocd", "flux")
MESHES = ("consul-enterprise", "consul-community", "none")
EDGE = "us-west-2-lax-1a"


@dataclass(frozen=True)
class Applied:
    """A way in which an engine, or a person in its place, applies an overlay."""

    name: str
    args: tuple[str, ...]


SERVER_SIDE_FLUX = Applied(
    "flux", ("--server-side", "--field-manager=kustomize-controller", "--force-conflicts")
)
SERVER_SIDE_ARGO = Applied(
    "argocd", ("--server-side", "--field-manager=argocd-controller", "--force-conflicts")
)
CLIENT_SIDE = Applied("client-side", ())
CLIENT_SIDE_ARGO = Applied("argocd-client-side", ("--field-manager=argocd-application-controller",))
WAYS = (SERVER_SIDE_FLUX, SERVER_SIDE_ARGO, CLIENT_SIDE)
ALL_WAYS = (*WAYS, CLIENT_SIDE_ARGO)
"""Those, and Argo CD's client-side apply under its own name."""


@dataclass(frozen=True)
class FleetOnDisk:
    """What ``edgeops init`` wrote, and the prefix of its namespaces."""

    root: Path
    prefix: str
    engine: str
    cluster: str = "edge-usw2"
    zones: tuple[str, ...] = field(default=("region", EDGE))

    def namespace(self, zone: str) -> str:
        return f"{self.prefix}-{zone}"

    def overlay(self, zone: str) -> Path:
        return self.root / "overlays" / self.cluster / zone

    def apply(self, plane: ControlPlane, way: Applied, *, validate: str = "strict") -> None:
        """Apply what the engine is given and every overlay, with strict field validation."""
        apply_engine(plane, self.root / "clusters" / self.cluster / self.engine, way, validate)
        for zone in self.zones:
            self._apply(plane, self.overlay(zone), way, validate)

    def _apply(self, plane: ControlPlane, folder: Path, way: Applied, validate: str) -> None:
        plane.kubectl("apply", "-k", str(folder), *way.args, f"--validate={validate}")


def apply_engine(plane: ControlPlane, folder: Path, way: Applied, validate: str = "strict") -> None:
    """Apply an engine's folder as the engine does: what it only makes where missing is skipped."""
    kept = []
    for item in load_all(plane.kubectl("kustomize", str(folder)).stdout):
        words = item.value["metadata"].get("annotations") or {}
        if words.get("kustomize.toolkit.fluxcd.io/ssa") == "IfNotPresent":
            name = f"{item.value['kind']}/{item.value['metadata']['name']}"
            if plane.kubectl("get", name, check=False).returncode == 0:
                continue
        kept.append(item.value)
    whole = dump_json({"apiVersion": "v1", "kind": "List", "items": kept})
    plane.kubectl("apply", *way.args, f"--validate={validate}", "-f", "-", input=whole)


def make_fleet(
    root: Path,
    *,
    prefix: str,
    engine: str = "flux",
    mesh: str = "consul-enterprise",
    zones: Sequence[str] = (EDGE,),
    name: str = "hashicups",
    availability_zones: Sequence[str] = ("us-west-2a", "us-west-2b"),
) -> FleetOnDisk:
    """Scaffold a fleet of one cluster whose namespaces begin with *prefix*."""
    root.mkdir(parents=True, exist_ok=True)
    provider = (
        "{provider: none}"
        if mesh == "none"
        else f"{{provider: consul, edition: {mesh.removeprefix('consul-')}}}"
    )
    (root / "edgeops.yaml").write_text(
        f"""apiVersion: edgeops.dev/v1alpha1
kind: EdgeFleet
metadata: {{name: {name}}}
spec:
  repository: {{url: https://git.example.com/acme/edge.git, branch: main}}
  engine: {engine}
  mesh: {provider}
  namespacePrefix: {prefix}
  app: hashicups
  clusters:
    - name: edge-usw2
      region: us-west-2
      availabilityZones: [{", ".join(availability_zones)}]
      zones: [{", ".join(zones)}]
"""
    )
    assert main(["init", str(root), "-q"]) is ExitStatus.OK
    return FleetOnDisk(root=root, prefix=prefix, engine=engine, zones=("region", *zones))


def ensure_namespaces(plane: ControlPlane) -> None:
    """The namespaces in which the engines' own objects live."""
    for name in ("argocd", "flux-system"):
        plane.kubectl("create", "namespace", name, check=False)


def drift(
    fleet: FleetOnDisk,
    plane: ControlPlane,
    capsys: pytest.CaptureFixture[str],
    *args: str,
    user: str = "reader",
) -> tuple[ExitStatus, dict[str, Any]]:
    """Run ``edgeops drift -o json`` as a user who can only read."""
    capsys.readouterr()
    status = main(
        [
            "drift",
            "-C",
            str(fleet.root),
            "-o",
            "json",
            "--kubeconfig",
            str(plane.kubeconfig(user)),
            *args,
        ]
    )
    out = capsys.readouterr().out
    report: dict[str, Any] = json.loads(out) if out.strip() else {}
    return status, report


def told(report: dict[str, Any]) -> list[str]:
    """The findings in words, for messages of assertions and for comparing."""
    lines = []
    for finding in report["findings"]:
        head = f"{finding['drift']} {finding['kind']}/{finding['name']}"
        if not finding["fields"]:
            lines.append(head)
        lines += [
            f"{head} {item['change']} {item['path']} by {item['manager']}"
            for item in finding["fields"]
        ]
    return lines

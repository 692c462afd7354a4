"""
A few objects on a real API server, some of them drifted, and the one right report on them.

A check is run as ``edgeops drift --desired`` runs it, several in one process: what is judged is
the report.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from edgeops.cli.drift import status_of
from edgeops.cli.targets import Targets
from edgeops.core.findings import DriftReport
from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane

NAMESPACE = "faults"
EXTRA = f"""
apiVersion: v1
kind: ConfigMap
metadata: {{name: extra, namespace: {NAMESPACE}}}
---
apiVersion: v1
kind: Secret
metadata: {{name: extra, namespace: {NAMESPACE}}}
stringData: {{key: value}}
"""

Told = tuple[str, str, str, str, tuple[str, ...]]
"""A finding: what drifted, API version, kind, name, and the paths of its fields."""


def desired() -> str:
    """The manifests, as git would have them."""
    maps = "".join(
        f"""
apiVersion: v1
kind: ConfigMap
metadata: {{name: map-{number}, namespace: {NAMESPACE}}}
data: {{key: value, number: "{number}"}}
---"""
        for number in range(8)
    )
    return f"""
apiVersion: v1
kind: Namespace
metadata: {{name: {NAMESPACE}, labels: {{team: edge}}}}
---{maps}
apiVersion: v1
kind: Secret
metadata: {{name: web, namespace: {NAMESPACE}}}
stringData: {{password: first}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: {NAMESPACE}}}
spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: {NAMESPACE}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec: {{containers: [{{name: web, image: "web:1"}}]}}
---
apiVersion: example.com/v1
kind: Gadget
metadata: {{name: one, namespace: {NAMESPACE}}}
spec: {{ports: [{{port: 80}}, {{port: 443, weight: 5}}], hosts: [a, b], size: 1000m, limit: 80}}
---
apiVersion: example.com/v1
kind: Gadget
metadata: {{name: two, namespace: {NAMESPACE}}}
spec: {{ports: [{{port: 80}}], hosts: [a], limit: 80}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: edgeops-faults}}
rules: [{{apiGroups: [""], resources: [pods], verbs: [get]}}]
"""


def set_up(plane: ControlPlane, folder: Path) -> Path:
    """Apply the manifests, let the cluster drift from them, and give their file."""
    manifests = folder / "desired.yaml"
    manifests.write_text(desired())
    engine = ("--server-side", "--field-manager=kustomize-controller")
    plane.kubectl("apply", *engine, "-f", str(manifests))
    plane.kubectl("apply", "-f", "-", input=EXTRA)
    here = ("-n", NAMESPACE)
    plane.kubectl("scale", *here, "deployment/web", "--replicas=5")
    plane.kubectl("delete", *here, "configmap/map-6")
    plane.kubectl("patch", *here, "configmap/map-1", "-p", '{"data": {"key": "other"}}')
    plane.kubectl("patch", *here, "secret/web", "-p", '{"stringData": {"password": "second"}}')
    plane.kubectl(
        *("patch", *here, "gadget/two", "--type=merge", "-p", '{"spec": {"limit": 90}}'),
    )
    plane.kubectl(
        *("patch", "clusterrole/edgeops-faults", "--type=json", "-p"),
        '[{"op": "add", "path": "/rules/0/verbs/-", "value": "list"}]',
    )
    return manifests


def take_down(plane: ControlPlane) -> None:
    """Leave no cluster-wide object behind."""
    plane.kubectl("delete", "clusterrole/edgeops-faults")
    plane.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


@dataclass(frozen=True)
class Check:
    """One check, and what came of it."""

    report: DriftReport
    status: ExitStatus

    @property
    def told(self) -> set[Told]:
        return {
            (
                finding.drift.value,
                finding.api_version,
                finding.key.kind,
                finding.key.name,
                tuple(str(change.path) for change in finding.fields),
            )
            for finding in self.report.findings
        }

    @property
    def unread(self) -> set[str]:
        return {gap.what for gap in self.report.unread}


def check(manifests: Path, kubeconfig: Path, seconds: float = 60) -> Check:
    """What ``edgeops drift --desired`` makes of a cluster."""
    targets = Targets(
        rev="HEAD",
        desired=(str(manifests),),
        kubeconfig=str(kubeconfig),
        limit=timedelta(seconds=seconds),
    )
    report = targets.report(".")
    return Check(report=report, status=status_of(report))


def faults_of(truth: Check, found: Check) -> Sequence[str]:
    """
    Everything in *found* that is not so, in words.

    What is reported must be true, and what is true must be reported or be where nothing could
    be read.
    """
    wrong = [f"invented: {item}" for item in sorted(found.told - truth.told)]
    for item in sorted(truth.told - found.told):
        place = f"{item[1]} {item[2]}"
        if not found.unread & {place, *(f"cluster {name}" for name in ("", "edge-usw2"))}:
            wrong.append(f"lost: {item}; unread: {sorted(found.unread)}")
    row, right = found.report.zones[0], truth.report.zones[0]
    if row.synced > right.synced:
        wrong.append(f"{row.synced} in sync, of {right.synced}")
    whole = not found.unread
    expected = (
        ExitStatus.FAILED if not whole else ExitStatus.FINDINGS if truth.told else ExitStatus.OK
    )
    if found.status is not expected:
        wrong.append(f"exit {found.status}, not {expected}")
    if whole and found.told != truth.told:
        wrong.append("the report claims to be whole")
    wrong += [f"no reason: {gap.what}" for gap in found.report.unread if not gap.reason.strip()]
    return wrong

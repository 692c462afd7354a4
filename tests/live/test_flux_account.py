"""
What Flux may do in a zone is enough for what kustomize-controller does, and no verb is too much.

Its requests as the account that the Kustomization names: read, server-side dry run, server-side
apply, health, prune. https://github.com/fluxcd/pkg/blob/main/ssa/manager_apply.go
"""

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.core import documents
from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.live.fleet import EDGE, FleetOnDisk, ensure_namespaces, make_fleet
from tests.live.scaffold import objects_of

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

APPLY = ("apply", "--server-side", "--force-conflicts", "--field-manager=kustomize-controller")
MORE = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: payments}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: payments}
  maxReplicas: 5
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: flux-account-edge}
value: 1000
"""
GRANTS = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: lister}
rules:
- {apiGroups: [""], resources: [nodes], verbs: [list]}
"""


class Account:
    """The account of one zone, and what the zone's overlay builds."""

    def __init__(self, plane: ControlPlane, fleet: FleetOnDisk, zone: str) -> None:
        self.plane, self.fleet, self.zone = plane, fleet, zone
        self.name = f"hashicups-{fleet.cluster}-{zone}"
        self.user = f"system:serviceaccount:flux-system:{self.name}"
        self.namespace = fleet.namespace(zone)

    def give(self) -> None:
        """Apply the engine's folder, as the operator does once and Flux from then on."""
        folder = self.fleet.root / "clusters" / self.fleet.cluster / "flux"
        self.plane.kubectl("apply", "--server-side", "-k", str(folder), "--validate=strict")

    def objects(self) -> list[dict[str, Any]]:
        folder = self.fleet.overlay(self.zone)
        return objects_of(self.plane.kubectl("kustomize", str(folder)).stdout)

    def run(
        self, *args: str, objects: Iterable[Mapping[str, Any]] = ()
    ) -> subprocess.CompletedProcess[str]:
        items = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        given = ("-f", "-") if items["items"] else ()
        return self.plane.kubectl(
            *args, f"--as={self.user}", *given, input=json.dumps(items), check=False
        )

    def reconcile(self, objects: Sequence[Mapping[str, Any]]) -> str:
        """Apply, look at the health, prune; what was refused, in the server's words."""
        going = [item for item in objects if item["kind"] != "Namespace"]
        steps = (
            self.run("get", "-o", "name", "--ignore-not-found", objects=objects),
            self.run(*APPLY, "--dry-run=server", objects=objects),
            self.run(*APPLY, objects=objects),
            *(
                self.run("get", kind, "-n", self.namespace, "-l", "app=payments")
                for kind in ("replicasets", "pods")
            ),
            self.run("delete", "--wait=false", "--ignore-not-found", objects=going),
        )
        said = "".join(step.stderr for step in steps if step.returncode)
        assert not said or "forbidden" in said, said
        return said


def account(plane: ControlPlane, root: Path, prefix: str) -> Account:
    ensure_namespaces(plane)
    return Account(plane, make_fleet(root, prefix=prefix), EDGE)


def edit(account: Account, path: str, old: str, new: str) -> None:
    place = account.fleet.root / path
    text = place.read_text()
    assert old in text
    place.write_text(text.replace(old, new, 1))


def test_the_account_can_do_all_that_its_overlay_needs(
    api_server: ControlPlane, tmp_path: Path
) -> None:
    """What a person added counts, objects of the whole cluster by their names included."""
    flux = account(api_server, tmp_path / "fleet", "flux-can")
    overlay = f"overlays/edge-usw2/{EDGE}"
    (flux.fleet.root / overlay / "more.yaml").write_text(MORE)
    edit(flux, f"{overlay}/kustomization.yaml", "- namespace.yaml", "- namespace.yaml\n- more.yaml")
    assert main(["init", str(flux.fleet.root), "-q"]) is ExitStatus.OK
    flux.give()
    objects = flux.objects()
    assert {"HorizontalPodAutoscaler", "PriorityClass"} <= {item["kind"] for item in objects}
    assert flux.reconcile(objects) == ""

    # Every kind is there because the overlay has it.
    [role] = [
        item
        for item in access(flux)
        if (item["kind"], item["metadata"].get("namespace")) == ("Role", flux.namespace)
    ]
    allowed = {
        (group, resource)
        for rule in role["rules"]
        if "create" in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    assert len(allowed) == len(
        {(item["apiVersion"], item["kind"]) for item in objects}
        - {("v1", "Namespace"), ("scheduling.k8s.io/v1", "PriorityClass")}
    )


def test_it_can_do_nothing_else(api_server: ControlPlane, tmp_path: Path) -> None:
    flux = account(api_server, tmp_path / "fleet", "flux-cannot")
    flux.give()
    hub = flux.fleet.namespace("region")
    payments = next(item for item in flux.objects() if item["kind"] == "Deployment")
    elsewhere = {**payments, "metadata": {**payments["metadata"], "namespace": hub}}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": hub}}
    [job, priority] = objects_of(MORE)
    job["metadata"]["namespace"] = flux.namespace
    for item in (elsewhere, namespace, job, priority):
        assert "forbidden" in flux.run(*APPLY, objects=[item]).stderr, item["kind"]
    own = {**namespace, "metadata": {"name": flux.namespace}}
    assert "forbidden" in flux.run("delete", "--wait=false", objects=[own]).stderr
    assert "forbidden" in flux.run("get", "secrets", "-n", flux.namespace).stderr


@pytest.mark.parametrize("verb", ["get", "create", "patch", "delete", "list"])
def test_no_verb_is_too_much(api_server: ControlPlane, tmp_path: Path, verb: str) -> None:
    flux = account(api_server, tmp_path / "fleet", f"flux-no-{verb}")
    flux.give()
    less = [without(item, verb) for item in access(flux) if "rules" in item]
    items = {"apiVersion": "v1", "kind": "List", "items": less}
    api_server.kubectl(
        *("apply", "--server-side", "--force-conflicts", "-f", "-"), input=json.dumps(items)
    )
    assert "forbidden" in flux.reconcile(flux.objects())


def test_what_is_given_up_can_be_pruned_and_not_be_made(
    api_server: ControlPlane, tmp_path: Path
) -> None:
    """Object and right leave git in one push, and Flux prunes after it has applied the rights."""
    flux = account(api_server, tmp_path / "fleet", "flux-prunes")
    overlay = f"overlays/edge-usw2/{EDGE}"
    more = MORE.replace("flux-account-edge", "flux-prunes-edge")
    (flux.fleet.root / overlay / "more.yaml").write_text(more)
    listing = f"{overlay}/kustomization.yaml"
    edit(flux, listing, "- namespace.yaml", "- namespace.yaml\n- more.yaml")
    assert main(["init", str(flux.fleet.root), "-q"]) is ExitStatus.OK
    flux.give()
    going = [
        item
        for item in flux.objects()
        if item["kind"] in {"HorizontalPodAutoscaler", "PriorityClass"}
    ]
    assert flux.run(*APPLY, objects=flux.objects()).returncode == 0

    edit(flux, listing, "\n- more.yaml", "")
    assert main(["init", str(flux.fleet.root), "-q"]) is ExitStatus.OK
    flux.give()
    for item in going:
        assert "forbidden" in flux.run(*APPLY, objects=[item]).stderr
    for step in (("get",), ("delete", "--wait=false")):
        done = flux.run(*step, objects=going)
        assert done.returncode == 0, done.stderr
    seen = flux.run("get", "-o", "name", "--ignore-not-found", objects=going)
    assert (seen.returncode, seen.stdout) == (0, "")


def test_what_grants_rights_needs_rights_of_its_own(
    api_server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """RBAC lets nobody give what they have not, unless they may `escalate`."""
    flux = account(api_server, tmp_path / "fleet", "flux-grants")
    overlay = f"overlays/edge-usw2/{EDGE}"
    (flux.fleet.root / overlay / "lister.yaml").write_text(GRANTS)
    edit(
        flux, f"{overlay}/kustomization.yaml", "- namespace.yaml", "- namespace.yaml\n- lister.yaml"
    )
    assert main(["init", str(flux.fleet.root), "-q"]) is ExitStatus.OK
    flux.give()
    role = [item for item in flux.objects() if item["kind"] == "Role"]
    assert "attempting to grant RBAC permissions" in flux.run(*APPLY, objects=role).stderr

    engine = "clusters/edge-usw2/flux"
    more = [
        {**item, "metadata": {**item["metadata"], "name": f"{flux.name}-grants"}}
        for item in access(flux)
        if item["kind"] in {"Role", "RoleBinding"}
        and item["metadata"].get("namespace") == flux.namespace
    ]
    for item in more:
        if item["kind"] == "Role":
            item["rules"] = [
                {
                    "apiGroups": ["rbac.authorization.k8s.io"],
                    "resources": ["roles"],
                    "verbs": ["escalate"],
                }
            ]
        else:
            item["roleRef"] = {**item["roleRef"], "name": f"{flux.name}-grants"}
    text = "---\n".join(documents.dump_yaml(item) for item in more)
    (flux.fleet.root / engine / "grants.yaml").write_text(text)
    edit(flux, f"{engine}/kustomization.yaml", "- self.yaml", "- self.yaml\n- grants.yaml")
    assert main(["init", str(flux.fleet.root), "-q"]) is ExitStatus.OK
    flux.give()
    assert flux.run(*APPLY, objects=role).returncode == 0


def access(account: Account) -> list[dict[str, Any]]:
    """What the engine's folder says of the account."""
    path = f"clusters/{account.fleet.cluster}/flux/access-{account.zone}.yaml"
    return objects_of((account.fleet.root / path).read_text())


def without(item: Mapping[str, Any], verb: str) -> dict[str, Any]:
    rules = [
        {**rule, "verbs": [one for one in rule["verbs"] if one != verb]} for rule in item["rules"]
    ]
    return {**item, "rules": [rule for rule in rules if rule["verbs"]]}

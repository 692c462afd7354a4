"""
A fleet goes from one engine to the other on a real API server.

The engines themselves are not there: their folders are applied as a person does, what they do to
the overlays by server-side apply under their names, what they report by patches.
"""

import itertools
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.core.documents import dump_yaml
from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.live.fleet import (
    SERVER_SIDE_ARGO,
    SERVER_SIDE_FLUX,
    Applied,
    FleetOnDisk,
    apply_engine,
    drift,
    ensure_namespaces,
    make_fleet,
    told,
)
from tests.live.test_drift_cause import KUSTOMIZATION, gone, head, say_applied
from tests.live.test_drift_engine import applications

__all__ = ["gone"]

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

NUMBERS = itertools.count()
OTHER = {"argocd": "flux", "flux": "argocd"}
WAYS: dict[str, Applied] = {"argocd": SERVER_SIDE_ARGO, "flux": SERVER_SIDE_FLUX}
KINDS = (
    "namespaces,serviceresolvers,serviceintentions,servicedefaults,poddisruptionbudgets,"
    "deployments,statefulsets,services,configmaps,secrets,serviceaccounts"
)


@pytest.fixture(params=["argocd", "flux"])
def fleet(request: pytest.FixtureRequest, api_server: ControlPlane, tmp_path: Path) -> FleetOnDisk:
    """A fleet that is live as its engine applied it."""
    ensure_namespaces(api_server)
    name = f"over{request.param}{next(NUMBERS)}"
    made = make_fleet(tmp_path / name, prefix=name, engine=request.param, name=name)
    made.apply(api_server, WAYS[made.engine])
    sync_engine(api_server, made, made.engine)
    say_applied(api_server, made, head(made))
    return made


def acting(fleet: FleetOnDisk, engine: str) -> FleetOnDisk:
    return FleetOnDisk(root=fleet.root, prefix=fleet.prefix, engine=engine, zones=fleet.zones)


def sync_engine(plane: ControlPlane, fleet: FleetOnDisk, engine: str) -> None:
    """Bring an engine's own objects to what git has: its folder, and what a set makes of it."""
    folder = fleet.root / "clusters" / fleet.cluster / engine
    apply_engine(plane, folder, WAYS[engine])
    if engine == "argocd":
        made = "---\n".join(dump_yaml(body) for body in applications(acting(fleet, engine)))
        manager = "--field-manager=argocd-applicationset-controller"
        plane.kubectl("apply", "--server-side", "--force-conflicts", manager, "-f", "-", input=made)


def sync_overlays(plane: ControlPlane, fleet: FleetOnDisk, engine: str) -> None:
    for zone in fleet.zones:
        folder = str(fleet.overlay(zone))
        plane.kubectl("apply", "-k", folder, *WAYS[engine].args, "--validate=strict")


def uids(plane: ControlPlane, fleet: FleetOnDisk) -> dict[str, str]:
    """Every object of the fleet that is no engine's (nor its account), and who it is."""
    form = (
        "jsonpath={range .items[*]}{.kind}/{.metadata.namespace}/{.metadata.name} {.metadata.uid}"
        "{'\\n'}{end}"
    )
    label = f"app.kubernetes.io/part-of={fleet.root.name}"
    lines = plane.kubectl("get", KINDS, "-A", "-l", label, "-o", form).stdout.splitlines()
    found = dict(line.split(" ") for line in lines)
    assert len(found) > 60
    return {name: uid for name, uid in found.items() if "/flux-system/" not in name}


def accounts(plane: ControlPlane, fleet: FleetOnDisk) -> int:
    """How many objects there are of the accounts that Flux applies the zones as."""
    kinds = "serviceaccounts,clusterroles,clusterrolebindings,roles,rolebindings"
    names = {f"{fleet.root.name}-{fleet.cluster}-{zone}" for zone in fleet.zones}
    form = "jsonpath={range .items[*]}{.metadata.name}{'\\n'}{end}"
    label = f"app.kubernetes.io/part-of={fleet.root.name}"
    found = plane.kubectl("get", kinds, "-A", "-l", label, "-o", form).stdout.splitlines()
    return sum(name in names for name in found)


def step(fleet: FleetOnDisk, plane: ControlPlane, to: str) -> ExitStatus:
    where = ("--kubeconfig", str(plane.kubeconfig("reader")))
    return main(["init", str(fleet.root), "--engine", to, "-q", *where])


def valid(fleet: FleetOnDisk, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["validate", "-C", str(fleet.root)]) is ExitStatus.OK, capsys.readouterr().out


def causes(report: dict[str, Any]) -> set[tuple[str, str | None]]:
    return {(item["drift"], item["cause"]) for item in report["findings"]}


def test_nothing_is_deleted_and_nobody_works_twice(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = fleet.engine, OTHER[fleet.engine]
    before = uids(api_server, fleet)
    status, report = drift(fleet, api_server, capsys)
    assert (status, told(report)) == (ExitStatus.OK, [])

    # Step 1. Until the old engine has synced it, its objects are pending, the new one's missing.
    assert step(fleet, api_server, new) is ExitStatus.OK
    valid(fleet, capsys)
    _, report = drift(fleet, api_server, capsys)
    assert ("Modified", "pending") in causes(report)
    assert {item["kind"] for item in report["findings"] if item["drift"] == "Missing"} <= {
        "AppProject", "ApplicationSet", "Application", "GitRepository", "Kustomization",
        "ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding",
    }  # fmt: skip
    first = head(fleet)

    # Step 2 sees that it is too early.
    assert step(fleet, api_server, new) is ExitStatus.FAILED
    said = capsys.readouterr().err
    assert "is still at work" in said
    assert f"apply --server-side -k clusters/edge-usw2/{new}" in said
    assert head(fleet) == first

    sync_engine(api_server, fleet, old)
    say_applied(api_server, acting(fleet, old), first, None)
    sync_engine(api_server, fleet, new)
    status, report = drift(fleet, api_server, capsys)
    assert (status, told(report)) == (ExitStatus.OK, [])
    assert uids(api_server, fleet) == before

    # Step 2, and the new engine applies everything over what is there.
    assert step(fleet, api_server, new) is ExitStatus.OK, capsys.readouterr().err
    valid(fleet, capsys)
    second = head(fleet)
    assert step(fleet, api_server, new) is ExitStatus.FAILED
    assert "still rests" in capsys.readouterr().err
    sync_engine(api_server, fleet, new)
    assert step(fleet, api_server, new) is ExitStatus.FAILED
    assert "has not said yet which commit it applied" in capsys.readouterr().err
    say_applied(api_server, acting(fleet, new), first)
    assert step(fleet, api_server, new) is ExitStatus.FAILED
    assert "had not taken over" in capsys.readouterr().err
    assert head(fleet) == second
    sync_overlays(api_server, fleet, new)
    say_applied(api_server, acting(fleet, new), second)
    status, report = drift(fleet, api_server, capsys)
    assert (status, told(report)) == (ExitStatus.OK, [])
    assert {zone["syncedRevision"] for zone in report["zones"] if zone["zone"]} == {second}
    assert uids(api_server, fleet) == before

    # Step 3, and the commands that stay with a person.
    assert step(fleet, api_server, new) is ExitStatus.OK, capsys.readouterr().err
    valid(fleet, capsys)
    sync_engine(api_server, fleet, new)
    say_applied(api_server, acting(fleet, new), head(fleet))
    capsys.readouterr()
    from edgeops import wiring
    from edgeops.core.fleet.model import EngineKind
    from edgeops.usecases.handover import left_to_do

    parsed = wiring.parse_fleet((fleet.root / "edgeops.yaml").read_text())
    for command in left_to_do(parsed, EngineKind(old)):
        words = command.split()
        assert words[:3] == ["kubectl", "--context", "edge-usw2"]
        api_server.kubectl(*words[3:], "--wait=false")
        if "--cascade=orphan" in words:
            # As the garbage collector does, which this control plane lacks.
            done = '{"metadata":{"finalizers":null}}'
            target = (*words[6:8], "-n", words[4], "--type=merge", "-p", done)
            api_server.kubectl("patch", *target)
    status, report = drift(fleet, api_server, capsys)
    assert (status, told(report)) == (ExitStatus.OK, [])
    assert accounts(api_server, fleet) == (len(fleet.zones) * 5 if new == "flux" else 0)
    assert uids(api_server, fleet) == before


def test_what_would_delete_or_is_under_way_stops_it(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = fleet.engine, OTHER[fleet.engine]
    assert step(fleet, api_server, new) is ExitStatus.OK
    sync_engine(api_server, fleet, old)
    sync_engine(api_server, fleet, new)
    name = f"{fleet.root.name}-edge-usw2-region"
    application = ("patch", f"application/{name}", "-n", "argocd", "--type=merge", "-p")
    if old == "argocd":
        busy = (*application, '{"operation":{"sync":{}}}')
        rest = (*application, '{"operation":null}')
        said = "is still at its last sync"
    else:
        resources = (
            '{"status":{"resources":[{"kind":"Secret","namespace":"x","name":"left",'
            '"requiresPruning":true}]}}'
        )
        busy = (*application, resources)
        rest = (*application, '{"status":{"resources":null}}')
        said = "would prune Secret x/left"
    api_server.kubectl(*busy)
    assert step(fleet, api_server, new) is ExitStatus.FAILED
    assert said in capsys.readouterr().err
    api_server.kubectl(*rest)

    if old == "argocd":
        finalizer = '{"metadata":{"finalizers":["resources-finalizer.argocd.argoproj.io"]}}'
        api_server.kubectl(*application, finalizer)
        assert step(fleet, api_server, new) is ExitStatus.FAILED
        (line,) = [
            text for text in capsys.readouterr().err.splitlines() if "has the finalizer" in text
        ]
        # The remedy that it names is one.
        remedy = line.partition("take it off: kubectl ")[2].replace("'", "").split()
        api_server.kubectl(*remedy)
    else:
        reconciling = (
            '{"status":{"conditions":[{"type":"Reconciling","status":"True","reason":"x",'
            '"message":"x","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}'
        )
        patched = ("patch", f"{KUSTOMIZATION}/{name}", "-n", "flux-system", "--type=merge")
        api_server.kubectl(*patched, "--subresource=status", "-p", reconciling)
        assert step(fleet, api_server, new) is ExitStatus.FAILED
        assert "is still at its last sync" in capsys.readouterr().err
        over = '{"status":{"conditions":[]}}'
        api_server.kubectl(*patched, "--subresource=status", "-p", over)
    assert step(fleet, api_server, new) is ExitStatus.OK, capsys.readouterr().err

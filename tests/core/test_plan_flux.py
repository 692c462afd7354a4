"""Flux's folder, as its controllers read it."""

from pathlib import Path
from typing import Any

import pytest

from edgeops.core.documents import load
from edgeops.core.fleet.model import Fleet
from edgeops.core.plan.repository import engine_directory, plan_repository
from tests.core.builds import Body, build, named, write
from tests.core.fleets import fleet, variant

PLACED = (
    "hashicups-edge.git\n",
    "hashicups-edge.git\n    path: deploy\n    secretRef: edge-git\n    branch: prod\n",
)


def objects(result: Fleet, root: Path) -> list[Body]:
    write(plan_repository(result), root)
    return build(root, engine_directory(result, result.clusters[0]))


def test_the_source_is_the_repository(tmp_path: Path) -> None:
    found = objects(variant("flux", "none", PLACED), tmp_path)
    assert named(found, "GitRepository", "hashicups-edge-usw2")["spec"] == {
        "interval": "1m",
        "url": "https://git.example.com/acme/hashicups-edge.git",
        "ref": {"branch": "prod"},
        "secretRef": {"name": "edge-git"},
        "ignore": (
            "# what edgeops generated last time: copies, not for clusters\n/deploy/.edgeops/\n"
        ),
    }


def _spec(path: str) -> Body:
    return {
        "interval": "10m",
        "retryInterval": "2m",
        "timeout": "10m",
        "sourceRef": {"kind": "GitRepository", "name": "hashicups-edge-usw2"},
        "path": path,
        "prune": True,
        "deletionPolicy": "Orphan",
    }


@pytest.mark.parametrize("mesh", ["consul-enterprise", "none"])
def test_one_kustomization_a_zone_and_one_for_the_folder(mesh: str, tmp_path: Path) -> None:
    found = objects(variant("flux", mesh, PLACED), tmp_path)
    kustomizations = {
        body["metadata"]["name"]: body["spec"] for body in found if body["kind"] == "Kustomization"
    }
    checks: Body = {}
    if mesh != "none":
        synced = (
            "has(status.conditions) && "
            "status.conditions.exists(e, e.type == 'Synced' && e.status == 'True')"
        )
        checks["healthCheckExprs"] = [
            {"apiVersion": "consul.hashicorp.com/v1alpha1", "kind": kind, "current": synced}
            for kind in ("ServiceDefaults", "ServiceIntentions", "ServiceResolver")
        ]
    once = (
        "has(dep.status) && has(dep.status.lastAppliedRevision) && "
        "dep.status.lastAppliedRevision != ''"
    )
    name = "hashicups-edge-usw2"
    after_hub = {"dependsOn": [{"name": f"{name}-region", "readyExpr": once}]}
    overlay = "./deploy/overlays/edge-usw2"
    assert kustomizations == {
        # Without wait: it is one of its own objects.
        name: _spec("./deploy/clusters/edge-usw2/flux"),
        f"{name}-region": {
            **_spec(f"{overlay}/region"),
            "wait": True,
            "serviceAccountName": f"{name}-region",
            **checks,
        },
        **{
            f"{name}-{zone}": {
                **_spec(f"{overlay}/{zone}"),
                "wait": True,
                "serviceAccountName": f"{name}-{zone}",
                **checks,
                **after_hub,
            }
            for zone in ("us-west-2-lax-1a", "us-west-2-wl1-las-wlz-1")
        },
    }
    own = [body for body in found if "toolkit.fluxcd.io" in body["apiVersion"]]
    assert {body["metadata"]["namespace"] for body in own} == {"flux-system"}


def test_the_argocd_folder_follows_the_place_in_the_repository() -> None:
    files = {file.path: file.content for file in plan_repository(fleet(PLACED))}
    found: dict[str, Any] = load(files["clusters/edge-usw2/argocd/application.yaml"])
    assert found["spec"]["source"] == {
        "repoURL": "https://git.example.com/acme/hashicups-edge.git",
        "targetRevision": "prod",
        "path": "deploy/clusters/edge-usw2/argocd",
    }
    template = load(files["clusters/edge-usw2/argocd/applicationset.yaml"])["spec"]["template"]
    annotations = template["metadata"]["annotations"]
    assert annotations["argocd.argoproj.io/manifest-generate-paths"] == ".;/deploy/base"

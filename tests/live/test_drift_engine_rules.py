"""The engine's own objects: changed by hand, with rules of their own, adding to overlays."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from edgeops import wiring
from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.live.fleet import (
    EDGE,
    SERVER_SIDE_ARGO,
    SERVER_SIDE_FLUX,
    FleetOnDisk,
    drift,
    ensure_namespaces,
    make_fleet,
    told,
)
from tests.live.test_drift_engine import make_applications, patch

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

NUMBERS = itertools.count()


def live_fleet(
    plane: ControlPlane, root: Path, engine: str, changes: dict[str, tuple[str, str]] | None = None
) -> FleetOnDisk:
    """A fleet of its own name, with changes committed, as applied."""
    ensure_namespaces(plane)
    name = f"own{engine}{next(NUMBERS)}"
    fleet = make_fleet(root / name, prefix=name, engine=engine, name=name)
    for path, (before, after) in (changes or {}).items():
        file = fleet.root / path
        assert before in file.read_text()
        file.write_text(file.read_text().replace(before, after, 1))
    if changes:
        assert wiring.repository(str(fleet.root)).commit(list(changes), "Change") is not None
    fleet.apply(plane, SERVER_SIDE_FLUX if engine == "flux" else SERVER_SIDE_ARGO)
    if engine == "argocd":
        make_applications(plane, fleet)
    return fleet


ARGO = "argocd"
FLUX = "flux-system"
KUSTOMIZATION = "kustomization.kustomize.toolkit.fluxcd.io"
BY_HAND = (
    (ARGO, "application/ZONE", {"source": {"targetRevision": "x"}}, "spec.source.targetRevision"),
    (ARGO, "application/ZONE", {"source": {"path": "x"}}, "spec.source.path"),
    (ARGO, "application/ZONE", {"source": {"repoURL": "https://x"}}, "spec.source.repoURL"),
    (ARGO, "application/ZONE", {"syncPolicy": {"automated": None}}, "spec.syncPolicy.automated"),
    (ARGO, "application/ZONE", {"syncPolicy": {"syncOptions": ["Prune=false"]}},
     "spec.syncPolicy.syncOptions"),
    (ARGO, "application/ZONE",
     {"ignoreDifferences": [{"group": "*", "kind": "*", "jsonPointers": ["/spec"]}]},
     "spec.ignoreDifferences"),
    (ARGO, "application/ZONE", {"source": {"kustomize": {"namePrefix": "x-"}}},
     "spec.source.kustomize"),
    (ARGO, "applicationset/FLEET", {"syncPolicy": {"applicationsSync": "sync"}},
     "spec.syncPolicy.applicationsSync"),
    (ARGO, "appproject/FLEET", {"sourceRepos": ["*"]}, "spec.sourceRepos"),
    (ARGO, "appproject/FLEET",
     {"orphanedResources": {"ignore": [{"group": "*"}]}}, "spec.orphanedResources"),
    (FLUX, f"{KUSTOMIZATION}/ZONE", {"suspend": True}, "spec.suspend"),
    (FLUX, f"{KUSTOMIZATION}/ZONE", {"ignore": [{"paths": ["/spec"]}]}, "spec.ignore"),
    (FLUX, f"{KUSTOMIZATION}/ZONE", {"sourceRef": {"name": "x"}}, "spec.sourceRef.name"),
    (FLUX, f"{KUSTOMIZATION}/ZONE", {"path": "./x"}, "spec.path"),
    (FLUX, f"{KUSTOMIZATION}/ZONE", {"prune": False}, "spec.prune"),
    (FLUX, "gitrepository/FLEET", {"url": "https://x"}, "spec.url"),
    (FLUX, "gitrepository/FLEET", {"ref": {"branch": "x"}}, "spec.ref.branch"),
    (FLUX, "gitrepository/FLEET", {"suspend": True}, "spec.suspend"),
)  # fmt: skip


@pytest.mark.parametrize("engine", ["argocd", "flux"])
def test_engine_objects_changed_by_hand(
    engine: str, api_server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All at once, one zone and the whole: every one is found at its own path, severity high."""
    fleet = live_fleet(api_server, tmp_path, engine)
    name = fleet.root.name
    assert told(drift(fleet, api_server, capsys)[1]) == []
    cases = [case for case in BY_HAND if case[0] == (ARGO if engine == "argocd" else FLUX)]
    for namespace, what, spec, _ in cases:
        target = what.replace("ZONE", f"{name}-edge-usw2-{EDGE}").replace(
            "FLEET", f"{name}-edge-usw2"
        )
        patch(api_server, namespace, target, {"spec": spec})
    status, report = drift(fleet, api_server, capsys)
    found = {
        (finding["kind"].lower(), field["path"])
        for finding in report["findings"]
        for field in finding["fields"]
    }
    assert found == {(what.split("/")[0].split(".")[0], path) for _, what, _, path in cases}
    assert {finding["severity"] for finding in report["findings"]} == {"high"}
    assert {finding["cause"] for finding in report["findings"]} == {"edited"}
    assert status is ExitStatus.FINDINGS
    # A rule that stands live only hides nothing.
    patch(api_server, fleet.namespace(EDGE), "deployment/frontend", {"spec": {"replicas": 9}})
    report = drift(fleet, api_server, capsys)[1]
    assert any("Deployment/frontend" in line for line in told(report))
    assert _rules_of_people(report) == []


def _rules_of_people(report: dict[str, Any]) -> list[tuple[str, int]]:
    """Source and count of those rules that do not come with Flux' accounts."""
    rules = ((rule["source"], rule["hid"]) for rule in report["rules"])
    return [(source, hid) for source, hid in rules if "/access-" not in source]


ARGO_RULES = """ignoreDifferences:
      - {group: apps, kind: Deployment, jsonPointers: [/spec/replicas]}
      - group: apps
        kind: Deployment
        jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "nginx").image']
      - {group: '*', kind: '*', managedFieldsManagers: [our-writer]}
      - {kind: Deployment, jsonPointers: [/spec]}
      project:"""
ORPHANS = """orphanedResources: {ignore: [{kind: ConfigMap, name: hot*}, {kind: Pod}]}
  sourceRepos:"""
FLUX_RULES = """ignore:
  - {paths: [/spec/replicas], target: {kind: Deployment, labelSelector: app.kubernetes.io/part-of}}
  - {paths: [""], target: {kind: Deploy.*, version: v1, name: nginx}}
  - {paths: [/spec], target: {kind: Deploy, name: frontend}}
  interval:"""


@pytest.mark.parametrize("engine", ["argocd", "flux"])
def test_rules_that_git_gives_the_engine(
    engine: str, api_server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = f"clusters/edge-usw2/{engine}"
    changes = {
        "argocd": {
            f"{folder}/applicationset.yaml": ("project:", ARGO_RULES),
            f"{folder}/project.yaml": (
                "sourceRepos:",
                ORPHANS,
            ),
        },
        "flux": {f"{folder}/zone-{EDGE}.yaml": ("interval:", FLUX_RULES)},
    }[engine]
    fleet = live_fleet(api_server, tmp_path, engine, changes)
    if engine == "argocd":
        # what the ApplicationSet's controller makes of the template that git has now
        rules = {"spec": {"ignoreDifferences": None}}
        assert "ignoreDifferences" in " ".join(told(drift(fleet, api_server, capsys)[1]))
        for zone in fleet.zones:
            name = f"{fleet.root.name}-edge-usw2-{zone}"
            text = api_server.kubectl(
                "-n",
                "argocd",
                "get",
                "applicationset",
                f"{fleet.root.name}-edge-usw2",
                "-o",
                "json",
            ).stdout
            template = json.loads(text)["spec"]["template"]["spec"]
            rules = {"spec": {"ignoreDifferences": template["ignoreDifferences"]}}
            manager = "--field-manager=argocd-applicationset-controller"
            patch(api_server, "argocd", f"application/{name}", rules, manager)
    assert told(drift(fleet, api_server, capsys)[1]) == []
    namespace = fleet.namespace(EDGE)
    patch(api_server, namespace, "deployment/frontend", {"spec": {"replicas": 9}})
    api_server.kubectl("-n", namespace, "set", "image", "deployment/nginx", "nginx=x:1")
    labels = {"metadata": {"labels": {"x": "y"}}}
    patch(api_server, namespace, "service/frontend", labels, "--field-manager=our-writer")
    api_server.kubectl("-n", namespace, "create", "configmap", "hotfix")
    report = drift(fleet, api_server, capsys)[1]
    hid = _rules_of_people(report)
    if engine == "argocd":
        assert told(report) == []
        source, project = f"{folder}/applicationset.yaml", f"{folder}/project.yaml"
        assert hid == [
            *((source, hid) for hid in (1, 1, 1, 0)),
            *((project, hid) for hid in (1, 0)),
        ]
    else:
        source = f"{folder}/zone-{EDGE}.yaml"
        assert hid == [(source, 1), (source, 1), (source, 0)]
        assert told(report) == [
            "Extraneous ConfigMap/hotfix",
            "Modified Service/frontend added metadata.labels.x by our-writer",
        ]


FLUX_ADDS = """targetNamespace: PREFIX
  commonMetadata: {labels: {team: edge}}
  images: [{name: hashicorpdemoapp/product-api, newTag: v9}]
  patches:
  - target: {kind: Deployment, name: frontend}
    patch: |
      - {op: add, path: /metadata/annotations, value: {where: "$${zone}", zone: "${zone}"}}
  postBuild: {substitute: {zone: lax}}
  interval:"""


def test_what_a_kustomization_adds_is_part_of_the_render(
    api_server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = live_fleet(api_server, tmp_path, "flux")
    path = f"clusters/edge-usw2/flux/zone-{EDGE}.yaml"
    file = fleet.root / path
    plain = file.read_text()
    # the overlay's own namespace: kept by an edit that sets the same one
    added = FLUX_ADDS.replace("PREFIX", fleet.namespace(EDGE))
    file.write_text(plain.replace("interval:", added, 1))
    report = drift(fleet, api_server, capsys, "--worktree")[1]
    lines = [line for line in told(report) if "Kustomization" not in line]
    assert report["unread"] == []
    assert "Modified Deployment/product-api changed " in " ".join(lines)
    annotations = [
        field["desired"]
        for finding in report["findings"]
        for field in finding["fields"]
        if finding["name"] == "frontend" and field["path"].startswith("metadata.annotations")
    ]
    assert {"${zone}", "lax"} <= set(annotations)
    assert sum("metadata.labels.team" in line for line in lines) > 10
    assert {item["source"].partition("/")[0] for item in report["findings"]} == {
        "base",
        "clusters",
        "overlays",
    }
    file.write_text(
        plain.replace(
            "interval:",
            "postBuild: {substituteFrom: [{kind: ConfigMap, name: x}]}\n  interval:",
            1,
        )
    )
    status, report = drift(fleet, api_server, capsys, "--worktree")
    assert status is ExitStatus.FAILED
    (gap,) = report["unread"]
    assert (gap["zone"], gap["what"]) == (EDGE, f"overlays/edge-usw2/{EDGE}")
    assert "substituteFrom" in gap["reason"]

"""What an AppProject allows is what the overlays use: no kind less, none more."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from edgeops import wiring
from edgeops.__main__ import main
from edgeops.adapters import package_data
from edgeops.core import documents
from edgeops.core.lint.used import used_by
from edgeops.core.objects import group_of
from edgeops.core.resources import resource
from edgeops.core.scopes import CLUSTER_SCOPED
from edgeops.errors import ExitStatus
from tests.lint.trees import EDGE, apply, repository
from tests.live.scaffold import SEVEN_ZONES, built, objects_of, scaffold

OWN = {("argoproj.io", kind) for kind in ("AppProject", "Application", "ApplicationSet")}
ADDITIONS = [
    {"file": "base/more.yaml", "write": """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: payments}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: payments}
  maxReplicas: 5
"""},
    {"file": "base/kustomization.yaml", "replace": "- nginx.yaml",
     "by": "- nginx.yaml\n- more.yaml"},
    {"file": "components/shared/kustomization.yaml", "write": "resources: [role.yaml, dns.yaml]\n"},
    {"file": "components/shared/role.yaml", "write": """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: shop-reader}
rules: []
"""},
    {"file": "components/shared/dns.yaml", "write": """\
apiVersion: example.com/v1
kind: Zone
metadata: {name: shop}
"""},
    {"file": "Z/kustomization.yaml", "replace": "- namespace.yaml",
     "by": "- namespace.yaml\n- ../../../components/shared"},
]  # fmt: skip


def _project(root: Path, cluster: str) -> Any:
    return documents.load((root / f"clusters/{cluster}/argocd/project.yaml").read_bytes())["spec"]


def _kinds(entries: Any) -> set[tuple[str, str]]:
    return {(entry["group"], entry["kind"]) for entry in entries}


def test_the_kinds_of_the_whole_cluster_are_those_of_the_schemas() -> None:
    kinds = json.loads(package_data.schemas())["kinds"]
    told = set()
    for key, info in kinds.items():
        api_version, _, kind = key.rpartition("/")
        if not info["namespaced"]:
            told.add((group_of(api_version), kind))
    assert told == CLUSTER_SCOPED - {("certificates.k8s.io", "ClusterTrustBundle")}


def test_plurals_are_those_of_the_schemas() -> None:
    for key, info in json.loads(package_data.schemas())["kinds"].items():
        api_version, _, kind = key.rpartition("/")
        assert resource(group_of(api_version), kind) == info["plural"]
    assert resource("example.com", "Proxy") == "proxies"


@pytest.mark.parametrize("mesh", ["consul-enterprise", "consul-community", "none"])
def test_a_project_allows_exactly_what_is_rendered(mesh: str, tmp_path: Path) -> None:
    made = scaffold(
        tmp_path / "edge", engine="argocd", mesh=mesh, prefix="shop", clusters=[SEVEN_ZONES]
    )
    overlays = [path for path in made.folders("edge-usw2") if path.startswith("overlays/")]
    objects = [item for text in built(made, overlays).values() for item in objects_of(text)]
    rendered = {(group_of(item["apiVersion"]), item["kind"]) for item in objects}
    spec = _project(made.root, "edge-usw2")
    assert _kinds(spec["namespaceResourceWhitelist"]) == (rendered - {("", "Namespace")}) | OWN
    names = {item["metadata"]["name"] for item in objects if item["kind"] == "Namespace"}
    assert {entry["name"] for entry in spec["clusterResourceWhitelist"]} == names
    assert {entry["namespace"] for entry in spec["destinations"]} == names | {"argocd"}


def test_what_a_person_adds_is_allowed_and_forgotten_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository(tmp_path / "edge", "argocd", "consul-enterprise")
    before = (root / "clusters/edge/argocd/project.yaml").read_bytes()
    kept = {
        path: (root / path).read_bytes()
        for path in ("base/kustomization.yaml", f"overlays/edge/{EDGE}/kustomization.yaml")
    }
    apply(root, "argocd", ADDITIONS)
    assert main(["init", str(root), "-q"]) is ExitStatus.OK
    spec = _project(root, "edge")
    added = _kinds(spec["namespaceResourceWhitelist"])
    assert {("autoscaling", "HorizontalPodAutoscaler"), ("example.com", "Zone")} <= added
    assert ("rbac.authorization.k8s.io", "ClusterRole") not in added
    role = {"group": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "shop-reader"}
    assert role in spec["clusterResourceWhitelist"]
    # Said once: the second time changes no byte.
    capsys.readouterr()
    assert main(["init", str(root), "--dry-run", "--exit-code"]) is ExitStatus.OK
    assert "Nothing to change" in capsys.readouterr().out
    for path, content in kept.items():
        (root / path).write_bytes(content)
    shutil.rmtree(root / "components")
    assert main(["init", str(root), "-q"]) is ExitStatus.OK
    assert (root / "clusters/edge/argocd/project.yaml").read_bytes() == before


def test_where_something_cannot_be_followed_the_plan_counts(tmp_path: Path) -> None:
    fleet = wiring.parse_fleet(
        (repository(tmp_path / "edge", "argocd", "none") / "edgeops.yaml").read_text()
    )
    assert used_by(fleet.clusters[0], {}) is None


def _role(root: Path) -> Any:
    path = f"clusters/edge/flux/access-{EDGE}.yaml"
    [role] = [
        one.value
        for one in documents.load_all((root / path).read_bytes())
        if one.value["kind"] == "Role"
    ]
    return role


def test_a_zone_that_leaves_keeps_its_rights_under_flux(tmp_path: Path) -> None:
    """With what a person added to the base and to the zone's own folder."""
    root = repository(tmp_path / "edge", "flux", "consul-enterprise")
    limits = "apiVersion: v1\nkind: LimitRange\nmetadata: {name: small}\n"
    own = [
        {"file": "Z/limits.yaml", "write": limits},
        {
            "file": "Z/kustomization.yaml",
            "replace": "- namespace.yaml",
            "by": "- namespace.yaml\n- limits.yaml",
        },
    ]
    apply(root, "flux", [*ADDITIONS[:2], *own])
    assert main(["init", str(root), "-q"]) is ExitStatus.OK
    before = _role(root)
    assert "horizontalpodautoscalers" in str(before)
    assert "limitranges" in str(before)
    apply(root, "flux", [{"file": "Z/kustomization.yaml", "replace": "- limits.yaml\n", "by": ""}])
    text = (root / "edgeops.yaml").read_text()
    assert main(["init", str(root), "-q"]) is ExitStatus.OK
    [rule] = [rule for rule in _role(root)["rules"] if "limitranges" in rule["resources"]]
    assert rule["verbs"] == ["delete", "get"]
    leaving = f'{{"name": "{EDGE}", "state": "leaving"}}'
    (root / "edgeops.yaml").write_text(text.replace(f'"{EDGE}"', leaving))
    assert "leaving" in (root / "edgeops.yaml").read_text()
    assert main(["init", str(root), "-q"]) is ExitStatus.OK
    assert _role(root)["rules"] == before["rules"]


def test_what_is_given_up_may_be_pruned_until_something_else_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository(tmp_path / "edge", "flux", "none")
    access = root / f"clusters/edge/flux/access-{EDGE}.yaml"
    text, before = (root / "edgeops.yaml").read_text(), access.read_bytes()
    kept = {
        path: (root / path).read_bytes()
        for path in ("base/kustomization.yaml", f"overlays/edge/{EDGE}/kustomization.yaml")
    }
    apply(root, "flux", ADDITIONS)
    assert main(["init", str(root), "-q"]) is ExitStatus.OK
    for path, content in kept.items():
        (root / path).write_bytes(content)
    shutil.rmtree(root / "components")
    assert main(["init", str(root), "-q"]) is ExitStatus.OK
    found = [
        (document.value["kind"], rule["resources"], rule.get("resourceNames"))
        for document in documents.load_all(access.read_bytes())
        for rule in document.value.get("rules", ())
        if rule["verbs"] == ["delete", "get"]
    ]
    assert found == [
        ("ClusterRole", ["clusterroles"], ["shop-reader"]),
        ("Role", ["horizontalpodautoscalers"], None),
        ("Role", ["zones"], None),
    ]
    # A run that changes nothing else keeps them; the next change takes them away.
    capsys.readouterr()
    assert main(["init", str(root), "--dry-run", "--exit-code"]) is ExitStatus.OK
    (root / "edgeops.yaml").write_text(text + "# a remark\n")
    assert main(["init", str(root), "-q"]) is ExitStatus.OK
    assert access.read_bytes() != before
    assert main(["zone", "add", "us-west-2-phx-2a", "-C", str(root), "-q"]) is ExitStatus.OK
    assert access.read_bytes() == before

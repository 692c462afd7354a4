"""What `plan` says of a whole tree: zone by zone, and nothing is written."""

import hashlib
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from edgeops import wiring
from edgeops.core.changes.model import Effect, Plan
from edgeops.core.fleet.model import Fleet, Mesh
from edgeops.usecases.blueprint import draw
from edgeops.usecases.initialize import initialize
from edgeops.usecases.plan import plan_changes
from edgeops.usecases.undertaking import Blueprint, Choices
from tests.core.fleets import ENGINES, MESHES, edited

pytestmark = pytest.mark.usefixtures("isolated")

EDGE = "us-west-2-lax-1a"


def drawn(root: Path, text: str) -> tuple[Fleet, Blueprint]:
    return draw(
        text,
        wiring.zone_catalogue(),
        files=wiring.files(str(root)),
        renderer=wiring.renderer(None),
    )


def write(root: Path, text: str) -> None:
    root.mkdir(exist_ok=True)
    (root / "edgeops.yaml").write_text(text)
    _, blueprint = drawn(root, text)
    initialize(
        blueprint,
        Choices(),
        files=wiring.files(str(root)),
        repository=wiring.repository(str(root)),
        renderer=wiring.renderer(None),
        schemas=wiring.schemas(),
    )


def plan(root: Path, text: str) -> Plan:
    fleet, blueprint = drawn(root, text)
    return plan_changes(
        blueprint,
        Choices(commit=False),
        mirrored=fleet.mesh is Mesh.CONSUL_ENTERPRISE,
        files=wiring.files(str(root)),
        repository=wiring.repository(str(root)),
        renderer=wiring.renderer(None),
        schemas=wiring.schemas(),
    )


def told(made: Plan) -> dict[str, list[str]]:
    """By zone: each object that does not stay the same, and what becomes of it."""
    return {
        str(zone.zone): [f"{item.effect} {item.key.kind}/{item.key.name}" for item in zone.objects]
        for zone in made.zones
        if zone.objects
    }


def digest(root: Path) -> str:
    """Of every file below *root*, git's own among them."""
    summed = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        summed.update(str(path.relative_to(root)).encode())
        if path.is_file():
            summed.update(path.read_bytes())
    return summed.hexdigest()


@pytest.mark.parametrize("mesh", MESHES)
@pytest.mark.parametrize("engine", ENGINES)
def test_after_init_there_is_nothing_to_do(tmp_path: Path, engine: str, mesh: str) -> None:
    text = edited(
        ("engine: argocd", f"engine: {engine}"), (MESHES["consul-enterprise"], MESHES[mesh])
    )
    write(tmp_path / "f", text)
    before = digest(tmp_path / "f")

    made = plan(tmp_path / "f", text)

    assert not made.changed
    assert told(made) == {}
    assert {zone.zone for zone in made.zones} == {
        "region", EDGE, "us-west-2-wl1-las-wlz-1", None,
    }  # fmt: skip
    assert digest(tmp_path / "f") == before


def test_a_change_is_told_zone_by_zone_and_writes_nothing(tmp_path: Path) -> None:
    text = edited()
    write(tmp_path / "f", text)
    before = digest(tmp_path / "f")
    refs = subprocess.run(
        ("git", "for-each-ref"), cwd=tmp_path / "f", capture_output=True, check=True
    ).stdout

    made = plan(
        tmp_path / "f",
        edited(
            ("replicas: 3", "replicas: 4"),
            ("expose: none", "expose: nodePort\n  placement: {taint: example.com/edge}"),
        ),
    )

    deployments = ("frontend", "nginx", "payments", "product-api", "public-api")
    assert told(made) == {
        "region": ["appears Service/nginx-nodeport"],
        EDGE: [
            "appears Service/nginx-nodeport",
            *(f"rolls-pods Deployment/{name}" for name in deployments),
        ],
        "us-west-2-wl1-las-wlz-1": [
            "appears Service/nginx-nodeport",
            *(f"rolls-pods Deployment/{name}" for name in deployments),
        ],
    }
    paths = {item.fields for zone in made.zones for item in zone.objects if item.fields}
    assert paths == {
        ("spec.template.spec.tolerations",),
        ("spec.template.spec.tolerations", "spec.replicas"),
    }
    assert digest(tmp_path / "f") == before
    assert subprocess.run(
        ("git", "for-each-ref"), cwd=tmp_path / "f", capture_output=True, check=True
    ).stdout == refs  # fmt: skip


def test_an_immutable_field_is_told_with_its_rule(tmp_path: Path) -> None:
    write(tmp_path / "f", edited())

    made = plan(tmp_path / "f", edited(("app: hashicups", "app: hashicups\n  storageClass: gp3")))

    found = made.of(Effect.RECREATED)
    assert [(zone.zone, str(item.key)) for zone, item in found] == [
        ("region", "StatefulSet/demo-app-region/postgres"),
        ("region", "StatefulSet/demo-app-region/postgres-replica"),
    ]
    assert all(item.source and "volumeClaimTemplates" in (item.reason or "") for _, item in found)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_zone_that_shrinks_is_pruned_but_for_its_namespace(tmp_path: Path, engine: str) -> None:
    text = edited(("engine: argocd", f"engine: {engine}"))
    write(tmp_path / "f", text)

    leaving = text.replace(f"- {EDGE}", f"- {{name: {EDGE}, state: leaving}}")
    made = plan(tmp_path / "f", leaving)

    assert {zone.zone for zone in made.zones if zone.objects} == {EDGE}
    assert {item.effect for _, item in made.of(Effect.PRUNED)} == {Effect.PRUNED}
    zone = next(zone for zone in made.zones if zone.zone == EDGE)
    assert {item.effect for item in zone.objects} == {Effect.PRUNED}
    assert not any(item.key.kind == "Namespace" for item in zone.objects)
    # The Namespace, what applies the overlay, and the account that it does so as.
    assert zone.same == (7 if engine == "flux" else 2)


@pytest.mark.parametrize(
    ("engine", "left"),
    [("argocd", {"Namespace", "Application"}), ("flux", {"Namespace"})],
)
def test_a_folder_that_goes_leaves_what_it_had(tmp_path: Path, engine: str, left: set[str]) -> None:
    """Deleting a zone at once would prune nothing: the plan has to say so."""
    text = edited(("engine: argocd", f"engine: {engine}"))
    write(tmp_path / "f", text)

    made = plan(tmp_path / "f", text.replace(f"        - {EDGE}\n", ""))

    kinds = {item.key.kind for zone, item in made.of(Effect.LEFT) if zone.zone == EDGE}
    assert left < kinds
    assert {"Deployment", "ServiceResolver"} < kinds
    pruned = {item.key.kind for _, item in made.of(Effect.PRUNED)}
    account = {"ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}
    assert pruned == ({"Kustomization", *account} if engine == "flux" else set())
    reasons = {item.reason for _, item in made.of(Effect.LEFT)}
    assert all(reasons)


def test_one_consul_name_in_two_namespaces_clashes_in_community(tmp_path: Path) -> None:
    text = edited((MESHES["consul-enterprise"], MESHES["consul-community"]))
    write(tmp_path / "f", text)
    overlay = tmp_path / "f" / "overlays" / "edge-usw2" / EDGE
    before = (overlay / "defaults.yaml").read_text()
    other = before + (
        "---\napiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceDefaults\n"
        "metadata: {name: frontend-region}\nspec: {protocol: http}\n"
    )
    # As if edgeops were to generate it: what clashes is seen in what is rendered afterwards.
    fleet, blueprint = drawn(tmp_path / "f", text)
    path = f"overlays/edge-usw2/{EDGE}/defaults.yaml"
    planned = {**blueprint.planned, path: other.encode()}
    made = plan_changes(
        replace(blueprint, planned=planned, replanned=None),
        Choices(commit=False),
        mirrored=fleet.mesh is Mesh.CONSUL_ENTERPRISE,
        files=wiring.files(str(tmp_path / "f")),
        repository=wiring.repository(str(tmp_path / "f")),
        renderer=wiring.renderer(None),
        schemas=wiring.schemas(),
    )  # fmt: skip

    assert told(made) == {EDGE: ["clashes ServiceDefaults/frontend-region"]}
    assert "overlays/edge-usw2/region" in (made.zones[1].objects[0].reason or "")


def test_conflicts_are_told_and_no_object_is(tmp_path: Path) -> None:
    text = edited()
    write(tmp_path / "f", text)
    (tmp_path / "f" / "overlays" / "edge-usw2" / EDGE / "placement.yaml").write_text("mine: 1\n")
    subprocess.run(("git", "commit", "-qam", "Mine"), cwd=tmp_path / "f", check=True)

    made = plan(
        tmp_path / "f",
        edited(("expose: none", "expose: none\n  placement: {taint: example.com/edge}")),
    )

    assert made.result.conflicts == (f"overlays/edge-usw2/{EDGE}/placement.yaml",)
    assert made.zones == ()

"""Who wrote which field, from managedFields as API servers write them."""

from typing import Any

import pytest

from edgeops.core.findings import ManagerClass
from edgeops.core.objects import KubeObject
from edgeops.core.ownership import manager_class, ownership
from edgeops.core.paths import ListKey, Path

WEB = ListKey((("name", "web"),))
HTTP = ListKey((("containerPort", 80), ("protocol", "TCP")))


def live(*entries: dict[str, Any], annotations: dict[str, str] | None = None) -> KubeObject:
    metadata: dict[str, Any] = {"name": "x", "managedFields": list(entries)}
    if annotations:
        metadata["annotations"] = annotations
    return KubeObject({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata})


def entry(
    manager: str, fields: dict[str, Any], operation: str = "Update", **more: str
) -> dict[str, Any]:
    return {
        "manager": manager,
        "operation": operation,
        "time": "2026-01-31T11:58:00Z",
        "fieldsV1": fields,
        **more,
    }


ENGINE = entry(
    "kustomize-controller",
    {
        "f:metadata": {"f:finalizers": {".": {}, 'v:"a"': {}}},
        "f:spec": {
            "f:replicas": {},
            "f:tolerations": {},
            "f:containers": {
                'k:{"name":"web"}': {
                    ".": {},
                    "f:name": {},
                    "f:image": {},
                    "f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}}},
                }
            },
        },
    },
    operation="Apply",
)
PERSON = entry("kubectl-edit", {"f:spec": {"f:containers": {'k:{"name":"web"}': {"f:image": {}}}}})


@pytest.mark.parametrize(
    ("path", "managers"),
    [
        pytest.param(("spec", "replicas"), ["kustomize-controller"], id="field"),
        pytest.param(("spec", "paused"), [], id="nobody"),
        pytest.param(
            ("spec", "containers", WEB, "image"), ["kustomize-controller", "kubectl-edit"], id="two"
        ),
        pytest.param(
            ("spec", "containers", WEB, "ports", HTTP), ["kustomize-controller"], id="port"
        ),
        pytest.param(("spec", "tolerations", "x"), ["kustomize-controller"], id="below-an-atom"),
        pytest.param(("spec", "containers", WEB, "env"), [], id="beside-what-is-owned"),
    ],
)
def test_owners(path: Path, managers: list[str]) -> None:
    owners = ownership(live(ENGINE, PERSON)).of(path)
    assert sorted(owner.manager for owner in owners) == sorted(managers)


def test_an_element_of_a_set_has_its_own_owner() -> None:
    owners = ownership(live(ENGINE))
    assert [o.manager for o in owners.of_item(("metadata", "finalizers"), "a")] == [
        "kustomize-controller"
    ]
    assert owners.of_item(("metadata", "finalizers"), "b") == ()


def test_the_whole_entry_is_told() -> None:
    scaled = entry("kubectl", {"f:spec": {"f:replicas": {}}}, subresource="scale")
    (owner,) = ownership(live(scaled)).of(("spec", "replicas"))
    assert (owner.operation, owner.subresource, owner.changed_at) == (
        "Update",
        "scale",
        "2026-01-31T11:58:00Z",
    )


def test_stripped_managed_fields_are_not_nobody() -> None:
    assert not ownership(live()).known
    assert not ownership(live({})).known
    assert ownership(live(ENGINE)).known


def test_last_applied_tells_what_was_sent() -> None:
    text = '{"spec":{"replicas":2,"containers":[{"name":"web","image":"x"}]}}'
    owners = ownership(live(annotations={"kubectl.kubernetes.io/last-applied-configuration": text}))
    assert owners.was_applied(("spec", "containers", WEB, "image"))
    assert not owners.was_applied(("spec", "containers", WEB, "env"))


@pytest.mark.parametrize(
    ("manager", "expected"),
    [
        ("argocd-controller", ManagerClass.ENGINE),
        ("argocd-application-controller", ManagerClass.ENGINE),
        ("kustomize-controller", ManagerClass.ENGINE),
        ("argocd-server", ManagerClass.PERSON),
        ("kustomize-controller-2", ManagerClass.PERSON),
        ("kube-controller-manager", ManagerClass.CONTROLLER),
        ("kubectl-edit", ManagerClass.PERSON),
        ("a-program-that-nobody-knows", ManagerClass.PERSON),
    ],
)
def test_classes_by_exact_name(manager: str, expected: ManagerClass) -> None:
    assert manager_class(manager) is expected

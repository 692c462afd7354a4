"""What engine objects add to an overlay, and Flux's variables."""

from typing import Any

import pytest

from edgeops.core.additions import additions
from edgeops.core.engine import from_template, source_path
from edgeops.core.envsubst import substituted
from edgeops.core.objects import KubeObject

FLUX = "kustomize.toolkit.fluxcd.io/v1"
ARGO = "argoproj.io/v1alpha1"


def kustomization(**spec: Any) -> KubeObject:
    return KubeObject(
        {"apiVersion": FLUX, "kind": "Kustomization", "metadata": {"name": "x"}, "spec": spec}
    )


def application(**kustomize: Any) -> KubeObject:
    spec = {"source": {"path": "./a/b/", "kustomize": kustomize}}
    return KubeObject(
        {"apiVersion": ARGO, "kind": "Application", "metadata": {"name": "x"}, "spec": spec}
    )


BEFORE = {
    "namespace": "old",
    "images": [{"name": "web", "newTag": "1"}, {"name": "db", "newTag": "1"}],
    "patches": [{"path": "a.yaml"}],
    "components": ["../c"],
}


@pytest.mark.parametrize(
    ("item", "changed"),
    [
        pytest.param(kustomization(targetNamespace="new"), {"namespace": "new"}, id="namespace"),
        pytest.param(
            kustomization(patches=[{"patch": "x"}]),
            {"patches": [{"path": "a.yaml"}, {"patch": "x"}]},
            id="patches",
        ),
        pytest.param(
            kustomization(images=[{"name": "web", "newName": "other"}]),
            {"images": [{"name": "web", "newName": "other"}, {"name": "db", "newTag": "1"}]},
            id="images-replace-whole-entries",
        ),
        pytest.param(
            kustomization(components=["../c", "../d"]),
            {"components": ["../c", "../d"]},
            id="components",
        ),
        pytest.param(
            kustomization(namePrefix="a-", nameSuffix="-b"),
            {"namePrefix": "a-", "nameSuffix": "-b"},
            id="names",
        ),
        pytest.param(
            application(images=["web:2", "reg.io:5000/db=x/y:3", "z@sha256:0a"]),
            {
                "images": [
                    {"name": "web", "newTag": "2"},
                    {"name": "db", "newTag": "1"},
                    {"name": "reg.io:5000/db", "newName": "x/y", "newTag": "3"},
                    {"name": "z", "digest": "sha256:0a"},
                ]
            },
            id="argo-images",
        ),
        pytest.param(
            application(commonLabels={"a": "b"}), {"commonLabels": {"a": "b"}}, id="argo-labels"
        ),
        pytest.param(
            application(commonLabels={"a": "b"}, labelWithoutSelector=True),
            {"labels": [{"pairs": {"a": "b"}, "includeTemplates": False}]},
            id="argo-labels-without-selector",
        ),
        pytest.param(
            application(namespace="n", replicas=[{"name": "web", "count": 3}]),
            {"namespace": "n", "replicas": [{"name": "web", "count": 3}]},
            id="argo-namespace-and-replicas",
        ),
    ],
)
def test_edits_the_kustomization(item: KubeObject, changed: dict[str, Any]) -> None:
    added = additions(item)
    assert added is not None
    assert added.refused is None
    assert added.edit(BEFORE) == {**BEFORE, **changed}


@pytest.mark.parametrize(
    ("item", "what"),
    [
        (kustomization(postBuild={"substituteFrom": [{"kind": "ConfigMap"}]}), "substituteFrom"),
        (kustomization(decryption={"provider": "vault"}), "spec.decryption"),
        (application(images=["*:2"]), "source.kustomize.images"),
        (application(namePrefix="{{ .x }}-"), "with a placeholder"),
        (application(commonAnnotationsEnvsubst=True), "commonAnnotationsEnvsubst"),
    ],
)
def test_refuses_what_it_cannot_do(item: KubeObject, what: str) -> None:
    added = additions(item)
    assert added is not None
    assert added.refused is not None
    assert what in added.refused
    assert "not what the engine applies" in added.refused


def test_nothing_added() -> None:
    assert additions(kustomization(path="./a", postBuild={}, images=[])) is None
    assert additions(application(version="v5.0.0")) is None


def config(text: str, **metadata: Any) -> KubeObject:
    head = {"name": "x", **metadata}
    return KubeObject(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": head, "data": {"a": text}}
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${region}", "west"),
        ("in ${region}!", "in west!"),
        ("${unset}", None),
        ("x${unset}", "x"),
        ("${unset:-there}", "there"),
        ("${unset:=there}", "there"),
        ("${region:-there}", "west"),
        ("$${region}", "${region}"),
        ("$region", "$region"),
        ("${count}", 3),
        ("'${count}'", "'3'"),
    ],
)
def test_substitutes(text: str, value: Any) -> None:
    made = substituted(config(text), {"region": "west", "count": "3"})
    assert made.body["data"]["a"] == value


@pytest.mark.parametrize("text", ["${region/a/b}", "${#region}", "${a:-${b}}", "${region:1:2}"])
def test_refuses_other_forms(text: str) -> None:
    with pytest.raises(ValueError, match="not evaluated here"):
        substituted(config(text), {"region": "west"})


def test_an_object_may_switch_substitution_off() -> None:
    item = config("${x}", annotations={"kustomize.toolkit.fluxcd.io/substitute": "Disabled"})
    assert substituted(item, {"x": "y"}) is item


def test_common_metadata_marks_objects_and_not_their_templates() -> None:
    added = additions(kustomization(commonMetadata={"labels": {"a": "b"}, "annotations": {}}))
    assert added is not None
    (made,) = added.finish([config("x", labels={"c": "d", "a": "z"})])
    assert made.labels == {"c": "d", "a": "b"}


def test_the_application_of_a_set() -> None:
    item = KubeObject(
        {
            "apiVersion": ARGO,
            "kind": "ApplicationSet",
            "metadata": {"name": "s", "namespace": "argocd"},
            "spec": {
                "template": {
                    "metadata": {"name": "s-{{ .data.zone }}"},
                    "spec": {
                        "source": {"path": "{{.path.path}}", "x": ["{{ .other }}"]},
                        "destination": {"namespace": "{{ .data.namespace }}"},
                    },
                }
            },
        }
    )
    made = from_template(item, zone="z", namespace="n", path="overlays/c/z")
    assert made is not None
    assert (made.namespace, made.name, source_path(made)) == ("argocd", "s-z", "overlays/c/z")
    assert made.body["spec"]["destination"] == {"namespace": "n"}
    assert made.body["spec"]["source"]["x"] == ["{{ .other }}"]
    assert source_path(application()) == "a/b"


def test_what_sops_encrypted_is_no_reason_to_refuse() -> None:
    """It is compared by key alone, so that nothing has to be decrypted."""
    assert additions(kustomization(decryption={"provider": "sops"})) is None
    found = additions(kustomization(decryption={"provider": "sops"}, namePrefix="a-"))
    assert found is not None
    assert (found.fields, found.refused) == ({"namePrefix": "a-"}, None)

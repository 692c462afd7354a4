"""Ignore rules of both engines' shapes: what they hide and what they do not."""

from typing import Any

import pytest

from edgeops.core.engine_rules import project_rules, sync_rules
from edgeops.core.findings import Attribution, ManagerClass
from edgeops.core.ignore import hidden_by, parse_rules
from edgeops.core.objects import KubeObject
from edgeops.core.paths import ListKey, Path
from edgeops.errors import ConfigurationError

LIVE = KubeObject(
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "web",
            "namespace": "shop",
            "annotations": {"a/b": "1"},
            "labels": {"app": "web"},
        },
        "spec": {
            "replicas": 3,
            "template": {"spec": {"containers": [{"name": "x"}, {"name": "web", "image": "i"}]}},
        },
    }
)
REPLICAS: Path = ("spec", "replicas")
IMAGE: Path = ("spec", "template", "spec", "containers", ListKey((("name", "web"),)), "image")


@pytest.mark.parametrize(
    ("rule", "path", "hides"),
    [
        pytest.param({"jsonPointers": ["/spec/replicas"]}, REPLICAS, True, id="argo-pointer"),
        pytest.param(
            {"kind": "Deployment", "group": "apps", "jsonPointers": ["/spec/replicas"]},
            REPLICAS,
            True,
            id="argo-kind",
        ),
        pytest.param({"kind": "*Set", "jsonPointers": ["/spec"]}, REPLICAS, False, id="other-kind"),
        pytest.param({"name": "w*", "jsonPointers": ["/spec"]}, REPLICAS, True, id="name-glob"),
        pytest.param({"jsonPointers": ["/spec/replica"]}, REPLICAS, False, id="no-prefix-match"),
        pytest.param({"jsonPointers": ["/spec/replicas/x"]}, REPLICAS, False, id="below"),
        pytest.param(
            {"jsonPointers": ["/spec/template/spec/containers/1/image"]}, IMAGE, True, id="index"
        ),
        pytest.param(
            {"jsonPointers": ["/spec/template/spec/containers/0/image"]},
            IMAGE,
            False,
            id="other-index",
        ),
        pytest.param(
            {"jsonPointers": ["/metadata/annotations/a~1b"]},
            ("metadata", "annotations", "a/b"),
            True,
            id="escaped-slash",
        ),
        pytest.param(
            {"managedFieldsManagers": ["kube-controller-manager"]}, REPLICAS, True, id="manager"
        ),
        pytest.param({"managedFieldsManagers": ["kube"]}, REPLICAS, False, id="other-manager"),
        pytest.param(
            {
                "jqPathExpressions": [
                    '.spec.template.spec.containers[] | select(.name=="web").image'
                ]
            },
            IMAGE,
            True,
            id="jq-select",
        ),
        pytest.param(
            {"jqPathExpressions": ['.spec.template.spec.containers[] | select(.name=="x").image']},
            IMAGE,
            False,
            id="jq-selects-another",
        ),
        pytest.param({"jqPathExpressions": [".data[]"]}, REPLICAS, False, id="jq-nothing-there"),
        pytest.param({"paths": ["/spec/replicas"]}, REPLICAS, True, id="flux-everything"),
        pytest.param(
            {"paths": ["/spec"], "target": {"name": "we."}}, REPLICAS, True, id="flux-regex"
        ),
        pytest.param(
            {"paths": ["/spec"], "target": {"name": "we"}}, REPLICAS, False, id="flux-whole-match"
        ),
        pytest.param({"paths": [""]}, REPLICAS, True, id="flux-whole-object"),
        pytest.param(
            {"paths": [""], "target": {"version": "v1", "labelSelector": "app in (web)"}},
            REPLICAS,
            True,
            id="flux-label-and-version",
        ),
        pytest.param(
            {"paths": [""], "target": {"labelSelector": "app=db"}}, REPLICAS, False, id="flux-label"
        ),
        pytest.param(
            {"paths": [""], "target": {"version": "v1beta1"}}, REPLICAS, False, id="flux-version"
        ),
        pytest.param(
            {"paths": [""], "target": {"annotationSelector": "a/b=1"}},
            REPLICAS,
            True,
            id="flux-annotation",
        ),
        pytest.param(
            {"paths": [""], "target": {"annotationSelector": "!a/b"}},
            REPLICAS,
            False,
            id="flux-annotation-absent",
        ),
    ],
)
def test_hides(rule: dict[str, object], path: Path, hides: bool) -> None:
    rules = parse_rules([rule], source="f.yaml", place="")
    owner = Attribution(
        manager="kube-controller-manager",
        manager_class=ManagerClass.CONTROLLER,
        operation="Update",
    )
    assert (hidden_by(rules, LIVE, path, owner) is not None) is hides


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        pytest.param("x", "an ignore rule is a map", id="not-a-map"),
        pytest.param({}, "needs jsonPointers, jqPathExpressions or", id="empty"),
        pytest.param({"jsonPointers": ["spec"]}, "does not begin with '/'", id="pointer"),
        pytest.param({"jqPathExpressions": [".a["]}, "is not a jq path", id="jq"),
        pytest.param({"jsonPointers": ["/a~2"]}, "neither ~0 nor ~1", id="escape"),
        pytest.param({"jsonPointers": "/spec"}, "is a list of texts", id="not-a-list"),
        pytest.param({"jsonPointer": ["/spec"]}, "unknown key 'jsonPointer'", id="misspelt"),
        pytest.param(
            {"paths": ["/a"], "target": {"name": "("}}, "not a regular expression", id="regex"
        ),
        pytest.param(
            {"paths": ["/a"], "target": {"labelSelector": "a b"}},
            "not a label selector",
            id="selector",
        ),
    ],
)
def test_refuses(rule: object, message: str) -> None:
    with pytest.raises(ConfigurationError, match=r"f\.yaml: x\[0\]: ") as caught:
        parse_rules([rule], source="f.yaml", place="x")
    assert message in str(caught.value)


def test_a_label_that_stands_live_only_does_not_select() -> None:
    rules = parse_rules(
        [{"paths": [""], "target": {"labelSelector": "app"}}], source="f.yaml", place=""
    )
    bare = KubeObject({**LIVE.body, "metadata": {"name": "web", "namespace": "shop"}})
    assert hidden_by(rules, LIVE, REPLICAS, None, desired=bare) is None
    assert hidden_by(rules, bare, REPLICAS, None, desired=LIVE) is not None


def engine_object(kind: str, group: str, **spec: Any) -> KubeObject:
    head = {"name": "x", "namespace": "argocd"}
    return KubeObject({"apiVersion": f"{group}/v1", "kind": kind, "metadata": head, "spec": spec})


APPLICATION = ("Application", "argoproj.io")


@pytest.mark.parametrize(
    ("rule", "hides"),
    [
        ({"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]}, True),
        ({"group": "*", "kind": "*", "jsonPointers": ["/spec/replicas"]}, True),
        ({"kind": "Deployment", "jsonPointers": ["/spec/replicas"]}, False),  # the core group
    ],
)
def test_an_applications_rules_mean_what_they_mean_to_argo_cd(
    rule: dict[str, object], hides: bool
) -> None:
    rules = sync_rules(engine_object(*APPLICATION, ignoreDifferences=[rule]))
    assert (hidden_by(rules, LIVE, REPLICAS, None, desired=LIVE) is not None) is hides


def test_a_kustomizations_rules() -> None:
    item = engine_object("Kustomization", "kustomize.toolkit.fluxcd.io", ignore=[{"paths": [""]}])
    (rule,) = sync_rules(item)
    assert rule.source == "Kustomization/argocd/x"
    other = engine_object("Kustomization", "kustomize.config.k8s.io", ignore=[{"paths": [""]}])
    assert sync_rules(other) == ()


@pytest.mark.parametrize(
    ("entry", "hides"),
    [
        ({"group": "apps", "kind": "Deploy*", "name": "w*"}, True),
        ({"group": "apps"}, True),
        ({"group": "*"}, True),
        ({"kind": "Deployment"}, False),  # of the core group
        ({"group": "apps", "name": "db"}, False),
    ],
)
def test_a_projects_orphans(entry: dict[str, str], hides: bool) -> None:
    item = engine_object("AppProject", "argoproj.io", orphanedResources={"ignore": [entry]})
    rules = project_rules(item)
    assert (hidden_by(rules, LIVE, (), None) is not None) is hides
    assert hidden_by(rules, LIVE, REPLICAS, None, desired=LIVE) is None


def test_a_broken_rule_of_the_engine_has_its_place() -> None:
    item = engine_object(*APPLICATION, ignoreDifferences=[{"jsonPointers": ["spec"]}])
    with pytest.raises(ConfigurationError, match=r"spec\.ignoreDifferences\[0\]"):
        sync_rules(item)
    with pytest.raises(ConfigurationError, match="must be a list"):
        sync_rules(engine_object(*APPLICATION, ignoreDifferences={"a": "b"}))

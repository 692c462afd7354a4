"""Ignore rules of both engines' shapes: what they hide and what they do not."""

import pytest

from edgeops.core.findings import Attribution, ManagerClass
from edgeops.core.ignore import hidden_by, parse_rules
from edgeops.core.objects import KubeObject
from edgeops.core.paths import ListKey, Path
from edgeops.errors import ConfigurationError

LIVE = KubeObject(
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "annotations": {"a/b": "1"}},
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
    ],
)
def test_refuses(rule: object, message: str) -> None:
    with pytest.raises(ConfigurationError, match=r"f\.yaml: x\[0\]: ") as caught:
        parse_rules([rule], source="f.yaml", place="x")
    assert message in str(caught.value)

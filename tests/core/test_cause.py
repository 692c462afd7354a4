"""Why a field differs: a table over what was applied, what git has and what lives."""

import copy
from typing import Any

import pytest

from edgeops.adapters import package_data
from edgeops.core.compare import Surroundings, compare, extraneous, missing
from edgeops.core.objects import KubeObject
from edgeops.core.schemas import Schemas

SCHEMAS = Schemas.parse(package_data.schemas())
ENGINE = "kustomize-controller"


def deployment(replicas: int | None, manager: str = ENGINE, operation: str = "Apply") -> KubeObject:
    spec: dict[str, Any] = {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"spec": {"containers": [{"name": "web", "image": "web:1"}]}},
    }
    owned: dict[str, Any] = {"f:spec": {"f:replicas": {}}}
    if replicas is not None:
        spec["replicas"] = replicas
    entry = {
        "manager": manager,
        "operation": operation,
        "fieldsV1": owned,
        "fieldsType": "FieldsV1",
    }
    return KubeObject(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop", "managedFields": [entry]},
            "spec": spec,
        }
    )


def around(applied: KubeObject | None, **more: Any) -> Surroundings:
    known = None if applied is None else {applied.key: applied}
    return Surroundings(schemas=SCHEMAS, applied=known, **more)


@pytest.mark.parametrize(
    ("applied", "git", "live", "manager", "cause"),
    [
        pytest.param(2, 3, 2, ENGINE, "pending", id="git-moved"),
        pytest.param(2, 3, 2, "kubectl-edit", "pending", id="set-by-hand-to-what-git-had"),
        pytest.param(2, 2, 9, "kubectl-edit", "edited", id="edited"),
        pytest.param(2, 2, 9, ENGINE, "edited", id="edited-under-the-engines-name"),
        pytest.param(2, 3, 9, "kubectl-edit", "both", id="both"),
        pytest.param(None, 3, 1, ENGINE, "pending", id="live-has-the-default"),
        pytest.param(None, 3, 9, "kubectl-edit", "both", id="git-sets-what-was-set-by-hand"),
        pytest.param(2, None, 2, ENGINE, "pending", id="git-no-longer-sets-it"),
        pytest.param(None, None, 9, ENGINE, "left-behind", id="left-behind-earlier"),
        pytest.param(None, None, 9, "kubectl-scale", "edited", id="added-by-hand"),
    ],
)
def test_of_a_field(
    applied: int | None, git: int | None, live: int, manager: str, cause: str
) -> None:
    operation = "Apply" if manager == ENGINE else "Update"
    found = compare(
        deployment(git), deployment(live, manager, operation), around(deployment(applied))
    ).finding
    assert found is not None
    assert [field.cause for field in found.fields] == [cause]
    assert found.cause == cause


@pytest.mark.parametrize(
    ("applied", "in_sync", "cause"),
    [
        (True, None, "edited"),
        (False, None, "pending"),
        (None, True, "edited"),
        (None, False, "pending"),
        (None, None, None),
    ],
)
def test_of_a_missing_object(applied: bool | None, in_sync: bool | None, cause: str | None) -> None:
    item = deployment(2)
    known = Surroundings(
        schemas=SCHEMAS,
        in_sync=in_sync,
        applied={True: {item.key: item}, False: {}, None: None}[applied],
    )
    assert missing(item, known).cause == cause


def test_of_an_object_that_git_has_not() -> None:
    by_hand, by_engine = deployment(2, "kubectl-create", "Update"), deployment(2)
    assert extraneous(by_hand, around(by_hand)).cause == "pending"
    nothing = Surroundings(schemas=SCHEMAS, applied={})
    assert extraneous(by_hand, nothing).cause == "edited"
    assert extraneous(by_engine, nothing).cause == "left-behind"


def test_an_opt_out_that_stands_live_only_is_told() -> None:
    body = copy.deepcopy(dict(deployment(2).body))
    body["metadata"]["annotations"] = {"argocd.argoproj.io/compare-options": "IgnoreExtraneous"}
    message = extraneous(KubeObject(body), Surroundings(schemas=SCHEMAS)).message
    assert message is not None
    assert message.startswith("argocd.argoproj.io/compare-options: IgnoreExtraneous stands live")

"""
What a plan predicts of one object, and what a real cluster makes of the same edit.

The cluster is told nothing of the prediction: its effect is read off the API server's answer, off
what is stored, and off the revisions that the controllers make.
"""

import copy
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from edgeops import wiring
from edgeops.core import documents
from edgeops.core.changes.classify import classify
from edgeops.core.changes.model import Effect
from edgeops.core.changes.rules import IMMUTABLE
from edgeops.core.objects import KubeObject
from tests.controlplane.server import ControlPlane

TABLE = documents.load((Path(__file__).parent / "plan_effects.yaml").read_bytes())
CASES = [
    pytest.param(
        TABLE["objects"][case["object"]],
        case["edit"],
        Effect(case["effect"]),
        id=f"{number}-{case['object']}-{'+'.join(case['edit']) or 'nothing'}",
    )
    for number, case in enumerate(TABLE["cases"])
]
NAMESPACE = "plan-effects"
LIMIT_SECONDS = 30
_CONTROLLED = {"Deployment": "replicasets", "StatefulSet": "controllerrevisions",
               "DaemonSet": "controllerrevisions"}  # fmt: skip


def edited(body: Mapping[str, Any], edit: Mapping[str, Any]) -> dict[str, Any]:
    """*body* with the fields of *edit* set, or taken away where they are null."""
    made: dict[str, Any] = copy.deepcopy(dict(body))
    for path, value in edit.items():
        *above, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        place: Any = made
        for part in above:
            place = place[part] if isinstance(part, int) else place.setdefault(part, {})
        if value is None:
            del place[last]
        else:
            place[last] = value
    return made


def named(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    info = wiring.schemas().info(body["apiVersion"], body["kind"])
    assert info is not None
    metadata = {**body["metadata"], "name": name}
    if info.namespaced:
        metadata["namespace"] = NAMESPACE
    return {**body, "metadata": metadata}


@pytest.mark.parametrize(("body", "edit", "effect"), CASES)
def test_what_a_plan_says(body: dict[str, Any], edit: dict[str, Any], effect: Effect) -> None:
    before, after = named(body, "it"), edited(named(body, "it"), edit)

    change = classify(KubeObject(before), KubeObject(after), wiring.schemas())

    assert change.effect is effect
    assert bool(change.fields) is (effect is not Effect.SAME)
    assert bool(change.reason and change.source) is (effect is Effect.RECREATED)


def test_every_immutable_field_of_a_built_in_kind_has_a_case() -> None:
    recreated = [case for case in TABLE["cases"] if case["effect"] == "must-be-recreated"]
    tried = {
        (TABLE["objects"][case["object"]]["kind"], path.split(".")[: len(field)] == list(field))
        for case in recreated
        for path in case["edit"]
        for rule in IMMUTABLE
        for field in rule.fields
        if rule.kind == TABLE["objects"][case["object"]]["kind"]
    }
    kinds = {rule.kind for rule in IMMUTABLE if rule.group != "consul.hashicorp.com"}
    assert {kind for kind, hit in tried if hit} == kinds


@pytest.fixture(scope="module")
def plane(scheduled_cluster: ControlPlane) -> Iterator[ControlPlane]:
    scheduled_cluster.kubectl("create", "namespace", NAMESPACE)
    yield scheduled_cluster
    scheduled_cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


@pytest.mark.controlplane
@pytest.mark.xdist_group("controlplane")
@pytest.mark.parametrize(("body", "edit", "effect"), CASES)
def test_what_a_cluster_does(
    plane: ControlPlane,
    body: dict[str, Any],
    edit: dict[str, Any],
    effect: Effect,
    request: pytest.FixtureRequest,
) -> None:
    name = f"case-{request.node.callspec.id.partition('-')[0]}"
    before, after = named(body, name), edited(named(body, name), edit)
    path = path_of(before)
    try:
        assert observed(plane, path, before, after) is effect
    finally:
        plane.request("DELETE", path)


def path_of(body: Mapping[str, Any]) -> str:
    info = wiring.schemas().info(body["apiVersion"], body["kind"])
    assert info is not None
    root = "/apis" if "/" in body["apiVersion"] else "/api"
    scope = f"/namespaces/{NAMESPACE}" if info.namespaced else ""
    return f"{root}/{body['apiVersion']}{scope}/{info.plural}/{body['metadata']['name']}"


def observed(
    plane: ControlPlane, path: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Effect:
    """What the cluster does when *after* is applied over *before*."""
    plane.apply(path, before)
    was, revisions = settled(plane, path, 1)
    status, answer = plane.request(
        "PATCH",
        f"{path}?fieldManager=edgeops-test&force=true&fieldValidation=Strict",
        body=after,
        content_type="application/apply-patch+yaml",
    )
    if status == 422:
        said = json.loads(answer)["message"]
        refused = ("immutable", "orbidden", "may not", "cannot change", "only allowed for")
        assert any(word in said for word in refused), said
        return Effect.RECREATED
    assert status == 200, answer
    now, revised = settled(plane, path, 1)
    if stored(now) == stored(was):
        same = (labels(now), labels(was))
        return Effect.SAME if same[0] == same[1] else Effect.METADATA
    # A set with OnDelete makes a revision for later, and leaves its pods alone.
    strategy = after.get("spec", {}).get("updateStrategy", {})
    waits = strategy.get("type") == "OnDelete"
    return Effect.UPDATED if revised == revisions or waits else Effect.ROLLS


def settled(plane: ControlPlane, path: str, least: int) -> tuple[Any, set[str]]:
    """The object once its controller has seen it, and the names of its revisions."""
    until = time.monotonic() + LIMIT_SECONDS
    while True:
        item = plane.get(path)
        if item["kind"] not in _CONTROLLED:
            return item, set()
        seen = item.get("status", {}).get("observedGeneration", 0)
        found = plane.get(f"/apis/apps/v1/namespaces/{NAMESPACE}/{_CONTROLLED[item['kind']]}")
        own = {
            other["metadata"]["name"]
            for other in found["items"]
            if any(
                owner["uid"] == item["metadata"]["uid"]
                for owner in other["metadata"].get("ownerReferences", ())
            )
        }
        if seen == item["metadata"]["generation"] and len(own) >= least:
            return item, own
        assert time.monotonic() < until, f"{path}: {item.get('status')}"
        time.sleep(0.1)


def stored(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in {"metadata", "status"}}


def labels(item: Mapping[str, Any]) -> dict[str, Any]:
    annotations = {
        key: value
        for key, value in item["metadata"].get("annotations", {}).items()
        if not key.startswith("deployment.kubernetes.io/")
    }
    return {"labels": item["metadata"].get("labels", {}), "annotations": annotations}

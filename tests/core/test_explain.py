"""What is said of each field of an object, and of objects that are only on one side."""

import copy
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from edgeops.core.autoscaling import replica_ranges
from edgeops.core.compare import Surroundings
from edgeops.core.explain import Seen, explanations
from edgeops.core.explanations import Asked, Explanation, Outcome
from edgeops.core.findings import DriftReport, RepositoryState, Unread
from edgeops.core.fleet.model import Waiver
from edgeops.core.ignore import parse_rules
from edgeops.core.objects import KubeObject, ResourceKey
from edgeops.core.rows import LiveIndex, Part, Row, assess
from edgeops.core.waivers import settle
from tests.core.test_compare import DEPLOYMENT, SCHEMAS, SECRET, edit, load

FIELDS: dict[str, Any] = {"f:spec": {"f:template": {"f:spec": {"f:hostNetwork": {}}}}}
EDITED = {
    "manager": "kubectl-edit",
    "operation": "Update",
    "time": "2026-01-31T12:00:00Z",
    "fieldsV1": FIELDS,
}
SCALER = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 1
  maxReplicas: 5
"""


def explained(
    asked: str,
    desired: list[dict[str, Any]],
    live: list[dict[str, Any]],
    *,
    rules: list[Any] | None = None,
    waivers: tuple[Waiver, ...] = (),
    unread: Mapping[tuple[str, str, str], tuple[str, str]] | None = None,
    error: Unread | None = None,
) -> tuple[Explanation, ...]:
    wanted = tuple(map(KubeObject, desired))
    part = Part(context="c", objects=wanted, namespaces=frozenset({"shop"}))
    row = Row(cluster="west", zone="lax", namespace="shop", parts=(part,), error=error)
    index = {
        "c": LiveIndex(
            objects={item.key: item for item in map(KubeObject, live)}, unread=unread or {}
        )
    }
    around = Surroundings(
        schemas=SCHEMAS,
        replicas=replica_ranges(wanted),
        rules=parse_rules(rules or [], source="edgeops.yaml", place=""),
    )
    found = assess(row, index, around, synced_revision=None)
    settled = settle(
        [found.report],
        found.findings,
        waivers,
        today=date(2026, 6, 15),
        places={("west", "lax")},
    )
    report = DriftReport(
        repository=RepositoryState(),
        started_at="2026-06-15T12:00:00Z",
        duration_seconds=0,
        edgeops_version="0",
        kustomize_version=None,
        zones=settled.zones,
        findings=settled.findings,
        waived=settled.waived,
    )
    seen = Seen(row=row, live=index, around=around)
    return explanations(Asked.parse(asked), [seen], report)


def web(**edits: Any) -> dict[str, Any]:
    body = load(DEPLOYMENT)
    body["metadata"]["managedFields"] = [copy.deepcopy(EDITED)]
    for path, value in edits.items():
        edit(body, path, value)
    return body


def lines(item: Explanation) -> list[str]:
    return [
        f"{field.outcome} {field.change.change} {field.change.path}: {field.why}"
        + (f" ({field.rule})" if field.rule else "")
        for field in item.fields
    ]


CPU = "spec.template.spec.containers[name=web].resources.requests.cpu"
POD = "spec/template/spec"
CASES = [
    pytest.param(
        {f"{POD}/hostNetwork": True},
        ["drift added spec.template.spec.hostNetwork: somebody wrote it and git does not set it"],
        id="made by hand",
    ),
    pytest.param(
        {"spec/replicas": 7},
        ["drift changed spec.replicas: git sets it otherwise"],
        id="changed",
    ),
    pytest.param(
        {f"{POD}/restartPolicy": "Always"},
        ["no drift added spec.template.spec.restartPolicy: the API server's default"],
        id="default",
    ),
    pytest.param(
        {
            "spec/strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
            }
        },
        [
            "no drift added spec.strategy.rollingUpdate.maxSurge: the API server's default",
            "no drift added spec.strategy.rollingUpdate.maxUnavailable: the API server's default",
            "no drift added spec.strategy.type: the API server's default",
        ],
        id="each leaf of a node that is fine",
    ),
    pytest.param(
        {"metadata/annotations": {"deployment.kubernetes.io/revision": "3"}},
        [
            (
                'no drift added metadata.annotations["deployment.kubernetes.io/revision"]: '
                "written by the platform (revision of a rollout)"
            )
        ],
        id="rule of the platform",
    ),
    pytest.param(
        {f"{POD}/containers/0/resources/requests/cpu": "500m"},
        [f"no drift changed {CPU}: the same value, written in another way"],
        id="another spelling",
    ),
    pytest.param(
        {f"{POD}/schedulerName": "mine"},
        [
            (
                "no drift added spec.template.spec.schedulerName: "
                "nobody owns it: filled in by the API server"
            )
        ],
        id="nobody's",
    ),
    pytest.param({}, [], id="equal"),
]


@pytest.mark.parametrize(("edits", "expected"), CASES)
def test_fields(edits: dict[str, Any], expected: list[str]) -> None:
    (item,) = explained("Deployment/web", [load(DEPLOYMENT)], [web(**edits)])
    assert lines(item) == expected
    drift = any(line.startswith("drift ") for line in expected)
    assert item.outcome is (Outcome.DRIFT if drift else Outcome.FINE)


def test_drift_tells_its_severity_and_its_writer() -> None:
    (item,) = explained("Deployment/web", [load(DEPLOYMENT)], [web(**{f"{POD}/hostNetwork": True})])
    (field,) = item.fields
    assert (str(field.severity), field.severity_reason) == (
        "critical",
        "a container's confinement was loosened",
    )
    assert field.change.attribution is not None
    assert field.change.attribution.manager == "kubectl-edit"
    assert field.change.cause == "edited"


def test_the_owner_is_told_where_nothing_drifted() -> None:
    live = web(**{f"{POD}/restartPolicy": "Always"})
    live["metadata"]["managedFields"][0]["fieldsV1"] = {
        "f:spec": {"f:template": {"f:spec": {"f:restartPolicy": {}}}}
    }
    (item,) = explained("Deployment/web", [load(DEPLOYMENT)], [live])
    (field,) = item.fields
    assert field.outcome is Outcome.FINE
    assert field.change.attribution is not None
    assert field.change.attribution.changed_at == "2026-01-31T12:00:00Z"


def test_the_range_of_an_autoscaler() -> None:
    live = web(**{"spec/replicas": 4})
    live["metadata"]["managedFields"][0]["manager"] = "kube-controller-manager"
    desired = [load(DEPLOYMENT), load(SCALER)]
    (item,) = explained("deployment/web", desired, [live, load(SCALER)])
    assert lines(item) == [
        "no drift changed spec.replicas: within the autoscaler's range (1 to 5 replicas)"
    ]


def test_an_ignore_rule_is_named() -> None:
    rule = {"kind": "Deployment", "jsonPointers": ["/spec/replicas"]}
    (item,) = explained(
        "Deployment/web", [load(DEPLOYMENT)], [web(**{"spec/replicas": 7})], rules=[rule]
    )
    assert item.outcome is Outcome.IGNORED
    assert lines(item) == [
        (
            "ignored changed spec.replicas: git sets it otherwise "
            "(Deployment /spec/replicas (edgeops.yaml))"
        )
    ]


WAIVER = Waiver(
    place="spec.drift.waivers[0]",
    kind="Deployment",
    name="web",
    owner="ann",
    reason="hotfix",
    expires=date(2026, 12, 31),
    path="spec.replicas",
)


def test_a_waiver_is_named_and_drift_comes_first() -> None:
    live = web(**{"spec/replicas": 7, f"{POD}/hostNetwork": True})
    (item,) = explained("Deployment/web", [load(DEPLOYMENT)], [live], waivers=(WAIVER,))
    assert item.outcome is Outcome.DRIFT
    assert lines(item)[1:] == [
        (
            "waived changed spec.replicas: git sets it otherwise "
            "(waived by ann until 2026-12-31: hotfix)"
        )
    ]
    live = web(**{"spec/replicas": 7})
    (item,) = explained("Deployment/web", [load(DEPLOYMENT)], [live], waivers=(WAIVER,))
    assert item.outcome is Outcome.WAIVED


def test_a_secret_tells_no_value() -> None:
    live = load(SECRET)
    del live["stringData"]
    live["data"] = {"password": "d29ybGQ=", "more": "eA=="}
    (item,) = explained("Secret/web", [load(SECRET)], [live])
    assert {value for field in item.fields for value in (field.change.desired, field.change.live)}
    for field in item.fields:
        assert field.change.desired in {None, "<redacted>"}
        assert field.change.live in {None, "<redacted>"}


def pod(**metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "stray", "namespace": "shop", **metadata},
    }


@pytest.mark.parametrize(
    ("desired", "live", "outcome", "why"),
    [
        pytest.param([pod()], [], "drift", "git has it and the cluster does not", id="missing"),
        pytest.param([], [pod()], "drift", "the cluster has it and git does not", id="extra"),
        pytest.param(
            [],
            [pod(ownerReferences=[{"kind": "ReplicaSet", "name": "web-1"}])],
            "no drift",
            "git does not have it, but ReplicaSet/web-1 owns it",
            id="owned",
        ),
        pytest.param(
            [],
            [pod(deletionTimestamp="2026-01-31T12:00:00Z")],
            "no drift",
            "git does not have it, but it is being deleted",
            id="being-deleted",
        ),
    ],
)
def test_one_side(desired: list[Any], live: list[Any], outcome: str, why: str) -> None:
    (item,) = explained("Pod/stray", desired, live)
    assert (str(item.outcome), item.why) == (outcome, why)


@pytest.mark.parametrize("side", ["git", "cluster"])
def test_an_object_that_a_rule_or_a_waiver_leaves_alone(side: str) -> None:
    desired, live = ([pod()], []) if side == "git" else ([], [pod()])
    rule = {"kind": "Pod", "jsonPointers": [""]}
    (item,) = explained("Pod/stray", desired, live, rules=[rule])
    assert (item.outcome, item.why) == (Outcome.IGNORED, "Pod  (edgeops.yaml)")
    waiver = Waiver(
        place="", kind="Pod", name="stray", owner="ann", reason="r", expires=date(2026, 12, 31)
    )
    (item,) = explained("Pod/stray", desired, live, waivers=(waiver,))
    assert item.outcome is Outcome.WAIVED
    assert item.why.endswith("; waived by ann until 2026-12-31: r")


def test_content_that_git_leaves_free() -> None:
    desired = load(DEPLOYMENT)
    desired["metadata"]["annotations"] = {"kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent"}
    (item,) = explained("Deployment/web", [desired], [web(**{"spec/replicas": 7})])
    assert item.outcome is Outcome.FINE
    assert "Flux makes it and then leaves it alone" in item.why


def test_what_could_not_be_read() -> None:
    gap = {("", "Pod", "shop"): ("v1 Pod", "403")}
    (item,) = explained("Pod/stray", [pod()], [], unread=gap)
    assert (item.outcome, item.why) == (Outcome.UNREAD, "v1 Pod: 403")
    broken = Unread(what="overlays/lax", reason="does not build")
    (item,) = explained("Pod/stray", [], [pod()], error=broken)
    assert (item.outcome, item.why) == (Outcome.UNREAD, "overlays/lax: does not build")


KEY = ResourceKey("apps", "Deployment", "shop", "web")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Deployment/web", True),
        ("deployment/web", True),
        ("deployments/web", True),
        ("deployments.apps/web", True),
        ("Deployment/shop/web", True),
        ("Deployment/other/web", False),
        ("Deployment.batch/web", False),
        ("Service/web", False),
        ("Deployment/Web", False),
    ],
)
def test_who_is_meant(text: str, expected: bool) -> None:
    assert Asked.parse(text).is_about(KEY, "deployments") is expected


@pytest.mark.parametrize("text", ["", "web", "Deployment/", "/web", "a/b/c/d", "Deployment//web"])
def test_what_names_no_object(text: str) -> None:
    with pytest.raises(ValueError, match="KIND/NAME"):
        Asked.parse(text)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("Deployment/wbe", ["Deployment/web"]),
        ("deployment/shop/wbe", ["Deployment/shop/web"]),
        ("CronJob/nightly-backup", []),
    ],
)
def test_nearest_names(text: str, near: list[str]) -> None:
    assert Asked.parse(text).nearest([KEY]) == near

"""
The law of the standing check: whatever happens, it says what a fresh check says.

Reports are compared whole: rows, findings, counts, gaps, notes, uses of rules, in their order.
``EDGEOPS_LAWS=500`` tries more, at random.
"""

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgeops.core.findings import SyncStatus
from edgeops.core.objects import KubeObject, ResourceKey
from tests.usecases.standing_world import (
    ZONES,
    Body,
    Both,
    Fleet,
    applied,
    edited,
    live,
    make_fleet,
)

MORE = int(os.environ.get("EDGEOPS_LAWS", "0"))
ENGINES = ("flux", "argocd")
SPACES = ("shop-region", *(f"shop-{zone}" for zone in ZONES), "elsewhere")


@pytest.fixture(scope="module", params=ENGINES)
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    engine = str(request.param)
    return make_fleet(tmp_path_factory.mktemp("standing") / engine, engine)


Step = Callable[[Both, st.DataObject], None]


def _some(both: Both, data: st.DataObject) -> tuple[str, KubeObject] | None:
    context = data.draw(st.sampled_from(sorted(both.places)))
    objects = sorted(both.places[context].objects.items())
    return (context, data.draw(st.sampled_from(objects))[1]) if objects else None


def _edit(both: Both, data: st.DataObject) -> None:
    if (chosen := _some(both, data)) is None:
        return
    context, item = chosen
    value = data.draw(st.sampled_from(["a", "b"]))

    def change(body: Body) -> None:
        body["metadata"].setdefault("labels", {})["by"] = value
        spec = body.get("spec")
        if isinstance(spec, dict) and "replicas" in spec:
            spec["replicas"] = data.draw(st.integers(1, 12))
        if body["kind"] == "Service":
            body["spec"]["ports"][0]["port"] = 9
        if body["kind"].startswith("Service") and body["apiVersion"].startswith("consul"):
            synced = data.draw(st.sampled_from(["True", "False"]))
            body["status"] = {"conditions": [{"type": "Synced", "status": synced}]}

    both.places[context].put(edited(item, change))


def _remove(both: Both, data: st.DataObject) -> None:
    if (chosen := _some(both, data)) is not None:
        both.places[chosen[0]].drop(chosen[1].key)


def _restore(both: Both, data: st.DataObject) -> None:
    """One object, as one of the two commits has it."""
    revision = data.draw(st.sampled_from(both.fleet.revisions))
    context, body = data.draw(st.sampled_from(applied(both.fleet, revision)))
    both.places[context].put(body)


def _add(both: Both, data: st.DataObject) -> None:
    """An object that git does not have, or one that the cluster makes by itself."""
    kind = data.draw(
        st.sampled_from(["ConfigMap", "Pod", "Service", "PersistentVolumeClaim", "ServiceAccount"])
    )
    name = data.draw(
        st.sampled_from(["by-hand", "default", "kube-root-ca.crt", "pgdata-postgres-0", "web"])
    )
    metadata: dict[str, Any] = {
        "name": name,
        "namespace": data.draw(st.sampled_from(SPACES)),
        "labels": {"app": name},
    }
    if data.draw(st.booleans()):
        metadata["ownerReferences"] = [{"kind": "ReplicaSet", "name": "x", "uid": "1"}]
    if data.draw(st.booleans()):
        metadata["deletionTimestamp"] = "2026-01-30T00:00:00Z"
    manager = data.draw(
        st.sampled_from(["kubectl-create", "kube-controller-manager", "kustomize-controller"])
    )
    both.places["edge-usw2"].put(
        live({"apiVersion": "v1", "kind": kind, "metadata": metadata}, manager)
    )


def _stray(both: Both, data: st.DataObject) -> None:
    labels = {"app.kubernetes.io/part-of": data.draw(st.sampled_from(["shop", "other"]))}
    name = data.draw(st.sampled_from(["shop-old", "shop-older", "shop-region"]))
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    both.places["edge-usw2"].put(live(body, "kubectl-create"))


def _sync(both: Both, data: st.DataObject) -> None:
    """The engine says that it applied a commit, or that it ran."""
    kinds = {"Application", "ApplicationSet", "Kustomization"}
    place = both.places["management"]
    objects = [item for key, item in sorted(place.objects.items()) if key.kind in kinds]
    if not objects:
        return
    revision = data.draw(st.sampled_from([*both.fleet.revisions, "0" * 40, "none"]))
    for item in data.draw(st.lists(st.sampled_from(objects), min_size=1, max_size=len(objects))):
        body = dict(item.body)
        body["status"] = {
            "Application": {"operationState": {"syncResult": {"revision": revision}}},
            "ApplicationSet": {"conditions": [{"type": "ResourcesUpToDate", "status": "True"}]},
            "Kustomization": {"lastAppliedRevision": f"main@sha1:{revision}"},
        }[item.kind]
        place.put(body)


def _application(both: Both, data: st.DataObject) -> None:
    """What the controller of an ApplicationSet makes."""
    made = [
        item
        for row in both.wish.rows  # type: ignore[union-attr]  # there is one since the start
        for part in row.parts
        if part.generated
        for item in part.objects
    ]
    if made:
        item = data.draw(st.sampled_from(made))
        both.places["management"].put(live(item.body, "argocd-applicationset-controller"))


KINDS = (
    ("apps", "Deployment"),
    ("", "Namespace"),
    ("", "ConfigMap"),
    ("argoproj.io", "Application"),
)


def _refuse(both: Both, data: st.DataObject) -> None:
    context = data.draw(st.sampled_from(sorted(both.places)))
    group, kind = data.draw(st.sampled_from(KINDS))
    spaces = data.draw(st.frozensets(st.sampled_from(SPACES[:-1]), min_size=1))
    if kind == "Namespace":
        spaces = frozenset()
    both.allow(context, group, kind)
    for key in [
        key for key in both.places[context].objects if (key.group, key.kind) == (group, kind)
    ]:
        if key.namespace in spaces or not spaces:
            both.places[context].drop(key)
    both.refuse(context, group, kind, spaces)


def _allow(both: Both, data: st.DataObject) -> None:
    context = data.draw(st.sampled_from(sorted(both.places)))
    both.allow(context, *data.draw(st.sampled_from(KINDS)))


def _fail(both: Both, data: st.DataObject) -> None:
    both.fail(data.draw(st.sampled_from(sorted(both.places))))


def _recover(both: Both, data: st.DataObject) -> None:
    both.recover(data.draw(st.sampled_from(sorted(both.places))))


def _commit(both: Both, data: st.DataObject) -> None:
    both.desire(data.draw(st.sampled_from(both.fleet.revisions)))


STEPS: tuple[Step, ...] = (
    _edit, _edit, _edit, _remove, _restore, _restore, _add, _add, _stray, _sync, _sync,
    _application, _refuse, _allow, _fail, _recover, _commit,
)  # fmt: skip


@settings(
    max_examples=MORE or 12,
    deadline=None,
    derandomize=not MORE,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_it_says_what_a_fresh_check_says(fleet: Fleet, data: st.DataObject) -> None:
    both = Both(fleet)
    assert both.stands() == both.fresh()
    for _ in range(data.draw(st.integers(1, 6))):
        for step in data.draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=4)):
            step(both, data)
        assert both.stands() == both.fresh()


def test_what_is_applied_is_in_sync(fleet: Fleet) -> None:
    found = Both(fleet).stands()
    assert found.findings == ()
    assert {row.status for row in found.zones} == {SyncStatus.SYNCED}
    assert sum(row.objects for row in found.zones) > 60


def _deployment(both: Both) -> KubeObject:
    key = ResourceKey("apps", "Deployment", f"shop-{ZONES[0]}", "product-api")
    return both.places["edge-usw2"].objects[key]


def _replicas(body: Body, number: int) -> None:
    body["spec"]["replicas"] = number


def test_one_change_is_one_comparison(fleet: Fleet) -> None:
    both = Both(fleet)
    both.stands()
    before = both.world.memory.compared
    assert before > 60
    both.places["edge-usw2"].put(edited(_deployment(both), partial(_replicas, number=7)))
    [finding] = both.stands().findings
    assert finding.key.name == "product-api"
    assert both.world.memory.compared == before + 1


def test_a_place_that_is_lost_and_found_costs_no_comparison(fleet: Fleet) -> None:
    both = Both(fleet)
    well = both.stands()
    before = both.world.memory.compared
    both.fail("edge-usw2")
    assert {gap.what for gap in both.stands().unread} == {"cluster edge-usw2"}
    both.recover("edge-usw2")
    assert both.stands() == well
    assert both.world.memory.compared == before


def test_a_commit_has_only_what_it_changed_compared(fleet: Fleet) -> None:
    both = Both(fleet)
    both.stands()
    before = both.world.memory.compared
    both.desire(fleet.revisions[1])
    drifted = both.stands().findings
    assert {finding.key.name for finding in drifted} == {"product-api"}
    # Every overlay has its own; a waiver changes the rules of none.
    assert both.world.memory.compared - before <= len(drifted)

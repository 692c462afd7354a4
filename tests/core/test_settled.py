"""A pair that had nothing to tell is not compared again, and every other one is."""

import copy
from dataclasses import replace
from typing import Any

import pytest

from edgeops.core import compare as comparing
from edgeops.core import rows, settled
from edgeops.core.autoscaling import ReplicaRange
from edgeops.core.compare import Surroundings, compare
from edgeops.core.objects import KubeObject
from edgeops.core.rows import LiveIndex, Part, Row
from edgeops.core.schemas import Schemas
from edgeops.core.settled import Settled
from tests.drift.corpus import SCHEMAS, Case, cases

CORPUS = tuple(cases())
SERVICE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"ports": [{"port": 80}]},
}


def changed(*path: str, to: object) -> KubeObject:
    body = copy.deepcopy(SERVICE)
    place = body
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = to
    return KubeObject(body)


def told(desired: KubeObject, live: KubeObject, known: Settled) -> tuple[int, set[bytes]]:
    """How many findings there are, and what is remembered afterwards."""
    row = Row(
        cluster="c", zone="z", namespace="shop", parts=(Part(context="c", objects=(desired,)),)
    )
    index = {"c": LiveIndex(objects={live.key: live})}
    around = Surroundings(schemas=SCHEMAS, settled=known)
    found = rows.assess(row, index, around, synced_revision=None)
    return len(found.findings), known.seen


def test_a_pair_in_sync_is_remembered_and_then_not_walked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, other = KubeObject(SERVICE), changed("metadata", "uid", to="u-1")
    findings, seen = told(one, other, Settled())
    assert (findings, len(seen)) == (0, 1)
    monkeypatch.setattr(comparing, "compare", lambda *_: pytest.fail("compared again"))
    assert told(one, other, Settled(known=seen)) == (0, seen)


def test_what_drifted_is_never_remembered() -> None:
    live = changed("spec", "ports", to=[{"port": 81}])
    findings, seen = told(KubeObject(SERVICE), live, Settled())
    assert (findings, seen) == (1, set())


@pytest.mark.parametrize(
    ("desired", "live"),
    [
        (changed("spec", "ports", to=[{"port": 81}]), KubeObject(SERVICE)),
        (KubeObject(SERVICE), changed("spec", "ports", to=[{"port": 81}])),
        (KubeObject(SERVICE), changed("metadata", "labels", to={"by": "hand"})),
    ],
    ids=["git changed", "live changed", "a live addition"],
)
def test_a_change_of_either_side_is_seen(desired: KubeObject, live: KubeObject) -> None:
    _, seen = told(KubeObject(SERVICE), KubeObject(SERVICE), Settled())
    assert told(desired, live, Settled(known=seen))[0] == 1


def test_other_schemas_or_another_range_are_another_pair() -> None:
    one = KubeObject(SERVICE)
    none = Schemas({"versions": {}, "kinds": {}, "types": {}})
    digests = {
        settled.digest(one, one, schemas=schemas.digest, replicas=replicas)
        for schemas in (SCHEMAS, none)
        for replicas in (
            None,
            ReplicaRange(minimum=1, maximum=2),
            ReplicaRange(minimum=1, maximum=3),
        )
    }
    assert len(digests) == 6


def test_of_a_secret_nothing_is_remembered() -> None:
    secret = KubeObject({**SERVICE, "kind": "Secret", "spec": None, "data": {"a": "Yg=="}})
    assert told(secret, secret, Settled()) == (0, set())


@pytest.mark.parametrize("case", CORPUS[::5], ids=lambda case: case.name)
def test_what_has_nothing_to_tell_has_nothing_whatever_the_engine_says(case: Case) -> None:
    """Neither the engine's state nor what it applied before is part of a digest."""
    live = {item.key: item for item in case.live}
    for desired in case.desired:
        if desired.key not in live:
            continue
        around = Surroundings(schemas=SCHEMAS)
        first = compare(desired, live[desired.key], around).tells
        for in_sync in (True, False):
            for applied in (None, {desired.key: desired}, {}):
                other = replace(around, in_sync=in_sync, applied=applied)
                assert compare(desired, live[desired.key], other).tells is first

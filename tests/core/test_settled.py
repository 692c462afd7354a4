"""A pair that had nothing to tell is not compared again, and every other one is."""

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeops.core import compare as comparing
from edgeops.core import rows, settled
from edgeops.core.autoscaling import ReplicaRange
from edgeops.core.compare import Surroundings, compare
from edgeops.core.documents import dump_compact, load
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
    known = Settled()
    assert told(secret, secret, known) == (0, set())
    assert len(known.passing) == 1  # for as long as this check takes


def in_zone(name: str, other: str = "") -> KubeObject:
    body = changed("metadata", "namespace", to=f"shop-{name}").body
    return KubeObject({**body, "spec": {"externalName": f"web.{other or name}.example.com"}})


def stands(desired: KubeObject, live: KubeObject, zone: str | None) -> bytes | None:
    return settled.digest(desired, live, schemas=b"", replicas=None, zone=zone)


LAX, PHX = "us-west-2-lax-1a", "us-west-2-phx-2a"


def test_zones_are_alike() -> None:
    one = stands(in_zone(LAX), in_zone(LAX), LAX)
    assert one == stands(in_zone(PHX), in_zone(PHX), PHX)
    assert one != stands(in_zone(LAX), in_zone(LAX), PHX)
    assert one != stands(in_zone(LAX), in_zone(LAX), None)


def test_the_name_of_another_zone_is_not_that_of_ones_own() -> None:
    """Which is what a spoke that is sent to another spoke looks like."""
    one = stands(in_zone(LAX), in_zone(LAX), LAX)
    for desired, live in ((LAX, PHX), (PHX, LAX), (PHX, PHX)):
        assert one != stands(in_zone(LAX, desired), in_zone(LAX, live), LAX)


def test_a_name_without_a_dash_may_be_that_of_a_field() -> None:
    spec = {"spec": {"web": 1}}
    web, shop = (KubeObject({**SERVICE, **spec}) for _ in range(2))
    assert stands(web, web, "web") == stands(shop, shop, None)


def written_at(*times: str) -> KubeObject:
    entries = [{"manager": f"m{number}", "time": time} for number, time in enumerate(times)]
    return changed("metadata", "managedFields", to=entries)


def test_of_times_only_the_order_counts() -> None:
    """Who wrote last may decide whose a field is."""
    first = stands(
        KubeObject(SERVICE), written_at("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"), None
    )
    later = stands(
        KubeObject(SERVICE), written_at("2026-02-01T00:00:00Z", "2026-02-09T00:00:00Z"), None
    )
    turned = stands(
        KubeObject(SERVICE), written_at("2026-02-09T00:00:00Z", "2026-02-01T00:00:00Z"), None
    )
    at_once = stands(
        KubeObject(SERVICE), written_at("2026-02-09T00:00:00Z", "2026-02-09T00:00:00Z"), None
    )
    assert first == later
    assert len({first, turned, at_once}) == 3


def at(address: object, **spec: object) -> KubeObject:
    return KubeObject({**SERVICE, "spec": {"clusterIP": address, "clusterIPs": [address], **spec}})


def test_of_addresses_that_nobody_chose_one_is_as_good_as_another() -> None:
    git = KubeObject(SERVICE)
    one = stands(git, at("10.0.0.7"), None)
    assert one == stands(git, at("10.0.0.8"), None) == stands(git, at("fd00::8"), None)
    assert one != stands(git, at("None"), None)
    assert one != stands(git, at("10.0.0.7", clusterIPs=["10.0.0.7", "fd00::7"]), None)
    chosen = at("10.0.0.7")
    assert stands(chosen, at("10.0.0.7"), None) != stands(chosen, at("10.0.0.8"), None)


def pairs() -> list[tuple[KubeObject, KubeObject]]:
    found = []
    for case in CORPUS:
        live = {item.key: item for item in case.live}
        found += [(item, live[item.key]) for item in case.desired if item.key in live]
    return found


def test_whether_there_is_anything_to_tell_depends_on_the_content_alone() -> None:
    """What `settled.compared` leaves out may be anything, or not there."""
    for desired, live in pairs():
        around = Surroundings(schemas=SCHEMAS)
        if comparing.not_in_force(desired, live) is not None:
            continue
        content = copy.deepcopy(dict(settled.compared(live, desired)))
        for entry in content["metadata"].get("managedFields") or ():
            if isinstance(entry.get("time"), int):
                entry["time"] = f"2031-01-01T00:00:{entry['time']:02}Z"
        if live.kind == "Service":
            content = load(dump_compact(content).replace(b'"*"', b'"10.98.7.6"'))
        content["status"] = {"phase": "Other", "conditions": [{"type": "Ready", "status": "False"}]}
        content["metadata"] |= {"uid": "u", "resourceVersion": "9", "generation": 7}
        other = KubeObject(content)
        assert compare(desired, other, around).tells is compare(desired, live, around).tells


ZONE = st.from_regex(r"[a-z]{2}-[a-z]{4,9}-[0-9]-[a-z]{3}-[0-9][a-z]", fullmatch=True)


def called(item: KubeObject, old: str, new: str) -> KubeObject:
    """An object with *new* wherever *old* stands as a whole text, be it a value or a key."""
    text = dump_compact(item.body).replace(f'"{old}"'.encode(), f'"{new}"'.encode())
    return KubeObject(load(text))


@given(zone=ZONE, other=ZONE)
@settings(deadline=None, max_examples=5)
def test_the_name_of_a_zone_means_nothing_to_a_comparison(zone: str, other: str) -> None:
    """Namespace and name of each pair become the name of a zone, and then that of another."""
    around = Surroundings(schemas=SCHEMAS)
    tried = 0
    for desired, live in pairs():
        for old in {desired.namespace, desired.name} - {""}:
            told = {
                compare(called(desired, old, name), called(live, old, name), around).tells
                for name in (zone, other)
            }
            assert len(told) == 1, (old, desired.key)
            tried += 1
    assert tried > len(CORPUS)


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

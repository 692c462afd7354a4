"""
Each field of each resolver and intention broken in turn.

Every call in every single failure is played by `tests.routes.simulation` too; the two agree,
and what becomes worse is told.
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from edgeops.core.objects import KubeObject
from edgeops.core.routes.following import Failures, follow
from edgeops.core.routes.network import lay_out
from edgeops.core.routes.proof import Proof
from edgeops.core.routes.prove import prove
from tests.routes.fleets import CLUSTER, LAX, PHX, Body, bodies, built, fleet
from tests.routes.simulation import Answer, Gone, World

KINDS = ("ServiceResolver", "ServiceIntentions")
ZONES = ("region", LAX, PHX)
Mutation = tuple[str, list[Body]]
States = Sequence[tuple[Gone, Failures]]


def _spots(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every field and element below *value*."""
    children = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in children:
        yield (*path, key)
        if isinstance(child, dict | list):
            yield from _spots(child, (*path, key))


def _at(body: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        body = body[key]
    return body


def mutations(objects: list[Body]) -> Iterator[Mutation]:
    for index, body in enumerate(objects):
        if body["kind"] not in KINDS:
            continue
        metadata = body["metadata"]
        label = f"{body['kind']} {metadata['namespace']}/{metadata['name']}"
        yield f"{label} removed", [*objects[:index], *objects[index + 1 :]]
        for path in _spots(body["spec"]):
            value = _at(body["spec"], path)
            for word, change in _changes(path[-1], value):
                edited = copy.deepcopy(body)
                change(_at(edited["spec"], path[:-1]), path[-1])
                yield (
                    f"{label} {'.'.join(map(str, path))} {word}",
                    [*objects[:index], edited, *objects[index + 1 :]],
                )


def _changes(key: Any, value: Any) -> Iterator[tuple[str, Callable[[Any, Any], None]]]:
    yield "gone", lambda holder, name: holder.pop(name)
    if isinstance(value, dict | list):
        return
    others = ["nobody"]
    if key == "namespace":
        others += [f"shop-{zone}" for zone in ZONES]
    if key in {"name", "service"}:
        others += [value.replace("lax", "phx"), "postgres", "frontend"]
    if key == "action":
        others += ["deny"]
    for other in others:
        if other != value:
            yield f"is {other}", _put(other)


def _put(value: str) -> Callable[[Any, Any], None]:
    return lambda holder, name: holder.__setitem__(name, value)


def _states(objects: list[Body]) -> Iterator[tuple[Gone, Failures]]:
    yield frozenset(), Failures()
    for zone in ZONES:
        yield frozenset({(zone, "*")}), Failures(zones=frozenset({(CLUSTER, zone)}))
        for body in objects:
            home = body["metadata"].get("namespace") == f"shop-{zone}"
            if home and body["kind"] in {"Deployment", "StatefulSet"}:
                name = body["metadata"]["name"]
                failures = Failures(services=frozenset({(CLUSTER, zone, name)}))
                yield frozenset({(zone, name)}), failures


def _calls(mesh: str) -> list[tuple[str, str, str]]:
    services = fleet(mesh, 2).services
    return [
        (zone, service.name, upstream)
        for zone in ZONES
        for service in services
        if service.at_edge or zone == "region"
        for upstream in service.upstreams
    ]


def _played(
    objects: list[Body], mesh: str, states: States
) -> dict[tuple[str, str, str, Gone], Answer]:
    world = World(objects, enterprise=mesh == "consul-enterprise", prefix="shop")
    return {
        (zone, caller, upstream, gone): world.call(zone, caller, upstream, gone)
        for gone, _ in states
        for zone, caller, upstream in _calls(mesh)
        if (zone, caller) not in gone and (zone, "*") not in gone
    }


def _modelled(
    objects: list[Body], mesh: str, states: States
) -> dict[tuple[str, str, str, Gone], Answer]:
    found: dict[tuple[str, str, str, Gone], Answer] = {}
    made = fleet(mesh, 2)
    network = lay_out(made, made.clusters[0], [KubeObject(body) for body in objects])
    for gone, failures in states:
        for way in network.ways:
            caller, zone = way.call.caller, way.call.zone.name
            if caller is None or failures.take(caller):
                continue
            outcome = follow(network, way, failures)
            end = outcome.stop.end if outcome.stop and outcome.dead_end is None else None
            answer = (end.zones[0], end.name) if end else None
            found[zone, caller.name, way.call.upstream, gone] = answer
    return found


def _told(proof: Proof) -> set[tuple[str, ...]]:
    problems = {(item.reason.value, item.message) for item in proof.problems}
    outages = {(item.zone, str(item.caller), item.upstream, item.failure) for item in proof.outages}
    return problems | outages


@pytest.mark.parametrize("mesh", ["consul-enterprise", "consul-community"])
def test_what_breaks_is_told(mesh: str) -> None:
    objects = [
        body
        for body in bodies(built(mesh, 2))
        if body["kind"] not in {"ServiceAccount", "PodDisruptionBudget", "ConfigMap", "Secret"}
    ]
    states = list(_states(objects))
    before = _played(objects, mesh, states)
    assert before == _modelled(objects, mesh, states)
    assert all(answer for (*_, gone), answer in before.items() if not gone)
    known = _told(prove(fleet(mesh, 2), {CLUSTER: [KubeObject(body) for body in objects]}))
    count = harmless = 0
    for label, mutant in mutations(objects):
        count += 1
        after = _played(mutant, mesh, states)
        assert after == _modelled(mutant, mesh, states), label
        worse = [key for key, answer in before.items() if answer and not after[key]]
        if worse:
            proof = prove(fleet(mesh, 2), {CLUSTER: [KubeObject(body) for body in mutant]})
            assert _told(proof) - known, (label, worse)
        harmless += not worse
    assert count > 200
    assert 0 < harmless < count

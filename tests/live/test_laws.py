"""
Laws of drift, tried on the real API server with manifests and changes that are drawn.

What was applied is in sync; one change is found at its own path with its manager; undone, it is
gone; an ignored path is hidden and no other. ``EDGEOPS_LAWS=500`` tries more, at random.
"""

import os
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st

from edgeops.core.findings import Change
from edgeops.core.paths import Path, Segment
from tests.controlplane.server import ControlPlane
from tests.live.laws.manifests import MANIFESTS
from tests.live.laws.mutations import Operation, changed, operations, pointer, tokens_of
from tests.live.laws.world import DEPLOYERS, PERSON, Body, World, content, judged, schema

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

MORE = int(os.environ.get("EDGEOPS_LAWS", "0"))
_TRIES = 6
# https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
_HOLDS_ANYWAY: Mapping[Segment, str] = {"preemptionPolicy": "PreemptLowerPriority"}
"""Defaults that the API server does not write down."""


def laws(examples: int) -> settings:
    """The same examples every time, unless somebody asks for more."""
    return settings(
        max_examples=MORE or examples,
        derandomize=not MORE,
        deadline=None,
        database=None,
        print_blob=True,
        # To make a case smaller takes minutes, and what was drawn is short enough to read.
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def world(api_server: ControlPlane) -> World:
    api_server.kubectl("create", "namespace", "laws")
    return World(api_server, "laws")


@laws(80)
@given(manifest=MANIFESTS, deployer=st.sampled_from(DEPLOYERS))
def test_what_was_applied_is_in_sync(world: World, manifest: Body, deployer: str) -> None:
    desired, live = world.apply(manifest, deployer)
    try:
        outcome = judged(desired, live)
        assert outcome.finding is None
        assert not outcome.stripped
    finally:
        world.remove(live)


@laws(200)
@given(manifest=MANIFESTS, deployer=st.sampled_from(DEPLOYERS), data=st.data())
def test_one_change(world: World, manifest: Body, deployer: str, data: st.DataObject) -> None:
    desired, before = world.apply(manifest, deployer)
    try:
        _one_change(world, desired, before, data)
    finally:
        world.remove(before)


def _one_change(world: World, desired: Body, before: Body, data: st.DataObject) -> None:
    places = operations(before, schema(before))
    for _ in range(_TRIES):
        operation = data.draw(st.sampled_from(places).flatmap(lambda place: place))
        live = world.patch(before, operation)
        moved = list(changed(content(before), content(live), schema(live))) if live else []
        if moved:
            break
        if live is not None:
            before = live
    assume(live is not None and moved)
    assert live is not None
    event(f"{before['kind']}: {operation.op}")

    outcome = judged(desired, live)
    paths = [verdict.delta.path for verdict in outcome.verdicts if verdict.drift]
    telling = [
        path
        for path in moved
        if _says_something(before, live, path) and not _along(desired, live, path, operation)
    ]
    assert all(any(_on_one_way(path, found) for found in paths) for path in telling)
    assert all(any(_on_one_way(path, found) for path in moved) for found in paths)
    for verdict in outcome.verdicts:
        if verdict.drift and verdict.delta.change is not Change.REMOVED:
            assert verdict.attribution is not None
            assert verdict.attribution.manager == PERSON

    _ignored(desired, live, paths)
    assert judged(desired, world.put_back(live, before)).finding is None


def _ignored(desired: Body, live: Body, paths: list[Path]) -> None:
    """Each rule hides one path, in either shape; a rule for another field hides none."""
    for path in paths:
        tokens = tokens_of(path, live, schema(live))
        if tokens is None:
            continue  # an element that is gone has no place in the live list
        left = {found for found in paths if found[: len(path)] != path}
        at = pointer(tokens)
        for rule in (
            {"kind": live["kind"], "jsonPointers": [at]},
            {"paths": [at], "target": {"kind": live["kind"]}},
        ):
            assert _shown(desired, live, rule) == len(left)
        assert _shown(desired, live, {"paths": [f"{at}-not"]}) == len(paths)


def _shown(desired: Body, live: Body, rule: Body) -> int:
    finding = judged(desired, live, [rule]).finding
    return len(finding.fields) if finding else 0


def _on_one_way(one: Path | None, other: Path) -> bool:
    """Whether one path is the other, or stands above or below it."""
    return one is not None and one[: len(other)] == other[: len(one)]


def _says_something(before: Body, live: Body, path: Path) -> bool:
    """Whether a change is more than one from nothing to nothing, or to what holds anyway."""
    anyway = _HOLDS_ANYWAY.get(path[-1])
    values = [_at(body, path) for body in (before, live)]
    return not all(value == anyway or _is_nothing(value) for value in values)


def _is_nothing(value: object) -> bool:
    """Whether it is empty, all the way down: ``expose: {checks: false}`` of Consul, say."""
    if isinstance(value, dict):
        return all(map(_is_nothing, value.values()))
    return value in (None, "", 0, False, [])


def _along(desired: Body, live: Body, path: Path, operation: Operation) -> bool:
    """Whether the API server alone filled a field in, or took it back, along with the change."""
    if _at(desired, path) is not None:
        return False
    asked = tuple(token for token in operation.tokens if token != "-")
    return _at(live, path) is None or not _on_one_way(tokens_of(path, live, schema(live)), asked)


def _at(body: Body, path: Path) -> object:
    node: object = body
    for token in tokens_of(path, body, schema(body)) or ():
        if isinstance(node, list):
            node = node[int(token)]
        elif isinstance(node, dict):
            node = node.get(token)
    return node if tokens_of(path, body, schema(body)) is not None else None

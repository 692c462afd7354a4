"""
Faults at random, many at once: nothing is invented, and what is lost is named.

``EDGEOPS_FAULT_SEEDS`` says how many campaigns are run (default 150); ``EDGEOPS_FAULT_FIRST``
where they begin, so that one that failed can be run alone.
"""

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.controlplane.server import ControlPlane
from tests.faults.conftest import Scene
from tests.faults.faults import Fault
from tests.faults.proxy import Asked, FaultyProxy, Script
from tests.faults.results import Results
from tests.faults.scene import Check, faults_of

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

SEEDS = int(os.environ.get("EDGEOPS_FAULT_SEEDS", "150"))
FIRST = int(os.environ.get("EDGEOPS_FAULT_FIRST", "0"))
_LEAST_SECONDS = 4.0
_SLACK = 60.0
_AT_ONCE = 10
_RARE = frozenset({Fault.HUGE, Fault.BOMB, Fault.STALL, Fault.STALL_MIDWAY, Fault.DRIP})
"""What costs a check much time: one in ten of them is enough."""

_LISTS_ONLY = frozenset(
    {
        *(Fault.CHANGED, Fault.REPEATED, Fault.ENDLESS, Fault.OTHER_LIST, Fault.METADATA_ONLY),
        *(Fault.NO_ITEMS, Fault.STRANGE_ITEMS),
    }
)


def faulty(seed: int) -> Script:
    """
    A server that fails now and then.

    What a request meets follows from the seed and the request alone, not from the order in
    which threads happen to ask.
    """
    rate = random.Random(seed).choice((0.01, 0.03, 0.1, 0.3, 0.7))

    def script(asked: Asked) -> Fault | None:
        target = f"{asked.path}?{sorted(asked.query.items())}"
        chance = random.Random(f"{seed} {target} {asked.attempt}")
        lasting = random.Random(f"{seed} {target}")
        # Some requests fail again and again, with one fault; others now and then.
        source = lasting if lasting.random() < rate / 2 else chance
        if source.random() >= rate:
            return None
        fault = source.choice(list(Fault))
        if fault in _RARE and source.random() > 0.1:
            return None
        if fault in _LISTS_ONLY and "limit" not in asked.query:
            return None
        if fault is Fault.CHANGED and "continue" not in asked.query:
            return None
        return fault

    return script


def test_random_faults(scene: Scene, results: Results) -> None:
    assert scene.truth.told
    seeds = range(FIRST, FIRST + SEEDS)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        limit = _enough(scene, pool)
        tried = list(pool.map(lambda seed: _try(scene, seed, limit), seeds))
    wrong = {}
    for seed, (found, proxy, seconds) in zip(seeds, tried, strict=True):
        faults = faults_of(scene.truth, found)
        if seconds > limit + _SLACK:
            faults = [*faults, f"took {seconds:.0f} s"]
        if faults:
            wrong[seed] = (faults, dict(proxy.injected))
        verdict = found.report.status.value
        results.count("random faults", f"reports that say {verdict}", faults)
        for fault, times in proxy.injected.items():
            results.count("injected at random", fault.value, tried=times)
    assert wrong == {}
    if SEEDS >= 100:
        told = [found for found, _, _ in tried]
        assert sum(bool(found.unread) for found in told) > SEEDS / 10
        assert sum(found.told == scene.truth.told for found in told) > SEEDS / 10
        injected = {fault for _, proxy, _ in tried for fault in proxy.injected}
        assert injected >= set(Fault) - _RARE


def _enough(scene: Scene, pool: ThreadPoolExecutor) -> float:
    """
    How long a check may take here and now, in seconds.

    A limit that a busy machine alone exceeds would make every check Unknown, and hide what the
    faults do.
    """

    def clean(_: int) -> float:
        begun = time.monotonic()
        scene.under(lambda _: None)
        return time.monotonic() - begun

    return max(_LEAST_SECONDS, 4 * max(pool.map(clean, range(_AT_ONCE))))


def _try(scene: Scene, seed: int, limit: float) -> tuple[Check, FaultyProxy, float]:
    begun = time.monotonic()
    found, proxy = scene.under(faulty(seed), seconds=limit)
    return found, proxy, time.monotonic() - begun


def test_faults_between_two_checks(scene: Scene, api_server: ControlPlane) -> None:
    """A check after a campaign says what the one before it said: nothing of it is kept."""
    scene.under(faulty(7))
    found, _ = scene.under(lambda _: None)
    assert faults_of(scene.truth, found) == []
    assert found.told == scene.truth.told

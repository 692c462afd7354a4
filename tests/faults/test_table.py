"""
Each fault at each kind of request: what was not read is named, and the rest of the report is right.

``always`` is a server that stays so; ``once`` one that has recovered when it is asked again.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import count
from typing import NamedTuple

import pytest

from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.faults.conftest import Scene
from tests.faults.faults import LISTS_ONLY, Fault
from tests.faults.proxy import Asked, FaultyProxy, Script
from tests.faults.results import Results
from tests.faults.scene import NAMESPACE, Check, faults_of

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

MAPS = "/api/v1/configmaps"
SECONDS = 6.0
"""How long a check may take where somebody stalls."""

_AT_ONCE = 8
_SLACK = 20.0
"""What a loaded machine may take on top."""

PLACES: dict[str, tuple[Callable[[Asked], bool], str]] = {
    "discovery of the core": (lambda asked: asked.path == "/api", "cluster "),
    "discovery of the groups": (lambda asked: asked.path == "/apis", "cluster "),
    "OpenAPI's list": (lambda asked: asked.path == "/openapi/v3", "example.com/v1 Gadget"),
    "OpenAPI of a group": (
        lambda asked: asked.path == "/openapi/v3/apis/example.com/v1",
        "example.com/v1 Gadget",
    ),
    "first page": (
        lambda asked: asked.path == MAPS and "continue" not in asked.query,
        "v1 ConfigMap",
    ),
    "later page": (
        lambda asked: asked.path == MAPS and "continue" in asked.query,
        "v1 ConfigMap",
    ),
    "list of one namespace": (
        lambda asked: asked.path == f"/api/v1/namespaces/{NAMESPACE}/configmaps",
        "v1 ConfigMap",
    ),
    "one object": (lambda asked: asked.path == f"/api/v1/namespaces/{NAMESPACE}", "v1 Namespace"),
}
"""By kind of request: which ones they are, and what is unread when they fail."""

_REFUSED = {"list of one namespace": MAPS, "one object": "/api/v1/namespaces"}
"""What must be refused first, for such a request to be made at all."""

_LASTING = frozenset(
    {
        *(Fault.UNAUTHORIZED, Fault.FORBIDDEN, Fault.NO_SUCH_PATH, Fault.CONFLICT),
        *(Fault.EXPIRED, Fault.BUSY_LONG, Fault.HUGE, Fault.BOMB, Fault.REDIRECT),
        *(Fault.EMPTY_OBJECT, Fault.OTHER_LIST, Fault.METADATA_ONLY, Fault.NO_ITEMS),
        *(Fault.STRANGE_ITEMS, Fault.ENDLESS),
    }
)
"""What is not asked again: a refusal, too much, or a whole answer to something else."""


def _script(place: str, fault: Fault, *, once: bool) -> Script:
    meant, _ = PLACES[place]
    refused = _REFUSED.get(place)
    left = count(1)

    def script(asked: Asked) -> Fault | None:
        if asked.path == refused:
            return Fault.FORBIDDEN
        return fault if meant(asked) and (not once or next(left) == 1) else None

    return script


def _cases() -> list[tuple[str, Fault]]:
    return [(place, fault) for place in PLACES for fault in Fault if _fits(place, fault)]


def _fits(place: str, fault: Fault) -> bool:
    """Whether the fault is one, there."""
    if fault is Fault.CHANGED:
        return place == "later page"  # a first page may be of any state
    if place in {"first page", "later page", "list of one namespace"}:
        return True
    if fault in {Fault.METADATA_ONLY, *LISTS_ONLY}:
        return place == "one object" and fault is Fault.METADATA_ONLY
    return True


def _harmless(place: str, fault: Fault) -> bool:
    """Whether the report is whole all the same, by another way."""
    if fault is Fault.FORBIDDEN and place in {"first page", "later page"}:
        return True  # then each namespace is asked for its own
    return "OpenAPI" in place and fault in {Fault.FORBIDDEN, Fault.NO_SUCH_PATH, Fault.TEXT}


_SLOW = frozenset({Fault.STALL, Fault.STALL_MIDWAY, Fault.DRIP, Fault.DRIP_HEADER})
"""What lasts as long as it may."""


class Trial(NamedTuple):
    """One fault at one place, and whether the server has recovered when it is asked again."""

    place: str
    fault: Fault
    once: bool

    def __str__(self) -> str:
        return f"{self.fault.value}, {self.place}, {'once' if self.once else 'always'}"


TRIALS = [
    Trial(place, fault, once)
    for place in PLACES
    for fault in Fault
    if _fits(place, fault)
    for once in (False, True)
    if not (once and fault in _SLOW)
]

Outcomes = Mapping[Trial, Future[tuple[Check, FaultyProxy]]]


@pytest.fixture(scope="module")
def outcomes(scene: Scene, request: pytest.FixtureRequest) -> Iterator[Outcomes]:
    """All trials that are to be judged, several at a time: most of their time is waiting."""
    chosen = {
        item.callspec.params["trial"]
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.function is test_a_fault
        and hasattr(item, "callspec")
    }
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        made = {
            trial: pool.submit(
                scene.under,
                _script(trial.place, trial.fault, once=trial.once),
                seconds=SECONDS if trial.fault in _SLOW else 120,
            )
            for trial in TRIALS
            if trial in chosen
        }
        wait(made.values())  # before a test changes the environment that they read
        yield made


@pytest.mark.parametrize("trial", TRIALS, ids=str)
def test_a_fault(scene: Scene, outcomes: Outcomes, results: Results, trial: Trial) -> None:
    found, proxy = outcomes[trial].result()
    place, fault, once = trial
    wrong = faults_of(scene.truth, found)
    results.count("cluster faults", fault.value, wrong)
    assert wrong == []
    late = fault in _SLOW and any("not read within" in gap.reason for gap in found.report.unread)
    assert late or proxy.injected[fault], f"nobody met it; asked: {sorted(set(proxy.asked))}"
    passes = once and (fault not in _LASTING or trial[:2] == ("later page", Fault.EXPIRED))
    if passes or _harmless(place, fault):
        assert found.report.unread == ()
        assert found.status is ExitStatus.FINDINGS
        return
    if fault in _SLOW:
        # A server that is slow in one thing may be out of time for others.
        assert found.unread
        assert found.report.duration_seconds < SECONDS + _SLACK
    elif not once:
        assert found.unread == {PLACES[place][1]}
        assert found.status is ExitStatus.FAILED


def test_the_scene(scene: Scene, api_server: ControlPlane) -> None:
    """Without a fault everything is told, and there is something to be lost or invented."""
    assert scene.truth.report.unread == ()
    assert scene.truth.status is ExitStatus.FINDINGS
    kinds = {(item[0], item[2]) for item in scene.truth.told}
    assert kinds == {
        ("Modified", "Deployment"),
        ("Modified", "ConfigMap"),
        ("Missing", "ConfigMap"),
        ("Extraneous", "ConfigMap"),
        ("Modified", "Secret"),
        ("Extraneous", "Secret"),
        ("Modified", "Gadget"),
        ("Modified", "ClusterRole"),
    }
    assert scene.truth.report.zones[0].synced >= 8

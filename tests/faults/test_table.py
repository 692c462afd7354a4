"""
Each fault at each kind of request: what was not read is named, and the rest of the report is right.

``always`` is a server that stays so; ``once`` one that has recovered when it is asked again.
"""

from collections.abc import Callable

import pytest

from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.faults.conftest import Scene
from tests.faults.faults import LISTS_ONLY, Fault
from tests.faults.proxy import Asked, Script
from tests.faults.results import Results
from tests.faults.scene import NAMESPACE, faults_of

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

MAPS = "/api/v1/configmaps"
SECONDS = 3.0
"""How long a check may take where somebody stalls."""

_SLACK = 12.0
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

_FOLLOWED_BY_OTHERS = frozenset({Fault.FORBIDDEN})

_LASTING = frozenset(
    {
        *(Fault.UNAUTHORIZED, Fault.FORBIDDEN, Fault.NO_SUCH_PATH, Fault.CONFLICT),
        *(Fault.EXPIRED, Fault.BUSY_LONG, Fault.HUGE, Fault.BOMB, Fault.REDIRECT),
    }
)
"""What is not asked again, for it would be the same."""


def _script(place: str, fault: Fault, *, once: bool) -> Script:
    meant, _ = PLACES[place]
    refused = _REFUSED.get(place)

    def script(asked: Asked) -> Fault | None:
        if asked.path == refused:
            return Fault.FORBIDDEN
        return fault if meant(asked) and not (once and asked.attempt > 1) else None

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


@pytest.mark.parametrize(("place", "fault"), _cases())
def test_a_fault_that_stays(scene: Scene, results: Results, place: str, fault: Fault) -> None:
    found, proxy = scene.under(_script(place, fault, once=False), seconds=SECONDS)
    wrong = faults_of(scene.truth, found)
    results.count("cluster faults", fault.value, wrong)
    assert wrong == []
    assert proxy.injected[fault] >= 1, f"nobody met it; asked: {sorted(set(proxy.asked))}"
    if _harmless(place, fault):
        assert found.told == scene.truth.told
        return
    assert PLACES[place][1] in found.unread
    assert found.status is ExitStatus.FAILED
    if PLACES[place][1] != "cluster ":
        # A server that is slow in one thing may be out of time for others.
        slow = {Fault.STALL, Fault.STALL_MIDWAY, Fault.DRIP, Fault.DRIP_HEADER}
        assert fault in slow or found.unread == {PLACES[place][1]}
    assert found.report.duration_seconds < SECONDS + _SLACK


@pytest.mark.parametrize(("place", "fault"), _cases())
def test_a_fault_that_passes(scene: Scene, results: Results, place: str, fault: Fault) -> None:
    if fault in {Fault.STALL, Fault.STALL_MIDWAY, Fault.DRIP, Fault.DRIP_HEADER}:
        pytest.skip("lasts longer than a check of this test may")
    found, _ = scene.under(_script(place, fault, once=True))
    wrong = faults_of(scene.truth, found)
    results.count("cluster faults", fault.value, wrong)
    assert wrong == []
    if fault not in _LASTING or (fault is Fault.EXPIRED and place == "later page"):
        assert found.unread == set()
        assert found.status is ExitStatus.FINDINGS


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

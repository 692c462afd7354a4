"""What a watch makes of a server that is slow or sends nonsense: it never goes on as if it knew."""

import itertools
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeops.adapters import apistream
from edgeops.adapters.watch_scope import _GRACE, _QUIET
from edgeops.core.findings import SyncStatus
from edgeops.ports.board import Posting
from tests.controlplane.server import ControlPlane
from tests.faults.faults import Fault
from tests.faults.proxy import Asked, FaultyProxy
from tests.faults.streams import StreamFault
from tests.live.fleet import EDGE, SERVER_SIDE_FLUX, FleetOnDisk, ensure_namespaces, make_fleet
from tests.live.test_drift_cause import head, say_applied
from tests.live.watching import LIMIT, told_by, watching

pytestmark = [
    pytest.mark.controlplane,
    pytest.mark.xdist_group("controlplane"),
    # anyio never awaits the attempt of a connection that is given up while it is being made.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

DEPLOYMENTS = "/apis/apps/v1/deployments"
ACCOUNTS = "/api/v1/serviceaccounts"
NONSENSE = (
    StreamFault.GARBLED, StreamFault.NULL, StreamFault.NO_EVENT, StreamFault.UNKNOWN_TYPE,
    StreamFault.OTHER_KIND, StreamFault.NAMELESS, StreamFault.STRANGE_METADATA,
    StreamFault.NO_VERSION, StreamFault.STRANGE_ERROR, StreamFault.EXPIRED, StreamFault.BROKEN,
    StreamFault.HALF_LINE,
)  # fmt: skip


@pytest.fixture(scope="module")
def fleet(api_server: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> FleetOnDisk:
    ensure_namespaces(api_server)
    made = make_fleet(tmp_path_factory.mktemp("slow") / "slow", prefix="slow", name="slow")
    made.apply(api_server, SERVER_SIDE_FLUX)
    say_applied(api_server, made, head(made))
    return made


def kubeconfig(proxy: FaultyProxy, folder: Path) -> Path:
    file = folder / "kubeconfig"
    file.touch(mode=0o600)
    file.write_text(proxy.kubeconfig())
    return file


def test_a_list_that_drips_is_unknown(
    api_server: ControlPlane, fleet: FleetOnDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apistream, "_WHOLE_SECONDS", 4.0)
    with (
        FaultyProxy(api_server, page=500, keep=False) as proxy,
        watching(fleet, kubeconfig(proxy, tmp_path)) as watched,
    ):
        watched.clean()

        def drip(asked: Asked) -> Fault | None:
            listed = asked.path == DEPLOYMENTS and "watch" not in asked.query
            return Fault.DRIP if listed else None

        proxy.script = drip
        open_ones = [one for one in proxy.streams if one.path == DEPLOYMENTS]
        assert True in [one.spoil(StreamFault.EXPIRED) for one in open_ones]
        api_server.kubectl("-n", fleet.namespace(EDGE), "scale", "deployment/nginx", "--replicas=7")
        seen = watched.until("unread", lambda one: bool(one.report.unread))
        assert {gap.what for gap in seen.report.unread} == {"apps/v1 Deployment"}
        assert "no whole answer within 4 seconds" in seen.report.unread[0].reason
        assert SyncStatus.SYNCED not in {row.status for row in seen.report.zones if row.zone}
        proxy.script = lambda _: None
        watched.until("read", lambda one: told_by(one.report) == ["Modified Deployment/nginx"])
    api_server.kubectl("-n", fleet.namespace(EDGE), "scale", "deployment/nginx", "--replicas=2")


def test_a_watch_that_is_slow_to_go_on(
    api_server: ControlPlane, fleet: FleetOnDisk, tmp_path: Path
) -> None:
    """Unread by the time at which it is allowed to go on: what it forgot must be listed anew."""
    attempts = itertools.count()
    slow = threading.Event()

    def script(asked: Asked) -> Fault | None:
        if asked.path != DEPLOYMENTS or "watch" not in asked.query:
            return None
        if next(attempts) == 0:
            return Fault.UNAVAILABLE
        slow.set()
        time.sleep(_GRACE + 3)
        return None

    with (
        FaultyProxy(api_server, page=500, keep=False) as proxy,
        watching(fleet, kubeconfig(proxy, tmp_path)) as watched,
    ):
        watched.clean()
        proxy.script = script
        open_ones = [one for one in proxy.streams if one.path == DEPLOYMENTS]
        assert True in [one.spoil(StreamFault.ENDED) for one in open_ones]
        watched.until("unread", lambda one: bool(one.report.unread))
        assert slow.is_set()
        proxy.script = lambda _: None
        watched.until("read", lambda one: not one.report.unread)
        watched.agrees()
        assert told_by(watched.clean().report) == []


def test_what_happened_before_a_watch_goes_on_comes_first(
    api_server: ControlPlane, fleet: FleetOnDisk, tmp_path: Path
) -> None:
    """A LIST is old by the time its watch begins: until the rest is told, it is no news."""
    space = fleet.namespace(EDGE)
    refused = {"list", "watch"}
    listed = threading.Event()

    def script(asked: Asked) -> Fault | None:
        if asked.path != ACCOUNTS:
            return None
        verb = "watch" if "watch" in asked.query else "list"
        if verb == "watch" and "list" not in refused:
            listed.set()
        return Fault.UNAVAILABLE if verb in refused else None

    with (
        FaultyProxy(api_server, page=500, keep=False) as proxy,
        watching(fleet, kubeconfig(proxy, tmp_path)) as watched,
    ):
        watched.clean()
        proxy.hold = _QUIET / 2
        proxy.script = script
        open_ones = [one for one in proxy.streams if one.path == ACCOUNTS]
        assert True in [one.spoil(StreamFault.ENDED) for one in open_ones]
        seen = watched.until("unread", lambda one: bool(one.report.unread))
        refused.remove("list")
        assert listed.wait(LIMIT)
        api_server.kubectl("-n", space, "label", "serviceaccount/frontend", "who=me")
        refused.clear()
        # In each report from then on it is unread, or as it is.
        while told_by(seen.report) != ["Modified ServiceAccount/frontend"]:
            assert seen.report.unread
            seen = watched.until("another", _after(seen.number))
        api_server.kubectl("-n", space, "label", "serviceaccount/frontend", "who-")
        watched.clean()


def _after(number: int) -> Callable[[Posting], bool]:
    return lambda one: one.number > number


@pytest.mark.parametrize("fault", NONSENSE, ids=str)
def test_nonsense_in_a_stream(
    api_server: ControlPlane, fleet: FleetOnDisk, tmp_path: Path, fault: StreamFault
) -> None:
    """Every watch is told it at once; nothing is lost, and nothing invented."""
    space = fleet.namespace(EDGE)
    with (
        FaultyProxy(api_server, page=500, keep=False) as proxy,
        watching(fleet, kubeconfig(proxy, tmp_path)) as watched,
    ):
        watched.clean()
        assert sum([one.spoil(fault) for one in proxy.streams]) >= 20
        api_server.kubectl("-n", space, "label", "serviceaccount/frontend", "who=me")
        watched.until(
            "the label",
            lambda one: told_by(one.report) == ["Modified ServiceAccount/frontend"],
        )
        api_server.kubectl("-n", space, "label", "serviceaccount/frontend", "who-")
        watched.clean()

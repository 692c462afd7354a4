"""
The table of `tests.live.byhand`: each change by hand is found at its own path with its own
manager, what controllers do is not, and what was undone is in sync.

``python -m bench.by_hand`` shows the same beside ``kubectl diff``.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.live.byhand.case import NOBODY, Body, Case
from tests.live.byhand.ground import CHANGES, QUIET, Ground
from tests.live.fleet import (
    ALL_WAYS,
    CLIENT_SIDE,
    EDGE,
    SERVER_SIDE_FLUX,
    WAYS,
    Applied,
    FleetOnDisk,
    drift,
    ensure_namespaces,
    make_fleet,
    told,
)

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]


@dataclass(frozen=True)
class Seen:
    """What edgeops says of the table's namespaces at three moments, by line."""

    ground: Ground
    before: dict[str, list[Body]]
    changed: dict[str, list[Body]]
    restored: dict[str, list[Body]]


@pytest.fixture(scope="module", params=ALL_WAYS, ids=lambda way: way.name)
def seen(
    request: pytest.FixtureRequest,
    api_server: ControlPlane,
    tmp_path_factory: pytest.TempPathFactory,
) -> Seen:
    way: Applied = request.param
    ground = Ground(api_server, way, f"table-{way.name}", tmp_path_factory.mktemp(way.name))
    ground.apply()
    before = ground.by_line(ground.check())
    ground.change()
    changed = ground.by_line(ground.check())
    ground.restore()
    return Seen(ground, before, changed, ground.by_line(ground.check()))


def test_what_was_applied_is_in_sync(seen: Seen) -> None:
    assert seen.before == {}


@pytest.mark.parametrize("case", CHANGES, ids=lambda case: case.name)
def test_a_change_is_found_at_its_own_path(seen: Seen, case: Case) -> None:
    (finding,) = seen.changed[case.name]
    name = case.object_name.replace("NAMESPACE", seen.ground.namespace(case.name))
    assert (finding["drift"], finding["kind"], finding["name"]) == (case.drift, case.kind, name)
    paths = [(item["change"], item["path"]) for item in finding["fields"]]
    assert sorted(paths) == sorted(case.found)
    assert finding["severity"] == case.severity
    for item in finding["fields"] or [finding]:
        if item.get("change") == "removed" or case.drift == "Missing":
            assert item["manager"] is None  # nothing is there that somebody could own
            continue
        assert (item["manager"] or NOBODY) == case.command.manager
        by_hand = ("person", "edited") if item["manager"] else (None, None)
        assert (item["managerClass"], item["cause"]) == by_hand
        # The API server writes no time into the entry of a write through `scale`.
        timed = bool(item["manager"]) and item["subresource"] != "scale"
        assert bool(item["changedAt"]) is timed
        if case.kind == "Secret":
            assert "Z3Vlc3M=" not in str(item)


@pytest.mark.parametrize("case", QUIET, ids=lambda case: case.name)
def test_what_is_no_drift_is_not_called_drift(seen: Seen, case: Case) -> None:
    assert seen.changed.get(case.name, []) == []


def test_nothing_else_is_found(seen: Seen) -> None:
    assert set(seen.changed) == {case.name for case in CHANGES}


def test_what_was_undone_is_in_sync(seen: Seen) -> None:
    assert seen.restored == {}


@pytest.fixture(scope="module", params=WAYS, ids=lambda way: way.name)
def applied(
    request: pytest.FixtureRequest,
    api_server: ControlPlane,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[FleetOnDisk, Applied]:
    way: Applied = request.param
    ensure_namespaces(api_server)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_AUTHOR_NAME", "Ada")
        patch.setenv("GIT_AUTHOR_EMAIL", "ada@example.com")
        patch.setenv("GIT_COMMITTER_NAME", "Ada")
        patch.setenv("GIT_COMMITTER_EMAIL", "ada@example.com")
        fleet = make_fleet(
            tmp_path_factory.mktemp("hand"), prefix=f"hand-{way.name}", name=f"h{way.name}"
        )
    fleet.apply(api_server, way)
    return fleet, way


def test_where_it_is_and_where_git_says_otherwise(
    applied: tuple[FleetOnDisk, Applied],
    api_server: ControlPlane,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fleet, _ = applied
    namespace = fleet.namespace(EDGE)
    api_server.kubectl("-n", namespace, "set", "env", "deployment/product-api", "DEBUG=1")
    try:
        status, report = drift(fleet, api_server, capsys)
        (finding,) = report["findings"]
        assert (finding["zone"], finding["kind"], finding["name"]) == (
            EDGE,
            "Deployment",
            "product-api",
        )
        source = (fleet.root / finding["source"]).read_text().splitlines()
        assert finding["source"] == "base/product-api.yaml"
        assert source[finding["line"] - 1] == "apiVersion: apps/v1"
        assert status is ExitStatus.FINDINGS
        assert report["status"] == "OutOfSync"
    finally:
        api_server.kubectl("-n", namespace, "set", "env", "deployment/product-api", "DEBUG-")
    status, report = drift(fleet, api_server, capsys)
    assert told(report) == []
    assert status is ExitStatus.OK


def test_missing_and_extra_objects(
    applied: tuple[FleetOnDisk, Applied],
    api_server: ControlPlane,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fleet, way = applied
    namespace = fleet.namespace(EDGE)
    api_server.kubectl("-n", namespace, "delete", "service", "frontend")
    api_server.kubectl("-n", namespace, "create", "configmap", "mine", "--from-literal=a=b")
    api_server.kubectl("-n", namespace, "create", "deployment", "mine", "--image=mine:1")
    api_server.kubectl("-n", namespace, "create", "job", "mine", "--image=mine:1")
    try:
        status, report = drift(fleet, api_server, capsys)
        assert sorted(told(report)) == [
            "Extraneous ConfigMap/mine",
            "Extraneous Deployment/mine",
            "Extraneous Job/mine",
            "Missing Service/frontend",
        ]
        assert status is ExitStatus.FINDINGS
        summary = report["summary"]
        assert (summary["missing"], summary["extraneous"], summary["modified"]) == (1, 3, 0)
        by_kind = {item["kind"]: item for item in report["findings"]}
        assert by_kind["Service"]["source"] == "base/frontend.yaml"
        assert by_kind["ConfigMap"]["manager"] == "kubectl-create"
        assert by_kind["ConfigMap"]["cause"] == "edited"
        assert by_kind["Service"]["fields"] == by_kind["ConfigMap"]["fields"] == []
    finally:
        for kind in ("configmap", "deployment", "job"):
            api_server.kubectl("-n", namespace, "delete", kind, "mine")
        api_server.kubectl("apply", "-k", str(fleet.overlay(EDGE)), *way.args)


def test_a_namespace_that_no_overlay_renders(
    applied: tuple[FleetOnDisk, Applied],
    api_server: ControlPlane,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fleet, way = applied
    name = f"stray-{way.name}"
    api_server.kubectl("create", "namespace", name)
    api_server.kubectl("label", "namespace", name, f"app.kubernetes.io/part-of=h{way.name}")
    try:
        status, report = drift(fleet, api_server, capsys)
        assert told(report) == [f"Extraneous Namespace/{name}"]
        assert report["findings"][0]["zone"] is None
        assert status is ExitStatus.FINDINGS
    finally:
        api_server.kubectl("label", "namespace", name, "app.kubernetes.io/part-of-")


def test_what_the_engine_left_behind(
    api_server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A field that the engine applied and that git no longer has."""
    ensure_namespaces(api_server)
    for way in (SERVER_SIDE_FLUX, CLIENT_SIDE):
        fleet = make_fleet(tmp_path / way.name, prefix=f"left-{way.name}", name=f"l{way.name}")
        source = fleet.root / "base" / "product-api.yaml"
        text = source.read_text()
        source.write_text(
            text.replace(
                "    spec:\n", "    spec:\n      priority: 0\n      enableServiceLinks: false\n", 1
            ).replace("      priority: 0\n", "")
        )
        fleet.apply(api_server, way)
        source.write_text(text)
        status, report = drift(fleet, api_server, capsys)
        causes = {
            (finding["namespace"], item["path"]): (item["change"], item["cause"])
            for finding in report["findings"]
            for item in finding["fields"]
        }
        path = "spec.template.spec.enableServiceLinks"
        assert causes == {
            (fleet.namespace("region"), path): ("added", "left-behind"),
            (fleet.namespace(EDGE), path): ("added", "left-behind"),
        }
        assert status is ExitStatus.FINDINGS

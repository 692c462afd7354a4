"""
`edgeops watch` on a real API server: it says at every moment what a fresh check would say.

``EDGEOPS_SOAK=zones:changes`` makes the last test longer: ``make watch-many`` has 1000:2000.
"""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edgeops.core.findings import SyncStatus
from tests.controlplane.daemon import free_port
from tests.controlplane.server import ControlPlane
from tests.live.cuttable import cuttable
from tests.live.fleet import EDGE, SERVER_SIDE_FLUX, FleetOnDisk, ensure_namespaces, make_fleet
from tests.live.many import Changes, fill, make_many
from tests.live.test_drift_cause import commit, head, say_applied
from tests.live.watching import Watched, through, told_by, watching

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("watch")]

NUMBERS = itertools.count()
IDLE_SECONDS = 10.0


@pytest.fixture(scope="module")
def plane(control_plane_binaries: Path) -> Iterator[ControlPlane]:
    """A cluster that these tests may stop."""
    with ControlPlane(name="edge-usw2", binaries=control_plane_binaries) as made:
        made.install_crds()
        ensure_namespaces(made)
        yield made


@pytest.fixture
def fleet(plane: ControlPlane, tmp_path: Path) -> FleetOnDisk:
    """A fleet that is in sync, as its engine says too."""
    name = f"watch{next(NUMBERS)}"
    made = make_fleet(tmp_path / name, prefix=name, name=name)
    made.apply(plane, SERVER_SIDE_FLUX)
    say_applied(plane, made, head(made))
    return made


@pytest.fixture
def watched(plane: ControlPlane, fleet: FleetOnDisk) -> Iterator[Watched]:
    with watching(fleet, plane.kubeconfig("reader")) as made:
        made.clean()
        yield made


def test_what_changes_comes_and_goes(
    watched: Watched, plane: ControlPlane, fleet: FleetOnDisk
) -> None:
    space = fleet.namespace(EDGE)
    overlay = str(fleet.overlay(EDGE))
    seen: list[str] = []
    for command in (
        ("-n", space, "scale", "deployment/product-api", "--replicas=7"),
        ("-n", space, "delete", "service/payments", "--wait=false"),
        ("-n", space, "create", "configmap", "by-hand"),
        ("-n", space, "label", "serviceaccount/frontend", "who=me"),
        ("label", "namespace", space, "who=me"),
    ):
        plane.kubectl(*command)
        known = len(seen)
        now = watched.until("one more", lambda one: len(one.report.findings) > known)  # noqa: B023
        seen = told_by(now.report)
        watched.agrees()
    assert sorted(seen) == [
        "Extraneous ConfigMap/by-hand",
        "Missing Service/payments",
        "Modified Deployment/product-api",
        "Modified Namespace/" + space,
        "Modified ServiceAccount/frontend",
    ]
    plane.kubectl("-n", space, "delete", "configmap", "by-hand")
    plane.kubectl("-n", space, "label", "serviceaccount/frontend", "who-")
    plane.kubectl("label", "namespace", space, "who-")
    plane.kubectl("apply", "-k", overlay, *SERVER_SIDE_FLUX.args)
    assert {row.status for row in watched.clean().report.zones} == {SyncStatus.SYNCED}


def test_one_change_is_one_comparison(
    watched: Watched, plane: ControlPlane, fleet: FleetOnDisk
) -> None:
    before = watched.clean()
    plane.kubectl("-n", fleet.namespace(EDGE), "scale", "deployment/nginx", "--replicas=7")
    after = watched.until("scaled", lambda one: bool(one.report.findings))
    assert after.compared == before.compared + 1
    assert after.clusters[0].lists == before.clusters[0].lists


def test_an_idle_stretch_asks_for_no_list(plane: ControlPlane, fleet: FleetOnDisk) -> None:
    with watching(fleet, plane.kubeconfig("reader"), patience=2.0) as watched:
        posting = watched.clean()
        asked = datetime.now(UTC)
        begun = watched.watcher.tallies()[0].reconnects
        time.sleep(IDLE_SECONDS)  # the stretch itself
        verbs = [verb for verb, _ in plane.asked_by("reader", since=asked)]
        # Each watch ended several times, and went on from where it was.
        assert watched.watcher.tallies()[0].reconnects - begun >= 30
        assert set(verbs) <= {"watch", "get"}
        assert verbs.count("get") <= 2 + 2 * IDLE_SECONDS / 30
        latest = watched.board.latest()
        assert latest is not None
        assert (latest.number, latest.compared) == (posting.number, posting.compared)


def test_watches_that_are_cut_go_on(plane: ControlPlane, fleet: FleetOnDisk) -> None:
    with (
        cuttable(plane.url) as way,
        watching(fleet, through(plane.kubeconfig("reader"), way.port)) as watched,
    ):
        first = watched.clean()
        way.refusing = True
        assert way.cut() >= 30
        plane.kubectl("-n", fleet.namespace(EDGE), "scale", "deployment/nginx", "--replicas=7")
        way.refusing = False
        seen = watched.until("scaled", lambda one: bool(one.report.findings))
        assert told_by(seen.report) == ["Modified Deployment/nginx"]
        assert seen.compared == first.compared + 1
        assert seen.clusters[0].lists == first.clusters[0].lists
        assert seen.clusters[0].reconnects > 0
        watched.agrees()


def test_a_server_that_goes_and_comes(plane: ControlPlane, fleet: FleetOnDisk) -> None:
    """What happened meanwhile is found; its watch cache is new, so that versions are gone: 410."""
    with (
        cuttable(plane.url) as way,
        watching(fleet, through(plane.kubeconfig("reader"), way.port)) as watched,
    ):
        first = watched.clean()
        way.refusing = True
        way.cut()
        plane.kubectl("-n", fleet.namespace(EDGE), "delete", "service/payments", "--wait=false")
        plane.halt()
        gone = watched.until("unknown", lambda one: bool(one.report.unread))
        assert {row.status for row in gone.report.zones} == {SyncStatus.UNKNOWN}
        assert {gap.what for gap in gone.report.unread} == {"cluster edge-usw2"}
        assert gone.report.findings == ()
        plane.resume()
        way.target, way.refusing = plane.url, False
        back = watched.until("back", lambda one: not one.report.unread)
        back = watched.until(
            "found", lambda one: told_by(one.report) == ["Missing Service/payments"]
        )
        assert back.clusters[0].relists > 0
        assert back.compared == first.compared + 1
        watched.agrees()


RULES = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}]


def _grant(plane: ControlPlane, *rules: Any) -> None:
    """Give ``nobody`` just these rights."""
    name = "edgeops-test-watch"
    head_ = {"apiVersion": "rbac.authorization.k8s.io/v1"}
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "nobody"}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
    for body in (
        {**head_, "kind": "ClusterRole", "metadata": {"name": name}, "rules": list(rules)},
        {
            **head_,
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": reference,
            "subjects": [subject],
        },
    ):
        plural = f"{str(body['kind']).lower()}s"
        plane.apply(f"/apis/rbac.authorization.k8s.io/v1/{plural}/{name}", body)


def test_a_right_that_is_taken_and_given(plane: ControlPlane, fleet: FleetOnDisk) -> None:
    everything = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}
    others = {
        **everything,
        "apiGroups": [
            "", "policy", "consul.hashicorp.com", "kustomize.toolkit.fluxcd.io", "batch",
            "source.toolkit.fluxcd.io", "autoscaling", "networking.k8s.io",
            "rbac.authorization.k8s.io", "gateway.networking.k8s.io",
        ],
    }  # fmt: skip
    _grant(plane, everything)
    with watching(fleet, plane.kubeconfig("nobody"), patience=2.0) as watched:
        watched.clean()
        _grant(plane, others)
        gone = watched.until(
            "unread", lambda one: any("Deployment" in gap.what for gap in one.report.unread)
        )
        assert {gap.reason[:13] for gap in gone.report.unread} == {"403 Forbidden"}
        assert gone.report.findings == ()
        watched.agrees()
        plane.kubectl("-n", fleet.namespace(EDGE), "scale", "deployment/nginx", "--replicas=7")
        _grant(plane, everything)
        watched.until(
            "read again", lambda one: told_by(one.report) == ["Modified Deployment/nginx"]
        )
        watched.agrees()


def test_a_commit(watched: Watched, plane: ControlPlane, fleet: FleetOnDisk) -> None:
    before = watched.clean()
    revision = commit(fleet, {"base/nginx.yaml": ("replicas: 2", "replicas: 3")}, "Ask for more")
    watched.board.wake()
    seen = watched.until("the commit", lambda one: one.report.repository.revision == revision)
    assert set(told_by(seen.report)) == {"Modified Deployment/nginx"}
    assert {one.cause for one in seen.report.findings} == {"pending"}
    # The Deployment of both zones; and what is pending is compared with what was applied.
    assert seen.compared - before.compared <= 4
    watched.agrees()
    fleet.apply(plane, SERVER_SIDE_FLUX)
    say_applied(plane, fleet, revision)
    watched.clean()
    watched.agrees()


def test_a_commit_that_is_no_fleet(watched: Watched, fleet: FleetOnDisk) -> None:
    good = head(fleet)
    commit(fleet, {"edgeops.yaml": ("engine: flux", "engine: floox")}, "Break it")
    watched.board.wake()
    told = watched.until("told", lambda one: bool(one.report.unread)).report
    [gap] = told.unread
    assert "floox" in gap.reason
    assert told.repository.revision == good
    commit(fleet, {"edgeops.yaml": ("engine: floox", "engine: flux")}, "Mend it")
    watched.board.wake()
    watched.clean()


def test_one_cluster_that_cannot_be_reached(plane: ControlPlane, fleet: FleetOnDisk) -> None:
    """The engine's objects live in another cluster; its rows are Unknown, the rest goes on."""
    text = (fleet.root / "edgeops.yaml").read_text()
    (fleet.root / "edgeops.yaml").write_text(
        text.replace("- name: edge-usw2\n", "- name: edge-usw2\n      engineContext: away\n")
    )
    commit(fleet, {"edgeops.yaml": ("", (fleet.root / "edgeops.yaml").read_text())}, "Move")
    file = plane.kubeconfig("reader")
    body = json.loads(file.read_text())
    for name in ("contexts", "clusters"):
        entry = json.loads(json.dumps(body[name][0]))
        entry["name"] = "away"
        if name == "clusters":
            entry["cluster"]["server"] = f"https://127.0.0.1:{free_port()}"
        else:
            entry["context"]["cluster"] = "away"
        body[name].append(entry)
    both = file.with_suffix(".both.kubeconfig")
    both.write_text(json.dumps(body))
    both.chmod(0o600)
    with watching(fleet, both) as watched:
        first = watched.until("posted", lambda one: True)
        assert {gap.what for gap in first.report.unread} == {"cluster away"}
        plane.kubectl("-n", fleet.namespace(EDGE), "scale", "deployment/nginx", "--replicas=7")
        watched.until("scaled", lambda one: bool(one.report.findings))


@pytest.mark.parametrize(("sign", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_ends_when_it_is_told(
    plane: ControlPlane, fleet: FleetOnDisk, tmp_path: Path, sign: signal.Signals, status: int
) -> None:
    argv = (
        sys.executable, "-m", "edgeops", "watch", "-C", str(fleet.root), "-o", "json",
        "--kubeconfig", str(plane.kubeconfig("reader")), "--listen", f"127.0.0.1:{free_port()}",
        "--history", str(tmp_path / "history.db"),
    )  # fmt: skip
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # Who runs the tests in the background of a shell has them ignore ^C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as run:  # fmt: skip
        plane.kubectl("-n", fleet.namespace(EDGE), "scale", "deployment/nginx", "--replicas=7")
        assert run.stdout is not None
        event = json.loads(run.stdout.readline())
        assert (event["type"], event["finding"]["name"]) == ("ADDED", "nginx")
        run.send_signal(sign)
        _, err = run.communicate(timeout=30)
    assert run.returncode == status, err
    assert "Traceback" not in err
    history = (sys.executable, "-m", "edgeops", "history", "-C", str(fleet.root), "-o", "json")
    told = subprocess.run(
        (*history, "--history", str(tmp_path / "history.db")), capture_output=True, text=True
    )
    assert '"nginx"' in told.stdout, told.stderr


def test_after_many_changes_it_agrees(plane: ControlPlane, tmp_path: Path) -> None:
    zones, changes = map(int, os.environ.get("EDGEOPS_SOAK", "10:150").split(":"))
    fleet = make_many(tmp_path / "many", zones, prefix="many")
    objects = fill(plane, fleet)
    with (
        cuttable(plane.url) as way,
        watching(fleet, through(plane.kubeconfig("reader"), way.port)) as watched,
    ):
        watched.clean()
        drawn = Changes(plane, objects, seed=5)
        for number in range(changes):
            drawn.one()
            if number % (changes // 5) == changes // 10:
                way.cut()
            if number in (changes // 3, 2 * changes // 3):
                plane.halt()
                plane.resume()
                way.target = plane.url
        watched.kubeconfig = plane.kubeconfig("reader")
        watched.agrees()
        latest = watched.board.latest()
        assert latest is not None
        assert len(latest.report.findings) > changes // 10

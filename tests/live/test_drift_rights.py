"""
What drift says when it may not read, cannot read, or may read only a part.

Nothing that was not read may count as in sync or as missing; and edgeops asks for no right
but ``get`` and ``list``.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.errors import ExitStatus
from tests.controlplane.daemon import free_port
from tests.controlplane.server import ControlPlane
from tests.live.fleet import (
    ENGINES,
    SERVER_SIDE_FLUX,
    FleetOnDisk,
    drift,
    ensure_namespaces,
    make_fleet,
    told,
)
from tests.live.scaffold import FIVE_ZONES, ONE_ZONE, scaffold

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

RBAC = "rbac.authorization.k8s.io"
ENGINE_NAMESPACES = {"argocd": "argocd", "flux": "flux-system"}


@pytest.fixture(params=ENGINES)
def fleet(request: pytest.FixtureRequest, api_server: ControlPlane, tmp_path: Path) -> FleetOnDisk:
    """A fleet that is in sync; applying it again changes nothing."""
    ensure_namespaces(api_server)
    engine = str(request.param)
    made = make_fleet(
        tmp_path / "fleet", prefix=f"may-{engine}", name=f"may-{engine}", engine=engine
    )
    made.apply(api_server, SERVER_SIDE_FLUX)
    return made


def _rules(*groups: str, resources: Sequence[str] = ("*",)) -> list[dict[str, Any]]:
    return [{"apiGroups": list(groups), "resources": list(resources), "verbs": ["get", "list"]}]


@contextmanager
def _granted(
    plane: ControlPlane, rules: Sequence[Mapping[str, Any]], namespaces: Sequence[str] = ()
) -> Iterator[None]:
    """Give ``nobody`` rights: in the whole cluster, or in some namespaces."""
    name = "edgeops-test-rights"
    subject = {"apiGroup": RBAC, "kind": "User", "name": "nobody"}
    prefix = "" if namespaces else "Cluster"
    reference = {"apiGroup": RBAC, "kind": f"{prefix}Role", "name": name}
    head = {"apiVersion": f"{RBAC}/v1"}
    items = []
    for namespace in namespaces or (None,):
        metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
        items += [
            {**head, "kind": f"{prefix}Role", "metadata": metadata, "rules": rules},
            {
                **head,
                "kind": f"{prefix}RoleBinding",
                "metadata": metadata,
                "roleRef": reference,
                "subjects": [subject],
            },
        ]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    plane.kubectl("apply", "--server-side", "-f", "-", input=text)
    try:
        yield
    finally:
        plane.kubectl("delete", "-f", "-", input=text)


def _rows(report: Mapping[str, Any]) -> dict[str | None, str]:
    return {row["zone"]: row["status"] for row in report["zones"]}


def _without_roles(report: dict[str, Any]) -> list[str]:
    """The findings less the Roles by which ``nobody`` may look: one of each in every namespace."""
    lines = told(report)
    ours = [line for line in lines if line.endswith("/edgeops-test-rights")]
    assert set(ours) == {
        f"Extraneous {kind}/edgeops-test-rights" for kind in ("Role", "RoleBinding")
    }
    return [line for line in lines if line not in ours]


def test_without_rights_nothing_is_known(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    status, report = drift(fleet, api_server, capsys, user="nobody")
    assert status is ExitStatus.FAILED
    assert report["status"] == "Unknown"
    assert set(_rows(report).values()) == {"Unknown"}
    assert report["findings"] == []
    assert report["summary"]["unknown"] == report["summary"]["objects"] >= 50
    reasons = {(gap["what"], gap["reason"][:14]) for gap in report["unread"]}
    assert ("apps/v1 Deployment", "403 Forbidden:") in reasons
    assert {reason for _, reason in reasons} == {"403 Forbidden:"}


def test_an_expired_token(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    status, report = drift(fleet, api_server, capsys, user="expired")
    assert status is ExitStatus.FAILED
    assert set(_rows(report).values()) == {"Unknown"}
    assert report["findings"] == []
    assert {gap["what"] for gap in report["unread"]} == {"cluster edge-usw2"}
    [reason] = {gap["reason"] for gap in report["unread"]}
    assert reason.startswith("401 Unauthorized")


def test_get_and_list_are_enough_and_all_that_is_asked_for(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    before = datetime.now(UTC)
    with _granted(api_server, _rules("*")):
        status, report = drift(fleet, api_server, capsys, user="nobody")
    assert (told(report), report["unread"]) == ([], [])
    assert status is ExitStatus.OK
    asked = api_server.asked_by("nobody", since=before)
    assert len(asked) > 20
    assert {verb for verb, _ in asked} <= {"get", "list"}
    secrets = [uri for _, uri in asked if "/secrets" in uri]
    assert len(secrets) == 1
    uris = [uri for _, uri in asked]
    assert len(uris) == len(set(uris)), "one LIST a kind"


def test_rights_in_the_zones_namespaces_are_enough(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    """A 403 for the whole cluster falls back to a LIST for each namespace."""
    places = [fleet.namespace(zone) for zone in fleet.zones]
    places.append(ENGINE_NAMESPACES[fleet.engine])
    api_server.kubectl("label", "-n", places[1], "service/frontend", "by=hand")
    # Flux' accounts have a ClusterRole for the Namespaces themselves.
    wide = _rules(RBAC, resources=["clusterroles", "clusterrolebindings"])
    with _granted(api_server, _rules("*"), places), _granted(api_server, wide):
        status, report = drift(fleet, api_server, capsys, user="nobody")
    api_server.kubectl("label", "-n", places[1], "service/frontend", "by-")
    # The Roles that let it look are in the zones' namespaces, and not in git.
    assert _without_roles(report) == [
        "Modified Service/frontend added metadata.labels.by by kubectl-label"
    ]
    assert report["unread"] == []
    assert status is ExitStatus.FINDINGS
    assert report["summary"]["synced"] == report["summary"]["objects"] - 1 - 2 * len(fleet.zones)
    assert report["notes"] == [
        "edge-usw2: namespaces may not be listed: one that git does not name is not seen."
    ]


def test_only_what_may_not_be_read_is_unknown(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rights in the Region's namespace alone: the Region's own objects are compared."""
    with _granted(api_server, _rules("*"), [fleet.namespace("region")]):
        status, report = drift(fleet, api_server, capsys, user="nobody")
    assert status is ExitStatus.FAILED
    region, edge = (
        next(row for row in report["zones"] if row["zone"] == zone) for zone in fleet.zones
    )
    assert (edge["status"], edge["unknown"]) == ("Unknown", edge["objects"])
    assert region["synced"] >= 30
    unread = {gap["what"] for gap in report["unread"] if gap["zone"] == "region"}
    # What the engine has for this zone stands in the engine's namespace, or in none.
    assert (
        unread
        == {
            "argocd": {"argoproj.io/v1alpha1 Application"},
            "flux": {
                "kustomize.toolkit.fluxcd.io/v1 Kustomization",
                "v1 ServiceAccount",
                f"{RBAC}/v1 ClusterRole",
                f"{RBAC}/v1 ClusterRoleBinding",
            },
        }[fleet.engine]
    )
    assert len(unread) == region["unknown"]
    assert _without_roles(report) == []


def test_one_kind_that_may_not_be_read(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    """The zone is Unknown, and what was found in the others kinds is told all the same."""
    groups = (
        *("apps", "argoproj.io", "autoscaling", "batch", "consul.hashicorp.com"),
        *("gateway.networking.k8s.io", "kustomize.toolkit.fluxcd.io", "networking.k8s.io"),
        *("policy", "source.toolkit.fluxcd.io", RBAC),
    )
    core = (
        *("limitranges", "namespaces", "persistentvolumeclaims", "pods", "resourcequotas"),
        *("secrets", "serviceaccounts", "services"),
    )
    edge = fleet.namespace(fleet.zones[1])
    api_server.kubectl(*("scale", "-n", edge, "deployment/frontend", "--replicas=7"))
    with _granted(api_server, [*_rules(*groups), *_rules("", resources=core)]):
        status, report = drift(fleet, api_server, capsys, user="nobody")
    assert status is ExitStatus.FAILED
    assert {gap["what"] for gap in report["unread"]} == {"v1 ConfigMap"}
    assert {gap["zone"] for gap in report["unread"]} == set(fleet.zones)
    assert all(gap["reason"].startswith("403 Forbidden: configmaps") for gap in report["unread"])
    assert told(report) == ["Modified Deployment/frontend changed spec.replicas by kubectl"]
    rows = _rows(report)
    assert {rows[zone] for zone in fleet.zones} == {"Unknown"}
    assert rows[None] == "Synced"


def _broken(plane: ControlPlane, tmp_path: Path, how: str) -> tuple[list[str], str]:
    """Arguments that lead nowhere, and what must be said of it."""
    kubeconfig = plane.kubeconfig("reader")
    if how == "context":
        return [
            "--kubeconfig",
            str(kubeconfig),
            "--context",
            "elsewhere",
        ], "Context 'elsewhere' not found"
    if how == "kubeconfig":
        missing = tmp_path / "none.kubeconfig"
        return ["--kubeconfig", str(missing)], f"{missing}: No such file or directory"
    if how == "garbage":
        other = tmp_path / "garbage.kubeconfig"
        other.write_text("kind: Config\nclusters: {\n")
        return ["--kubeconfig", str(other)], str(other)
    other = tmp_path / "closed.kubeconfig"
    port = free_port()
    other.write_text(kubeconfig.read_text().replace(plane.url, f"https://127.0.0.1:{port}"))
    return ["--kubeconfig", str(other)], "Connection refused"


@pytest.mark.parametrize("how", ["context", "kubeconfig", "garbage", "closed"])
@pytest.mark.parametrize("form", ["table", "json"])
def test_a_cluster_that_is_not_there(
    api_server: ControlPlane,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    how: str,
    form: str,
) -> None:
    made = scaffold(
        tmp_path / "fleet", engine="flux", mesh="none", prefix="absent", clusters=[ONE_ZONE]
    )
    arguments, reason = _broken(api_server, tmp_path, how)
    capsys.readouterr()
    status = main(["drift", "-C", str(made.root), "-o", form, *arguments])
    shown = capsys.readouterr()
    assert status is ExitStatus.FAILED
    assert "Traceback" not in shown.err
    if form == "table":
        # Wrapped to the width of a terminal, a path of a temporary directory may be in two lines.
        told_once = "".join((shown.out + shown.err).split())
        assert told_once.count("".join(reason.split())) == 1
        return
    lines = [line for line in shown.err.splitlines() if reason in line]
    assert len(lines) == 1
    report = json.loads(shown.out)
    assert report["status"] == "Unknown"
    assert set(_rows(report).values()) == {"Unknown"}
    assert {gap["what"] for gap in report["unread"]} <= {"cluster edge-usw2", "cluster elsewhere"}
    assert all(reason in gap["reason"] for gap in report["unread"])


def test_the_other_cluster_is_compared(
    two_api_servers: tuple[ControlPlane, ControlPlane],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Two contexts in two kubeconfigs, as ``KUBECONFIG`` lists them; one leads nowhere."""
    west, east = two_api_servers
    made = scaffold(
        tmp_path / "fleet",
        engine="flux",
        mesh="consul-community",
        prefix="half",
        clusters=[ONE_ZONE, {**FIVE_ZONES, "zones": ["us-east-1-bos-1a"]}],
    )
    ensure_namespaces(east)
    for folder in made.folders("edge-use1"):
        east.kubectl("apply", "--server-side", "-k", str(made.root / folder))
    # Of two users with one name the first file's counts, for kubectl as for us.
    nowhere = json.loads(west.kubeconfig("nobody").read_text())
    nowhere["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{free_port()}"
    (tmp_path / "west").write_text(json.dumps(nowhere))
    listed = f"{tmp_path / 'west'}:{east.kubeconfig('reader')}"
    capsys.readouterr()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", listed)
        status = main(["drift", "-C", str(made.root), "-o", "json"])
    report = json.loads(capsys.readouterr().out)
    assert status is ExitStatus.FAILED
    assert {(row["cluster"], row["status"]) for row in report["zones"]} == {
        ("edge-usw2", "Unknown"),
        ("edge-use1", "Synced"),
    }
    assert {gap["cluster"] for gap in report["unread"]} == {"edge-usw2"}
    assert all("Connection refused" in gap["reason"] for gap in report["unread"])
    assert told(report) == []

"""Dumps and ready-made manifests: the same verdict without a cluster or without a fleet."""

import json
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.core import documents
from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.live.fleet import (
    EDGE,
    WAYS,
    Applied,
    FleetOnDisk,
    ensure_namespaces,
    make_fleet,
    told,
)

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

KINDS = (
    "namespaces,serviceaccounts,secrets,configmaps,services,deployments,statefulsets,"
    "poddisruptionbudgets,persistentvolumeclaims,jobs,"
    "servicedefaults,serviceintentions,serviceresolvers"
)


@pytest.fixture(scope="module", params=WAYS, ids=lambda way: way.name)
def fleet(
    request: pytest.FixtureRequest,
    api_server: ControlPlane,
    tmp_path_factory: pytest.TempPathFactory,
) -> FleetOnDisk:
    way: Applied = request.param
    ensure_namespaces(api_server)
    with pytest.MonkeyPatch.context() as patch:
        for who in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{who}_NAME", "Ada")
            patch.setenv(f"GIT_{who}_EMAIL", "ada@example.com")
        fleet = make_fleet(
            tmp_path_factory.mktemp("dump"), prefix=f"dump-{way.name}", name=f"d{way.name}"
        )
    fleet.apply(api_server, way)
    return fleet


def dump(plane: ControlPlane, *, managed_fields: bool = False, kinds: str = KINDS) -> str:
    shown = ("--show-managed-fields",) if managed_fields else ()
    return plane.kubectl("get", kinds, "-A", "-o", "yaml", *shown).stdout


def check(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[ExitStatus, dict[str, Any], str]:
    capsys.readouterr()
    status = main(["drift", "-o", "json", *args])
    out, err = capsys.readouterr()
    return status, json.loads(out) if out.strip() else {}, err


@pytest.mark.parametrize("managed_fields", [True, False], ids=["managed", "stripped"])
def test_a_dump_of_what_was_applied_is_in_sync(
    fleet: FleetOnDisk,
    api_server: ControlPlane,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    managed_fields: bool,
) -> None:
    place = tmp_path / "dump.yaml"
    place.write_text(dump(api_server, managed_fields=managed_fields))
    status, report, _ = check(capsys, "-C", str(fleet.root), "--live", str(place))
    assert told(report) == []
    assert status is ExitStatus.OK
    assert any("counts as complete" in note for note in report["notes"])
    assert any("sync engine's" in note for note in report["notes"])


def test_an_addition_in_a_stripped_dump_is_seen(
    fleet: FleetOnDisk,
    api_server: ControlPlane,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    body = documents.load(dump(api_server))
    for item in body["items"]:
        if (item["kind"], item["metadata"]["name"]) == ("Deployment", "frontend"):
            item["spec"]["template"]["spec"]["containers"][0]["stdin"] = True
            item["spec"]["template"]["spec"]["dnsPolicy"] = "Default"
    place = tmp_path / "dump.json"
    place.write_text(json.dumps(body))
    status, report, _ = check(capsys, "-C", str(fleet.root), "--live", str(place), "--zone", EDGE)
    pod = "spec.template.spec"
    assert told(report) == [
        f"Modified Deployment/frontend added {pod}.containers[name=frontend].stdin by None",
        f"Modified Deployment/frontend added {pod}.dnsPolicy by None",
    ]
    assert status is ExitStatus.FINDINGS
    assert any("no managedFields" in note for note in report["notes"])


def test_one_object_a_file(
    fleet: FleetOnDisk,
    api_server: ControlPlane,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "dump"
    for number, item in enumerate(documents.load(dump(api_server))["items"]):
        file = folder / item["kind"] / f"{number}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(documents.dump_yaml(item))
    status, report, _ = check(capsys, "-C", str(fleet.root), "--live", str(folder))
    assert told(report) == []
    assert status is ExitStatus.OK


def test_ready_made_manifests_against_a_cluster(
    fleet: FleetOnDisk,
    api_server: ControlPlane,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    built = tmp_path / "built.yaml"
    built.write_text(api_server.kubectl("kustomize", str(fleet.overlay(EDGE))).stdout)
    cluster = ("--kubeconfig", str(api_server.kubeconfig("reader")), "--context", "edge-usw2")
    status, report, _ = check(capsys, "--desired", str(built), *cluster)
    # What lets Flux's account into the namespace comes with the engine's folder.
    account = f"d{fleet.prefix.removeprefix('dump-')}-edge-usw2-{EDGE}"
    assert told(report) == [f"Extraneous Role/{account}", f"Extraneous RoleBinding/{account}"]
    assert status is ExitStatus.FINDINGS
    (row,) = report["zones"]
    assert (row["cluster"], row["zone"]) == (None, None)

    changed = built.read_text().replace("replicas: 2", "replicas: 3", 1)
    built.write_text(changed)
    status, report, _ = check(capsys, "--desired", str(built), *cluster)
    (line,) = (line for line in told(report) if not line.startswith("Extraneous"))
    assert "changed spec.replicas" in line
    assert status is ExitStatus.FINDINGS


def test_a_namespace_that_a_manifest_does_not_name(
    api_server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    api_server.kubectl("create", "namespace", "somewhere", check=False)
    for namespace in ("somewhere", "default"):
        name = "only-here" if namespace == "somewhere" else "in-default"
        api_server.kubectl("-n", namespace, "create", "configmap", name, "--from-literal=a=b")
    manifest = tmp_path / "m.yaml"
    manifest.write_text(
        "".join(
            f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{a: b}}\n---\n"
            for name in ("only-here", "in-default", "nowhere")
        )
    )
    cluster = ("--kubeconfig", str(api_server.kubeconfig("reader")))
    status, report, _ = check(capsys, "--desired", str(manifest), *cluster)
    assert told(report) == ["Missing ConfigMap/nowhere"]
    assert report["findings"][0]["namespace"] == "default"
    assert report["summary"]["synced"] == 2
    assert status is ExitStatus.FINDINGS

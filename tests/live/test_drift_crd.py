"""
Kinds that the package has never heard of: the API server itself says how they merge.

With a CustomResourceDefinition of our own; and what a dump or git may say of it instead.
"""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edgeops.adapters import package_data
from edgeops.core import openapi
from edgeops.core.schemas import Format, Schemas
from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.live.fleet import told
from tests.live.gadgets import CRD, DESIRED, NAMESPACE, check, closed_openapi, edit, reader

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "edgeops" / "openapi"


def by_structure(report: dict[str, Any]) -> list[str]:
    return [note for note in report["notes"] if "by structure" in note]


def test_what_was_applied_is_clean(
    gadget: Path, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    status, report = check(capsys, [gadget], *reader(api_server))
    assert told(report) == []
    assert status is ExitStatus.OK
    assert by_structure(report) == []


def test_order_and_defaults_are_clean_without_managed_fields_too(
    gadget: Path, api_server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server keeps another order, and git says the defaults aloud or not at all."""
    spelled = tmp_path / "spelled.yaml"
    spelled.write_text(
        DESIRED.replace(
            "[{port: 80}, {port: 443, weight: 5}]",
            "[{port: 443, protocol: TCP, weight: 5}, {port: 80, weight: 0}]",
        )
        .replace("limit: 80", 'limit: "80"\n  mode: fast')
        .replace("[a, b]", "[b, a]")
    )
    status, report = check(capsys, [spelled], *reader(api_server))
    assert told(report) == []
    assert status is ExitStatus.OK


def test_additions_by_hand_are_found(
    gadget: Path, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(
        api_server,
        [
            {"op": "add", "path": "/spec/ports/-", "value": {"port": 22}},
            {"op": "add", "path": "/spec/hosts/-", "value": "c"},
            {"op": "replace", "path": "/spec/mode", "value": "slow"},
            {"op": "replace", "path": "/spec/size", "value": "1"},
            {"op": "replace", "path": "/spec/order", "value": ["second", "first"]},
        ],
    )
    status, report = check(capsys, [gadget], *reader(api_server))
    by = "by kubectl-patch"
    assert told(report) == [
        f"Modified Gadget/web changed spec.hosts {by}",
        f"Modified Gadget/web added spec.mode {by}",
        f"Modified Gadget/web changed spec.order {by}",
        f"Modified Gadget/web added spec.ports[port=22,protocol=TCP] {by}",
        f"Modified Gadget/web changed spec.size {by}",
    ]
    assert status is ExitStatus.FINDINGS


def test_a_schema_is_fetched_once_and_kept_for_the_user_alone(
    gadget: Path, api_server: ControlPlane, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def documents_asked() -> int:
        asked = (path for _, path in api_server.asked_by("reader"))
        return sum(path.startswith("/openapi/v3/apis/example.com/v1") for path in asked)

    before = documents_asked()
    check(capsys, [gadget], *reader(api_server))
    (kept,) = cache.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    check(capsys, [gadget], *reader(api_server))
    assert documents_asked() == before + 1

    kept.write_bytes(kept.read_bytes()[:-20])
    status, report = check(capsys, [gadget], *reader(api_server))
    assert (told(report), status) == ([], ExitStatus.OK)
    assert documents_asked() == before + 2


def test_nothing_is_fetched_for_kinds_that_the_package_knows(
    api_server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = tmp_path / "m.yaml"
    manifest.write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: kube-system}\n")
    before = datetime.now(UTC)
    check(capsys, [manifest], *reader(api_server))
    asked = api_server.asked_by("reader", since=before)
    assert asked
    assert not any(path.startswith("/openapi") for _, path in asked)


def test_a_cache_that_cannot_be_written_is_no_error(
    gadget: Path,
    api_server: ControlPlane,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    status, report = check(capsys, [gadget], *reader(api_server))
    assert (told(report), status) == ([], ExitStatus.OK)


def test_without_the_right_to_read_schemas(
    gadget: Path, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    """``system:discovery`` without ``/openapi``: compared by structure, and said so."""
    with closed_openapi(api_server):
        status, report = check(capsys, [gadget], *reader(api_server))
    # What is only live inside an element is taken for a default: the engine alone wrote the list.
    assert told(report) == []
    assert status is ExitStatus.OK
    assert any("403" in note and "no schemas of example.com/v1" in note for note in report["notes"])
    (note,) = by_structure(report)
    assert "Gadget (example.com/v1)" in note


def test_every_document_of_a_server_agrees_with_the_package(
    crd: None, api_server: ControlPlane
) -> None:
    """Whatever a server publishes is understood; and where both know a kind they say the same."""
    package = Schemas.parse(package_data.schemas())
    both = set()
    for path in api_server.get("/openapi/v3")["paths"]:
        data = openapi.served(api_server.get(f"/openapi/v3/{path}"))
        schemas = Schemas(data)
        for key in data["kinds"]:
            version, _, kind = key.rpartition("/")
            known = package.info(version, kind)
            if known is None:
                continue
            both.add(key)
            assert schemas.info(version, kind) == known
            assert schemas.describes(version, kind)
            ours, theirs = package.root(version, kind), schemas.root(version, kind)
            for name in ("spec", "data", "rules", "subjects", "webhooks"):
                one, other = ours.field(name), theirs.field(name)
                assert (one.list_type, one.list_keys) == (other.list_type, other.list_keys)
    assert {"v1/Service", "apps/v1/Deployment", "argoproj.io/v1alpha1/Application"} <= both
    deployment = Schemas(openapi.served(api_server.get("/openapi/v3/apis/apps/v1"))).root(
        "apps/v1", "Deployment"
    )
    container = deployment.field("spec").field("template").field("spec").field("containers").items
    assert container.field("ports").list_keys == ("containerPort", "protocol")
    assert container.field("resources").field("limits").field("cpu").format is Format.QUANTITY


def dumped(plane: ControlPlane, what: str) -> str:
    return plane.kubectl("-n", NAMESPACE, "get", what, "-o", "yaml").stdout


@pytest.mark.parametrize("where", ["dump", "git", "nowhere"])
def test_a_dump(
    gadget: Path,
    api_server: ControlPlane,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    where: str,
) -> None:
    """Without managedFields only a schema can tell the defaults: of the dump, or of git."""
    live = tmp_path / "live.yaml"
    text = dumped(api_server, "gadgets")
    if where == "dump":
        text += "---\n" + dumped(api_server, f"crd/{CRD['metadata']['name']}")
    live.write_text(text)
    desired = [gadget]
    if where == "git":
        desired.append(tmp_path / "crd.json")
        desired[-1].write_text(json.dumps(CRD))
    status, report = check(capsys, desired, "--live", str(live))
    gadgets = [line for line in told(report) if "Gadget" in line]
    if where == "nowhere":
        head = "Modified Gadget/web"
        assert gadgets == [
            f"{head} added spec.mode by None",
            f"{head} changed spec.ports by None",
        ]
        assert "Gadget (example.com/v1)" in by_structure(report)[0]
        assert status is ExitStatus.FINDINGS
    else:
        assert gadgets == []
        assert by_structure(report) == []

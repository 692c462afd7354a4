"""
Findings that a dry run shows to be no difference, and those that it must leave alone.

Without the right to read schemas, a keyed list into which a controller writes is called changed:
the server knows better. What somebody added stays a finding, whatever an apply would make of it.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeops.__main__ import main
from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.live.fleet import told
from tests.live.gadgets import NAMESPACE, check, closed_openapi, edit

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

RIGHTS = "edgeops-test-confirm"
PORTS = "Modified Gadget/web changed spec.ports by kube-controller-manager"
SECRET = """
apiVersion: v1
kind: Secret
metadata: {name: sealed, namespace: gadgets}
immutable: true
stringData: {password: hunter2}
"""


@pytest.fixture
def patcher(api_server: ControlPlane) -> Iterator[tuple[str, ...]]:
    """``nobody`` may read everything and patch Gadgets and Secrets."""
    read = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]}
    patch = {"apiGroups": ["", "example.com"], "resources": ["gadgets", "secrets"]}
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": RIGHTS},
        "rules": [read, {**patch, "verbs": ["patch"]}],
    }
    api_server.kubectl("apply", "-f", "-", input=json.dumps(role))
    api_server.kubectl(
        "create", "clusterrolebinding", RIGHTS, f"--clusterrole={RIGHTS}", "--user=nobody"
    )
    yield ("--kubeconfig", str(api_server.kubeconfig("nobody")))
    api_server.kubectl("delete", "clusterrolebinding", RIGHTS)
    api_server.kubectl("delete", "clusterrole", RIGHTS)


@pytest.fixture
def weighted(gadget: Path, api_server: ControlPlane) -> Path:
    """A Gadget in whose list a controller has set a field that git leaves open."""
    weigh = [{"op": "replace", "path": "/spec/ports/0/weight", "value": 3}]
    api_server.kubectl(
        *("-n", NAMESPACE, "patch", "gadget", "web", "--type=json", "-p", json.dumps(weigh)),
        "--field-manager=kube-controller-manager",
    )
    return gadget


def version(plane: ControlPlane) -> str:
    path = "jsonpath={.metadata.resourceVersion}"
    return plane.kubectl("-n", NAMESPACE, "get", "gadget", "web", "-o", path).stdout


@pytest.mark.parametrize("when", ["auto", "always"])
def test_another_spelling_is_dropped_and_nothing_is_written(
    weighted: Path,
    api_server: ControlPlane,
    patcher: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    when: str,
) -> None:
    before = version(api_server)
    with closed_openapi(api_server):
        status, report = check(capsys, [weighted], *patcher)
        assert told(report) == [PORTS]
        assert status is ExitStatus.FINDINGS
        status, report = check(capsys, [weighted], *patcher, "--confirm", when)
    assert told(report) == []
    assert status is ExitStatus.OK
    assert (report["summary"]["synced"], report["summary"]["modified"]) == (1, 0)
    assert any("1 difference in 1 object" in note for note in report["notes"])
    assert version(api_server) == before


def test_a_change_stays_beside_a_spelling(
    gadget: Path,
    api_server: ControlPlane,
    patcher: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    edit(
        api_server,
        [
            {"op": "replace", "path": "/spec/size", "value": "2"},
            {"op": "replace", "path": "/spec/mode", "value": "slow"},
        ],
    )
    with closed_openapi(api_server):
        status, report = check(capsys, [gadget], *patcher, "--confirm=auto")
    assert told(report) == [
        "Modified Gadget/web added spec.mode by kubectl-patch",
        "Modified Gadget/web changed spec.size by kubectl-patch",
    ]
    assert report["summary"]["modified"] == 1
    assert report["findings"][0]["cause"] == "edited"
    assert status is ExitStatus.FINDINGS


@pytest.mark.parametrize("closed", [True, False], ids=["no-schema", "schema"])
def test_an_element_that_somebody_added_stays(
    gadget: Path,
    api_server: ControlPlane,
    patcher: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    closed: bool,
) -> None:
    """An apply merges both lists and keeps the addition, so that it tells nothing of it."""
    edit(
        api_server,
        [
            {"op": "add", "path": "/spec/ports/-", "value": {"port": 22}},
            {"op": "add", "path": "/spec/hosts/-", "value": "c"},
        ],
    )
    if closed:
        with closed_openapi(api_server):
            status, report = check(capsys, [gadget], *patcher, "--confirm=always")
    else:
        status, report = check(capsys, [gadget], *patcher, "--confirm=always")
    paths = [field["path"] for field in report["findings"][0]["fields"]]
    ports = "spec.ports" if closed else "spec.ports[port=22,protocol=TCP]"
    assert paths == ["spec.hosts", ports]
    assert status is ExitStatus.FINDINGS


def test_without_the_right_to_patch(
    weighted: Path, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    user = ("--kubeconfig", str(api_server.kubeconfig("reader")))
    with closed_openapi(api_server):
        status, report = check(capsys, [weighted], *user, "--confirm=auto")
    assert told(report) == [PORTS]
    assert status is ExitStatus.FINDINGS
    (note,) = (note for note in report["notes"] if "--confirm" in note)
    assert "403 Forbidden" in note
    assert "Gadget/gadgets/web" in note
    assert "stands" in note


def test_only_doubtful_objects_are_asked_about(
    weighted: Path, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a schema and managedFields nothing is in doubt; ``never`` asks nothing at all."""
    edit(api_server, [{"op": "replace", "path": "/spec/size", "value": "2"}])
    user = ("--kubeconfig", str(api_server.kubeconfig("reader")))

    def patches() -> int:
        return sum(verb == "patch" for verb, _ in api_server.asked_by("reader"))

    before = patches()
    for when in ("never", "auto"):
        assert check(capsys, [weighted], *user, f"--confirm={when}")[0] is ExitStatus.FINDINGS
    assert patches() == before
    check(capsys, [weighted], *user, "--confirm=always")
    assert patches() == before + 1
    method, uri = [asked for asked in api_server.asked_by("reader") if asked[0] == "patch"][-1]
    assert method == "patch"
    assert "dryRun=All" in uri
    assert "fieldManager=kustomize-controller" in uri
    assert "force=true" in uri


def test_a_refusal_does_not_quote_a_secret(
    crd: None,
    api_server: ControlPlane,
    patcher: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    manifest = tmp_path / "secret.yaml"
    manifest.write_text(SECRET)
    api_server.kubectl("apply", "--server-side", "-f", str(manifest))
    manifest.write_text(SECRET.replace("hunter2", "correct-horse"))
    status, report = check(capsys, [manifest], *patcher, "--confirm=always")
    assert status is ExitStatus.FINDINGS
    (note,) = (note for note in report["notes"] if "--confirm" in note)
    assert "(first Secret/gadgets/sealed: 422" in note
    assert "hunter2" not in json.dumps(report)
    assert "correct-horse" not in json.dumps(report)


def test_a_dump_cannot_be_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["drift", "--live", str(tmp_path), "--confirm=auto"])
    assert status is ExitStatus.FAILED
    assert "--live and --confirm" in capsys.readouterr().err

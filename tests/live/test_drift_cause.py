"""Why something differs, told by the revision that the engine says it applied."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from edgeops import wiring
from edgeops.__main__ import main
from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.live.fleet import (
    EDGE,
    SERVER_SIDE_ARGO,
    SERVER_SIDE_FLUX,
    FleetOnDisk,
    drift,
    ensure_namespaces,
    make_fleet,
    told,
)
from tests.live.test_drift_engine import make_applications, patch

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

NUMBERS = itertools.count()
KUSTOMIZATION = "kustomization.kustomize.toolkit.fluxcd.io"


def commit(fleet: FleetOnDisk, changes: dict[str, tuple[str, str]], message: str) -> str:
    """Replace a text in each file (relative to the fleet), and commit."""
    for path, (before, after) in changes.items():
        file = fleet.root / path
        text = file.read_text() if file.exists() else ""
        assert before in text
        file.write_text(text.replace(before, after, 1) if before else after)
    repository = wiring.repository(str(fleet.root))
    assert repository.commit(list(changes), message) is not None
    return repository.revision("HEAD")


def head(fleet: FleetOnDisk) -> str:
    return wiring.repository(str(fleet.root)).revision("HEAD")


def say_applied(plane: ControlPlane, fleet: FleetOnDisk, revision: str, *zones: str | None) -> None:
    """Do as the engine does after an apply; zone None means the folder of the engine itself."""
    for zone in zones or (*fleet.zones, None):
        name = f"{fleet.root.name}-edge-usw2" + (f"-{zone}" if zone else "")
        if fleet.engine == "flux":
            patch(
                plane,
                "flux-system",
                f"{KUSTOMIZATION}/{name}",
                {"status": {"lastAppliedRevision": f"main@sha1:{revision}"}},
                "--subresource=status",
                "--field-manager=kustomize-controller",
            )
            continue
        operation = {
            "phase": "Succeeded",
            "startedAt": "2026-01-01T00:00:00Z",
            "operation": {"sync": {"revision": revision}},
            "syncResult": {"revision": revision, "source": {"repoURL": "https://x"}},
        }
        patch(
            plane,
            "argocd",
            f"application/{name}",
            {"status": {"operationState": operation}},
            "--field-manager=argocd-application-controller",
        )


def causes(report: dict[str, Any], zone: str = EDGE) -> dict[str, str | None]:
    """By object, or object and field, the cause."""
    found = {}
    for finding in report["findings"]:
        if finding["zone"] != zone:
            continue
        name = f"{finding['kind']}/{finding['name']}"
        found[name] = finding["cause"]
        for field in finding["fields"]:
            found[f"{name} {field['path'].rpartition('.')[2]}"] = field["cause"]
    return found


@pytest.fixture(params=["flux", "argocd"])
def fleet(request: pytest.FixtureRequest, api_server: ControlPlane, tmp_path: Path) -> FleetOnDisk:
    """A fleet that is live as its engine applied it at the first commit."""
    ensure_namespaces(api_server)
    name = f"why{request.param}{next(NUMBERS)}"
    made = make_fleet(tmp_path / name, prefix=name, engine=request.param, name=name)
    made.apply(api_server, SERVER_SIDE_FLUX if request.param == "flux" else SERVER_SIDE_ARGO)
    if request.param == "argocd":
        make_applications(api_server, made)
    say_applied(api_server, made, head(made))
    return made


@pytest.fixture(autouse=True)
def gone(request: pytest.FixtureRequest, api_server: ControlPlane) -> Any:
    """The engine objects of one test are not those of the next."""
    yield
    for kind, namespace in (
        (KUSTOMIZATION, "flux-system"),
        ("application", "argocd"),
        ("applicationset", "argocd"),
        ("appproject", "argocd"),
    ):
        api_server.kubectl("-n", namespace, "delete", kind, "--all", "--wait=true", check=False)


def test_pending_edited_and_both(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(drift(fleet, api_server, capsys)[1]) == []
    namespace = fleet.namespace(EDGE)
    extra = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: gone, namespace: NAMESPACE}\n"
    resources = f"overlays/{fleet.cluster}/{EDGE}/kustomization.yaml"
    applied = commit(
        fleet,
        {
            f"overlays/{fleet.cluster}/{EDGE}/gone.yaml": (
                "",
                extra.replace("NAMESPACE", namespace),
            ),
            resources: ("- namespace.yaml\n", "- namespace.yaml\n- gone.yaml\n"),
        },
        "Add",
    )
    fleet.apply(api_server, SERVER_SIDE_FLUX if fleet.engine == "flux" else SERVER_SIDE_ARGO)
    say_applied(api_server, fleet, applied)
    assert told(drift(fleet, api_server, capsys)[1]) == []

    # The engine has it all; a person deletes one object and edits another.
    api_server.kubectl("-n", namespace, "delete", "service", "frontend")
    patch(api_server, namespace, "deployment/frontend", {"spec": {"replicas": 9}})
    patch(api_server, namespace, "deployment/nginx", {"spec": {"replicas": 9}})
    assert causes(drift(fleet, api_server, capsys)[1]) == {
        "Service/frontend": "edited",
        "Deployment/frontend": "edited",
        "Deployment/frontend replicas": "edited",
        "Deployment/nginx": "edited",
        "Deployment/nginx replicas": "edited",
    }

    # Then git moves on: an image, an object added, one removed, and what was edited as well.
    commit(
        fleet,
        {
            "base/product-api.yaml": ("product-api:v0.0.22", "product-api:v0.0.23"),
            "base/nginx.yaml": ("replicas: 2", "replicas: 3"),
            f"overlays/{fleet.cluster}/{EDGE}/gone.yaml": ("name: gone", "name: new"),
        },
        "Move on",
    )
    patch(api_server, namespace, "configmap/gone", {"data": {"by": "hand"}})
    status, report = drift(fleet, api_server, capsys)
    assert causes(report) == {
        "Service/frontend": "edited",
        "Deployment/frontend": "edited",
        "Deployment/frontend replicas": "edited",
        "Deployment/nginx": "both",
        "Deployment/nginx replicas": "both",
        "Deployment/product-api": "pending",
        "Deployment/product-api image": "pending",
        "ConfigMap/new": "pending",
        "ConfigMap/gone": "pending",
    }
    assert status is ExitStatus.FINDINGS
    assert report["notes"] == []
    # Of one zone alone the same is known.
    assert causes(drift(fleet, api_server, capsys, "--zone", EDGE)[1]) == causes(report)
    # And of a work tree: what is not committed is pending too.
    (fleet.root / "base" / "frontend.yaml").write_text(
        (fleet.root / "base" / "frontend.yaml").read_text().replace("replicas: 2", "replicas: 4")
    )
    report = drift(fleet, api_server, capsys, "--worktree")[1]
    assert causes(report)["Deployment/frontend replicas"] == "both"


def test_a_value_that_no_engine_wrote_although_git_moved_on(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ownership alone would say pending: the engine is the last writer of the image."""
    namespace = fleet.namespace(EDGE)
    image = {
        "spec": {"template": {"spec": {"containers": [{"name": "product-api", "image": "x:1"}]}}}
    }
    manager = "kustomize-controller" if fleet.engine == "flux" else "argocd-controller"
    patch(
        api_server,
        namespace,
        "deployment/product-api",
        image,
        "--type=strategic",
        f"--field-manager={manager}",
    )
    report = drift(fleet, api_server, capsys)[1]
    assert causes(report)["Deployment/product-api image"] == "edited"


def test_an_applied_revision_that_is_not_here(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    say_applied(api_server, fleet, "1" * 40, EDGE)
    assert drift(fleet, api_server, capsys)[1]["notes"] == []  # nothing differs, nothing to ask
    patch(api_server, fleet.namespace(EDGE), "deployment/frontend", {"spec": {"replicas": 9}})
    report = drift(fleet, api_server, capsys)[1]
    assert causes(report) == {
        "Deployment/frontend": "edited",
        "Deployment/frontend replicas": "edited",
    }
    (note,) = report["notes"]
    assert "there is no commit" in note
    assert "1" * 40 in note


def test_a_zone_that_the_engine_does_not_know_yet(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    new = "us-west-2-las-1a"
    file = fleet.root / "edgeops.yaml"
    file.write_text(file.read_text().replace(f"[{EDGE}]", f"[{EDGE}, {new}]"))
    assert main(["init", str(fleet.root), "-q"]) is ExitStatus.OK
    report = drift(fleet, api_server, capsys)[1]
    found = [item for item in report["findings"] if item["zone"] == new]
    made = {"Application"}  # of a controller, not of a folder
    assert {item["cause"] for item in found if item["kind"] not in made} == {"pending"}
    assert {item["drift"] for item in found} == {"Missing"}

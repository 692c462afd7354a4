"""The third side where it has to be got first, and that of what an ApplicationSet makes."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from tests.controlplane.server import ControlPlane
from tests.live.fleet import EDGE, FleetOnDisk, drift
from tests.live.test_drift_cause import causes, commit, fleet, gone, head, say_applied
from tests.live.test_drift_engine import patch

__all__ = ["fleet", "gone"]  # fixtures

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]


def git(root: Path, *argv: str) -> str:
    return subprocess.run(
        ("git", *argv), cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


def by_the_engine(fleet: FleetOnDisk, plane: ControlPlane, name: str, replicas: int) -> None:
    """Ownership alone would say that git is ahead: the engine wrote last."""
    manager = "kustomize-controller" if fleet.engine == "flux" else "argocd-controller"
    patch(
        plane,
        fleet.namespace(EDGE),
        f"deployment/{name}",
        {"spec": {"replicas": replicas}},
        f"--field-manager={manager}",
    )


def test_an_applied_revision_that_only_the_remote_has(
    fleet: FleetOnDisk,
    api_server: ControlPlane,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    remote = tmp_path / "remote.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(fleet.root), str(remote))
    before = head(fleet)
    applied = commit(fleet, {"base/nginx.yaml": ("replicas: 2", "replicas: 3")}, "Move on")
    git(fleet.root, "push", "--quiet", str(remote), "main")
    git(fleet.root, "reset", "--quiet", "--hard", before)
    git(fleet.root, "reflog", "expire", "--expire=now", "--all")
    git(fleet.root, "gc", "--quiet", "--prune=now")
    git(fleet.root, "remote", "add", "origin", str(remote))
    by_the_engine(fleet, api_server, "nginx", 3)
    by_the_engine(fleet, api_server, "frontend", 9)
    say_applied(api_server, fleet, applied, EDGE)
    refs = git(fleet.root, "for-each-ref")

    report = drift(fleet, api_server, capsys)[1]

    found = causes(report)
    assert found["Deployment/nginx"] == "pending"
    assert found["Deployment/frontend"] == "edited"
    assert report["notes"] == []
    assert git(fleet.root, "for-each-ref") == refs
    assert git(fleet.root, "status", "--porcelain") == ""


@pytest.mark.parametrize("fleet", ["argocd"], indirect=True)
def test_applications_of_the_application_set(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    def application() -> dict[str, Any]:
        found = [
            (path, cause)
            for path, cause in causes(drift(fleet, api_server, capsys)[1]).items()
            if path.startswith("Application/")
        ]
        return {path.partition(" ")[2]: cause for path, cause in found}

    name = f"application/{fleet.root.name}-edge-usw2-{EDGE}"
    assert application() == {}

    # The controller itself wrote it, but not what the template of the applied revision says.
    patch(
        api_server,
        "argocd",
        name,
        {"spec": {"source": {"targetRevision": "hotfix"}}},
        "--field-manager=argocd-applicationset-controller",
    )
    assert application() == {"": "edited", "targetRevision": "edited"}
    template = f"clusters/{fleet.cluster}/argocd/applicationset.yaml"
    assert "targetRevision: main" in (fleet.root / template).read_text()
    patch(
        api_server,
        "argocd",
        name,
        {"spec": {"source": {"targetRevision": "main"}}},
        "--field-manager=argocd-applicationset-controller",
    )
    assert application() == {}

    # Git moves on, and the engine has not come to that.
    text = (fleet.root / template).read_text()
    start = text.index("  template:")
    (fleet.root / template).write_text(
        text[:start] + text[start:].replace("targetRevision: main", "targetRevision: next")
    )
    git(fleet.root, "commit", "--quiet", "--all", "--message", "Another branch")
    assert application() == {"": "pending", "targetRevision": "pending"}

    # A person deletes it: the applied revision had it.
    api_server.kubectl("-n", "argocd", "delete", name)
    assert application() == {"": "edited"}


@pytest.mark.parametrize("fleet", ["argocd"], indirect=True)
def test_an_application_of_a_zone_that_is_new(
    fleet: FleetOnDisk, api_server: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    new = "us-west-2-las-1a"
    file = fleet.root / "edgeops.yaml"
    file.write_text(file.read_text().replace(f"[{EDGE}]", f"[{EDGE}, {new}]"))
    main(["init", str(fleet.root), "-q"])
    report = drift(fleet, api_server, capsys)[1]
    assert {cause for name, cause in causes(report, new).items()} == {"pending"}

"""A kind of our own on a real API server: its definition, an object, and a check of it."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.core import documents
from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.core.test_openapi import SPEC, definition

NAMESPACE = "gadgets"
CRD = definition({"type": "object", "properties": {"spec": SPEC}})
CRD["spec"]["versions"][0] |= {"served": True, "storage": True}
DESIRED = """
apiVersion: example.com/v1
kind: Gadget
metadata: {name: web, namespace: gadgets}
spec:
  ports: [{port: 80}, {port: 443, weight: 5}]
  hosts: [a, b]
  order: [first, second]
  size: 1000m
  limit: 80
"""


@pytest.fixture(scope="session")
def crd(api_server: ControlPlane) -> Iterator[None]:
    """The definition, published: its OpenAPI document comes a moment after the resource."""
    # Each folder of tests that takes this fixture has it once, and all have one API server.
    api_server.kubectl("create", "namespace", NAMESPACE, check=False)
    api_server.kubectl("apply", "-f", "-", input=json.dumps(CRD))
    name = CRD["metadata"]["name"]
    api_server.kubectl("wait", f"crd/{name}", "--for=condition=Established", "--timeout=30s")
    end = time.monotonic() + 30
    while api_server.request("GET", "/openapi/v3/apis/example.com/v1")[0] != 200:
        assert time.monotonic() < end, "no OpenAPI document of example.com/v1"
        time.sleep(0.1)
    yield
    api_server.kubectl("delete", "crd", name, "--ignore-not-found")


@pytest.fixture
def gadget(crd: None, api_server: ControlPlane, tmp_path: Path) -> Iterator[Path]:
    """A Gadget as an engine applies it; the path is that of its manifest."""
    manifest = tmp_path / "gadget.yaml"
    manifest.write_text(DESIRED)
    api_server.kubectl(
        "apply", "--server-side", "--field-manager=kustomize-controller", "-f", str(manifest)
    )
    yield manifest
    api_server.kubectl("delete", "-f", str(manifest))


def check(
    capsys: pytest.CaptureFixture[str], desired: Sequence[Path], *args: str
) -> tuple[ExitStatus, dict[str, Any]]:
    capsys.readouterr()
    places = [part for path in desired for part in ("--desired", str(path))]
    status = main(["drift", "-o", "json", *places, *args])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return status, json.loads(out)


def reader(plane: ControlPlane) -> tuple[str, ...]:
    return ("--kubeconfig", str(plane.kubeconfig("reader")))


def edit(plane: ControlPlane, operations: Sequence[dict[str, Any]]) -> None:
    plane.kubectl(
        *("-n", NAMESPACE, "patch", "gadget", "web", "--type=json", "-p", json.dumps(operations)),
        "--field-manager=kubectl-patch",
    )


@contextmanager
def closed_openapi(plane: ControlPlane) -> Iterator[None]:
    """Take the right to read OpenAPI documents out of ``system:discovery``."""
    name = "system:discovery"
    role = documents.load(plane.kubectl("get", "clusterrole", name, "-o", "yaml").stdout)
    paths = role["rules"][0]["nonResourceURLs"]
    kept = [path for path in paths if not path.startswith("/openapi")]
    narrow = [{"nonResourceURLs": kept, "verbs": ["get"]}]
    patch = ("patch", "clusterrole", name, "--type=merge", "-p")
    plane.kubectl(*patch, json.dumps({"rules": narrow}))
    try:
        yield
    finally:
        plane.kubectl(*patch, json.dumps({"rules": role["rules"]}))

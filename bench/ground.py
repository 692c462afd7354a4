"""
A real API server with all that a fleet's engine would have applied.

Every object is applied server-side as Flux's kustomize-controller applies it: under its field
manager and with the two labels that it adds. No controllers run, so that there are no Pods and
no status; what the API server fills in by itself is there.

https://fluxcd.io/flux/components/kustomize/kustomizations/
"""

import base64
import ssl
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPSConnection
from typing import Any

from bench.fleet import CLUSTER, BenchFleet
from edgeops import wiring
from edgeops.core import documents
from edgeops.core.directives import only_made
from edgeops.core.objects import KubeObject, ResourceKey
from edgeops.core.schemas import Schemas
from tests.controlplane.server import ControlPlane

_PARALLEL = 8
_QUERY = "fieldManager=kustomize-controller&force=true"
_HUB = f"overlays/{CLUSTER}/region"
_OWNER = "kustomize.toolkit.fluxcd.io"


class Ground:
    """
    One cluster, filled fleet by fleet: what is there already is not applied again.

    Args:
        plane: the API server, with the CRDs of Consul and Flux installed.
    """

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane
        self._bodies: dict[tuple[str, ResourceKey], Mapping[str, Any]] = {}
        self._connections = threading.local()
        self.authority = authority(plane)
        self._tls = ssl.create_default_context(cadata=self.authority)
        self._schemas = wiring.schemas()
        plane.kubectl("create", "namespace", "flux-system")

    def fill(self, fleet: BenchFleet) -> list[Mapping[str, Any]]:
        """Apply what the cluster lacks of *fleet*; every object that it should have now."""
        there = {path for path, _ in self._bodies if not path.startswith(("clusters/", _HUB))}
        new = [path for path in fleet.overlays if path not in there]
        built = wiring.renderer(None).build(str(fleet.root), new)
        objects = [
            (path, _as_applied(item, path), item)
            for path, build in built.items()
            for item in build.objects
            if not only_made(item)  # what the engine makes only where it is missing: it is not
        ]
        self._apply([(body, item) for _, body, item in objects if item.kind == "Namespace"])
        self._apply([(body, item) for _, body, item in objects if item.kind != "Namespace"])
        self._bodies |= {(path, item.key): body for path, body, item in objects}
        return list(self._bodies.values())

    def _apply(self, objects: Iterable[tuple[Mapping[str, Any], KubeObject]]) -> None:
        with ThreadPoolExecutor(_PARALLEL) as pool:
            list(pool.map(lambda pair: self._apply_one(*pair), objects))

    def _apply_one(self, body: Mapping[str, Any], item: KubeObject) -> None:
        path = object_path(item, self._schemas)
        connection = self._connection()
        connection.request(
            "PATCH",
            f"{path}?{_QUERY}",
            body=documents.dump_compact(body),
            headers={
                "Authorization": f"Bearer {self.plane.token()}",
                "Content-Type": "application/apply-patch+yaml",
            },
        )
        answer = connection.getresponse()
        text = answer.read()
        if answer.status not in {200, 201}:
            raise AssertionError(f"apply {path}: {answer.status} {text[:500]!r}")

    def _connection(self) -> HTTPSConnection:
        if not hasattr(self._connections, "own"):
            host, port = self.plane.url.removeprefix("https://").split(":")
            self._connections.own = HTTPSConnection(host, int(port), context=self._tls, timeout=60)
        own: HTTPSConnection = self._connections.own
        return own


def object_path(item: KubeObject, schemas: Schemas) -> str:
    """Where the API has an object."""
    info = schemas.info(item.api_version, item.kind)
    assert info is not None, f"no schema of {item.api_version} {item.kind}"
    root = "/apis" if item.group else "/api"
    space = f"/namespaces/{item.namespace}" if info.namespaced else ""
    return f"{root}/{item.api_version}{space}/{info.plural}/{item.name}"


def authority(plane: ControlPlane) -> str:
    """The certificate that signs the server's own, PEM."""
    kubeconfig = documents.load(plane.kubeconfig().read_bytes())
    data = kubeconfig["clusters"][0]["cluster"]["certificate-authority-data"]
    return base64.b64decode(data).decode()


def _as_applied(item: KubeObject, overlay: str) -> Mapping[str, Any]:
    zone = overlay.rpartition("/")[2]
    labels = {
        **item.labels,
        f"{_OWNER}/name": f"bench-{CLUSTER}-{zone}",
        f"{_OWNER}/namespace": "flux-system",
    }
    return {**item.body, "metadata": {**item.metadata, "labels": labels}}

"""Many zones on a real API server, and changes at random."""

import json
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgeops import wiring
from edgeops.core.objects import KubeObject
from edgeops.usecases.desired import Selection, desired_from_repository
from tests.controlplane.server import ControlPlane
from tests.live.fleet import FleetOnDisk, make_fleet

ENGINE_MANAGER = "kustomize-controller"


def make_many(root: Path, zones: int, *, prefix: str) -> FleetOnDisk:
    """Scaffold a fleet of so many edge zones."""
    names = [f"{{name: us-west-2-z{number:04d}-1a, type: local-zone}}" for number in range(zones)]
    return make_fleet(root, prefix=prefix, name=prefix, zones=names)


def desired_objects(fleet: FleetOnDisk) -> list[KubeObject]:
    """Everything that git asks for."""
    desired = desired_from_repository(
        wiring.repository(str(fleet.root)),
        wiring.files(str(fleet.root)),
        wiring.builder(None),
        wiring.parse_fleet,
        rev="HEAD",
        selection=Selection(),
        contexts=lambda cluster: (cluster.context, cluster.engine_context),
    )
    assert all(row.error is None for row in desired.rows)
    return [item for row in desired.rows for part in row.parts for item in part.objects]


@dataclass
class Paths:
    """Where the server has each kind."""

    plane: ControlPlane
    known: dict[tuple[str, str], tuple[str, bool]] = field(default_factory=dict)

    def of(self, item: KubeObject) -> str:
        key = (item.api_version, item.kind)
        if key not in self.known:
            root = "/apis" if "/" in item.api_version else "/api"
            for one in self.plane.get(f"{root}/{item.api_version}")["resources"]:
                if "/" not in one["name"]:
                    found = (one["name"], one["namespaced"])
                    self.known[item.api_version, one["kind"]] = found
        plural, namespaced = self.known[key]
        root = f"{'/apis' if '/' in item.api_version else '/api'}/{item.api_version}"
        inner = f"/namespaces/{item.namespace}" if namespaced else ""
        return f"{root}{inner}/{plural}/{item.name}"


def put(plane: ControlPlane, path: str, item: KubeObject, manager: str = ENGINE_MANAGER) -> None:
    plane.apply(path, item.body, manager)


def fill(plane: ControlPlane, fleet: FleetOnDisk) -> list[KubeObject]:
    """Apply all of a fleet server-side, as its engine would; what was applied."""
    objects = desired_objects(fleet)
    paths = Paths(plane)
    for first in (True, False):
        those = [item for item in objects if (item.kind == "Namespace") is first]
        for item in those:
            paths.of(item)
        with ThreadPoolExecutor(max_workers=6) as pool:
            list(pool.map(lambda item: put(plane, paths.of(item), item), those))
    return objects


class Changes:
    """Changes of a fleet's live objects, drawn at random."""

    def __init__(self, plane: ControlPlane, objects: Sequence[KubeObject], seed: int) -> None:
        self._plane = plane
        self._paths = Paths(plane)
        self._random = random.Random(seed)
        self._objects = [item for item in objects if item.kind not in _KEPT]
        self._spaces = sorted({item.namespace for item in self._objects if item.namespace})
        self._number = 0

    def one(self) -> None:
        """Edit, delete, restore or add something."""
        self._number += 1
        item = self._random.choice(self._objects)
        path = self._paths.of(item)
        match self._random.choice(("edit", "edit", "edit", "label", "delete", "restore", "add")):
            case "edit" if item.kind in ("Deployment", "StatefulSet"):
                self._patch(path, {"spec": {"replicas": self._random.randrange(2, 9)}})
            case "edit" | "label":
                labels = {"changed-by": f"nobody-{self._random.randrange(4)}"}
                self._patch(path, {"metadata": {"labels": labels}})
            case "delete":
                self._send("DELETE", path)
            case "restore":
                self._send("DELETE", path)
                put(self._plane, path, item)
            case _:
                self._add()

    def _add(self) -> None:
        space = self._random.choice(self._spaces)
        name = f"extra-{self._random.randrange(20)}"
        body = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": space},
            "data": {"number": str(self._number)},
        }
        path = f"/api/v1/namespaces/{space}/configmaps/{name}"
        if self._random.random() < 0.4:
            self._send("DELETE", path)
        else:
            self._plane.apply(path, body, "kubectl-create")

    def _patch(self, path: str, body: Any) -> None:
        status, answer = self._plane.request(
            "PATCH",
            f"{path}?fieldManager=kubectl-edit",
            body=body,
            content_type="application/merge-patch+json",
        )
        assert status in (200, 404), answer[:500]

    def _send(self, verb: str, path: str) -> None:
        status, answer = self._plane.request(verb, path)
        assert status in (200, 202, 404), json.loads(answer)


_KEPT = frozenset({"Namespace", "CustomResourceDefinition"})
"""A deleted namespace stays where no controller removes it."""

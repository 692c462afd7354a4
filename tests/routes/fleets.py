"""Fleets as `edgeops init` writes them, built; each once a session."""

import json
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from edgeops.adapters.kustomize import Kustomize
from edgeops.adapters.package_data import zone_catalogue
from edgeops.core.fleet.model import Fleet
from edgeops.core.fleet.spec import parse_fleet
from edgeops.core.objects import KubeObject
from edgeops.core.plan.repository import plan_repository
from tests.core.builds import write
from tests.core.fleets import MESHES

CLUSTER = "east"
LAX, PHX = "us-west-2-lax-1a", "us-west-2-phx-2a"
_FILE = """\
apiVersion: edgeops.dev/v1alpha1
kind: EdgeFleet
metadata: {{name: shop}}
spec:
  repository: {{url: "https://git.example.com/acme/shop.git"}}
  engine: flux
  mesh: {mesh}
  namespacePrefix: shop
  app: hashicups
  clusters:
    - name: {cluster}
      region: us-west-2
      availabilityZones: [us-west-2a]
      zones: [{zones}]
"""

Body = dict[str, Any]


def zone_names(count: int) -> list[str]:
    """*count* zones: two that AWS has, the others of the same form."""
    made = [f"us-west-2-z{chr(97 + n // 26)}{chr(97 + n % 26)}-1a" for n in range(count)]
    return [LAX, PHX, *made][:count]


@cache
def fleet(mesh: str, count: int) -> Fleet:
    zones = ", ".join(f"{{name: {name}, type: local-zone}}" for name in zone_names(count))
    text = _FILE.format(mesh=MESHES[mesh], cluster=CLUSTER, zones=zones)
    return parse_fleet(text, catalogue=zone_catalogue())[0]


@cache
def built(mesh: str, count: int) -> tuple[KubeObject, ...]:
    """
    All objects of the fleet's cluster, each with its origin.

    The overlays of edge zones differ in the zone's name alone, so of many only the first two
    and the hub are built, and the others are written out from the second.
    """
    made = fleet(mesh, count)
    zones = made.clusters[0].zones
    with tempfile.TemporaryDirectory() as folder:
        write(plan_repository(made), Path(folder))
        builds = Kustomize().build(
            folder, [zone.overlay for zone in zones[: 5 if count < 5 else 3]], origins=True
        )
    objects: list[KubeObject] = []
    for zone in zones:
        if zone.overlay in builds:
            assert builds[zone.overlay].error is None
            objects += builds[zone.overlay].objects
        else:
            text = json.dumps([item.body for item in builds[zones[2].overlay].objects])
            bodies = json.loads(text.replace(zones[2].name, zone.name))
            objects += [KubeObject(body) for body in bodies]
    return tuple(objects)


def bodies(objects: Iterable[KubeObject]) -> list[Body]:
    """Copies that a test may edit."""
    found: list[Body] = json.loads(json.dumps([item.body for item in objects]))
    return found


def with_origins(edited: Iterable[Body], objects: Iterable[KubeObject]) -> list[KubeObject]:
    """Edited bodies as objects that stand where their originals stood."""
    origins = {item.key: item.origin for item in objects}
    return [KubeObject(body, origins.get(KubeObject(body).key)) for body in edited]


def named(found: Iterable[Body], kind: str, name: str, zone: str) -> Body:
    """The object of a zone."""
    (body,) = (
        body
        for body in found
        if body["kind"] == kind
        and body["metadata"]["name"] == name
        and body["metadata"]["namespace"] == f"shop-{zone}"
    )
    return body

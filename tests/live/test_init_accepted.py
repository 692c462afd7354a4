"""
What ``edgeops init`` writes is accepted: by two kustomizes, by Kubernetes, by Consul.

Every engine and mesh, small and large, and the same again: nothing changes.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from edgeops.errors import ExitStatus
from tests.controlplane.server import ControlPlane
from tests.live.fleet import ENGINES, MESHES
from tests.live.scaffold import (
    FIVE_ZONES,
    ONE_ZONE,
    SEVEN_ZONES,
    Scaffold,
    built,
    consul_refuses,
    dry_run,
    lacking,
    make_namespaces,
    objects_of,
    scaffold,
)

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

SIZES: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "one": (ONE_ZONE,),
    "twelve": (SEVEN_ZONES, FIVE_ZONES),
}

OWN_APP = [
    {
        "name": "web",
        "image": "registry.example.com/shop/web:1.4.2",
        "port": 3000,
        "servicePort": 80,
        "upstreams": ["cart"],
        "placement": "everywhere",
        "probePath": "/healthz",
        "front": True,
        "env": {"PORT": "3000", "TOKEN": {"secretKeyRef": {"name": "web-token", "key": "token"}}},
    },
    {
        "name": "cart",
        "image": "registry.example.com/shop/cart:2.0.0",
        "port": 8080,
        "protocol": "grpc",
        "upstreams": ["orders"],
        "replicas": 3,
        "resources": {"requests": {"cpu": "100m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
    },
    {
        "name": "prefetch",
        "image": "registry.example.com/shop/prefetch:0.9",
        "port": 8081,
        "placement": "edge",
        "upstreams": ["local-cache", "cart", "orders"],
    },
    {
        "name": "local-cache",
        "image": "registry.example.com/shop/cache@sha256:" + "0" * 64,
        "port": 6379,
        "protocol": "tcp",
        "placement": "edge",
    },
    {
        "name": "orders",
        "image": "registry.example.com/shop/orders:7",
        "port": 5432,
        "protocol": "tcp",
        "placement": "region",
    },
]


BRINGS_ONESELF: Mapping[str, set[tuple[str, str]]] = {
    "hashicups": set(),
    "own": {("Secret", "web-token")},
}
"""What is used and not written: the Secret that the application's list of services names."""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mesh", MESHES)
@pytest.mark.parametrize("engine", ENGINES)
def test_accepted(
    api_server: ControlPlane, kustomize_56: Path, tmp_path: Path, engine: str, mesh: str, size: str
) -> None:
    made = scaffold(
        tmp_path / "fleet",
        engine=engine,
        mesh=mesh,
        prefix=f"acc-{size[:2]}-{engine[:2]}-{mesh[-4:]}",
        clusters=SIZES[size],
    )
    accepted = _accepted(made, mesh, api_server, kustomize_56)
    zones = sum(1 + len(cluster["zones"]) for cluster in SIZES[size])
    assert accepted > 20 * zones

    head, before = made.head(), made.bytes()
    assert made.init() is ExitStatus.OK
    assert made.head() == head
    assert made.bytes() == before


@pytest.mark.parametrize("expose", ["alb", "nodePort"])
@pytest.mark.parametrize(
    ("app", "mesh"), [("hashicups", "consul-enterprise"), *(("own", mesh) for mesh in MESHES)]
)
def test_exposed(
    api_server: ControlPlane, kustomize_56: Path, tmp_path: Path, app: str, mesh: str, expose: str
) -> None:
    """HashiCups and an application of one's own, with a way in for users."""
    subnets = {} if expose == "nodePort" else {"ingressSubnets": ["subnet-0abc", "subnet-0def"]}
    port = {"nodePort": 31080} if expose == "nodePort" else {}
    zones = [
        {"name": "us-west-2-lax-1a", **port, **subnets},
        {"name": "us-west-2-wl1-las-wlz-1", **subnets},
    ]
    made = scaffold(
        tmp_path / "fleet",
        engine="flux",
        mesh=mesh,
        prefix=f"exp-{app[:2]}-{mesh[-4:]}-{expose.lower()}",
        clusters=[{**ONE_ZONE, **subnets, "zones": zones}],
        app=OWN_APP if app == "own" else "hashicups",
        expose=expose,
    )
    _accepted(made, mesh, api_server, kustomize_56)

    front = "web" if app == "own" else "nginx"
    for zone in ("region", "us-west-2-lax-1a", "us-west-2-wl1-las-wlz-1"):
        [text] = built(made, [f"overlays/edge-usw2/{zone}"]).values()
        objects = objects_of(text)
        ways_in = [(item["kind"], item["metadata"]["name"]) for item in objects if _lets_in(item)]
        assert ways_in == [
            ("Ingress", front) if expose == "alb" else ("Service", f"{front}-nodeport")
        ]


def _app(made: Scaffold) -> str:
    return "own" if isinstance(made.spec.get("app"), list) else "hashicups"


def _lets_in(item: Mapping[str, Any]) -> bool:
    kind = item["spec"].get("type") if item["kind"] == "Service" else item["kind"]
    return kind in {"Ingress", "NodePort", "LoadBalancer"}


def _accepted(made: Scaffold, mesh: str, plane: ControlPlane, older: Path) -> int:
    """Build, compare, dry-run and validate everything; how many objects there are."""
    count = 0
    for cluster in made.clusters:
        folders = made.folders(cluster)
        zones = next(item["zones"] for item in made.spec["clusters"] if item["name"] == cluster)
        assert len(folders) == len(zones) + 2  # the hub, and what the engine is given
        texts = built(made, folders)
        assert built(made, folders, older) == texts
        by_folder = {folder: objects_of(text) for folder, text in texts.items()}
        assert {folder: lacking(found) for folder, found in by_folder.items()} == {
            folder: set() if folder.startswith("clusters/") else BRINGS_ONESELF[_app(made)]
            for folder in folders
        }
        objects = [item for found in by_folder.values() for item in found]
        make_namespaces(plane, objects)
        assert dry_run(plane, texts.values()) == len(objects)
        assert consul_refuses(mesh, objects) == []
        count += len(objects)
    return count

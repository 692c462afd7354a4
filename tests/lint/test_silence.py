"""No rule fires where nothing is wrong: on what init writes, and on layouts that others publish."""

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.core import documents
from edgeops.errors import ExitStatus
from tests.lint.trees import repository
from tests.live.scaffold import FIVE_ZONES, ONE_ZONE, SEVEN_ZONES, scaffold

OWN_APP: list[dict[str, Any]] = [
    {"name": "web", "image": "web:1", "port": 80, "upstreams": ["api"], "front": True,
     "probePath": "/"},
    {"name": "api", "image": "api:1", "port": 8080, "upstreams": ["db", "cache"],
     "env": {"DB": "$(DB_HOST):$(DB_PORT)",
             "PASSWORD": {"secretKeyRef": {"name": "db", "key": "password"}}}},
    {"name": "cache", "image": "cache:1", "port": 6379, "protocol": "tcp"},
    {"name": "db", "image": "db:1", "port": 5432, "protocol": "tcp", "placement": "region",
     "replicas": 1},
    {"name": "sensor", "image": "sensor:1", "port": 9000, "protocol": "grpc",
     "placement": "edge", "upstreams": ["api"]},
]  # fmt: skip
ENGINES = ("argocd", "flux")
MESHES = ("consul-enterprise", "consul-community", "none")


def _problems(root: Path, capsys: pytest.CaptureFixture[str]) -> list[Any]:
    capsys.readouterr()
    status = main(["validate", str(root), "-o", "json", "-q"])
    result = json.loads(capsys.readouterr().out)
    assert status is (ExitStatus.FINDINGS if result["problems"] else ExitStatus.OK)
    assert result["status"] == ("Invalid" if result["problems"] else "Valid")
    return list(result["problems"])


@pytest.mark.parametrize("app", ["hashicups", OWN_APP], ids=["hashicups", "own"])
@pytest.mark.parametrize("expose", ["none", "nodePort", "alb"])
@pytest.mark.parametrize(("engine", "mesh"), [*itertools.product(ENGINES, MESHES)])
def test_what_init_writes_has_no_problem(
    engine: str, mesh: str, expose: str, app: Any, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    zone = {"name": "us-west-2-lax-1a", "ingressSubnets": ["subnet-0abc"]}
    made = scaffold(
        tmp_path / "edge",
        engine=engine,
        mesh=mesh,
        prefix="shop",
        clusters=[{**ONE_ZONE, "zones": [zone]}],
        expose=expose,
        app=app,
    )
    assert _problems(made.root, capsys) == []


@pytest.mark.parametrize(("engine", "mesh"), [*itertools.product(ENGINES, MESHES)])
def test_twelve_zones_in_two_clusters_have_no_problem(
    engine: str, mesh: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clusters = [SEVEN_ZONES, FIVE_ZONES]
    made = scaffold(tmp_path / "edge", engine=engine, mesh=mesh, prefix="shop", clusters=clusters)
    assert _problems(made.root, capsys) == []


def _layouts() -> Mapping[str, Mapping[str, str]]:
    """Layouts of public repositories of fluxcd, in files of our own: a tree each."""
    file = Path(__file__).with_name("layouts.yaml")
    found: Mapping[str, Mapping[str, str]] = documents.load(file.read_bytes())
    return found


@pytest.mark.parametrize("name", _layouts())
def test_public_layouts_have_no_problem(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository(tmp_path / "edge", "flux", "consul-enterprise")
    for path, text in _layouts()[name].items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    capsys.readouterr()
    main(["validate", str(root), "-o", "json", "-q"])
    result = json.loads(capsys.readouterr().out)
    assert result["problems"] == []
    # Three overlays and the engine's folder are ours; the others were found and looked at too.
    assert result["summary"]["folders"] > 4

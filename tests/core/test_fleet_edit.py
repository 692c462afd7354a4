"""New files and small edits of files: what a person wrote stays, to the byte."""

from collections.abc import Callable

import pytest

from edgeops.adapters.package_data import zone_catalogue
from edgeops.core.fleet.edit import EditError, add_zones, remove_zone, set_engine
from edgeops.core.fleet.fresh import fleet_document
from edgeops.core.fleet.model import EngineKind, Mesh
from edgeops.core.fleet.spec import parse_fleet

BLOCK = """\
spec:
  engine: argocd  # for now
  clusters:
  - name: a
    zones:
    # the first
    - x # c
    - name: y
      replicas: 2 # d

    # the end
  - name: b
"""
FLOW = "spec: {clusters: [{name: a, zones: [x, {name: y}]}, {name: b}]}\n"


@pytest.mark.parametrize(
    ("text", "cluster", "zones", "expected"),
    [
        (BLOCK, "a", [], BLOCK),
        (
            BLOCK,
            "a",
            [("n", None), ("m", "local-zone")],
            BLOCK.replace(
                "replicas: 2 # d\n",
                "replicas: 2 # d\n    - n\n    - {name: m, type: local-zone}\n",
            ),
        ),
        (BLOCK, "b", [("n", None)], BLOCK + "    zones: [ n ]\n"),
        (BLOCK.rstrip(), "b", [("n", None)], BLOCK + "    zones: [ n ]"),
        (FLOW, "a", [("n", None)], FLOW.replace("{name: y}]", "{name: y}, n]")),
        (FLOW, "b", [("n", None)], FLOW.replace("{name: b}", "{name: b, zones: [ n ]}")),
        (
            "spec:\n  clusters:\n  - name: a\n    zones: [] # none yet\n    region: r\n",
            "a",
            [("n", None)],
            "spec:\n  clusters:\n  - name: a\n    zones: # none yet\n      - n\n    region: r\n",
        ),
        (
            "spec:\n  clusters:\n  - name: a\n    zones: # why\n",
            "a",
            [("n", None)],
            "spec:\n  clusters:\n  - name: a\n    zones: # why\n      - n\n",
        ),
    ],
)
def test_zones_are_added_at_the_end(
    text: str, cluster: str, zones: list[tuple[str, str | None]], expected: str
) -> None:
    assert add_zones(text, cluster, zones) == expected


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        (BLOCK, "x", BLOCK.replace("    - x # c\n", "")),
        (BLOCK, "y", BLOCK.replace("    - name: y\n      replicas: 2 # d\n", "")),
        (FLOW, "x", FLOW.replace("x, ", "")),
        (FLOW, "y", FLOW.replace(", {name: y}", "")),
        (
            "spec:\n  clusters:\n  - name: a\n    zones:\n    - x\n    region: r\n",
            "x",
            "spec:\n  clusters:\n  - name: a\n    zones: []\n    region: r\n",
        ),
        (
            "spec: {clusters: [{name: a, zones: [x]}]}",
            "x",
            "spec: {clusters: [{name: a, zones: []}]}",
        ),
    ],
)
def test_a_zone_is_removed(text: str, zone: str, expected: str) -> None:
    assert remove_zone(text, "a", zone) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BLOCK, BLOCK.replace("argocd", "flux")),
        ("spec:\n  app: a\n", "spec:\n  engine: flux\n  app: a\n"),
        ("spec: {app: a}\n", "spec: {engine: flux, app: a}\n"),
    ],
)
def test_the_engine_is_set(text: str, expected: str) -> None:
    assert set_engine(text, "flux") == expected


@pytest.mark.parametrize(
    "change",
    [
        lambda: add_zones(BLOCK, "c", [("n", None)]),
        lambda: remove_zone(BLOCK, "a", "z"),
        lambda: remove_zone(BLOCK, "b", "x"),
        lambda: set_engine("a: 1\n", "flux"),
        lambda: set_engine("- a\n", "flux"),
        lambda: add_zones("a: [\n", "c", [("n", None)]),
    ],
)
def test_no_place_for_the_change(change: Callable[[], str]) -> None:
    with pytest.raises(EditError):
        change()


@pytest.mark.parametrize("mesh", list(Mesh))
@pytest.mark.parametrize("engine", list(EngineKind))
def test_a_new_file_says_what_the_flags_said(engine: EngineKind, mesh: Mesh) -> None:
    text = fleet_document(
        name="on",
        region="us-west-2",
        cluster="edge",
        availability_zones=["us-west-2a"],
        zones=[("us-west-2-lax-1a", None), ("us-west-2-xyz-1a", "local-zone")],
        engine=engine,
        mesh=mesh,
        repository_url="https://git.example.com/a.git",
        branch="release/1",
        path="deploy",
    )
    fleet, _ = parse_fleet(text, catalogue=zone_catalogue())
    assert (fleet.name, fleet.engine, fleet.mesh) == ("on", engine, mesh)
    assert (fleet.repository.branch, fleet.repository.path) == ("release/1", "deploy")
    assert [zone.name for zone in fleet.clusters[0].edges] == [
        "us-west-2-lax-1a",
        "us-west-2-xyz-1a",
    ]


def test_a_zone_that_is_added_and_removed_leaves_no_trace() -> None:
    text = fleet_document(
        name="f",
        region="us-west-2",
        cluster="c",
        availability_zones=["us-west-2a"],
        zones=[],
        repository_url="https://git.example.com/a.git",
    )
    grown = add_zones(text, "c", [("us-west-2-lax-1a", None)])
    fleet, _ = parse_fleet(grown, catalogue=zone_catalogue())
    assert [zone.name for zone in fleet.clusters[0].edges] == ["us-west-2-lax-1a"]
    assert remove_zone(grown, "c", "us-west-2-lax-1a") == text

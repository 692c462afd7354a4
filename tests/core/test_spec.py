"""From the text of edgeops.yaml to a fleet: what is accepted, and what is said of the rest."""

from pathlib import Path
from typing import Any

import pytest

from edgeops.adapters.package_data import text as package_text
from edgeops.adapters.package_data import zone_catalogue
from edgeops.core.documents import dump_json, load
from edgeops.core.fleet.model import (
    Destination,
    EngineKind,
    Expose,
    Mesh,
    Placement,
    RepositoryRef,
    SecretKey,
)
from edgeops.core.fleet.spec import json_schema, parse_fleet
from edgeops.core.zones import ZoneType
from edgeops.errors import ConfigurationError
from tests.core.fleets import OWN_APP, SAMPLE, edited, fleet

INVALID = load((Path(__file__).parent / "invalid_fleets.yaml").read_text(encoding="utf-8"))

# The file of the contract, whole.
CONTRACT = """\
apiVersion: edgeops.dev/v1alpha1
kind: EdgeFleet
metadata: {name: hashicups}
spec:
  repository:
    {url: https://git.example.com/acme/edge.git, branch: main, path: ., secretRef: edge-git}
  engine: argocd
  mesh: {provider: consul, edition: enterprise}
  namespacePrefix: demo-app
  app: hashicups
  placement: {taint: edgeops.dev/edge}
  storageClass: gp2
  expose: none
  clusters:
    - name: edge-usw2
      context: edge-usw2
      engineContext: management
      destination: {name: edge-usw2}
      region: us-west-2
      availabilityZones: [us-west-2a, us-west-2b]
      zones:
        - us-west-2-lax-1a
        - {name: us-west-2-wl1-las-wlz-1, replicas: 2, ingressSubnets: [subnet-0abc]}
        - {name: us-west-2-xyz-1a, type: local-zone}
  drift:
    ignore: []
    waivers: []
"""


@pytest.mark.parametrize("row", INVALID, ids=lambda row: row["case"])
def test_every_problem_is_told_with_its_line(row: dict[str, Any]) -> None:
    text = "- a\n" if row["edits"] is None else edited(*row["edits"])
    with pytest.raises(ConfigurationError) as raised:
        parse_fleet(text, source="fleet.yaml", catalogue=zone_catalogue())
    assert str(raised.value).splitlines() == [f"fleet.yaml:{line}" for line in row["problems"]]


def test_a_file_that_nobody_wrote_is_not_read() -> None:
    with pytest.raises(ConfigurationError, match="has more than 4 Mi characters"):
        parse_fleet(SAMPLE + "#" * 5 * 2**20, catalogue=zone_catalogue())


def test_the_contracts_own_file() -> None:
    result, warnings = parse_fleet(CONTRACT, catalogue=zone_catalogue())
    (cluster,) = result.clusters
    assert result.repository == RepositoryRef(
        url="https://git.example.com/acme/edge.git", secret_ref="edge-git"
    )
    assert (result.engine, result.mesh) == (EngineKind.ARGOCD, Mesh.CONSUL_ENTERPRISE)
    assert cluster.engine_context == "management"
    assert cluster.destination == Destination(name="edge-usw2")
    assert [(zone.name, zone.type, zone.namespace) for zone in cluster.zones] == [
        ("region", ZoneType.REGION, "demo-app-region"),
        ("us-west-2-lax-1a", ZoneType.LOCAL_ZONE, "demo-app-us-west-2-lax-1a"),
        (
            "us-west-2-wl1-las-wlz-1",
            ZoneType.WAVELENGTH_ZONE,
            "demo-app-us-west-2-wl1-las-wlz-1",
        ),
        ("us-west-2-xyz-1a", ZoneType.LOCAL_ZONE, "demo-app-us-west-2-xyz-1a"),
    ]
    assert cluster.edges[1].replicas == 2
    assert cluster.edges[1].ingress_subnets == ("subnet-0abc",)
    (warning,) = warnings
    assert warning == (
        "spec.clusters[0].zones[2].name: zone 'us-west-2-xyz-1a' is not in the catalogue; "
        "type local-zone is taken as given"
    )


def test_defaults_are_filled_in() -> None:
    result = fleet(
        ("  engine: argocd\n  mesh: {provider: consul, edition: enterprise}\n", ""),
        ("  namespacePrefix: demo-app\n  app: hashicups\n  expose: none\n", ""),
    )
    cluster = result.clusters[0]
    assert result == fleet()
    assert (result.repository.branch, result.repository.path) == ("main", ".")
    assert (cluster.context, cluster.engine_context) == ("edge-usw2", "edge-usw2")
    assert cluster.destination == Destination()
    assert (result.taint, result.storage_class) == ("edgeops.dev/edge", "gp2")
    assert result.builtin_app
    assert result.front is not None
    assert result.front.name == "nginx"


@pytest.mark.parametrize(
    ("mesh", "expected"),
    [
        ("{provider: consul}", Mesh.CONSUL_ENTERPRISE),
        ("{}", Mesh.CONSUL_ENTERPRISE),
        ("{provider: consul, edition: community}", Mesh.CONSUL_COMMUNITY),
        ("{provider: none}", Mesh.NONE),
    ],
)
def test_meshes(mesh: str, expected: Any) -> None:
    assert fleet(("{provider: consul, edition: enterprise}", mesh)).mesh is expected


@pytest.mark.parametrize(
    ("path", "expected"), [(".", "."), ("./", "."), ("deploy/edge/", "deploy/edge"), ("./a", "a")]
)
def test_the_place_in_the_repository(path: str, expected: Any) -> None:
    result = fleet(("hashicups-edge.git\n", f"hashicups-edge.git\n    path: {path}\n"))
    assert result.repository.path == expected


def test_a_zone_may_be_exposed_otherwise_than_the_fleet() -> None:
    result = fleet(
        ("expose: none", "expose: alb"),
        ("- us-west-2-lax-1a", "- {name: us-west-2-lax-1a, ingressSubnets: [subnet-1]}"),
        ("replicas: 3", "expose: nodePort\n          nodePort: 30080"),
    )
    zones = result.clusters[0].zones
    assert [zone.expose for zone in zones] == [Expose.ALB, Expose.ALB, Expose.NODE_PORT]
    assert [zone.node_port for zone in zones] == [None, None, 30080]


def test_a_cluster_may_have_no_edge_yet() -> None:
    head, _, _ = SAMPLE.partition("      zones:\n")
    result, _ = parse_fleet(head + "      zones: []\n", catalogue=zone_catalogue())
    assert result.clusters[0].edges == ()
    assert parse_fleet(head, catalogue=zone_catalogue())[0] == result


def test_two_clusters_may_use_the_same_zone() -> None:
    again = SAMPLE.partition("  clusters:\n")[2].replace("edge-usw2", "other")
    result, _ = parse_fleet(SAMPLE + again, catalogue=zone_catalogue())
    assert [cluster.name for cluster in result.clusters] == ["edge-usw2", "other"]
    assert len({zone.namespace for cluster in result.clusters for zone in cluster.zones}) == 3


def test_your_own_application() -> None:
    result = fleet(("app: hashicups\n", OWN_APP))
    services = {service.name: service for service in result.services}
    assert not result.builtin_app
    assert services["api"].upstreams == ("db", "cache")
    assert services["api"].env["PASSWORD"] == SecretKey(secret="db", key="password")
    assert services["api"].resources == {"requests": {"cpu": "100m"}}
    assert services["db"].placement is Placement.REGION
    assert services["sensor"].placement is Placement.EDGE
    assert result.front is services["web"]


def test_a_service_without_a_probe_gives_a_warning() -> None:
    _, warnings = parse_fleet(edited(("app: hashicups\n", OWN_APP)), catalogue=zone_catalogue())
    (warning,) = warnings
    assert warning.startswith("spec.app[1]: 'api' has no probePath: ")


def test_a_zone_that_is_known_by_inference_only_gives_a_warning() -> None:
    text = edited(
        ("us-west-2a, us-west-2b", "eu-west-3a"),
        ("region: us-west-2\n", "region: eu-west-3\n"),
        ("us-west-2-lax-1a", "eu-west-3-cmn-1a"),
        ("        - name: us-west-2-wl1-las-wlz-1\n          replicas: 3\n", ""),
    )
    _, warnings = parse_fleet(text, catalogue=zone_catalogue())
    assert len(warnings) == 1
    assert "by inference only" in warnings[0]


def test_json_says_the_same_as_yaml() -> None:
    text = dump_json(load(SAMPLE))
    assert parse_fleet(text, catalogue=zone_catalogue())[0] == fleet()


def test_the_schema_in_the_package_is_that_of_the_models() -> None:
    assert package_text("edgeops.schema.json") == dump_json(json_schema())


def test_the_schema_knows_the_shorthand_of_zones() -> None:
    zones = json_schema()["$defs"]["ClusterSpec"]["properties"]["zones"]
    assert {"$ref": "#/$defs/ZoneSpec"} in zones["items"]["anyOf"]
    assert any(form.get("type") == "string" for form in zones["items"]["anyOf"])

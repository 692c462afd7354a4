"""What kustomize makes of the planned files, and the rules that every zone keeps."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeops.core.plan.repository import engine_directory, plan_repository
from tests.core.builds import Body, build, named, of_kind, overlays, write
from tests.core.fleets import ENGINES, MESHES, OWN_APP, fleet, variant

Case = tuple[str, str, dict[str, list[Body]]]
"""A mesh, an application, and what each overlay of the two builds, by zone."""

PART_OF, ZONE = "app.kubernetes.io/part-of", "edgeops.dev/zone"
CONSUL = "consul.hashicorp.com/v1alpha1"
WORKLOADS = ("Deployment", "StatefulSet")
APPS = {"hashicups": (), "own": (("app: hashicups\n", OWN_APP),)}
EDGES = ("us-west-2-lax-1a", "us-west-2-wl1-las-wlz-1")


@pytest.fixture(
    scope="module", params=[(mesh, app) for mesh in MESHES for app in APPS], ids="-".join
)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A mesh, an application, and what each overlay of the two builds."""
    mesh, app = request.param
    return mesh, app, overlays(variant("argocd", mesh, *APPS[app]), tmp_path_factory.mktemp("plan"))


def template(workload: Body) -> Body:
    body: Body = workload["spec"]["template"]
    return body


@pytest.mark.parametrize("mesh", MESHES)
@pytest.mark.parametrize("engine", ENGINES)
def test_the_engines_folder_builds_and_carries_the_fleets_label(
    engine: str, mesh: str, tmp_path: Path
) -> None:
    result = variant(engine, mesh)
    write(plan_repository(result), tmp_path)
    zones = {zone.name for zone in result.clusters[0].zones}
    for body in build(tmp_path, engine_directory(result, result.clusters[0])):
        name, labels = body["metadata"]["name"], body["metadata"]["labels"]
        assert labels[PART_OF] == "hashicups"
        assert len(name) <= 63
        own = "demo-app" if body["kind"] == "Namespace" else "hashicups-edge-usw2"
        zone = name.removeprefix(own).removeprefix("-")
        assert labels.get(ZONE, "") == zone
        assert zone == "" or zone in zones


def test_labels_are_in_metadata_only(case: Case) -> None:
    for zone, objects in case[2].items():
        for body in objects:
            metadata = body["metadata"]
            assert metadata["labels"][ZONE] == zone
            assert metadata["labels"][PART_OF] == "hashicups"
            inner = json.dumps({**body, "metadata": {**metadata, "labels": {}}})
            assert f'"{PART_OF}"' not in inner
            assert f'"{ZONE}"' not in inner


def test_selectors_are_the_same_everywhere(case: Case) -> None:
    pods: dict[str, set[str]] = {}
    for objects in case[2].values():
        for body in of_kind(objects, *WORKLOADS):
            name = body["metadata"]["name"]
            assert body["spec"]["selector"] == {"matchLabels": {"app": name}}
            assert template(body)["metadata"]["labels"] == {"app": name}
            pods.setdefault(name, set()).add(json.dumps(template(body)["metadata"]["labels"]))
    assert pods
    assert all(len(labels) == 1 for labels in pods.values())


def test_everything_is_in_the_namespace_of_its_zone(case: Case) -> None:
    for zone, objects in case[2].items():
        for body in objects:
            if body["kind"] == "Namespace":
                assert body["metadata"]["name"] == f"demo-app-{zone}"
                assert body["metadata"]["annotations"] == {
                    "argocd.argoproj.io/sync-options": "Prune=confirm,Delete=confirm",
                    "argocd.argoproj.io/sync-wave": "-2",
                    "kustomize.toolkit.fluxcd.io/prune": "disabled",
                }
            else:
                assert body["metadata"]["namespace"] == f"demo-app-{zone}"
        assert len(of_kind(objects, "Namespace")) == 1
        assert not any(body["metadata"]["name"] == "zone" for body in objects)


def test_a_spoke_names_no_other_spoke(case: Case) -> None:
    for zone in EDGES:
        (other,) = set(EDGES) - {zone}
        assert other not in json.dumps(case[2][zone])


def test_without_a_mesh_there_is_nothing_of_consul(case: Case) -> None:
    mesh, _, zones = case
    text = json.dumps(zones)
    assert ("consul" not in text) == (mesh == "none")


def test_the_namespace_field_is_for_enterprise_alone(case: Case) -> None:
    mesh, _, zones = case
    for objects in zones.values():
        for body in objects:
            if body["apiVersion"] != CONSUL or body["kind"] == "ServiceDefaults":
                continue
            references = list(_references(body["spec"]))
            assert references
            for reference in references:
                assert ("namespace" in reference) == (mesh == "consul-enterprise"), body


def _references(spec: Body) -> Iterator[Body]:
    """Every place of a config entry that names a service."""
    if "destination" in spec:
        yield spec["destination"]
        yield from spec["sources"]
    if "redirect" in spec:
        yield spec["redirect"]
    for entry in spec.get("failover", {}).values():
        yield from entry["targets"]


def test_names_of_config_entries_are_unique_where_they_must_be(case: Case) -> None:
    mesh, _, zones = case
    seen = set()
    for zone, objects in zones.items():
        for body in objects:
            if body["apiVersion"] == CONSUL:
                scope = zone if mesh == "consul-enterprise" else ""
                key = (body["kind"], body["metadata"]["name"], scope)
                assert key not in seen
                seen.add(key)


def test_the_region_lets_in_every_edge(case: Case) -> None:
    mesh, app, zones = case
    if mesh == "none":
        return
    entries = of_kind(zones["region"], "ServiceIntentions")
    if app == "own":
        expected = {"api": ("web", "sensor"), "cache": ("api",), "db": ("api",)}
    else:
        expected = {
            "frontend": ("nginx",),
            "public-api": ("nginx",),
            "product-api": ("public-api",),
            "payments": ("public-api",),
            "postgres": ("product-api",),
            "postgres-replica": ("product-api",),
        }
    plain = {"db", "postgres", "postgres-replica"}
    community = mesh == "consul-community"
    assert len(entries) == len(expected)
    for destination, callers in expected.items():
        known_as = (
            f"{destination}-region" if community and destination not in plain else destination
        )
        entry = named(entries, "ServiceIntentions", known_as)
        sources = [json.dumps(source, sort_keys=True) for source in entry["spec"]["sources"]]
        assert len(set(sources)) == len(sources)
        for zone in EDGES:
            for caller in callers:
                source = {"action": "allow", "name": f"{caller}-{zone}" if community else caller}
                if not community:
                    source["namespace"] = f"demo-app-{zone}"
                assert json.dumps(source, sort_keys=True) in sources


def test_resolvers_lead_to_the_region_and_nowhere_else(case: Case) -> None:
    mesh, app, zones = case
    if mesh == "none":
        return
    everywhere = (
        {"web", "api", "cache"}
        if app == "own"
        else {"nginx", "frontend", "public-api", "product-api", "payments"}
    )
    enterprise = mesh == "consul-enterprise"
    for zone in EDGES:
        found = {
            body["metadata"]["name"]: body["spec"]
            for body in of_kind(zones[zone], "ServiceResolver")
        }
        expected = {}
        for name in everywhere:
            target = {"service": name if enterprise else f"{name}-region"}
            if enterprise:
                target["namespace"] = "demo-app-region"
            expected[name if enterprise else f"{name}-{zone}"] = {
                "connectTimeout": "5s",
                "failover": {"*": {"targets": [target]}},
            }
        if enterprise:
            name = "db" if app == "own" else "postgres"
            expected[name] = {"redirect": {"service": name, "namespace": "demo-app-region"}}
        assert found == expected
    hub = of_kind(zones["region"], "ServiceResolver")
    assert [body["metadata"]["name"] for body in hub] == ([] if app == "own" else ["postgres"])


def test_a_chain_has_one_protocol(case: Case) -> None:
    mesh, _, zones = case
    if mesh == "none":
        return
    protocols = {}
    for zone, objects in zones.items():
        for body in of_kind(objects, "ServiceDefaults"):
            scope = f"demo-app-{zone}" if mesh == "consul-enterprise" else None
            protocols[scope, body["metadata"]["name"]] = body["spec"]["protocol"]
    for zone, objects in zones.items():
        for body in of_kind(objects, "ServiceResolver"):
            scope = f"demo-app-{zone}" if mesh == "consul-enterprise" else None
            own = protocols[scope, body["metadata"]["name"]]
            for target in _references(body["spec"]):
                assert protocols[target.get("namespace"), target["service"]] == own


def test_a_pod_may_register_as_what_consul_calls_it(case: Case) -> None:
    mesh, _, zones = case
    for zone, objects in zones.items():
        accounts = {body["metadata"]["name"] for body in of_kind(objects, "ServiceAccount")}
        for body in of_kind(objects, *WORKLOADS):
            name = body["metadata"]["name"]
            account = template(body)["spec"]["serviceAccountName"]
            annotations = template(body)["metadata"].get("annotations", {})
            assert account in accounts
            assert account == annotations.get("consul.hashicorp.com/connect-service", name)
            zoned = mesh == "consul-community" and name not in {
                "db",
                "postgres",
                "postgres-replica",
            }
            assert account == (f"{name}-{zone}" if zoned else name)


def test_each_pod_has_one_service_and_one_budget(case: Case) -> None:
    for objects in case[2].values():
        selected = [
            body["spec"]["selector"]["app"]
            for body in of_kind(objects, "Service")
            if "selector" in body["spec"]
        ]
        names = [body["metadata"]["name"] for body in of_kind(objects, *WORKLOADS)]
        budgets = of_kind(objects, "PodDisruptionBudget")
        assert sorted(selected) == sorted(names)
        assert sorted(body["metadata"]["name"] for body in budgets) == sorted(names)
        assert all(body["spec"]["maxUnavailable"] == 1 for body in budgets)


def test_pods_stay_in_their_zone(case: Case) -> None:
    for zone, objects in case[2].items():
        hub = zone == "region"
        values = ["us-west-2a", "us-west-2b"] if hub else [zone]
        for body in of_kind(objects, *WORKLOADS):
            pod = template(body)["spec"]
            required = pod["affinity"]["nodeAffinity"][
                "requiredDuringSchedulingIgnoredDuringExecution"
            ]
            assert required == {
                "nodeSelectorTerms": [
                    {
                        "matchExpressions": [
                            {
                                "key": "topology.kubernetes.io/zone",
                                "operator": "In",
                                "values": values,
                            }
                        ]
                    }
                ]
            }
            toleration = {
                "key": "edgeops.dev/edge",
                "operator": "Equal",
                "value": zone,
                "effect": "NoSchedule",
            }
            assert pod.get("tolerations") == (None if hub else [toleration])


def test_the_region_is_spread_over_its_availability_zones(case: Case) -> None:
    _, app, zones = case
    hard = {"web"} if app == "own" else {"nginx", "frontend"}
    for body in of_kind(zones["region"], "Deployment"):
        name = body["metadata"]["name"]
        constraints = {
            item["topologyKey"]: item
            for item in template(body)["spec"]["topologySpreadConstraints"]
        }
        if name == "db":
            continue
        zone = constraints["topology.kubernetes.io/zone"]
        assert zone["whenUnsatisfiable"] == ("DoNotSchedule" if name in hard else "ScheduleAnyway")
        assert zone["labelSelector"] == {"matchLabels": {"app": name}}
        assert "kubernetes.io/hostname" in constraints
        assert body["spec"]["replicas"] >= 2


def test_replicas_of_a_zone(case: Case) -> None:
    for body in of_kind(case[2]["us-west-2-wl1-las-wlz-1"], "Deployment"):
        assert body["spec"]["replicas"] == 3
    for body in of_kind(case[2]["us-west-2-lax-1a"], "Deployment"):
        assert body["spec"]["replicas"] == 2


def test_passwords_are_in_secrets(case: Case) -> None:
    for objects in case[2].values():
        for body in objects:
            if body["kind"] != "Secret":
                assert "example-only" not in json.dumps(body)
        for body in of_kind(objects, *WORKLOADS):
            for entry in template(body)["spec"]["containers"][0].get("env", []):
                if "PASSWORD" in entry["name"]:
                    assert "secretKeyRef" in entry["valueFrom"]


def test_a_variable_that_is_used_stands_before_its_user(case: Case) -> None:
    for objects in case[2].values():
        for body in of_kind(objects, *WORKLOADS):
            seen = set()
            for entry in template(body)["spec"]["containers"][0].get("env", []):
                for part in entry.get("value", "").split("$(")[1:]:
                    assert part.partition(")")[0] in seen
                seen.add(entry["name"])


def test_the_way_to_what_is_only_in_the_region(case: Case) -> None:
    mesh, app, zones = case
    caller, name = ("api", "db") if app == "own" else ("product-api", "postgres")
    for zone, objects in zones.items():
        body = named(objects, "Deployment", caller)
        env = {
            item["name"]: item.get("value")
            for item in template(body)["spec"]["containers"][0]["env"]
        }
        host, port = env[f"{name.upper()}_HOST"], env[f"{name.upper()}_PORT"]
        if mesh == "none":
            assert (host, port) == (name, "5432")
            service = named(objects, "Service", name)
            if zone != "region":
                assert (
                    service["spec"]["externalName"] == f"{name}.demo-app-region.svc.cluster.local"
                )
        else:
            assert (host, port) == ("127.0.0.1", "5432")
            annotations = template(body)["metadata"]["annotations"]
            assert annotations["consul.hashicorp.com/connect-service-upstreams"] == f"{name}:5432"


def test_waves_let_a_zone_come_up(case: Case) -> None:
    mesh, _, zones = case
    if mesh == "none":
        return
    wave = "argocd.argoproj.io/sync-wave"
    for objects in zones.values():
        waves: dict[str, set[int]] = {}
        for body in objects:
            number = int(body["metadata"].get("annotations", {}).get(wave, "0"))
            waves.setdefault(body["kind"], set()).add(number)
        assert waves["Namespace"] == {-2}
        assert waves["ServiceDefaults"] == {-1}
        assert waves["Service"] == waves["ServiceAccount"] == {0}
        assert waves.get("ServiceResolver", {1}) == {1}
        assert waves["Deployment"] == {2}


def test_no_probe_asks_only_for_a_port(case: Case) -> None:
    text = json.dumps(case[2])
    assert "tcpSocket" not in text
    assert '"grpc":' not in text
    assert "LoadBalancer" not in text


def test_the_project_allows_what_is_rendered_and_no_more(tmp_path: Path) -> None:
    for mesh in MESHES:
        result = variant("argocd", mesh, ("expose: none", "expose: nodePort"))
        root = tmp_path / mesh
        zones = overlays(result, root)
        objects = [body for bodies in zones.values() for body in bodies]
        kinds = {
            (body["apiVersion"].rpartition("/")[0], body["kind"])
            for body in objects
            if body["kind"] != "Namespace"
        }
        engine = build(root, engine_directory(result, result.clusters[0]))
        (project,) = of_kind(engine, "AppProject")
        spec = project["spec"]
        allowed = {(item["group"], item["kind"]) for item in spec["namespaceResourceWhitelist"]}
        own = {("argoproj.io", body["kind"]) for body in engine}
        assert allowed == kinds | own
        namespaces = [f"demo-app-{zone}" for zone in zones]
        assert [item["namespace"] for item in spec["destinations"]] == [*namespaces, "argocd"]
        assert spec["clusterResourceWhitelist"] == [
            {"group": "", "kind": "Namespace", "name": name} for name in namespaces
        ]


def test_a_load_balancer_for_each_zone(tmp_path: Path) -> None:
    result = fleet(
        ("expose: none", "expose: alb"),
        ("region: us-west-2\n", "region: us-west-2\n      ingressSubnets: [subnet-a]\n"),
        ("- us-west-2-lax-1a", "- {name: us-west-2-lax-1a, ingressSubnets: [subnet-1, subnet-2]}"),
        ("replicas: 3", "expose: nodePort\n          nodePort: 30080"),
    )
    zones = overlays(result, tmp_path)
    prefix = "alb.ingress.kubernetes.io/"
    for zone, subnets in (("region", "subnet-a"), ("us-west-2-lax-1a", "subnet-1,subnet-2")):
        (ingress,) = of_kind(zones[zone], "Ingress")
        annotations = ingress["metadata"]["annotations"]
        assert ingress["spec"]["ingressClassName"] == "alb"
        assert annotations[f"{prefix}target-type"] == "ip"
        assert annotations[f"{prefix}healthcheck-path"] == "/healthz"
        assert annotations.get(f"{prefix}subnets") == subnets
        assert f"{prefix}group.name" not in annotations
    objects = zones["us-west-2-wl1-las-wlz-1"]
    assert of_kind(objects, "Ingress") == []
    service = named(objects, "Service", "nginx-nodeport")
    assert service["metadata"]["labels"]["consul.hashicorp.com/service-ignore"] == "true"
    assert service["spec"]["externalTrafficPolicy"] == "Local"
    assert service["spec"]["ports"] == [
        {"name": "http", "port": 80, "targetPort": 80, "protocol": "TCP", "nodePort": 30080}
    ]


def test_three_availability_zones_have_a_replica_each(tmp_path: Path) -> None:
    result = fleet(("[us-west-2a, us-west-2b]", "[us-west-2a, us-west-2b, us-west-2c]"))
    for body in of_kind(overlays(result, tmp_path)["region"], "Deployment"):
        assert body["spec"]["replicas"] == 3


def test_without_a_mesh_the_replica_may_follow_by_password(tmp_path: Path) -> None:
    zones = overlays(variant("argocd", "none"), tmp_path)
    script = next(
        body["data"]["replication.sh"]
        for body in of_kind(zones["region"], "ConfigMap")
        if "replication.sh" in body["data"]
    )
    assert "host replication postgres all md5" in script
    pod = template(named(zones["region"], "StatefulSet", "postgres"))["spec"]
    mounts = {mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    assert "/docker-entrypoint-initdb.d/replication.sh" in mounts

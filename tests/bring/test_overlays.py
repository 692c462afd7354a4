"""What becomes of other people's manifests, zone by zone: built, and looked at as a user would."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from edgeops.__main__ import main
from edgeops.errors import ExitStatus
from tests.bring.trees import APPS, BOUTIQUE, MESHED, MESHES, SHOP, files_of, fleet_text, write_tree
from tests.core.builds import Body, build, named, of_kind

HUB, LAX, LAS = "region", "us-west-2-lax-1a", "us-west-2-wl1-las-wlz-1"
CONSUL = "consul.hashicorp.com"


def made(
    root: Path, name: str, mesh: str = "consul-enterprise", app: Mapping[str, Any] | None = None
) -> dict[str, list[Body]]:
    """What each overlay builds."""
    tree, spec = APPS[name]
    write_tree(root, tree)
    (root / "edgeops.yaml").write_text(fleet_text({**spec, **(app or {})}, mesh=mesh))
    assert main(["init", str(root), "-q"]) is ExitStatus.OK
    return {zone: build(root, f"overlays/edge-usw2/{zone}") for zone in (HUB, LAX, LAS)}


def pod(body: Body) -> Body:
    spec: Body = body["spec"].get("jobTemplate", body)["spec"]["template"]["spec"]
    return spec


def annotations(body: Body) -> dict[str, str]:
    found: dict[str, str] = body["spec"]["template"]["metadata"].get("annotations", {})
    return {key.removeprefix(f"{CONSUL}/"): value for key, value in found.items()}


def names(objects: list[Body], *kinds: str) -> set[str]:
    return {body["metadata"]["name"] for body in of_kind(objects, *kinds)}


@pytest.mark.parametrize("mesh", MESHES)
def test_every_pod_stays_in_its_zone(tmp_path: Path, mesh: str) -> None:
    zones = made(tmp_path, "shop", mesh)
    workloads = ("Deployment", "StatefulSet", "DaemonSet", "CronJob")
    assert names(zones[HUB], *workloads) - names(zones[LAX], *workloads) == {"db"}
    for zone, values in ((HUB, ["us-west-2a", "us-west-2b"]), (LAX, [LAX]), (LAS, [LAS])):
        for body in of_kind(zones[zone], *workloads):
            required = pod(body)["affinity"]["nodeAffinity"][
                "requiredDuringSchedulingIgnoredDuringExecution"
            ]
            for term in required["nodeSelectorTerms"]:
                assert {
                    "key": "topology.kubernetes.io/zone", "operator": "In", "values": values
                } in term["matchExpressions"]  # fmt: skip
            keys = [item["key"] for item in pod(body).get("tolerations", [])]
            assert ("edgeops.dev/edge" in keys) is (zone != HUB)


def test_affinity_and_tolerations_of_the_base_hold(tmp_path: Path) -> None:
    spec = pod(named(made(tmp_path, "shop", "none")[LAX], "Deployment", "web"))
    required = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    arch = [term["matchExpressions"][0]["values"] for term in required["nodeSelectorTerms"]]
    assert arch == [["amd64"], ["arm64"]]
    assert spec["tolerations"][0] == {"key": "spot", "operator": "Exists"}


def test_replicas_of_a_zone_stop_where_an_autoscaler_decides(tmp_path: Path) -> None:
    zones = made(tmp_path, "shop")
    assert named(zones[LAS], "Deployment", "orders")["spec"]["replicas"] == 3
    assert named(zones[LAX], "Deployment", "orders")["spec"]["replicas"] == 2
    assert named(zones[LAS], "Deployment", "web")["spec"]["replicas"] == 3  # the base's own
    assert "HorizontalPodAutoscaler" in {body["kind"] for body in zones[LAS]}


@pytest.mark.parametrize("mesh", MESHES)
def test_what_lives_only_in_the_region(tmp_path: Path, mesh: str) -> None:
    zones = made(tmp_path, "boutique", mesh)
    assert {"redis-cart", "redis-data"} <= {body["metadata"]["name"] for body in zones[HUB]}
    left = [body for body in zones[LAX] if body["metadata"]["name"].startswith("redis")]
    assert not of_kind(left, "Deployment", "PersistentVolumeClaim", "PodDisruptionBudget")
    # By the same name and port as before, whatever the mesh.
    service = named(left, "Service", "redis-cart")["spec"]
    assert service["type"] == "ExternalName"
    assert service["externalName"] == "redis-cart.shop-region.svc.cluster.local"
    assert [port["port"] for port in service["ports"]] == [6379]
    assert "selector" not in service
    if mesh == "consul-enterprise":
        (redirect,) = of_kind(left, "ServiceResolver")
        assert redirect["spec"] == {
            "redirect": {"service": "redis-cart", "namespace": "shop-region"}
        }


@pytest.mark.parametrize("mesh", ["consul-enterprise", "consul-community"])
def test_a_headless_service_is_an_explicit_upstream(tmp_path: Path, mesh: str) -> None:
    zones = made(tmp_path, "shop", mesh)
    for zone in (HUB, LAX):
        for name in ("orders", "catalogue"):
            body = named(zones[zone], "Deployment", name)
            assert pod(body)["hostAliases"] == [{"ip": "127.0.0.1", "hostnames": ["db"]}]
            assert annotations(body)["connect-service-upstreams"] == "db:5432"
        assert "hostAliases" not in pod(named(zones[zone], "Deployment", "web"))
    assert "db" in names(zones[HUB], "Service")
    assert "db" not in names(zones[LAX], "Service", "PodDisruptionBudget")


def test_intentions_follow_the_configuration(tmp_path: Path) -> None:
    zones = made(tmp_path, "shop")
    allowed = {
        body["metadata"]["name"]: {
            (source["name"], source["namespace"]) for source in body["spec"]["sources"]
        }
        for body in of_kind(zones[HUB], "ServiceIntentions")
    }
    places = ("shop-region", f"shop-{LAX}", f"shop-{LAS}")
    assert allowed == {
        "catalogue": {("web", place) for place in places},
        "orders": {("web", place) for place in places},
        "db": {(name, place) for name in ("orders", "catalogue") for place in places},
    }


def test_an_account_keeps_its_role_and_its_bindings(tmp_path: Path) -> None:
    objects = made(tmp_path, "shop")[LAX]
    account = named(objects, "ServiceAccount", "catalogue")
    assert account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"].endswith("/catalogue")
    assert account["automountServiceAccountToken"] is True
    subjects = named(objects, "RoleBinding", "reader")["subjects"]
    assert [item["name"] for item in subjects] == ["reader", "catalogue"]
    assert {item["namespace"] for item in subjects} == {f"shop-{LAX}"}


def test_no_load_balancer_and_no_second_service_of_the_mesh(tmp_path: Path) -> None:
    zones = made(tmp_path, "boutique")
    past = annotations(named(zones[HUB], "Deployment", "frontend"))
    assert past["transparent-proxy-exclude-inbound-ports"] == "8080"
    extra = named(zones[HUB], "Service", "frontend-external")
    assert extra["metadata"]["labels"][f"{CONSUL}/service-ignore"] == "true"
    assert extra["spec"]["type"] == "LoadBalancer"
    assert "frontend-external" not in names(zones[LAX], "Service")
    past = annotations(named(zones[LAX], "Deployment", "frontend"))
    assert "transparent-proxy-exclude-inbound-ports" not in past


def test_pods_that_only_call_get_a_service(tmp_path: Path) -> None:
    objects = made(tmp_path, "boutique")[LAX]
    service = named(objects, "Service", "loadgenerator")["spec"]
    assert service["selector"] == {"app": "loadgenerator"}
    body = named(objects, "Deployment", "loadgenerator")
    assert pod(body)["serviceAccountName"] == "loadgenerator"
    assert annotations(body)["connect-inject"] == "true"


def test_what_the_base_has_for_consul_is_used(tmp_path: Path) -> None:
    zones = made(tmp_path, "meshed")
    for zone, objects in zones.items():
        entries = [body for body in objects if body["apiVersion"].startswith(CONSUL)]
        subjects = [
            (body["kind"], body["spec"].get("destination", body["metadata"])["name"])
            for body in entries
        ]
        assert len(subjects) == len(set(subjects)), zone
    assert named(zones[LAX], "ServiceDefaults", "api")["spec"]["localRequestTimeoutMs"] == 5000
    resolver = named(zones[LAX], "ServiceResolver", "api")["spec"]
    assert resolver["connectTimeout"] == "2s"
    assert resolver["failover"]["*"]["targets"] == [{"service": "api", "namespace": "shop-region"}]
    assert named(zones[HUB], "ServiceResolver", "api")["spec"] == {"connectTimeout": "2s"}
    (api,) = [
        body["spec"]
        for body in of_kind(zones[HUB], "ServiceIntentions")
        if body["spec"]["destination"]["name"] == "api"
    ]
    assert api["destination"]["namespace"] == "shop-region"
    assert [source["namespace"] for source in api["sources"]] == [
        "shop-region", f"shop-{LAX}", f"shop-{LAS}"
    ]  # fmt: skip
    assert {json.dumps(source["permissions"]) for source in api["sources"]} == {
        json.dumps([{"action": "allow", "http": {"pathPrefix": "/v1"}}])
    }
    upstreams = annotations(named(zones[LAX], "Deployment", "api"))["connect-service-upstreams"]
    assert upstreams == "db:5432, cache.svc:6379"


def test_the_hub_keeps_the_entries_of_the_base(tmp_path: Path) -> None:
    deny = """---
apiVersion: consul.hashicorp.com/v1alpha1
kind: ServiceIntentions
metadata: {name: none-to-web}
spec:
  destination: {name: web}
  sources:
    - {name: cache, action: deny}
"""
    write_tree(tmp_path, MESHED + deny)
    (tmp_path / "edgeops.yaml").write_text(fleet_text(APPS["meshed"][1]))
    assert main(["init", str(tmp_path), "-q"]) is ExitStatus.OK
    hub = build(tmp_path, "overlays/edge-usw2/region")
    assert named(hub, "ServiceResolver", "api")["spec"] == {"connectTimeout": "2s"}
    denied = named(hub, "ServiceIntentions", "none-to-web")["spec"]
    assert denied["destination"] == {"name": "web", "namespace": "shop-region"}
    assert [(item["namespace"], item["action"]) for item in denied["sources"]] == [
        (f"shop-{zone}", "deny") for zone in (HUB, LAX, LAS)
    ]


def test_community_names_carry_the_zone(tmp_path: Path) -> None:
    zones = made(tmp_path, "meshed", "consul-community")
    everywhere = [
        (body["kind"], body["metadata"]["name"])
        for objects in zones.values()
        for body in objects
        if body["apiVersion"].startswith(CONSUL)
    ]
    assert len(everywhere) == len(set(everywhere))
    api = named(zones[LAX], "Deployment", "api")
    assert annotations(api)["connect-service"] == f"api-{LAX}"
    assert pod(api)["serviceAccountName"] == f"api-{LAX}"
    assert annotations(api)["connect-service-upstreams"] == f"db:5432,cache-{LAX}.svc:6379"
    defaults = named(zones[LAX], "ServiceDefaults", f"api-{LAX}")["spec"]
    assert defaults == {"protocol": "http", "localRequestTimeoutMs": 5000}


@pytest.mark.parametrize("engine", ["argocd", "flux"])
def test_an_edit_of_the_base_reaches_the_overlays(
    tmp_path: Path, engine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the engine's objects; then nothing changes, and drift sees what was built."""
    write_tree(tmp_path, BOUTIQUE)
    text = fleet_text(APPS["boutique"][1], engine=engine)
    (tmp_path / "edgeops.yaml").write_text(text)
    assert main(["init", str(tmp_path), "-q"]) is ExitStatus.OK
    theirs = tmp_path / "manifests" / "ads.yaml"
    theirs.write_text(
        files_of(BOUTIQUE)["manifests/catalog/productcatalogservice.yml"]
        .replace("productcatalogservice", "ads")
        .replace("3550", "9555")
        .replace("kind: Deployment", "kind: StatefulSet")
    )
    frontend = tmp_path / "manifests" / "frontend.yaml"
    frontend.write_text(
        frontend.read_text().replace('"cartservice:7070"', '"cartservice:7070,ads:9555"')
    )
    assert main(["init", str(tmp_path), "-q"]) is ExitStatus.OK
    objects = build(tmp_path, f"overlays/edge-usw2/{LAX}")
    assert LAX in json.dumps(pod(named(objects, "StatefulSet", "ads")))
    assert named(objects, "ServiceIntentions", "ads")["spec"]["sources"][0]["name"] == "frontend"
    if engine == "argocd":
        (project,) = of_kind(build(tmp_path, "clusters/edge-usw2/argocd"), "AppProject")
        kinds = {item["kind"] for item in project["spec"]["namespaceResourceWhitelist"]}
        assert {body["kind"] for body in objects} - {"Namespace"} <= kinds

    for command in (("add", "-A"), ("commit", "-q", "-m", "Ads")):
        subprocess.run(("git", *command), cwd=tmp_path, check=True)
    head = (tmp_path / ".git" / "refs" / "heads" / "main").read_text()
    assert main(["init", str(tmp_path), "-q"]) is ExitStatus.OK
    assert (tmp_path / ".git" / "refs" / "heads" / "main").read_text() == head

    capsys.readouterr()
    assert main(["render", "-C", str(tmp_path)]) is ExitStatus.OK
    live = tmp_path.parent / f"{tmp_path.name}.yaml"
    live.write_text(capsys.readouterr().out)
    check = ["drift", "-C", str(tmp_path), "--live", str(live), "-o", "json", "--zone", LAX]
    assert main(check) is ExitStatus.OK
    report = json.loads(capsys.readouterr().out)
    (zone,) = [row for row in report["zones"] if row["zone"] == LAX]
    assert zone["objects"] >= len(objects)


def test_a_list_that_a_person_changed_is_theirs(tmp_path: Path) -> None:
    made(tmp_path, "boutique")
    listing = tmp_path / "manifests" / "kustomization.yaml"
    theirs = listing.read_text() + "commonAnnotations:\n  team: blue\n"
    listing.write_text(theirs)
    (tmp_path / "manifests" / "extra.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\n"
    )
    for _ in range(2):
        assert main(["init", str(tmp_path), "-q"]) is ExitStatus.OK
        assert listing.read_text() == theirs
    objects = build(tmp_path, f"overlays/edge-usw2/{LAX}")
    assert named(objects, "Deployment", "frontend")["metadata"]["annotations"]["team"] == "blue"
    assert "extra" not in names(objects, "ConfigMap")


@pytest.mark.parametrize("expose", ["alb", "nodePort"])
def test_users_come_in_at_the_front(tmp_path: Path, expose: str) -> None:
    write_tree(tmp_path, SHOP)
    fleet = json.loads(fleet_text(APPS["shop"][1]))
    fleet["spec"]["expose"] = expose
    if expose == "alb":
        fleet["spec"]["clusters"][0]["zones"] = [{"name": LAX, "ingressSubnets": ["subnet-0abc"]}]
    (tmp_path / "edgeops.yaml").write_text(json.dumps(fleet))
    assert main(["init", str(tmp_path), "-q"]) is ExitStatus.OK
    objects = build(tmp_path, f"overlays/edge-usw2/{LAX}")
    if expose == "alb":
        (rule,) = named(objects, "Ingress", "web")["spec"]["rules"]
        backend = rule["http"]["paths"][0]["backend"]["service"]
        assert backend == {"name": "web", "port": {"number": 80}}
    else:
        door = named(objects, "Service", "web-nodeport")["spec"]
        assert (door["selector"], door["ports"][0]["targetPort"]) == ({"app": "web"}, 3000)
    past = annotations(named(objects, "Deployment", "web"))
    assert past["transparent-proxy-exclude-inbound-ports"] == "3000"

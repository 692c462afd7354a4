"""What manifests tell by themselves: protocols, calls, the files of a directory."""

from typing import Any

import pytest

from edgeops.adapters import package_data
from edgeops.core.bring import calls, protocols
from edgeops.core.bring.listing import listing
from edgeops.core.documents import load
from edgeops.core.scopes import CLUSTER_SCOPED

NAMES = ("db", "api", "cart-service")


@pytest.mark.parametrize(
    ("key", "text", "called"),
    [
        ("DATABASE_URL", "postgres://user:secret@db:5432/shop", {"db"}),
        ("", "--catalogue=http://api/v1 --db-host db", {"api", "db"}),
        ("API_ADDR", "api", {"api"}),
        ("CARTS", "cart-service.shop.svc.cluster.local", {"cart-service"}),
        ("CARTS", "cart-service.shop.svc", {"cart-service"}),
        ("", "host=db port=5432 user=db", {"db"}),
        ("default.conf", "upstream a { server api:8080; }", {"api"}),
        ("config.yaml", 'backend:\n  host: "api"\n', {"api"}),
        ("HOSTS", "db:5432,api:80", {"db", "api"}),
        # Words that only look like it.
        ("POSTGRES_USER", "db", set()),
        ("MODE", "api", set()),
        ("", "--prefix=/api --name my-api --version api2", set()),
        ("URL", "https://api.example.com/db", set()),
        ("URL", "https://my-api:80/", set()),
        ("TEXT", "ask the api for help", set()),
        ("NAMESPACED", "db.shop", set()),
    ],
)
def test_calls_by_name(key: str, text: str, called: set[str]) -> None:
    assert {mention.name for mention in calls.mentions(text, NAMES, key=key)} == called


def test_a_call_by_namespace_says_so() -> None:
    (found,) = calls.mentions("http://db.shop.svc:80", NAMES)
    assert (found.name, found.namespace) == ("db", "shop")


def workload(container: dict[str, Any], **pod: Any) -> dict[str, Any]:
    spec = {"containers": [{"name": "one", **container}], **pod}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "one"},
        "spec": {"template": {"metadata": {"labels": {"app": "one"}}, "spec": spec}},
    }


def test_what_a_pod_is_configured_with() -> None:
    objects = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "settings"},
            "data": {"A": "1", "B": "2"},
        },
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "hidden"},
            "data": {"C": "Mw==", "D": "not base64"},
        },
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "none"}, "data": {"Z": "9"}},
    ]
    body = workload(
        {
            "args": ["--x"],
            "env": [
                {"name": "E", "value": "5"},
                {"name": "F", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "A"}}},
            ],
        },
        volumes=[
            {"name": "v", "projected": {"sources": [{"secret": {"name": "hidden"}}]}},
            {"name": "w", "configMap": {"name": "settings"}},
        ],
    )
    found = {(key, text) for key, text in calls.texts(body, objects) if text}
    assert found == {("", "--x"), ("E", "5"), ("F", "1"), ("A", "1"), ("B", "2"), ("C", "3")}


@pytest.mark.parametrize(
    ("port", "protocol"),
    [
        ({"name": "http"}, "http"),
        ({"name": "http-metrics"}, "http"),
        ({"name": "grpc-web"}, "http"),
        ({"name": "grpc-api"}, "grpc"),
        ({"name": "https"}, "tcp"),
        ({"name": "tcp-redis"}, "tcp"),
        ({"name": "web"}, None),
        ({}, None),
        ({"name": "http", "appProtocol": "kubernetes.io/h2c"}, "http2"),
        ({"appProtocol": "company.example/own"}, "tcp"),
    ],
)
def test_protocols_by_the_words_of_a_port(port: dict[str, Any], protocol: str | None) -> None:
    assert protocols.by_words(port) == protocol


@pytest.mark.parametrize(
    ("container", "protocol"),
    [
        ({"readinessProbe": {"httpGet": {"port": 80}}}, "http"),
        ({"readinessProbe": {"httpGet": {"port": 80, "scheme": "HTTPS"}}}, "tcp"),
        ({"livenessProbe": {"httpGet": {"port": 9090}}}, None),
        ({"livenessProbe": {"tcpSocket": {"port": "main"}}}, "tcp"),
        ({"startupProbe": {"grpc": {"port": 80}}}, "grpc"),
        ({"readinessProbe": {"exec": {"command": ["sh", "-c", "redis-cli ping"]}}}, "tcp"),
        ({"readinessProbe": {"exec": {"command": ["/bin/grpc_health_probe"]}}}, "grpc"),
        ({"readinessProbe": {"exec": {"command": ["true"]}}}, None),
        ({"ports": [{"containerPort": 80, "name": "http"}]}, "http"),
    ],
)
def test_protocols_by_the_container(container: dict[str, Any], protocol: str | None) -> None:
    body = workload({"ports": [{"containerPort": 80, "name": "main"}], **container})
    assert protocols.by_container(80, body) == protocol


def test_the_files_of_a_directory() -> None:
    manifest = b"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n"
    files = {
        "k8s/b.yaml": manifest,
        "k8s/a.json": b'{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "b"}}',
        "k8s/deep/er/c.yml": manifest,
        "k8s/list.yaml": b"apiVersion: v1\nkind: List\nitems: []\n",
        "k8s/made/kustomization.yaml": b"",
        "k8s/made/d.yaml": manifest,
        "k8s/made/inner/kustomization.yml": b"",
        "k8s/broken.yaml": b"kind: [",
        # Not manifests, or not to be seen.
        "k8s/values.yaml": b"replicas: 3\n",
        "k8s/empty.yaml": b"",
        "k8s/README.md": manifest,
        "k8s/.git-crypt/e.yaml": manifest,
        "k8s/.hidden.yaml": manifest,
        "k8s/kustomization.yaml": b"kind: Kustomization\n",
    }
    assert listing("k8s", files) == (
        "a.json", "b.yaml", "broken.yaml", "deep/er/c.yml", "list.yaml", "made"
    )  # fmt: skip


def test_every_kind_that_a_cluster_has_once_is_known() -> None:
    kinds = load(package_data.schemas())["kinds"]
    known = {
        (key.split("/")[0] if key.count("/") > 1 else "", key.rpartition("/")[2])
        for key, info in kinds.items()
        if not info["namespaced"]
    }
    assert len(known) > 20
    assert known <= CLUSTER_SCOPED

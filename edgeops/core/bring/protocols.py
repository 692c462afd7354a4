"""What a port speaks, by the marks that people leave: names, probes, config entries."""

from collections.abc import Iterable, Mapping
from typing import Any

from edgeops.core.bring.pods import containers, ports_of
from edgeops.core.objects import JsonObject

# The words that Istio and Kubernetes know, as what Consul knows: http, http2, grpc, tcp.
# https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/
# https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol
WORDS: Mapping[str, str] = {
    "http": "http",
    "http2": "http2",
    "grpc": "grpc",
    "grpc-web": "http",
    "tcp": "tcp",
    "kubernetes.io/h2c": "http2",
    "kubernetes.io/ws": "http",
    # The pods' own encryption: the proxy sees bytes.
    "https": "tcp",
    "tls": "tcp",
    "kubernetes.io/wss": "tcp",
    "mongo": "tcp",
    "mysql": "tcp",
    "redis": "tcp",
    "postgres": "tcp",
    "postgresql": "tcp",
    "amqp": "tcp",
    "kafka": "tcp",
    "mqtt": "tcp",
}

PROGRAMS: Mapping[str, str] = {
    "grpc_health_probe": "grpc",
    "pg_isready": "tcp",
    "redis-cli": "tcp",
    "mysqladmin": "tcp",
    "mongosh": "tcp",
}
"""Programs that probes run, and what they ask for."""

_PROBES = ("readinessProbe", "livenessProbe", "startupProbe")


def by_words(port: JsonObject) -> str | None:
    """The protocol that a port of a Service or container says by its fields."""
    if word := port.get("appProtocol"):
        # A word that is not in the table names some protocol that is no HTTP.
        return WORDS.get(str(word).lower(), "tcp")
    name = str(port.get("name") or "").lower()
    return WORDS.get(name) or WORDS.get(name.partition("-")[0])


def container_port(port: JsonObject, workload: JsonObject) -> int:
    """The number that a Service's *port* leads to in the pods of *workload*."""
    target = port.get("targetPort", port.get("port"))
    if isinstance(target, int):
        return target
    if str(target).isdigit():
        return int(str(target))
    named = {item.get("name"): item.get("containerPort") for item in ports_of(workload)}
    return int(named.get(target) or port.get("port") or 0)


def by_container(number: int, workload: JsonObject) -> str | None:
    """The protocol that the container's own port and probes tell of port *number*."""
    for port in ports_of(workload):
        if port.get("containerPort") == number and (word := by_words(port)):
            return word
    for container in containers(workload):
        if not _listens(container, number):
            continue
        for probe in _PROBES:
            if found := _by_probe(container.get(probe) or {}, container, number):
                return found
    return None


def _listens(container: JsonObject, number: int) -> bool:
    ports = [port.get("containerPort") for port in container.get("ports") or ()]
    return not ports or number in ports


def _by_probe(probe: JsonObject, container: JsonObject, number: int) -> str | None:
    for key, protocol in (("httpGet", "http"), ("tcpSocket", "tcp"), ("grpc", "grpc")):
        asked = probe.get(key)
        if asked and _number(asked.get("port"), container) == number:
            return "tcp" if asked.get("scheme") == "HTTPS" else protocol
    command = " ".join(map(str, (probe.get("exec") or {}).get("command") or ()))
    return next((found for name, found in PROGRAMS.items() if name in command), None)


def _number(port: Any, container: JsonObject) -> Any:
    named = {item.get("name"): item.get("containerPort") for item in container.get("ports") or ()}
    return named.get(port, port)


def probe_path(number: int, workload: JsonObject) -> str | None:
    """The HTTP path that the readiness of the pods is asked by, on port *number*."""
    for container in containers(workload):
        asked = (container.get("readinessProbe") or {}).get("httpGet") or {}
        if asked and _number(asked.get("port"), container) == number:
            return str(asked.get("path") or "/")
    return None


def is_watched(workload: JsonObject) -> bool:
    """Whether anything asks its pods if they are ready."""
    return any(container.get("readinessProbe") for container in containers(workload))


def tcp_ports(ports: Iterable[JsonObject]) -> list[JsonObject]:
    """Those that a mesh can serve."""
    return [port for port in ports if port.get("protocol", "TCP") == "TCP"]

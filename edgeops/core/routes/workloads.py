"""
What runs where, and under which names: pods as Consul and Kubernetes know them.

Consul's name of a pod is its annotation ``connect-service``, else the Kubernetes Service that
selects it. A pod is healthy to Consul when it is ready; under transparent proxy a TCP or gRPC
probe asks the proxy, which always answers.
https://developer.hashicorp.com/consul/docs/reference/k8s/annotation-label
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from edgeops.core.fleet.model import Cluster, Fleet, Mesh, Zone
from edgeops.core.objects import KubeObject, in_order
from edgeops.core.routes.entries import DEFAULT_NAMESPACE, ServiceName
from edgeops.core.routes.filters import Facts

WORKLOADS: Final = ("Deployment", "StatefulSet", "DaemonSet")
_PREFIX: Final = "consul.hashicorp.com/"
_ZONE_TOPOLOGY: Final = "topology.kubernetes.io/zone"


class Probe(StrEnum):
    """Whether Kubernetes, and so Consul, learns that an instance is gone."""

    TELLS = "tells"
    MISSING = "missing"
    BLIND = "blind"
    """A TCP or gRPC probe that asks the mesh's proxy."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Workload:
    """Pods of one template in one namespace: the instances of a service in one place."""

    source: KubeObject
    zone: Zone
    """Where its pods run."""

    consul: ServiceName | None
    """None outside the mesh."""

    probe: Probe
    running: bool
    """Whether it has any replica."""

    transparent: bool
    annotations: Mapping[str, str]
    env: Mapping[str, str]
    """Of its containers; values that stand in a Secret are left out."""

    facts: Facts = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def namespace(self) -> str:
        return self.source.namespace


@dataclass(frozen=True, slots=True, kw_only=True)
class KubeService:
    """A Kubernetes Service and the workloads that it selects."""

    source: KubeObject
    selected: tuple[Workload, ...]

    @property
    def external_name(self) -> str | None:
        spec = _at(self.source.body, "spec")
        return str(spec.get("externalName")) if spec.get("type") == "ExternalName" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Everything that runs in one cluster."""

    workloads: tuple[Workload, ...]
    services: Mapping[tuple[str, str], KubeService]
    """By namespace and name."""

    by_consul: Mapping[ServiceName, tuple[Workload, ...]]


def take_stock(fleet: Fleet, cluster: Cluster, objects: Iterable[KubeObject]) -> Inventory:
    """The pods and names of *cluster*; what lives in no zone's namespace is left out."""
    zones = {zone.namespace: zone for zone in cluster.zones}
    ordered = [item for item in in_order(objects) if item.namespace in zones]
    kube = [item for item in ordered if item.group == "" and item.kind == "Service"]
    near: dict[str, list[KubeObject]] = {}
    for item in kube:
        near.setdefault(item.namespace, []).append(item)
    workloads = []
    beside: dict[str, list[Workload]] = {}
    for item in ordered:
        if item.group == "apps" and item.kind in WORKLOADS:
            own = near.get(item.namespace, [])
            one = _workload(fleet, cluster, zones[item.namespace], item, own)
            workloads.append(one)
            beside.setdefault(one.namespace, []).append(one)
    services = {
        (item.namespace, item.name): KubeService(
            source=item,
            selected=tuple(
                one for one in beside.get(item.namespace, ()) if _selects(item, one.source)
            ),
        )
        for item in kube
    }
    by_consul: dict[ServiceName, tuple[Workload, ...]] = {}
    for one in workloads:
        if one.consul is not None and one.running:
            by_consul[one.consul] = (*by_consul.get(one.consul, ()), one)
    return Inventory(workloads=tuple(workloads), services=services, by_consul=by_consul)


def _workload(
    fleet: Fleet, cluster: Cluster, zone: Zone, item: KubeObject, services: Sequence[KubeObject]
) -> Workload:
    template = _at(item.body, "spec", "template")
    notes = {
        str(key): str(value) for key, value in _at(template, "metadata", "annotations").items()
    }
    consul = None
    transparent = False
    if fleet.mesh.is_consul and notes.get(f"{_PREFIX}connect-inject") == "true":
        consul = _consul_name(fleet, item, notes, services)
        transparent = notes.get(f"{_PREFIX}transparent-proxy", "true") != "false"
    replicas = _at(item.body, "spec").get("replicas", 1)
    annotations = {
        key.removeprefix(_PREFIX): value for key, value in notes.items() if key.startswith(_PREFIX)
    }
    return Workload(
        source=item,
        zone=_place(cluster, zone, template),
        consul=consul,
        probe=_probe(template, notes, transparent=transparent),
        running=replicas != 0,
        transparent=transparent,
        annotations=annotations,
        env=dict(_environment(template)),
        facts=_facts(item, annotations, consul),
    )


def _consul_name(
    fleet: Fleet, item: KubeObject, notes: Mapping[str, str], services: Sequence[KubeObject]
) -> ServiceName | None:
    selecting = (service for service in services if _selects(service, item))
    name = notes.get(f"{_PREFIX}connect-service") or notes.get(f"{_PREFIX}kubernetes-service")
    name = name or next((service.name for service in selecting), None)
    if name is None:
        return None
    enterprise = fleet.mesh is Mesh.CONSUL_ENTERPRISE
    return ServiceName(item.namespace if enterprise else DEFAULT_NAMESPACE, name)


def _selects(service: KubeObject, workload: KubeObject) -> bool:
    """Whether *service* selects the pods, and Consul is not told to overlook it."""
    if service.labels.get(f"{_PREFIX}service-ignore") == "true":
        return False
    selector = _at(service.body, "spec", "selector")
    labels = _at(workload.body, "spec", "template", "metadata", "labels")
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def _place(cluster: Cluster, zone: Zone, template: Mapping[str, Any]) -> Zone:
    """The zone whose nodes the pods want; that of the namespace where they say nothing."""
    wanted = set(_wanted_zones(_at(template, "spec")))
    if not wanted or wanted & set(zone.zones):
        return zone
    return next((other for other in cluster.zones if wanted & set(other.zones)), zone)


def _wanted_zones(pod: Mapping[str, Any]) -> Iterable[str]:
    yield from filter(None, (_at(pod, "nodeSelector").get(_ZONE_TOPOLOGY),))
    required = _at(
        pod, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"
    )
    for term in required.get("nodeSelectorTerms") or ():
        for expression in _items(term, "matchExpressions"):
            if expression.get("key") == _ZONE_TOPOLOGY and expression.get("operator") == "In":
                yield from expression.get("values") or ()


def _probe(template: Mapping[str, Any], notes: Mapping[str, str], *, transparent: bool) -> Probe:
    probes = [
        container["readinessProbe"]
        for container in _items(_at(template, "spec"), "containers")
        if isinstance(container.get("readinessProbe"), Mapping)
    ]
    if not probes:
        return Probe.MISSING
    past = notes.get(f"{_PREFIX}transparent-proxy-exclude-inbound-ports", "").split(",")
    for probe in probes:
        if "httpGet" in probe or "exec" in probe or not transparent:
            return Probe.TELLS
        port = _at(probe, "tcpSocket" if "tcpSocket" in probe else "grpc").get("port")
        if str(port) in (text.strip() for text in past):
            return Probe.TELLS
    return Probe.BLIND


def _environment(template: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for container in _items(_at(template, "spec"), "containers"):
        for entry in _items(container, "env"):
            if isinstance(entry.get("value"), str):
                yield str(entry.get("name")), entry["value"]


def _facts(
    item: KubeObject, annotations: Mapping[str, str], consul: ServiceName | None
) -> dict[str, str | list[str] | dict[str, str]]:
    """What Consul's catalogue will say of each instance, as far as git knows it."""
    if consul is None:
        return {}
    meta = {
        key.removeprefix("service-meta-"): value
        for key, value in annotations.items()
        if key.startswith("service-meta-")
    }
    tags = [tag.strip() for tag in annotations.get("service-tags", "").split(",") if tag.strip()]
    return {
        "Service.Service": consul.name,
        "Service.Tags": tags,
        "Service.Meta": {**meta, "k8s-namespace": item.namespace},
    }


def _at(body: Any, *path: str) -> Mapping[str, Any]:
    for key in path:
        body = body.get(key) if isinstance(body, Mapping) else None
    return body if isinstance(body, Mapping) else {}


def _items(body: Any, key: str) -> list[Mapping[str, Any]]:
    found = body.get(key) if isinstance(body, Mapping) else None
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []

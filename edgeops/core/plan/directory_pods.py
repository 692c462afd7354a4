"""An application of one's own: where its pods run in a zone, and what they need of the mesh."""

from collections.abc import Mapping, Sequence
from typing import Any

from edgeops.core.bring import pods
from edgeops.core.bring.doors import GATEWAYS, doors
from edgeops.core.bring.explicit import explicit
from edgeops.core.bring.registered import leading_to
from edgeops.core.fleet.model import Expose, Fleet, Mesh, Placement, Service, Workload, Zone
from edgeops.core.objects import JsonObject
from edgeops.core.plan.manifest import Body
from edgeops.core.plan.names import HOST_TOPOLOGY, WAVE, ZONE_TOPOLOGY, consul_name
from edgeops.core.plan.workload import WORKLOAD_WAVE

_CONSUL = "consul.hashicorp.com"
_LOOPBACK = "127.0.0.1"
_OUTSIDE = f"{_CONSUL}/transparent-proxy-exclude-inbound-ports"


def runs(item: Workload, zone: Zone) -> bool:
    """Whether *zone* has pods of *item*."""
    return item.placement is not (Placement.EDGE if zone.is_hub else Placement.REGION)


def workloads(fleet: Fleet, zone: Zone) -> list[Workload]:
    """What makes pods in *zone*."""
    app = fleet.directory_app
    return [] if app is None else [item for item in app.workloads if runs(item, zone)]


def change(body: JsonObject, content: Mapping[str, Any]) -> Body:
    """A patch of the object *body*; *content* beside its apiVersion, kind and name."""
    metadata: Body = {"name": pods.name_of(body)}
    if namespace := body["metadata"].get("namespace"):
        # Kustomize looks for the object as the directory has it; the zone's comes later.
        metadata["namespace"] = namespace
    own = dict(content)
    metadata |= own.pop("metadata", {})
    return {"apiVersion": body["apiVersion"], "kind": body["kind"], "metadata": metadata, **own}


def left_out(body: JsonObject) -> Body:
    """The patch that leaves *body* out."""
    return change(body, {"$patch": "delete"})


def pod_change(fleet: Fleet, zone: Zone, item: Workload) -> Body:
    """Everything that *zone* changes of one workload."""
    spec: Body = {}
    if (count := _replicas(fleet, zone, item)) is not None:
        spec["replicas"] = count
    template: Body = {}
    if annotations := _annotations(fleet, zone, item):
        template["metadata"] = {"annotations": annotations}
    template["spec"] = {**_mesh(fleet, zone, item), **_place(fleet, zone, item)}
    content: Body = {"spec": _deep(item, spec, template)}
    own = item.body["metadata"].get("annotations") or {}
    if fleet.mesh.is_consul and not item.runs_once and WAVE not in own:
        content = {"metadata": {"annotations": {WAVE: WORKLOAD_WAVE}}, **content}
    return change(item.body, content)


def _deep(item: Workload, spec: Body, template: Body) -> Body:
    """*template* where the kind has it, below ``spec``."""
    inner: Body = template
    for step in reversed(pods.TEMPLATES[pods.kind_of(item.body)][1:]):
        inner = {step: inner}
    return {**spec, **inner}


def _replicas(fleet: Fleet, zone: Zone, item: Workload) -> int | None:
    """The number that ``zones[].replicas`` gives a Deployment, if no autoscaler decides."""
    wanted = zone.replicas
    if wanted is None or item.kind != "Deployment" or is_scaled(fleet, item.body):
        return None
    has = item.body["spec"].get("replicas", 1)
    return None if wanted == has else wanted


def is_scaled(fleet: Fleet, body: JsonObject) -> bool:
    """Whether an autoscaler of the application decides how many pods *body* has."""
    return any(scales(other, body) for other in _objects(fleet))


def scales(other: JsonObject, body: JsonObject) -> bool:
    """Whether *other* is an autoscaler of *body*."""
    spec = other.get("spec")
    target = spec.get("scaleTargetRef") if isinstance(spec, Mapping) else None
    if not isinstance(target, Mapping):
        return False
    return (target.get("kind", "Deployment"), target.get("name")) == (
        body["kind"],
        pods.name_of(body),
    )


def _objects(fleet: Fleet) -> Sequence[JsonObject]:
    return () if fleet.directory_app is None else fleet.directory_app.objects


def _place(fleet: Fleet, zone: Zone, item: Workload) -> Body:
    pod = pods.pod_of(item.body)
    body: Body = {"affinity": {"nodeAffinity": _required(zone, pod)}}
    if not zone.is_hub:
        toleration = {
            "key": fleet.taint,
            "operator": "Equal",
            "value": zone.name,
            "effect": "NoSchedule",
        }
        body["tolerations"] = [*(pod.get("tolerations") or ()), toleration]
    if not pod.get("topologySpreadConstraints") and (spread := _spread(zone, item)):
        body["topologySpreadConstraints"] = spread
    return body


def _required(zone: Zone, pod: JsonObject) -> Body:
    """Only nodes of *zone*, and only those that the base would take: its terms are alternatives."""
    expression = {"key": ZONE_TOPOLOGY, "operator": "In", "values": list(zone.zones)}
    affinity = (pod.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    alternatives: Sequence[JsonObject] = required.get("nodeSelectorTerms") or ({},)
    terms = [
        {**term, "matchExpressions": [*(term.get("matchExpressions") or ()), expression]}
        for term in alternatives
    ]
    return {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}


def _spread(zone: Zone, item: Workload) -> list[Body]:
    """Over Availability Zones in the Region, over nodes at the edge; only where pods are alike."""
    selector = item.body["spec"].get("selector")
    if item.kind not in {"Deployment", "StatefulSet", "Rollout"} or not selector:
        return []
    constraint: Body = {
        "maxSkew": 1,
        "topologyKey": ZONE_TOPOLOGY if zone.is_hub else HOST_TOPOLOGY,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": selector,
    }
    return [constraint]


def _mesh(fleet: Fleet, zone: Zone, item: Workload) -> Body:
    """The account that Consul wants, and names of services that have no address."""
    service = service_of(fleet, item)
    if service is None:
        return {}
    pod = pods.pod_of(item.body)
    body: Body = {}
    name = consul_name(fleet, service, zone)
    if account_of(item) != name:
        body["serviceAccountName"] = name
        if pod.get("serviceAccount"):
            body["serviceAccount"] = name  # the field's old name, which must be the same
    if pod.get("automountServiceAccountToken") is False:
        body["automountServiceAccountToken"] = True
    if hosts := [to.name for to, _ in explicit(fleet, item)]:
        aliases = [dict(alias) for alias in pod.get("hostAliases") or ()]
        ours = next((alias for alias in aliases if alias.get("ip") == _LOOPBACK), None)
        if ours is None:
            aliases.append({"ip": _LOOPBACK, "hostnames": hosts})
        else:
            ours["hostnames"] = [*dict.fromkeys([*(ours.get("hostnames") or ()), *hosts])]
        body["hostAliases"] = aliases
    return body


def service_of(fleet: Fleet, item: Workload) -> Service | None:
    """The service of the mesh that the pods of *item* are; None if they are none."""
    if not fleet.mesh.is_consul:
        return None
    return next((service for service in fleet.services if service.name == item.service), None)


def account_of(item: Workload) -> str:
    """The account of its pods, as the base has it."""
    pod = pods.pod_of(item.body)
    return str(pod.get("serviceAccountName") or pod.get("serviceAccount") or "default")


def _annotations(fleet: Fleet, zone: Zone, item: Workload) -> Body:
    service = service_of(fleet, item)
    if service is None:
        return {}
    own = pods.annotations_of(item.body)
    wanted: Body = {pods.INJECT: "true"}
    if pods.name_of(item.body) != service.name or _has_service(fleet, service):
        wanted[pods.SERVICE_PORT] = str(service.port)
    if len(leading_to(item.body, pods.services_in(_objects(fleet)))) > 1:
        wanted[pods.KUBERNETES_SERVICE] = service.name
    if not zone.is_hub:
        # The chart requests nothing for the proxy, and edge nodes are small.
        wanted[f"{_CONSUL}/sidecar-proxy-cpu-request"] = "50m"
        wanted[f"{_CONSUL}/sidecar-proxy-memory-request"] = "64Mi"
    if _is_open(fleet, zone, service):
        # Users come from outside the mesh: past the proxy, which wants mutual TLS.
        wanted[_OUTSIDE] = str(service.port)
    wanted = {key: value for key, value in wanted.items() if key not in own}
    name = consul_name(fleet, service, zone)
    if name != service.name:
        wanted[pods.CONSUL_SERVICE] = name
    upstreams = _upstreams(fleet, zone, item)
    if upstreams != own.get(pods.UPSTREAMS, ""):
        wanted[pods.UPSTREAMS] = upstreams
    return wanted


def _is_open(fleet: Fleet, zone: Zone, service: Service) -> bool:
    """Whether users reach *service* in *zone* from outside, past any gateway of the mesh."""
    if service.front and zone.expose is not Expose.NONE:
        return True
    if fleet.directory_app is None or not zone.is_hub:
        return False
    objects = [body for body in _objects(fleet) if pods.kind_of(body)[0] != GATEWAYS]
    return service.name in doors(objects, fleet.directory_app.workloads)


def _has_service(fleet: Fleet, service: Service) -> bool:
    return any(pods.name_of(body) == service.name for body in pods.services_in(_objects(fleet)))


def _upstreams(fleet: Fleet, zone: Zone, item: Workload) -> str:
    """The explicit upstreams: the base's, as Consul calls them in *zone*, and ours."""
    services = {service.name: service for service in fleet.services}
    said = str(pods.annotations_of(item.body).get(pods.UPSTREAMS) or "")
    entries = [part.strip() for part in said.split(",") if part.strip()]
    if fleet.mesh is Mesh.CONSUL_COMMUNITY:
        entries = [_renamed(fleet, zone, entry, services) for entry in entries]
    entries += [f"{consul_name(fleet, to, zone)}:{port}" for to, port in explicit(fleet, item)]
    changed = bool(explicit(fleet, item)) or fleet.mesh is Mesh.CONSUL_COMMUNITY
    return ",".join(entries) if changed else said


def _renamed(fleet: Fleet, zone: Zone, entry: str, services: Mapping[str, Service]) -> str:
    name, colon, rest = entry.partition(":")
    service, dot, labels = name.partition(".")
    if service not in services:
        return entry
    return f"{consul_name(fleet, services[service], zone)}{dot}{labels}{colon}{rest}"

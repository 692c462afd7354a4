"""An application of one's own: what a zone leaves out of it, and what its Services become."""

from collections.abc import Mapping
from typing import Any

from edgeops.core.bring import pods
from edgeops.core.bring.doors import DOORS, opens
from edgeops.core.fleet.model import HUB, DirectoryApp, Fleet, Zone
from edgeops.core.objects import JsonObject
from edgeops.core.plan.consul import redirected
from edgeops.core.plan.directory_pods import change, left_out, runs, scales
from edgeops.core.plan.manifest import Body

_DOOR_FIELDS = frozenset(
    {
        "type",
        "allocateLoadBalancerNodePorts",
        "externalIPs",
        "externalTrafficPolicy",
        "healthCheckNodePort",
        "loadBalancerClass",
        "loadBalancerIP",
        "loadBalancerSourceRanges",
    }
)
"""Fields of a Service that only one for users outside has."""


def removals(app: DirectoryApp, zone: Zone) -> list[JsonObject]:
    """What of the application *zone* does not have, its Services aside."""
    gone = [item.body for item in app.workloads if not runs(item, zone)]
    stay = [item.body for item in app.workloads if runs(item, zone)]
    found = list(gone)
    for body in app.objects:
        kind = pods.kind_of(body)
        alone = (
            kind == ("", "Namespace")  # the overlay has its own
            or (kind in DOORS and not zone.is_hub)
            or any(scales(body, item) for item in gone)
            or (kind == ("policy", "PodDisruptionBudget") and _only(body, gone, stay))
            or (kind == ("", "PersistentVolumeClaim") and _claimed(body, gone, stay))
        )
        if alone:
            found.append(body)
    return found


def _only(budget: JsonObject, gone: list[JsonObject], stay: list[JsonObject]) -> bool:
    """Whether *budget* is about pods that are gone, and no others."""
    wanted: Mapping[str, Any] = (budget["spec"].get("selector") or {}).get("matchLabels") or {}

    def meant(body: JsonObject) -> bool:
        labels = pods.labels_of(body)
        return bool(wanted) and all(labels.get(key) == value for key, value in wanted.items())

    return any(map(meant, gone)) and not any(map(meant, stay))


def _claimed(claim: JsonObject, gone: list[JsonObject], stay: list[JsonObject]) -> bool:
    """Whether only pods that are gone use *claim*: it would wait for ever for a first one."""

    def uses(body: JsonObject) -> bool:
        volumes = pods.pod_of(body).get("volumes") or ()
        claims = [
            (volume.get("persistentVolumeClaim") or {}).get("claimName") for volume in volumes
        ]
        return pods.name_of(claim) in claims

    return any(map(uses, gone)) and not any(map(uses, stay))


def absent_services(app: DirectoryApp, zone: Zone) -> list[JsonObject]:
    """The Services whose pods, all of them, are not in *zone*."""
    found = []
    for service in pods.services_in(app.objects):
        behind = [item for item in app.workloads if pods.selects(service, item.body)]
        if behind and not any(runs(item, zone) for item in behind):
            found.append(service)
    return found


def service_changes(fleet: Fleet, zone: Zone) -> tuple[list[Body], list[Body]]:
    """The Services of the application that *zone* leaves out, and those that it changes."""
    app = fleet.directory_app
    if app is None:
        return [], []
    out: list[Body] = []
    changed: list[Body] = []
    absent = {pods.name_of(service) for service in absent_services(app, zone)}
    for service in pods.services_in(app.objects):
        extra = _is_extra(app, service)
        if pods.name_of(service) in absent:
            if _is_called_by_name(fleet, app, service, zone) and not (extra and opens(service)):
                changed.append(change(service, {"spec": _alias(fleet, service)}))
            else:
                out.append(left_out(service))
            continue
        content: Body = {}
        if extra and fleet.mesh.is_consul:
            content["metadata"] = {"labels": {pods.SERVICE_IGNORE: "true"}}
        if opens(service) and not zone.is_hub:
            if extra:
                out.append(left_out(service))
                continue
            content["spec"] = _inner(service)
        if content:
            changed.append(change(service, content))
    return out, changed


def _is_extra(app: DirectoryApp, service: JsonObject) -> bool:
    """Whether the mesh must not see *service*: its pods are known by the name of another one."""
    name = pods.name_of(service)
    behind = [item for item in app.workloads if pods.selects(service, item.body)]
    known = {item.service for item in behind if item.service is not None}
    return bool(known) and name not in known


def _is_called_by_name(fleet: Fleet, app: DirectoryApp, service: JsonObject, zone: Zone) -> bool:
    """
    Whether *zone* calls *service*, which runs in the Region, by its name.

    In the mesh a headless one is an explicit upstream instead (`edgeops.core.bring.explicit`).
    """
    if zone.is_hub:
        return False
    if not fleet.mesh.is_consul:
        return True
    known = {known.name for known in redirected(fleet)}
    behind = [item for item in app.workloads if pods.selects(service, item.body)]
    if all(item.service is None for item in behind):
        return True
    return not pods.is_headless(service) and any(item.service in known for item in behind)


def _alias(fleet: Fleet, service: JsonObject) -> Body:
    """A name that leads to the Region: Consul's proxy knows the address behind it."""
    hub = f"{fleet.namespace_prefix}-{HUB}"
    return {
        "$patch": "replace",
        "type": "ExternalName",
        "externalName": f"{pods.name_of(service)}.{hub}.svc.cluster.local",
        "ports": [_port(port) for port in service["spec"].get("ports") or ()],
    }


def _inner(service: JsonObject) -> Body:
    """The Service for callers inside: no load balancer, no port of nodes."""
    kept = {key: value for key, value in service["spec"].items() if key not in _DOOR_FIELDS}
    kept["ports"] = [_port(port) for port in service["spec"].get("ports") or ()]
    return {"$patch": "replace", **kept}


def _port(port: JsonObject) -> Body:
    return {key: value for key, value in port.items() if key != "nodePort"}

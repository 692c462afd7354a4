"""Where pods of a zone may run, how many, and how they are spread."""

from edgeops.core.fleet.model import Fleet, Placement, Service, Zone
from edgeops.core.plan.manifest import Body, PlannedFile, yaml_file
from edgeops.core.plan.names import SYNC_OPTIONS, ZONE_TOPOLOGY
from edgeops.core.plan.workload import replicas_of

_ABOUT_HUB = """\
Only nodes of the Region's Availability Zones. Edge nodes are tainted, and nothing here
tolerates that."""

_ABOUT_EDGE = """\
Only nodes of this zone, whose taint keeps everybody else away: edge zones cannot talk to each
other, so nothing of another zone must land here, and nothing of this one elsewhere."""

_ABOUT_SPREAD = """\
In the Region: evenly over the Availability Zones. DoNotSchedule where users come in, so that
each Availability Zone has a replica of it; a zone that is down (tainted) does not count."""


def deployments(fleet: Fleet, zone: Zone) -> list[Service]:
    """The services that *zone* runs as Deployments: postgres is a StatefulSet."""
    return [
        service
        for service in fleet.services
        if (service.in_region if zone.is_hub else service.at_edge)
        and not (fleet.builtin_app and service.placement is Placement.REGION)
    ]


def placement_files(fleet: Fleet, zone: Zone) -> list[PlannedFile]:
    """The patches of *zone*: `placement.yaml`, and `spread.yaml` for the hub."""
    path = f"{zone.overlay}/placement.yaml"
    if not zone.is_hub:
        return [yaml_file(path, _ABOUT_EDGE, _edge_patch(fleet, zone))]
    files = [yaml_file(path, _ABOUT_HUB, _patch("Deployment", {"spec": _affinity(zone)}))]
    spread = [_spread(fleet, service) for service in deployments(fleet, zone)]
    if spread:
        files.append(yaml_file(f"{zone.overlay}/spread.yaml", _ABOUT_SPREAD, *spread))
    return files


def patches(fleet: Fleet, zone: Zone) -> list[Body]:
    """The kustomization's entries for them."""
    kinds = ["Deployment"] if deployments(fleet, zone) else []
    if zone.is_hub and fleet.builtin_app:
        kinds.append("StatefulSet")
    entries: list[Body] = [{"path": "placement.yaml", "target": {"kind": kind}} for kind in kinds]
    if zone.is_hub and deployments(fleet, zone):
        entries.append({"path": "spread.yaml"})
    return entries


def replica_counts(fleet: Fleet, zone: Zone) -> list[Body]:
    """Deployments that have another number of replicas in *zone* than in the base."""
    least = len(zone.zones) if zone.is_hub else 1
    counts = []
    for service in deployments(fleet, zone):
        count = max(zone.replicas or replicas_of(service), least)
        if count != replicas_of(service):
            counts.append({"name": service.name, "count": count})
    return counts


def _patch(kind: str, template: Body) -> Body:
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "every-one"},
        "spec": {"template": template},
    }


def _affinity(zone: Zone) -> Body:
    expression = {"key": ZONE_TOPOLOGY, "operator": "In", "values": list(zone.zones)}
    terms = [{"matchExpressions": [expression]}]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    return {"affinity": {"nodeAffinity": required}}


def _edge_patch(fleet: Fleet, zone: Zone) -> Body:
    patch = _patch("Deployment", _edge_template(fleet, zone))
    if fleet.mesh.is_consul:
        # Argo CD prunes in the reverse order of the waves, which would take the workloads before
        # Consul's entries; Flux takes custom resources first by itself.
        # docs/decisions/0010-how-a-zone-leaves.md
        patch["metadata"]["annotations"] = {SYNC_OPTIONS: "PruneLast=true"}
    return patch


def _edge_template(fleet: Fleet, zone: Zone) -> Body:
    toleration = {
        "key": fleet.taint,
        "operator": "Equal",
        "value": zone.name,
        "effect": "NoSchedule",
    }
    template: Body = {"spec": {**_affinity(zone), "tolerations": [toleration]}}
    if fleet.mesh.is_consul:
        # The chart requests nothing for the proxy, and edge nodes are small.
        annotations = {
            "consul.hashicorp.com/sidecar-proxy-cpu-request": "50m",
            "consul.hashicorp.com/sidecar-proxy-memory-request": "64Mi",
        }
        template = {"metadata": {"annotations": annotations}, **template}
    return template


def _spread(fleet: Fleet, service: Service) -> Body:
    hard = service.front or (fleet.builtin_app and service.name == "frontend")
    constraint = {
        "maxSkew": 1,
        "topologyKey": ZONE_TOPOLOGY,
        "whenUnsatisfiable": "DoNotSchedule" if hard else "ScheduleAnyway",
        "nodeTaintsPolicy": "Honor",
        "labelSelector": {"matchLabels": {"app": service.name}},
        # Counted for each revision by itself, or a rollout would leave them lopsided.
        "matchLabelKeys": ["pod-template-hash"],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": service.name},
        "spec": {"template": {"spec": {"topologySpreadConstraints": [constraint]}}},
    }

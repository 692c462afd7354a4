"""``overlays/<cluster>/<region|zone>/``: one place, and everything that it adds to the base."""

from edgeops.core.fleet.model import HUB, Cluster, Fleet, Mesh, Placement, Service, Zone
from edgeops.core.merge.classes import FileClass
from edgeops.core.plan import directory, hashicups
from edgeops.core.plan.base import base_directories, service_file
from edgeops.core.plan.consul import intentions, redirected, resolvers, zone_defaults
from edgeops.core.plan.expose import expose_file
from edgeops.core.plan.manifest import KUSTOMIZATION, Body, PlannedFile, note, yaml_file
from edgeops.core.plan.names import SYNC_OPTIONS, WAVE, consul_name, labels
from edgeops.core.plan.placement import deployments, patches, placement_files, replica_counts
from edgeops.core.plan.upstreams import service_port
from edgeops.core.plan.workload import account, port_name

_NAMESPACE_WAVE = "-2"


def overlay_files(fleet: Fleet, cluster: Cluster, zone: Zone) -> list[PlannedFile]:
    """Every file of the overlay of *zone*."""
    if fleet.directory_app is not None:
        common = [namespace_file(zone), facts_file(cluster, zone)]
        return directory.overlay_files(fleet, cluster, zone, common, _about(fleet, zone))
    resources = [namespace_file(zone), *_regional(fleet, zone), *_mesh_files(fleet, cluster, zone)]
    exposed = expose_file(fleet.front, zone)
    if exposed is not None:
        resources.append(exposed)
    others = [facts_file(cluster, zone), *placement_files(fleet, zone), *_names(fleet, zone)]
    return [_kustomization(fleet, zone, resources), *resources, *others]


def _kustomization(fleet: Fleet, zone: Zone, files: list[PlannedFile]) -> PlannedFile:
    bases = [
        f"../../../{path}"
        for path, placement in base_directories(fleet)
        if placement is Placement.EVERYWHERE or not zone.is_hub
    ]
    names = [file.path.rpartition("/")[2] for file in files]
    body: Body = {
        **KUSTOMIZATION,
        "namespace": zone.namespace,
        "resources": [*bases, *(name for name in names if name.endswith(".yaml"))],
        **note("In metadata only: selectors are immutable, and a changed template restarts pods."),
        "labels": [
            {
                "pairs": labels(fleet, zone),
                "includeSelectors": False,
                "includeTemplates": False,
            }
        ],
    }
    if entries := [*patches(fleet, zone), *_name_patches(fleet, zone)]:
        body["patches"] = entries
    if counts := replica_counts(fleet, zone):
        body["replicas"] = counts
    if zone.is_hub and fleet.builtin_app and (made := hashicups.region_generators(fleet)):
        body["configMapGenerator"] = made
    return yaml_file(f"{zone.overlay}/kustomization.yaml", _about(fleet, zone), body)


def _about(fleet: Fleet, zone: Zone) -> str:
    if zone.is_hub:
        return "The hub: the Region's Availability Zones, and what lives only there."
    about = f"{zone.name}: a spoke. It reaches itself and the Region, never another edge zone."
    if not fleet.mesh.is_consul:
        about += (
            "\nTHERE IS NO FAILOVER: without a service mesh, a service that is down here is down"
            "\nfor this zone's users, although the Region has one. See spec.mesh in edgeops.yaml."
        )
    return about


def namespace_file(zone: Zone) -> PlannedFile:
    """The Namespace of *zone*, which neither engine deletes."""
    body = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": zone.namespace,
            "annotations": {
                WAVE: _NAMESPACE_WAVE,
                SYNC_OPTIONS: "Prune=confirm,Delete=confirm",
                "kustomize.toolkit.fluxcd.io/prune": "disabled",
            },
        },
    }
    about = "Neither engine deletes it by itself: with it would go everything of the zone."
    return yaml_file(f"{zone.overlay}/namespace.yaml", about, body)


def facts_file(cluster: Cluster, zone: Zone) -> PlannedFile:
    """``zone.yaml``: while it is there, Argo CD's ApplicationSet has an Application for it."""
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "zone",
            "annotations": {"config.kubernetes.io/local-config": "true"},
        },
        "data": {
            "zone": zone.name,
            "type": str(zone.type),
            "region": cluster.region,
            "cluster": cluster.name,
            "namespace": zone.namespace,
        },
    }
    about = "Facts of this place, for the engine and for scripts; never applied to a cluster."
    return yaml_file(f"{zone.overlay}/zone.yaml", about, body, ownership=FileClass.OWNED)


def _regional(fleet: Fleet, zone: Zone) -> list[PlannedFile]:
    """At the hub what lives only there; without a mesh, at the edge the names that lead to it."""
    if zone.is_hub:
        if fleet.builtin_app:
            files = hashicups.region_files(fleet, zone.overlay)
            return [file for file in files if file.path.endswith(".yaml")]
        regional = [item for item in fleet.services if item.placement is Placement.REGION]
        return [service_file(fleet, service, zone.overlay) for service in regional]
    if fleet.mesh.is_consul or not redirected(fleet):
        return []
    about = (
        "What runs only in the Region, by a name of this namespace. A name and nothing more:\n"
        "no health check, no failover."
    )
    aliases = [_alias(fleet, service) for service in redirected(fleet)]
    return [yaml_file(f"{zone.overlay}/region-services.yaml", about, *aliases)]


def _alias(fleet: Fleet, service: Service) -> Body:
    name = service.name
    hub = f"{fleet.namespace_prefix}-{HUB}"
    port = {"name": port_name(service), "port": service_port(service), "protocol": "TCP"}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "type": "ExternalName",
            "externalName": f"{name}.{hub}.svc.cluster.local",
            "ports": [port],
        },
    }


_ABOUT_RESOLVERS = {
    True: "When the primary is gone, reads go to the replica.",
    False: "What this zone does not have, or has no healthy instance of, comes from the Region.\n"
    "It comes back by itself.",
}
_ABOUT_INTENTIONS = {
    True: "Who may call what in the Region. Consul decides at the destination and wants each\n"
    "source by name, so every edge zone of the cluster stands here: for what lives only in\n"
    "the Region, and for failover. One ServiceIntentions for a destination, not more.",
    False: "Who may call what in this zone: only this zone.",
}


def _mesh_files(fleet: Fleet, cluster: Cluster, zone: Zone) -> list[PlannedFile]:
    if not fleet.mesh.is_consul:
        return []
    files = []
    if zoned := _zoned(fleet, zone):
        files.append(("serviceaccounts", _ABOUT_ACCOUNTS, [account(name) for _, name in zoned]))
    about = "Protocols of the names that Consul knows here."
    files.append(("defaults", about, zone_defaults(fleet, zone)))
    files.append(("resolvers", _ABOUT_RESOLVERS[zone.is_hub], resolvers(fleet, cluster, zone)))
    files.append(("intentions", _ABOUT_INTENTIONS[zone.is_hub], intentions(fleet, cluster, zone)))
    return [
        yaml_file(f"{zone.overlay}/{name}.yaml", text, *objects)
        for name, text, objects in files
        if objects
    ]


_ABOUT_ACCOUNTS = """\
Consul's Community edition has one namespace for all zones, so what it calls a service has the
zone in its name; a pod may register only as the service that its account is named after."""


def _zoned(fleet: Fleet, zone: Zone) -> list[tuple[str, str]]:
    """Deployments of *zone* that Consul knows by another name, with that name."""
    if fleet.mesh is not Mesh.CONSUL_COMMUNITY:
        return []
    names = [(item.name, consul_name(fleet, item, zone)) for item in deployments(fleet, zone)]
    return [(name, known_as) for name, known_as in names if known_as != name]


def _name_patches(fleet: Fleet, zone: Zone) -> list[Body]:
    return [{"path": "names.yaml"}] if _zoned(fleet, zone) else []


def _names(fleet: Fleet, zone: Zone) -> list[PlannedFile]:
    """Community: the patch that tells each pod what Consul calls it here."""
    files = []
    if zoned := _zoned(fleet, zone):
        bodies = [_name_patch(name, known_as) for name, known_as in zoned]
        about = "What Consul calls each service here. Kubernetes' names stay as they are."
        files.append(yaml_file(f"{zone.overlay}/names.yaml", about, *bodies))
    if zone.is_hub and fleet.builtin_app:
        files += [
            file
            for file in hashicups.region_files(fleet, zone.overlay)
            if not file.path.endswith(".yaml")
        ]
    return files


def _name_patch(name: str, known_as: str) -> Body:
    annotations = {"consul.hashicorp.com/connect-service": known_as}
    template = {
        "metadata": {"annotations": annotations},
        "spec": {"serviceAccountName": known_as},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"template": template},
    }

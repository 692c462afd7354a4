"""What things are called: the names that one file writes and another one relies on."""

from edgeops.core.fleet.model import Cluster, Fleet, Mesh, Placement, Service, Zone

PART_OF = "app.kubernetes.io/part-of"
ZONE = "edgeops.dev/zone"
ZONE_TOPOLOGY = "topology.kubernetes.io/zone"
HOST_TOPOLOGY = "kubernetes.io/hostname"
WAVE = "argocd.argoproj.io/sync-wave"
SYNC_OPTIONS = "argocd.argoproj.io/sync-options"


def labels(fleet: Fleet, zone: Zone | None = None) -> dict[str, str]:
    """The labels of our objects' metadata; never of selectors or pod templates."""
    own = {PART_OF: fleet.name}
    return own if zone is None else {**own, ZONE: zone.name}


def engine_name(fleet: Fleet, cluster: Cluster, zone: Zone | None = None) -> str:
    """``<fleet>-<cluster>[-<zone>]``: the name of an engine object."""
    name = f"{fleet.name}-{cluster.name}"
    return name if zone is None else f"{name}-{zone.name}"


def repository_path(fleet: Fleet, path: str) -> str:
    """*path* of edgeops' directory as the repository sees it: no ``./``, no slash in front."""
    return path if fleet.repository.path == "." else f"{fleet.repository.path}/{path}"


def consul_name(fleet: Fleet, service: Service, zone: Zone) -> str:
    """
    What Consul calls *service* in *zone*.

    Community has one flat namespace, in which services of one name become one service with
    the instances of all zones; so a service that runs in more than one place has the zone in
    its name. https://developer.hashicorp.com/consul/docs/enterprise/namespaces
    """
    if fleet.mesh is Mesh.CONSUL_COMMUNITY and service.placement is not Placement.REGION:
        return f"{service.name}-{zone.name}"
    return service.name


def runs_in(service: Service, zone: Zone) -> bool:
    """Whether *zone* has pods of *service*."""
    return service.in_region if zone.is_hub else service.at_edge

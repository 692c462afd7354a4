"""``base/``: the application without a place."""

from edgeops.core.fleet.hashicups import CREDENTIALS
from edgeops.core.fleet.model import Fleet, Mesh, Placement, Service
from edgeops.core.plan import directory, hashicups
from edgeops.core.plan.consul import service_defaults
from edgeops.core.plan.manifest import KUSTOMIZATION, Body, PlannedFile, yaml_file
from edgeops.core.plan.workload import (
    NO_EXTRAS,
    account,
    deployment,
    disruption_budget,
    kubernetes_service,
)

_ABOUT = """\
The application, as it is in every zone: no namespace, no zone, no cluster.
What a place adds stands in overlays/<cluster>/<zone>."""

_ABOUT_EDGE = """\
The services that run in edge zones only, without a place."""


def base_directories(fleet: Fleet) -> list[tuple[str, Placement]]:
    """The directories of the base, and which services each holds."""
    placements = {service.placement for service in fleet.services}
    directories = [("base", Placement.EVERYWHERE), ("base/edge", Placement.EDGE)]
    return [(path, placement) for path, placement in directories if placement in placements]


def base_files(fleet: Fleet) -> list[PlannedFile]:
    """Every file of the base: one a service, and a kustomization for each directory."""
    if fleet.directory_app is not None:
        return directory.base_files(fleet.directory_app)
    files: list[PlannedFile] = []
    for folder, placement in base_directories(fleet):
        services = [item for item in fleet.services if item.placement is placement]
        files += [service_file(fleet, service, folder) for service in services]
        files.append(_kustomization(fleet, folder, services))
    if fleet.builtin_app:
        files += hashicups.base_files()
    return files


def _kustomization(fleet: Fleet, directory: str, services: list[Service]) -> PlannedFile:
    resources = [f"{service.name}.yaml" for service in services]
    body: Body = {**KUSTOMIZATION, "resources": resources}
    about = _ABOUT if directory == "base" else _ABOUT_EDGE
    if fleet.builtin_app:
        resources.insert(0, f"{CREDENTIALS}.yaml")
        # With a hash in its name, so that a changed configuration restarts nginx.
        body["configMapGenerator"] = [{"name": hashicups.NGINX_CONFIG, "files": ["default.conf"]}]
        about += "\nnginx-config gets a hash in its name: a change of it restarts nginx."
    return yaml_file(f"{directory}/kustomization.yaml", about, body)


def service_file(fleet: Fleet, service: Service, directory: str) -> PlannedFile:
    """One service with all that belongs to it, below *directory*."""
    extras = hashicups.EXTRAS.get(service.name, NO_EXTRAS) if fleet.builtin_app else NO_EXTRAS
    # In Community, names of the mesh carry the zone: account and protocol are in the overlay.
    zoned = fleet.mesh is Mesh.CONSUL_COMMUNITY and service.at_edge
    objects = [] if zoned else [account(service.name)]
    objects.append(kubernetes_service(service))
    if fleet.mesh.is_consul and not zoned:
        objects.append(service_defaults(service.name, service.protocol))
    objects += [disruption_budget(service), deployment(fleet, service, extras)]
    return yaml_file(f"{directory}/{service.name}.yaml", _about(fleet, service), *objects)


def _about(fleet: Fleet, service: Service) -> str:
    calls = ", ".join(service.upstreams) or "nobody"
    about = f"{service.name}: calls {calls}."
    if fleet.builtin_app and service.name == "payments":
        about += "\nPort 1800 is what public-api calls it by; the container listens on 8080."
    if fleet.builtin_app and service.name == "nginx":
        about += "\nThe way in: port 80 goes past the mesh's proxy, for users are not in the mesh."
    return about

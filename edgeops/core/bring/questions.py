"""What has to be so between the services of a directory, and who calls those that nobody names."""

from edgeops.core.bring.derivation import BASE, SERVICES, Derivation, is_called
from edgeops.core.bring.explicit import clashes
from edgeops.core.bring.pods import name_of, services_in, shown
from edgeops.core.fleet.model import Placement


def hub_needs_no_spoke(found: Derivation) -> None:
    """The Region must be well without its edges, and an edge must have something."""
    services = {service.name: service for service in found.fleet.services}
    for service in services.values():
        for name in service.upstreams:
            to = services.get(name)
            if to is not None and service.in_region and not to.in_region:
                found.refuse(
                    SERVICES,
                    f"'{service.name}' runs in the Region too, '{name}', which it calls, only at "
                    "the edge: the hub must not depend on a spoke",
                )
    if not any(item.placement is not Placement.REGION for item in found.app.workloads):
        found.refuse("spec.app.regionOnly", "no workload is left for the edge")


def explicit_ports(found: Derivation) -> None:
    """A port that an explicit upstream needs must be free in the pods of its caller."""
    if not found.fleet.mesh.is_consul:
        return
    for item in found.app.workloads:
        for service, port in clashes(found.fleet, item) if item.service else ():
            found.refuse(
                BASE,
                f"{shown(item.body)} calls '{service.name}', whose Service is headless, on port "
                f"{port}, which its own pods use already: give '{service.name}' a Service with "
                "an address (without clusterIP: None), or another port",
            )


def callers(found: Derivation) -> None:
    """In the mesh a service that nobody may call is of no use: ask who does."""
    if not found.fleet.mesh.is_consul:
        return
    made = {item.service for item in found.app.workloads if item.service == item.name}
    served = {name_of(body) for body in services_in(found.app.objects)}
    for service in found.fleet.services:
        if service.front or is_called(service.name, found.fleet.services):
            continue
        if found.answer(service.name) is not None or service.name in made - served:
            continue
        found.refuse(
            SERVICES,
            f"nothing in '{found.app.directory}' says who calls '{service.name}': name it in the "
            f"caller's entry here, as {{name: CALLER, upstreams: [{service.name}]}}; where users "
            f"come in there, write {{name: {service.name}, front: true}}; where nobody in the "
            f"mesh calls it, {{name: {service.name}}}",
        )

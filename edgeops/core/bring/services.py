"""One service after the other: its port, its protocol, its probe."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from edgeops.core.bring import calls, protocols
from edgeops.core.bring.derivation import BASE, SERVICES, Derivation
from edgeops.core.bring.pods import (
    SERVICE_PORT,
    annotations_of,
    containers,
    is_headless,
    is_in,
    name_of,
    ports_of,
    shown,
)
from edgeops.core.fleet.model import Answer, Service, Workload
from edgeops.core.objects import JsonObject


def services_of(
    found: Derivation, workloads: Sequence[Workload], services: Sequence[JsonObject]
) -> Iterable[Service]:
    """
    The services that the pods of *workloads* are, by name; what is not told is asked for.

    Args:
        services: the Services of the build that lead to pods.
    """
    by_name = {name_of(service): service for service in services}
    for name in sorted({item.service for item in workloads if item.service}):
        behind = [item for item in workloads if item.service == name]
        places = {item.placement for item in behind}
        if len(places) > 1:
            told = ", ".join(f"{shown(item.body)} {item.placement}" for item in behind)
            found.refuse(SERVICES, f"the pods of '{name}' have several placements: {told}")
        upstreams = sorted({to for item in behind for to in item.upstreams} - {name})
        service = _service(found, name, behind[0].body, by_name.get(name))
        if service is not None:
            yield replace(service, placement=behind[0].placement, upstreams=tuple(upstreams))


def _service(
    found: Derivation, name: str, workload: JsonObject, service: JsonObject | None
) -> Service | None:
    image = str(next(containers(workload), {}).get("image", ""))
    if service is None:  # pods that only call
        ports = [int(port["containerPort"]) for port in ports_of(workload)]
        return Service(name=name, image=image, port=ports[0] if ports else 80, protocol="tcp")
    answer = found.answer(name) or Answer(name=name)
    ports_served = protocols.tcp_ports(service["spec"].get("ports") or ())
    chosen = _port(found, name, ports_served, answer, workload)
    if chosen is None:
        return None
    number = protocols.container_port(chosen, workload)
    protocol = answer.protocol or _defaults(found, name) or protocols.by_words(chosen)
    protocol = protocol or protocols.by_container(number, workload)
    if protocol is None:
        protocol = "tcp"
        if found.fleet.mesh.is_consul:
            found.refuse(
                SERVICES,
                f"nothing in '{found.app.directory}' says what '{name}' speaks on port "
                f"{chosen['port']}: write {{name: {name}, protocol: http}} here "
                "(or http2, grpc, tcp), or give the Service's port an appProtocol",
            )
    if found.fleet.mesh.is_consul and not protocols.is_watched(workload):
        found.warn(
            f"{shown(workload)} has no readinessProbe: a pod of it that hangs counts as healthy, "
            "and nothing fails over"
        )
    return Service(
        name=name,
        image=image,
        port=number,
        service_port=int(chosen["port"]),
        protocol=protocol,
        probe_path=protocols.probe_path(number, workload),
        front=bool(answer.front),
        headless=is_headless(service),
    )


def _port(
    found: Derivation,
    name: str,
    ports: Sequence[JsonObject],
    answer: Answer,
    workload: JsonObject,
) -> JsonObject | None:
    """The port of the Service that the mesh serves."""
    if not ports:
        found.refuse(BASE, f"Service/{name} has no TCP port")
        return None
    told = ", ".join(str(port["port"]) for port in ports)
    if answer.port is not None:
        chosen = next((port for port in ports if port["port"] == answer.port), None)
        if chosen is None:
            found.refuse(SERVICES, f"Service/{name} has no port {answer.port}; it has {told}")
        return chosen or ports[0]
    said = annotations_of(workload).get(SERVICE_PORT)
    for port in ports:
        known_as = {str(port.get("targetPort")), str(port.get("name"))}
        if str(said) in known_as | {str(protocols.container_port(port, workload))}:
            return port
    if len(ports) > 1 and found.fleet.mesh.is_consul:
        found.warn(
            f"Service/{name} has the ports {told}; the mesh serves the first (say which with "
            f"{{name: {name}, port: N}} under {SERVICES})"
        )
    return ports[0]


def _defaults(found: Derivation, name: str) -> str | None:
    entries = is_in(found.app.objects, (calls.CONSUL, "ServiceDefaults"))
    said = (entry["spec"].get("protocol") for entry in entries if name_of(entry) == name)
    return next(said, None)

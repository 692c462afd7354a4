"""From built objects to the services of a fleet, or to everything that has to be asked."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from edgeops.core.bring import calls, protocols
from edgeops.core.bring.doors import doors, lets_in
from edgeops.core.bring.explicit import clashes
from edgeops.core.bring.pods import (
    CONSUL_SERVICE,
    RUN_ONCE,
    SERVICE_PORT,
    TEMPLATES,
    annotations_of,
    containers,
    is_headless,
    is_in,
    kind_of,
    name_of,
    ports_of,
    services_in,
    shown,
)
from edgeops.core.bring.refusals import refusals
from edgeops.core.bring.registered import is_injected, leading_to, stays_outside
from edgeops.core.fleet.model import Answer, DirectoryApp, Fleet, Placement, Service, Workload
from edgeops.core.fleet.resolve import problems_of
from edgeops.core.objects import JsonObject
from edgeops.errors import Problem

_BASE = "spec.app.base"
_SERVICES = "spec.app.services"


@dataclass(slots=True, kw_only=True)
class Derivation:
    """The fleet with its services, or why there is none."""

    fleet: Fleet
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def refuse(self, path: str, message: str) -> None:
        self.problems.append(Problem(path=path, message=message))

    def warn(self, message: str) -> None:
        self.warnings.append(f"{self.app.directory}: {message}")

    @property
    def app(self) -> DirectoryApp:
        assert self.fleet.directory_app is not None
        return self.fleet.directory_app

    def answer(self, name: str) -> Answer | None:
        return next((answer for answer in self.app.answers if answer.name == name), None)


def derive(fleet: Fleet, objects: Sequence[JsonObject]) -> Derivation:
    """
    *fleet*, whose application is a directory, with what that directory builds.

    The answer's fleet is meaningful only without problems. Each problem names the field of
    ``edgeops.yaml`` that it is about and says what to write there, or what to change in the
    directory.
    """
    found = Derivation(fleet=fleet)
    for sentence in refusals(objects, fleet.mesh):
        found.refuse(_BASE, sentence)
    bodies = [body for body in objects if kind_of(body) in TEMPLATES]
    if not bodies:
        found.refuse(_BASE, f"'{found.app.directory}' builds no workload")
        return found
    services = services_in(objects)
    _names(found, bodies, services)
    outside = [body for body in bodies if fleet.mesh.is_consul and stays_outside(body)]
    names = {
        name_of(body): [name_of(service) for service in leading_to(body, services)]
        for body in bodies
    }
    called = _called(found, bodies, objects, names)
    workloads = [
        _workload(found, body, names, called, outside=any(body is item for item in outside))
        for body in bodies
    ]
    app = replace(found.app, objects=tuple(objects), workloads=tuple(workloads))
    found.fleet = replace(fleet, directory_app=app)
    known = tuple(_services(found, workloads, services))
    found.fleet = replace(found.fleet, services=known)
    _front(found, objects)
    _hub_needs_no_spoke(found)
    _explicit_ports(found)
    _callers(found)
    if shut := [shown(body) for body in objects if lets_in(body)]:
        found.warn(
            f"{', '.join(shut)}: in the Region only; how users reach an edge zone is what "
            "spec.expose says"
        )
    found.problems += problems_of(found.fleet)
    return found


def _names(found: Derivation, bodies: Iterable[JsonObject], services: list[JsonObject]) -> None:
    """Whatever ``edgeops.yaml`` names must be there."""
    known = sorted({name_of(body) for body in (*bodies, *services)})
    named = [(f"spec.app.regionOnly[{i}]", n) for i, n in enumerate(found.app.region_only)]
    for index, answer in enumerate(found.app.answers):
        named.append((f"{_SERVICES}[{index}].name", answer.name))
        for number, upstream in enumerate(answer.upstreams or ()):
            named.append((f"{_SERVICES}[{index}].upstreams[{number}]", upstream))
    for path, name in named:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=3) or known
            told = ", ".join(nearest)
            found.refuse(
                path,
                f"'{found.app.directory}' has no workload or Service '{name}'; there is {told}",
            )


def _placement(found: Derivation, body: JsonObject, services: Sequence[str]) -> Placement:
    names = (name_of(body), *services)
    for name in names:
        answer = found.answer(name)
        if answer is not None and answer.placement is not None:
            return answer.placement
    region = any(name in found.app.region_only for name in names)
    return Placement.REGION if region else Placement.EVERYWHERE


def _called(
    found: Derivation,
    bodies: Iterable[JsonObject],
    objects: Sequence[JsonObject],
    names: Mapping[str, Sequence[str]],
) -> dict[str, tuple[str, ...]]:
    """By workload, the services that it calls, each under the name that Consul takes."""
    # Several Services may lead to the same pods; the first of them is what the pods are.
    stands_for = {name: known[0] for known in names.values() for name in known}
    allowed = calls.intended(objects)
    result = {}
    for body in bodies:
        own = names[name_of(body)]
        answers = (found.answer(name) for name in (*own, name_of(body)))
        said = next(
            (item.upstreams for item in answers if item and item.upstreams is not None), None
        )
        if said is not None:
            result[name_of(body)] = tuple(stands_for.get(name, name) for name in said)
            continue
        seen = {name: None for name in calls.annotated(body) if name in stands_for}
        for destination, sources in allowed.items():
            if destination in stands_for and sources & {*own[:1], name_of(body)}:
                seen[destination] = None
        for key, text in calls.texts(body, objects):
            for mention in calls.mentions(text, stands_for.keys(), key=key):
                seen[mention.name] = None
                if mention.namespace is not None and mention.name not in own:
                    found.warn(
                        f"{shown(body)} calls {mention.name} by the namespace "
                        f"{mention.namespace}; a zone has its own: write {mention.name} alone"
                    )
        told = dict.fromkeys(stands_for[name] for name in seen if name not in own)
        result[name_of(body)] = tuple(sorted(told))
    return result


def _workload(
    found: Derivation,
    body: JsonObject,
    names: Mapping[str, Sequence[str]],
    called: Mapping[str, tuple[str, ...]],
    *,
    outside: bool,
) -> Workload:
    name = name_of(body)
    own = names[name]
    service: str | None = own[0] if own else None
    if outside:
        if called[name]:
            found.warn(
                f"{shown(body)} calls {', '.join(called[name])} and is not in the mesh, which "
                "refuses it; docs/guides/bring-your-own.md says what to do"
            )
        service = None
    elif service is None and found.fleet.mesh.is_consul and (called[name] or is_injected(body)):
        service = name
        if any(name in known for known in names.values()):
            found.refuse(
                _BASE,
                f"{shown(body)} needs a Service in the mesh, and Service/{name} leads to other "
                "pods: give the pods of one of them other labels or another name",
            )
    renamed = annotations_of(body).get(CONSUL_SERVICE)
    if found.fleet.mesh.is_consul and renamed not in {None, service}:
        found.refuse(
            _BASE,
            f"{shown(body)} has the annotation {CONSUL_SERVICE}: {renamed}; its service is "
            f"called {service or 'nothing'}: leave the annotation out, or name the Service so",
        )
    return Workload(
        body=body,
        placement=_placement(found, body, own),
        service=service,
        upstreams=called[name],
        runs_once=str(body["kind"]) in RUN_ONCE,
    )


def _services(
    found: Derivation, workloads: Sequence[Workload], services: Sequence[JsonObject]
) -> Iterable[Service]:
    by_name = {name_of(service): service for service in services}
    for name in sorted({item.service for item in workloads if item.service}):
        behind = [item for item in workloads if item.service == name]
        places = {item.placement for item in behind}
        if len(places) > 1:
            told = ", ".join(f"{shown(item.body)} {item.placement}" for item in behind)
            found.refuse(_SERVICES, f"the pods of '{name}' have several placements: {told}")
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
                _SERVICES,
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
        found.refuse(_BASE, f"Service/{name} has no TCP port")
        return None
    told = ", ".join(str(port["port"]) for port in ports)
    if answer.port is not None:
        chosen = next((port for port in ports if port["port"] == answer.port), None)
        if chosen is None:
            found.refuse(_SERVICES, f"Service/{name} has no port {answer.port}; it has {told}")
        return chosen or ports[0]
    said = annotations_of(workload).get(SERVICE_PORT)
    for port in ports:
        known_as = {str(port.get("targetPort")), str(port.get("name"))}
        if str(said) in known_as | {str(protocols.container_port(port, workload))}:
            return port
    if len(ports) > 1 and found.fleet.mesh.is_consul:
        found.warn(
            f"Service/{name} has the ports {told}; the mesh serves the first (say which with "
            f"{{name: {name}, port: N}} under {_SERVICES})"
        )
    return ports[0]


def _defaults(found: Derivation, name: str) -> str | None:
    entries = is_in(found.app.objects, (calls.CONSUL, "ServiceDefaults"))
    said = (entry["spec"].get("protocol") for entry in entries if name_of(entry) == name)
    return next(said, None)


def _front(found: Derivation, objects: Sequence[JsonObject]) -> None:
    """Mark where users come in: as told, by an Ingress or the like, or the one nobody calls."""
    services = found.fleet.services
    if any(service.front for service in services):
        candidates = [service.name for service in services if service.front]
        if len(candidates) > 1:
            found.refuse(_SERVICES, f"there are several fronts: {', '.join(candidates)}")
        return
    denied = {answer.name for answer in found.app.answers if answer.front is False}
    leads = doors(objects, found.app.workloads)
    fit = [
        service.name
        for service in services
        if service.protocol in {"http", "http2"}
        and service.placement is Placement.EVERYWHERE
        and service.name not in denied
    ]
    candidates = [name for name in fit if name in leads]
    if not candidates:
        candidates = [name for name in fit if not _is_called(name, services)]
    if len(candidates) == 1:
        found.fleet = replace(
            found.fleet,
            services=tuple(
                replace(service, front=service.name in candidates) for service in services
            ),
        )


def _is_called(name: str, services: Iterable[Service]) -> bool:
    return any(name in service.upstreams for service in services)


def _hub_needs_no_spoke(found: Derivation) -> None:
    services = {service.name: service for service in found.fleet.services}
    for service in services.values():
        for name in service.upstreams:
            to = services.get(name)
            if to is not None and service.in_region and not to.in_region:
                found.refuse(
                    _SERVICES,
                    f"'{service.name}' runs in the Region too, '{name}', which it calls, only at "
                    "the edge: the hub must not depend on a spoke",
                )
    if not any(item.placement is not Placement.REGION for item in found.app.workloads):
        found.refuse("spec.app.regionOnly", "no workload is left for the edge")


def _explicit_ports(found: Derivation) -> None:
    if not found.fleet.mesh.is_consul:
        return
    for item in found.app.workloads:
        for service, port in clashes(found.fleet, item) if item.service else ():
            found.refuse(
                _BASE,
                f"{shown(item.body)} calls '{service.name}', whose Service is headless, on port "
                f"{port}, which its own pods use already: give '{service.name}' a Service with "
                "an address (without clusterIP: None), or another port",
            )


def _callers(found: Derivation) -> None:
    """In the mesh a service that nobody may call is of no use: ask who does."""
    if not found.fleet.mesh.is_consul:
        return
    made = {item.service for item in found.app.workloads if item.service == item.name}
    served = {name_of(body) for body in services_in(found.app.objects)}
    for service in found.fleet.services:
        if service.front or _is_called(service.name, found.fleet.services):
            continue
        if found.answer(service.name) is not None or service.name in made - served:
            continue
        found.refuse(
            _SERVICES,
            f"nothing in '{found.app.directory}' says who calls '{service.name}': name it in the "
            f"caller's entry here, as {{name: CALLER, upstreams: [{service.name}]}}; where users "
            f"come in there, write {{name: {service.name}, front: true}}; where nobody in the "
            f"mesh calls it, {{name: {service.name}}}",
        )

"""From built objects to the services of a fleet, or to everything that has to be asked."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from edgeops.core.bring import calls, questions
from edgeops.core.bring.derivation import BASE, SERVICES, Derivation, is_called
from edgeops.core.bring.doors import doors, lets_in
from edgeops.core.bring.pods import (
    CONSUL_SERVICE,
    RUN_ONCE,
    TEMPLATES,
    annotations_of,
    kind_of,
    name_of,
    pod_of,
    services_in,
    shown,
)
from edgeops.core.bring.refusals import refusals
from edgeops.core.bring.registered import is_injected, leading_to, stays_outside
from edgeops.core.bring.services import services_of
from edgeops.core.fleet.model import Fleet, Placement, Workload
from edgeops.core.fleet.resolve import problems_of
from edgeops.core.objects import JsonObject


def derive(fleet: Fleet, objects: Sequence[JsonObject]) -> Derivation:
    """
    *fleet*, whose application is a directory, with what that directory builds.

    The answer's fleet is meaningful only without problems. Each problem names the field of
    ``edgeops.yaml`` that it is about and says what to write there, or what to change in the
    directory.
    """
    found = Derivation(fleet=fleet)
    for sentence in refusals(objects, fleet.mesh):
        found.refuse(BASE, sentence)
    bodies = [body for body in objects if kind_of(body) in TEMPLATES]
    if not bodies:
        found.refuse(BASE, f"'{found.app.directory}' builds no workload")
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
    known = tuple(services_of(found, workloads, services))
    found.fleet = replace(found.fleet, services=known)
    _front(found, objects)
    questions.hub_needs_no_spoke(found)
    questions.explicit_ports(found)
    questions.callers(found)
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
        named.append((f"{SERVICES}[{index}].name", answer.name))
        for number, upstream in enumerate(answer.upstreams or ()):
            named.append((f"{SERVICES}[{index}].upstreams[{number}]", upstream))
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
                BASE,
                f"{shown(body)} needs a Service in the mesh, and Service/{name} leads to other "
                "pods: give the pods of one of them other labels or another name",
            )
    if service and found.fleet.mesh.is_consul and _hides_token(body):
        found.warn(
            f"{shown(body)} has automountServiceAccountToken: false; its proxy needs the token, so "
            "the overlays turn it on"
        )
    renamed = annotations_of(body).get(CONSUL_SERVICE)
    if found.fleet.mesh.is_consul and renamed not in {None, service}:
        found.refuse(
            BASE,
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


def _hides_token(body: JsonObject) -> bool:
    return pod_of(body).get("automountServiceAccountToken") is False


def _front(found: Derivation, objects: Sequence[JsonObject]) -> None:
    """Mark where users come in: as told, by an Ingress or the like, or the one nobody calls."""
    services = found.fleet.services
    if any(service.front for service in services):
        candidates = [service.name for service in services if service.front]
        if len(candidates) > 1:
            found.refuse(SERVICES, f"there are several fronts: {', '.join(candidates)}")
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
        candidates = [name for name in fit if not is_called(name, services)]
    if len(candidates) == 1:
        found.fleet = replace(
            found.fleet,
            services=tuple(
                replace(service, front=service.name in candidates) for service in services
            ),
        )

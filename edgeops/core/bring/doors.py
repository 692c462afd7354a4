"""Where users come in, by the objects of a base that let them in."""

from collections.abc import Iterable, Iterator, Sequence

from edgeops.core.bring.pods import kind_of, name_of, selects, services_in
from edgeops.core.fleet.model import Workload
from edgeops.core.objects import JsonObject

GATEWAYS = "gateway.networking.k8s.io"
DOORS = frozenset(
    {
        ("networking.k8s.io", "Ingress"),
        (GATEWAYS, "Gateway"),
        (GATEWAYS, "HTTPRoute"),
        (GATEWAYS, "GRPCRoute"),
        (GATEWAYS, "TCPRoute"),
        (GATEWAYS, "TLSRoute"),
    }
)
"""Kinds that let users in from outside of the cluster."""


def doors(objects: Sequence[JsonObject], workloads: Iterable[Workload]) -> set[str]:
    """The services that users reach through an Ingress, a route, or a Service of their own."""
    services = services_in(objects)
    named = {name for body in objects for name in _backends(body)}
    named |= {name_of(service) for service in services if opens(service)}
    reached = [service for service in services if name_of(service) in named]
    return {
        item.service
        for item in workloads
        if item.service is not None and any(selects(service, item.body) for service in reached)
    }


def opens(service: JsonObject) -> bool:
    """Whether the Service is one for users outside: a load balancer, or a port of nodes."""
    return (service.get("spec") or {}).get("type") in {"LoadBalancer", "NodePort"}


def lets_in(body: JsonObject) -> bool:
    """Whether *body* lets users in from outside of the cluster."""
    return kind_of(body) in DOORS or (kind_of(body) == ("", "Service") and opens(body))


def _backends(body: JsonObject) -> Iterator[str]:
    """The Services that an Ingress or a route leads to."""
    group, kind = kind_of(body)
    spec = body.get("spec") or {}
    if kind == "Ingress" and group == "networking.k8s.io":
        paths = [
            path
            for rule in spec.get("rules") or ()
            for path in (rule.get("http") or {}).get("paths") or ()
        ]
        backends = [spec.get("defaultBackend") or {}, *(path["backend"] for path in paths)]
        yield from (str(one["service"]["name"]) for one in backends if one.get("service"))
    elif group == GATEWAYS:
        for rule in spec.get("rules") or ():
            for backend in rule.get("backendRefs") or ():
                yield str(backend.get("name"))

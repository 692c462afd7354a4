"""
Services that are called past the transparent proxy, which knows only cluster addresses.

A headless Service has none: its name leads to the pods themselves, where a proxy waits for
mutual TLS. Its callers get an explicit upstream, for which their own proxy listens on
127.0.0.1, and a line in /etc/hosts that leads the name there; the application calls the same
name and port as before.
https://developer.hashicorp.com/consul/docs/connect/k8s/upstreams
"""

from collections.abc import Iterator

from edgeops.core.bring.calls import annotated
from edgeops.core.bring.pods import UPSTREAMS, annotations_of, ports_of
from edgeops.core.fleet.model import Fleet, Service, Workload


def explicit(fleet: Fleet, item: Workload) -> list[tuple[Service, int]]:
    """The headless services that *item* calls, and the port that it calls each on."""
    services = {service.name: service for service in fleet.services}
    known = set(annotated(item.body))
    found = (services[name] for name in item.upstreams if name in services)
    return [
        (service, service.service_port or service.port)
        for service in found
        if service.headless and service.name not in known
    ]


def clashes(fleet: Fleet, item: Workload) -> Iterator[tuple[Service, int]]:
    """Those of `explicit` whose port is in use in the pods of *item*."""
    taken = {int(port["containerPort"]) for port in ports_of(item.body)}
    said = str(annotations_of(item.body).get(UPSTREAMS) or "")
    for part in said.split(","):
        number = part.strip().partition(":")[2].partition(":")[0]
        taken |= {int(number)} if number.isdigit() else set()
    for service, port in explicit(fleet, item):
        if port in taken:
            yield service, port
        taken.add(port)

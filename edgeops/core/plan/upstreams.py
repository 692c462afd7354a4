"""
How a service reaches what it calls.

A service of the same zone is called by its Kubernetes name. One that runs only in the Region
has no Kubernetes Service at the edge, and a Consul resolver makes none: under Consul it is an
explicit upstream, for which Envoy listens on 127.0.0.1. Without a mesh it is a name that
Kubernetes resolves.
https://developer.hashicorp.com/consul/docs/reference/k8s/annotation-label
"""

from dataclasses import dataclass

from edgeops.core.fleet.model import Fleet, Placement, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """A service that runs only in the Region, as its caller sees it."""

    service: Service
    host: str
    port: int

    @property
    def variables(self) -> dict[str, str]:
        """The two variables that tell the caller."""
        stem = self.service.name.upper().replace("-", "_")
        return {f"{stem}_HOST": self.host, f"{stem}_PORT": str(self.port)}


def service_port(service: Service) -> int:
    """The port under which Kubernetes offers *service*."""
    return service.service_port or service.port


def regional_upstreams(fleet: Fleet, caller: Service) -> tuple[Upstream, ...]:
    """Those upstreams of *caller* that run only in the Region, in the order of the list."""
    by_name = {service.name: service for service in fleet.services}
    taken = {caller.port}
    found = []
    for upstream in (by_name[name] for name in caller.upstreams):
        if upstream.placement is not Placement.REGION:
            continue
        port = service_port(upstream)
        if fleet.mesh.is_consul:
            port = _free(port, taken)
            taken.add(port)
        host = "127.0.0.1" if fleet.mesh.is_consul else upstream.name
        found.append(Upstream(service=upstream, host=host, port=port))
    return tuple(found)


def _free(port: int, taken: set[int]) -> int:
    """*port*, or the next one from ten thousand above it on that the pod does not use."""
    if port not in taken:
        return port
    port = port + 10_000 if port + 10_000 < 65_000 else port - 10_000
    while port in taken:
        port += 1
    return port

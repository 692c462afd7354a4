"""
Consul's config entries of one zone: protocols, resolvers, intentions.

The rules: an edge reaches the Region and itself, never another edge. Intentions are judged at
the destination and name their sources one by one, so the Region's name every edge. There is
one ServiceIntentions for a destination. Enterprise names the namespace of every service,
Community refuses the field.
https://developer.hashicorp.com/consul/docs/reference/config-entry/service-resolver
https://developer.hashicorp.com/consul/docs/reference/config-entry/service-intentions
"""

from collections.abc import Iterator

from edgeops.core.fleet.hashicups import POSTGRES, POSTGRES_REPLICA
from edgeops.core.fleet.model import Cluster, Fleet, Mesh, Placement, Service, Zone
from edgeops.core.plan.manifest import Body
from edgeops.core.plan.names import WAVE, consul_name, runs_in

DEFAULTS_WAVE = "-1"
"""Before the resolvers: Consul refuses a resolver whose chain mixes protocols."""

RESOLVER_WAVE = "1"


def _entry(kind: str, name: str, spec: Body, wave: str | None = None) -> Body:
    metadata: Body = {"name": name}
    if wave is not None:
        metadata["annotations"] = {WAVE: wave}
    return {
        "apiVersion": "consul.hashicorp.com/v1alpha1",
        "kind": kind,
        "metadata": metadata,
        "spec": spec,
    }


def service_defaults(name: str, protocol: str) -> Body:
    """The protocol of the service that Consul calls *name*."""
    return _entry("ServiceDefaults", name, {"protocol": protocol}, DEFAULTS_WAVE)


def _reference(fleet: Fleet, service: Service, zone: Zone) -> Body:
    """*service* of *zone*, as a resolver's target or an intention's end names it."""
    name = consul_name(fleet, service, zone)
    if fleet.mesh is Mesh.CONSUL_ENTERPRISE:
        return {"name": name, "namespace": zone.namespace}
    return {"name": name}


def _target(fleet: Fleet, service: Service, zone: Zone) -> Body:
    reference = _reference(fleet, service, zone)
    return {"service": reference.pop("name"), **reference}


def callers(fleet: Fleet, service: Service) -> list[Service]:
    """Who may call *service*; whoever calls postgres ends at its replica when it is gone."""
    direct = [other for other in fleet.services if service.name in other.upstreams]
    if fleet.builtin_app and service.name == POSTGRES_REPLICA:
        through = (other for other in fleet.services if POSTGRES in other.upstreams)
        direct += [other for other in through if other.name != service.name]
    return direct


def redirected(fleet: Fleet) -> list[Service]:
    """Services of the Region alone that a service at the edge calls."""
    return [
        service
        for service in fleet.services
        if service.placement is Placement.REGION
        and any(service.name in other.upstreams for other in fleet.services if other.at_edge)
    ]


def zone_defaults(fleet: Fleet, zone: Zone) -> list[Body]:
    """
    The ServiceDefaults that the overlay of *zone* has itself.

    Enterprise: those of services that run everywhere are in the base; a name that a resolver
    redirects needs the protocol of what it leads to. Community: names carry the zone, so all
    are here; what runs only in the Region is there once.
    """
    if fleet.mesh is Mesh.CONSUL_ENTERPRISE:
        return (
            []
            if zone.is_hub
            else [service_defaults(service.name, service.protocol) for service in redirected(fleet)]
        )
    return [
        service_defaults(consul_name(fleet, service, zone), service.protocol)
        for service in fleet.services
        if service.at_edge and runs_in(service, zone)
    ]


def resolvers(fleet: Fleet, cluster: Cluster, zone: Zone) -> list[Body]:
    """Where calls of *zone* go that its own instances do not take."""
    if zone.is_hub:
        return list(_hub_resolvers(fleet, zone))
    found = []
    if fleet.mesh is Mesh.CONSUL_ENTERPRISE:
        for service in redirected(fleet):
            redirect = {"redirect": _target(fleet, service, cluster.hub)}
            found.append(_entry("ServiceResolver", service.name, redirect, RESOLVER_WAVE))
    for service in fleet.services:
        if service.placement is Placement.EVERYWHERE:
            target = _target(fleet, service, cluster.hub)
            found.append(_failover(consul_name(fleet, service, zone), target))
    return found


def _hub_resolvers(fleet: Fleet, hub: Zone) -> Iterator[Body]:
    if fleet.builtin_app:
        replica = next(item for item in fleet.services if item.name == POSTGRES_REPLICA)
        yield _failover(POSTGRES, _target(fleet, replica, hub))


def _failover(name: str, target: Body) -> Body:
    spec = {"connectTimeout": "5s", "failover": {"*": {"targets": [target]}}}
    return _entry("ServiceResolver", name, spec, RESOLVER_WAVE)


def intentions(fleet: Fleet, cluster: Cluster, zone: Zone) -> list[Body]:
    """Who may call what in *zone*; a service that nobody calls has none, which denies all."""
    found = []
    for service in _destinations(fleet, zone):
        sources = [
            {**_reference(fleet, caller, place), "action": "allow"}
            for place in ((zone, *cluster.edges) if zone.is_hub else (zone,))
            for caller in callers(fleet, service)
            if runs_in(caller, place)
        ]
        if sources:
            destination = _reference(fleet, service, zone)
            spec = {"destination": destination, "sources": sources}
            found.append(_entry("ServiceIntentions", destination["name"], spec))
    return found


def _destinations(fleet: Fleet, zone: Zone) -> list[Service]:
    """
    What is called in *zone*; in Enterprise also the names that a resolver there redirects:
    Consul wants intentions for the name that is called and for the one that answers.
    """
    here = [service for service in fleet.services if runs_in(service, zone)]
    if fleet.mesh is Mesh.CONSUL_ENTERPRISE and not zone.is_hub:
        here += redirected(fleet)
    return here

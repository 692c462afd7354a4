"""
The way into a zone from outside.

Never a Service of type LoadBalancer: network load balancers take no subnet of a Local Zone
and do not exist in Wavelength Zones.
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/create-network-load-balancer.html
"""

from collections.abc import Mapping
from typing import assert_never

from edgeops.core.fleet.model import Expose, Service, Zone
from edgeops.core.plan.manifest import Body, PlannedFile, yaml_file
from edgeops.core.plan.names import WAVE
from edgeops.core.plan.upstreams import service_port
from edgeops.core.plan.workload import port_name

_INGRESS_WAVE = "3"
"""Last: Argo CD counts an Ingress as healthy once it has an address."""


def expose_file(
    front: Service | None, zone: Zone, *, selector: Mapping[str, str] | None = None
) -> PlannedFile | None:
    """
    The file that lets users in to *front*; None where *zone* is not exposed.

    Args:
        selector: labels of the front's pods, where they are not the ones that edgeops gives.
    """
    if front is None:
        return None
    match zone.expose:
        case Expose.NONE:
            return None
        case Expose.ALB:
            return yaml_file(
                f"{zone.overlay}/ingress.yaml", _about_alb(zone), _ingress(front, zone)
            )
        case Expose.NODE_PORT:
            path = f"{zone.overlay}/{front.name}-nodeport.yaml"
            return yaml_file(path, _ABOUT_NODE_PORT, _node_port(front, zone, selector))
        case _:
            assert_never(zone.expose)


def _about_alb(zone: Zone) -> str:
    where = "of the Region" if zone.is_hub else "in this zone"
    return (
        f"An Application Load Balancer {where}, straight to the pods.\n"
        "No group: balancers of different zones have different subnets."
    )


def _ingress(front: Service, zone: Zone) -> Body:
    annotations = {
        WAVE: _INGRESS_WAVE,
        "alb.ingress.kubernetes.io/scheme": "internet-facing",
        "alb.ingress.kubernetes.io/target-type": "ip",
        "alb.ingress.kubernetes.io/healthcheck-path": front.probe_path or "/",
    }
    if zone.ingress_subnets:
        # The controller finds no subnet of a Wavelength Zone, and takes one zone at a time.
        annotations["alb.ingress.kubernetes.io/subnets"] = ",".join(zone.ingress_subnets)
    backend = {"service": {"name": front.name, "port": {"number": service_port(front)}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": front.name, "annotations": annotations},
        "spec": {"ingressClassName": "alb", "rules": [{"http": {"paths": [path]}}]},
    }


_ABOUT_NODE_PORT = """\
The front on a port of every node of this zone, for a carrier IP or a balancer of your own.
Only nodes that have a pod answer (externalTrafficPolicy), or a node would pass users to
another zone. Consul must not see a second Service on these pods (service-ignore)."""


def _node_port(front: Service, zone: Zone, selector: Mapping[str, str] | None) -> Body:
    port: Body = {
        "name": port_name(front),
        "port": service_port(front),
        "targetPort": front.port,
        "protocol": "TCP",
    }
    if zone.node_port is not None:
        port["nodePort"] = zone.node_port
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": f"{front.name}-nodeport",
            "labels": {"app": front.name, "consul.hashicorp.com/service-ignore": "true"},
        },
        "spec": {
            "type": "NodePort",
            "externalTrafficPolicy": "Local",
            "selector": {"app": front.name} if selector is None else dict(selector),
            "ports": [port],
        },
    }

"""A service as Kubernetes objects: account, Service, disruption budget, Deployment."""

from dataclasses import dataclass, field
from typing import Any

from edgeops.core.fleet.model import Fleet, Mesh, SecretKey, Service
from edgeops.core.plan.manifest import Body
from edgeops.core.plan.names import HOST_TOPOLOGY, WAVE
from edgeops.core.plan.upstreams import regional_upstreams, service_port

DEFAULT_REPLICAS = 2
WORKLOAD_WAVE = "2"
"""
After the resolvers (1): Argo CD waits until a wave is healthy, and at the edge product-api is
not healthy before the resolver that leads to postgres is there.
"""

_RESOURCES = {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What a service of the built-in example has beyond its `Service`."""

    annotations: dict[str, str] = field(default_factory=dict)
    """Of the pods; left out without a mesh."""

    node_selector: dict[str, str] = field(default_factory=dict)
    volumes: tuple[Body, ...] = ()
    mounts: tuple[Body, ...] = ()


NO_EXTRAS = Extras()


def replicas_of(service: Service) -> int:
    """How many pods a Deployment has where nothing else is said."""
    return service.replicas or DEFAULT_REPLICAS


def account(name: str) -> Body:
    """With Consul's ACLs, a pod may register only as the service its account is named after."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": name},
        "automountServiceAccountToken": True,
    }


def kubernetes_service(service: Service, selector: dict[str, str] | None = None) -> Body:
    """The one Service of *service*: a pod with two of them does not start under Consul."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": service.name, "labels": {"app": service.name}},
        "spec": {
            "selector": selector or {"app": service.name},
            "ports": [
                {
                    "name": port_name(service),
                    "port": service_port(service),
                    "targetPort": service.port,
                    "protocol": "TCP",
                }
            ],
        },
    }


def port_name(service: Service) -> str:
    """The port's name, which meshes read the protocol from."""
    return "tcp" if service.protocol == "tcp" else service.protocol


def disruption_budget(service: Service) -> Body:
    """One pod at a time; minAvailable would block every drain where there is only one."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": service.name},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": service.name}}},
    }


def pod_annotations(fleet: Fleet, service: Service) -> dict[str, str]:
    """What tells Consul to inject its proxy, which port to serve and what to call."""
    if not fleet.mesh.is_consul:
        return {}
    annotations = {
        "consul.hashicorp.com/connect-inject": "true",
        "consul.hashicorp.com/connect-service-port": str(service.port),
    }
    if upstreams := regional_upstreams(fleet, service):
        annotations["consul.hashicorp.com/connect-service-upstreams"] = ",".join(
            f"{upstream.service.name}:{upstream.port}" for upstream in upstreams
        )
    return annotations


def environment(fleet: Fleet, service: Service) -> list[Body]:
    """The container's variables: where its regional upstreams are, then its own."""
    entries: list[Body] = [
        {"name": name, "value": value}
        for upstream in regional_upstreams(fleet, service)
        for name, value in upstream.variables.items()
        if name not in service.env
    ]
    for name, value in service.env.items():
        if isinstance(value, SecretKey):
            reference = {"secretKeyRef": {"name": value.secret, "key": value.key}}
            entries.append({"name": name, "valueFrom": reference})
        else:
            entries.append({"name": name, "value": value})
    return entries


def deployment(fleet: Fleet, service: Service, extras: Extras = NO_EXTRAS) -> Body:
    """The Deployment of *service*, without a place: overlays add where it runs."""
    selector = {"app": service.name}
    metadata: Body = {"name": service.name, "labels": {"app": service.name}}
    if fleet.mesh.is_consul:
        metadata["annotations"] = {WAVE: WORKLOAD_WAVE}
    template_metadata: Body = {"labels": {"app": service.name}}
    if annotations := pod_annotations(fleet, service):
        template_metadata["annotations"] = {**annotations, **extras.annotations}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {
            "replicas": replicas_of(service),
            "selector": {"matchLabels": selector},
            "template": {"metadata": template_metadata, "spec": _pod(fleet, service, extras)},
        },
    }


def _pod(fleet: Fleet, service: Service, extras: Extras) -> Body:
    pod: Body = {}
    if fleet.mesh is not Mesh.CONSUL_COMMUNITY or not service.at_edge:
        pod["serviceAccountName"] = service.name
    if extras.node_selector:
        pod["nodeSelector"] = extras.node_selector
    pod["topologySpreadConstraints"] = [
        {
            "maxSkew": 1,
            "topologyKey": HOST_TOPOLOGY,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"app": service.name}},
        }
    ]
    pod["containers"] = [container(fleet, service, extras)]
    if extras.volumes:
        pod["volumes"] = list(extras.volumes)
    return pod


def container(fleet: Fleet, service: Service, extras: Extras = NO_EXTRAS) -> Body:
    """The one container of a pod of *service*."""
    body: Body = {
        "name": service.name,
        "image": service.image,
        "ports": [{"name": port_name(service), "containerPort": service.port, "protocol": "TCP"}],
    }
    if env := environment(fleet, service):
        body["env"] = env
    body["resources"] = service.resources or _RESOURCES
    body.update(_probes(service))
    if extras.mounts:
        body["volumeMounts"] = list(extras.mounts)
    return body


def _probes(service: Service) -> dict[str, Any]:
    """
    HTTP probes, which Consul leads past its proxy; a TCP one would ask the proxy, which is
    always there. The first probe gives a slow start three minutes.
    """
    if service.probe_path is None:
        return {}
    get = {"path": service.probe_path, "port": service.port}
    return {
        "startupProbe": {"httpGet": get, "periodSeconds": 5, "failureThreshold": 36},
        "readinessProbe": {"httpGet": get, "periodSeconds": 5, "timeoutSeconds": 3},
        "livenessProbe": {
            "httpGet": get,
            "periodSeconds": 10,
            "timeoutSeconds": 5,
            "failureThreshold": 6,
        },
    }

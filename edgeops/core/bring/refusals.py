"""What a base must not hold, because every zone of a cluster would hold it."""

from collections.abc import Iterator, Sequence

from edgeops.core.bring.calls import CONSUL
from edgeops.core.bring.pods import TEMPLATES, kind_of, pod_of, services_in, shown
from edgeops.core.fleet.model import Mesh
from edgeops.core.objects import JsonObject
from edgeops.core.scopes import CLUSTER_SCOPED

ONCE_A_CLUSTER = CLUSTER_SCOPED | {
    # Consul has one of each: https://developer.hashicorp.com/consul/docs/reference/config-entry
    (CONSUL, "ProxyDefaults"),
    (CONSUL, "Mesh"),
    (CONSUL, "ExportedServices"),
    (CONSUL, "SamenessGroup"),
}
"""Groups and kinds that a cluster has once, whatever the namespace."""

_ZONE_KEYS = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")


def refusals(objects: Sequence[JsonObject], mesh: Mesh) -> Iterator[str]:
    """Why *objects* cannot be the base of several zones, one sentence each."""
    for body in objects:
        kind = kind_of(body)
        if kind in ONCE_A_CLUSTER - {("", "Namespace")}:
            yield (
                f"{shown(body)} is one for the whole cluster, and every zone would have it: "
                "take it out of this directory and apply it once by itself"
            )
        elif kind[0] == CONSUL and mesh is Mesh.NONE:
            yield (
                f"{shown(body)} is for Consul, and spec.mesh says that there is none: take it out "
                "of this directory, or change spec.mesh"
            )
        elif kind not in TEMPLATES and _makes_pods(body):
            yield f"{shown(body)} makes pods in a way that cannot be placed: use a Deployment"
        elif kind in TEMPLATES:
            yield from _pinned(body)
        elif kind[0] == CONSUL and mesh is Mesh.CONSUL_COMMUNITY:
            yield from _flat(body)
    yield from _addresses(objects)
    yield from _namespaces(objects)


def _makes_pods(body: JsonObject) -> bool:
    spec = body.get("spec")
    if not isinstance(spec, dict):
        return False
    template = spec.get("template")
    inner = template.get("spec") if isinstance(template, dict) else None
    return any(isinstance(one, dict) and "containers" in one for one in (spec, inner))


def _pinned(body: JsonObject) -> Iterator[str]:
    pod = pod_of(body)
    if pod.get("nodeName"):
        yield f"{shown(body)} names a node (nodeName), which only one zone can have: leave it out"
    for key in _ZONE_KEYS:
        if key in (pod.get("nodeSelector") or {}):
            yield (
                f"{shown(body)} selects nodes by {key}, which is what its zone decides: leave it "
                "out of nodeSelector"
            )


def _flat(body: JsonObject) -> Iterator[str]:
    """Community has one namespace, so one entry of a name for all zones of a cluster."""
    if body["kind"] in {"ServiceRouter", "ServiceSplitter", "TerminatingGateway", "IngressGateway"}:
        yield (
            f"{shown(body)} would be there once for each zone, and Consul's Community edition "
            "takes one of a name: take it out of this directory, or use edition enterprise"
        )
    destination = (body.get("spec") or {}).get("destination") or {}
    if body["kind"] == "ServiceIntentions" and destination.get("name") == "*":
        yield (
            f"{shown(body)} is for every service, and Consul's Community edition takes one of "
            "that kind: take it out of this directory and apply it once by itself"
        )


def _addresses(objects: Sequence[JsonObject]) -> Iterator[str]:
    for service in services_in(objects):
        address = service["spec"].get("clusterIP")
        if address not in {None, "", "None"}:
            yield (
                f"{shown(service)} asks for the address {address}, which only one zone can have: "
                "leave clusterIP out"
            )


def _namespaces(objects: Sequence[JsonObject]) -> Iterator[str]:
    named: dict[str, str] = {}
    for body in objects:
        if (namespace := body["metadata"].get("namespace")) and kind_of(body) != ("", "Namespace"):
            named.setdefault(str(namespace), shown(body))
    if len(named) > 1:
        told = ", ".join(f"{namespace} ({first})" for namespace, first in sorted(named.items()))
        yield (
            f"its objects name several namespaces: {told}; a zone has one, so leave "
            "metadata.namespace out, or take what belongs elsewhere out of this directory"
        )

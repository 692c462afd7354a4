"""
Which calls there are, and what each one dials: an upstream's listener, a name, or nothing.

An explicit upstream is a port of 127.0.0.1 where the proxy listens; it needs no name in DNS.
Anything else is a name that Kubernetes must know: a Consul resolver makes none. Under
transparent proxy the address behind the name leads to the chain of the Consul service whose
pods are behind it.
https://developer.hashicorp.com/consul/docs/reference/k8s/annotation-label
https://github.com/hashicorp/consul-k8s (processUpstreams)
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from edgeops.core.fleet.model import Fleet, Mesh, Zone
from edgeops.core.objects import KubeObject
from edgeops.core.routes.entries import DEFAULT_NAMESPACE, Action, Entries, ServiceName
from edgeops.core.routes.proof import Reason
from edgeops.core.routes.workloads import Inventory, Workload

_FULL_NAME: Final = re.compile(
    r"(?<![\w.-])(?P<name>[a-z0-9][a-z0-9-]*)\.(?P<namespace>[a-z0-9][a-z0-9-]*)"
    r"(?:\.svc(?:\.cluster\.local)?)?\.?(?![\w.-])"
)
_LOCAL: Final = ("127.0.0.1", "localhost")


class How(StrEnum):
    """How a call leaves its pod."""

    LISTENER = "upstream"
    PROXY = "transparent proxy"
    DNS = "dns"
    USERS = "from outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """What a call dials, where that leads anywhere."""

    how: How
    service: ServiceName | None = None
    """The Consul service whose chain applies; None without the mesh."""

    workloads: tuple[Workload, ...] = ()
    """Without the mesh: what the name leads to."""

    beyond: str = ""
    """A datacenter or peer that the upstream names."""

    source: KubeObject | None = None
    """What leads there: the pod's annotation, or the Kubernetes Service."""

    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadEnd:
    """Why a call leads nowhere before any chain."""

    reason: Reason
    message: str
    source: KubeObject
    field: str = ""
    how: How = How.DNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One caller in one zone, and one service that it calls."""

    zone: Zone
    caller: Workload | None
    """None: users, from outside."""

    upstream: str
    dialled: Dialled | DeadEnd


def calls(fleet: Fleet, inventory: Inventory, entries: Entries) -> Iterator[Call]:
    """
    Every call of a cluster, caller by caller.

    Those that ``edgeops.yaml`` names, those that a pod's upstreams annotation adds, full names
    of other namespaces in a pod's environment, and, for workloads that the file does not
    list, those that an intention of their zone allows. Users call the front.
    """
    declared = {service.name: service for service in fleet.services}
    dialler = _Dialler(fleet, inventory)
    for workload in inventory.workloads:
        if not workload.running:
            continue
        service = declared.get(workload.name)
        names = list(service.upstreams) if service else []
        if service is None:
            names = [name for name in _intended(workload, inventory, entries) if name not in names]
        if fleet.front is not None and workload.name == fleet.front.name:
            dialled = Dialled(how=How.USERS, workloads=(workload,), source=workload.source)
            yield Call(zone=workload.zone, caller=None, upstream=workload.name, dialled=dialled)
        for name in names:
            found = dialler.dial(workload, name)
            yield Call(zone=workload.zone, caller=workload, upstream=name, dialled=found)
        for label, found in dialler.others(workload, names):
            yield Call(zone=workload.zone, caller=workload, upstream=label, dialled=found)


def _intended(workload: Workload, inventory: Inventory, entries: Entries) -> Iterator[str]:
    """Services of the workload's namespace whose intentions name it."""
    for (namespace, name), service in inventory.services.items():
        if namespace != workload.namespace:
            continue
        for other in service.selected:
            intentions = entries.intentions.get(other.consul) if other.consul else None
            if intentions and any(
                source.name == workload.consul and source.action is not Action.DENY
                for source in intentions.sources
            ):
                yield name
                break


@dataclass(frozen=True, slots=True)
class _Upstream:
    service: ServiceName
    port: str
    beyond: str


class _Dialler:
    def __init__(self, fleet: Fleet, inventory: Inventory) -> None:
        self._fleet = fleet
        self._inventory = inventory

    def dial(self, caller: Workload, name: str) -> Dialled | DeadEnd:
        """What *caller* reaches as *name*."""
        if not self._fleet.mesh.is_consul:
            return self._by_name(caller, caller.namespace, name)
        if caller.consul is None:
            return DeadEnd(
                reason=Reason.OUTSIDE_MESH,
                message=f"{caller.name} is not in the mesh, and what is takes mutual TLS alone",
                source=caller.source,
                field="spec.template.metadata.annotations",
            )
        for upstream in self._upstreams(caller):
            if self._means(upstream, name):
                return self._listened(caller, name, upstream)
        stem = name.upper().replace("-", "_")
        if caller.env.get(f"{stem}_HOST") in _LOCAL:
            return DeadEnd(
                reason=Reason.NO_NAME,
                message=f"{caller.name} calls {name} at 127.0.0.1, where no upstream of its "
                "annotation connect-service-upstreams listens",
                source=caller.source,
                field="spec.template.metadata.annotations",
                how=How.LISTENER,
            )
        return self._by_name(caller, caller.namespace, name)

    def others(self, caller: Workload, names: list[str]) -> Iterator[tuple[str, Dialled | DeadEnd]]:
        """Calls that only the pod itself tells of."""
        for upstream in self._upstreams(caller) if caller.consul else ():
            if not any(self._means(upstream, name) for name in names):
                yield str(upstream.service), self._reached(caller, upstream)
        seen = set()
        for value in caller.env.values():
            for found in _FULL_NAME.finditer(value):
                namespace, name = found["namespace"], found["name"]
                if namespace == caller.namespace or (namespace, name) in seen:
                    continue
                if (namespace, name) in self._inventory.services:
                    seen.add((namespace, name))
                    yield f"{namespace}/{name}", self._by_name(caller, namespace, name)

    def _listened(self, caller: Workload, name: str, upstream: _Upstream) -> Dialled | DeadEnd:
        stem = name.upper().replace("-", "_")
        port = caller.env.get(f"{stem}_PORT")
        if caller.env.get(f"{stem}_HOST") in _LOCAL and port not in {None, upstream.port}:
            return DeadEnd(
                reason=Reason.NO_NAME,
                message=f"{caller.name} calls port {port} of 127.0.0.1, and the upstream {name} "
                f"listens at {upstream.port}",
                source=caller.source,
                field="spec.template.metadata.annotations",
                how=How.LISTENER,
            )
        return self._reached(caller, upstream)

    def _reached(self, caller: Workload, upstream: _Upstream) -> Dialled:
        return Dialled(
            how=How.LISTENER,
            service=upstream.service,
            beyond=upstream.beyond,
            source=caller.source,
            field="spec.template.metadata.annotations",
        )

    def _upstreams(self, caller: Workload) -> Iterator[_Upstream]:
        text = caller.annotations.get("connect-service-upstreams", "")
        enterprise = self._fleet.mesh is Mesh.CONSUL_ENTERPRISE
        for part in filter(None, (item.strip() for item in text.split(","))):
            service, _, rest = part.partition(":")
            port, _, datacenter = rest.partition(":")
            pieces = [piece.strip() for piece in service.strip().split(".")]
            labels = {}
            if len(pieces) > 1 and pieces[1] == "svc":
                labels = dict(zip(pieces[1::2], pieces[0::2], strict=False))
            elif enterprise and len(pieces) > 1:
                labels = dict(zip(("svc", "ns", "ap"), pieces, strict=False))
            name = labels.get("svc") or service.strip()
            own = caller.consul.namespace if caller.consul else DEFAULT_NAMESPACE
            namespace = labels.get("ns") or own if enterprise else DEFAULT_NAMESPACE
            places = (
                ("peer", labels.get("peer")),
                ("partition", labels.get("ap")),
                ("datacenter", labels.get("dc") or datacenter.strip()),
            )
            beyond = next((f"{word} {value}" for word, value in places if value), "")
            if service.strip() == "prepared_query":
                name, beyond = port.strip(), "a prepared query"
                port = datacenter
            yield _Upstream(ServiceName(namespace, name), port.strip(), beyond)

    def _means(self, upstream: _Upstream, name: str) -> bool:
        """Whether an upstream is the service that the fleet calls *name*."""
        if upstream.service.name == name:
            return True
        behind = self._inventory.by_consul.get(upstream.service, ())
        return any(workload.name == name for workload in behind)

    def _by_name(self, caller: Workload, namespace: str, name: str) -> Dialled | DeadEnd:
        seen: list[str] = []
        while True:
            service = self._inventory.services.get((namespace, name))
            seen.append(f"{name}.{namespace}")
            if service is None:
                return DeadEnd(
                    reason=Reason.NO_NAME,
                    message=f"there is no Kubernetes Service {name} in {namespace}, so the name "
                    "does not resolve; a ServiceResolver makes none",
                    source=caller.source,
                )
            if service.external_name is None:
                break
            found = _FULL_NAME.fullmatch(service.external_name)
            if found is None:
                return Dialled(how=How.DNS, beyond=service.external_name, source=service.source)
            name, namespace = found["name"], found["namespace"]
            if f"{name}.{namespace}" in seen:
                return DeadEnd(
                    reason=Reason.LOOP,
                    message=f"external names lead in a circle: {' -> '.join(seen)}",
                    source=service.source,
                    field="spec.externalName",
                )
        running = tuple(item for item in service.selected if item.running)
        if not running and self._fleet.mesh.is_consul:
            return DeadEnd(
                reason=Reason.NO_NAME,
                message=f"no pod is behind the Kubernetes Service {name} in {namespace}: Consul "
                "gives an address to registered pods alone",
                source=service.source,
                field="spec.selector",
            )
        meshed = next((item.consul for item in running if item.consul is not None), None)
        if meshed is None:
            return Dialled(how=How.DNS, workloads=running, source=service.source)
        if not caller.transparent:
            return DeadEnd(
                reason=Reason.OUTSIDE_MESH,
                message=f"{caller.name} calls {name} past its proxy (no transparent proxy, no "
                f"explicit upstream), and {name} takes mutual TLS alone",
                source=caller.source,
                field="spec.template.metadata.annotations",
            )
        return Dialled(how=How.PROXY, service=meshed, source=service.source)

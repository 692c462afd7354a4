"""
From the parts of ``edgeops.yaml`` to one `Fleet`, and what the parts must be to each other.

Everything is checked before anything is refused, so that a person reads all of it at once.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edgeops.core.fleet import zone_rules
from edgeops.core.fleet.directory_rules import directory_of
from edgeops.core.fleet.handover_rules import handover_of
from edgeops.core.fleet.hashicups import SERVICES
from edgeops.core.fleet.model import (
    HUB,
    Cluster,
    Destination,
    DriftSettings,
    EngineKind,
    Expose,
    Fleet,
    Mesh,
    RepositoryRef,
    RuleOff,
    Service,
    Zone,
)
from edgeops.core.fleet.notify_rules import targets_of
from edgeops.core.fleet.service_rules import services_of
from edgeops.core.fleet.waiver_rules import waivers_of
from edgeops.core.zones import ZoneCatalogue, ZoneType
from edgeops.errors import Problem

if TYPE_CHECKING:
    from edgeops.core.fleet.spec import ClusterSpec, FleetDocument, RepositorySpec, ZoneSpec

NAME_LIMIT = 63
"""Characters in the name of a namespace, a label value or an engine object."""

# Consul keeps these for itself, and Kubernetes keeps whatever starts with "kube-".
# https://github.com/hashicorp/consul-k8s/blob/v2.0.3/charts/consul/values.yaml
_RESERVED = frozenset({"system", "universal", "operator", "root", "kube"})


@dataclass(slots=True, kw_only=True)
class Resolution:
    """A fleet, or why there is none."""

    fleet: Fleet | None = None
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def refuse(self, path: str, message: str) -> None:
        self.problems.append(Problem(path=path, message=message))


def resolve(
    document: "FleetDocument", data: Mapping[str, Any], catalogue: ZoneCatalogue
) -> Resolution:
    """
    The fleet that *document* describes; its ``fleet`` is meaningful only without problems.

    *data* are the file's own values: *document* may lack parts of them that were wrong.
    """
    result = Resolution()
    spec = document.spec
    mesh = _mesh(document, result)
    services: tuple[Service, ...] = SERVICES
    if isinstance(spec.app, list):
        services = services_of(spec.app, data, result.refuse, result.warnings.append)
    directory = None
    if not isinstance(spec.app, list | str):
        services, directory = (), directory_of(spec.app, result.refuse)
    handover = handover_of(spec, result.refuse)
    clusters = tuple(
        _cluster(document, index, catalogue, result) for index in range(len(spec.clusters))
    )
    result.fleet = Fleet(
        name=document.metadata.name,
        repository=_repository(spec.repository, {spec.engine, *handover}, result),
        engine=spec.engine,
        handover_to=handover[0],
        handover_from=handover[1],
        mesh=mesh,
        namespace_prefix=spec.namespace_prefix,
        services=services,
        builtin_app=spec.app == "hashicups",
        taint=spec.placement.taint,
        storage_class=spec.storage_class,
        clusters=clusters,
        drift=DriftSettings(
            ignore=tuple(spec.drift.ignore),
            waivers=waivers_of(spec.drift.waivers, data, result.refuse),
            notify=targets_of(spec.drift.notify, result.refuse),
        ),
        rules_off=tuple(
            RuleOff(rule=entry.rule, reason=entry.reason) for entry in spec.validation.off
        ),
        directory_app=directory,
    )
    _names(result.fleet, result)
    _front(result.fleet, result)
    return result


def problems_of(fleet: Fleet) -> list[Problem]:
    """What is wrong with *fleet* now that the services of its directory are known."""
    result = Resolution()
    _names(fleet, result)
    _front(fleet, result)
    return result.problems


def _mesh(document: "FleetDocument", result: Resolution) -> Mesh:
    mesh = document.spec.mesh
    if mesh.provider == "none":
        if mesh.edition is not None:
            result.refuse("spec.mesh.edition", "is for provider consul; provider is none")
        return Mesh.NONE
    return Mesh.CONSUL_COMMUNITY if mesh.edition == "community" else Mesh.CONSUL_ENTERPRISE


def _repository(
    spec: "RepositorySpec", engines: Collection[EngineKind | None], result: Resolution
) -> RepositoryRef:
    where = "spec.repository.url"
    if re.search(r"\s", spec.url):
        result.refuse(where, f"'{spec.url}' has a blank in it")
    if re.match(r"https?://[^/@]*@", spec.url):
        result.refuse(where, "has credentials in it, which git would keep; use secretRef")
    if EngineKind.FLUX in engines and not re.match(r"(https?|ssh)://", spec.url):
        # The CRD's own pattern; git@host:path is refused by the API server.
        result.refuse(where, f"'{spec.url}' must start with http://, https:// or ssh:// for Flux")
    parts = [part for part in spec.path.split("/") if part not in {"", "."}]
    if spec.path.startswith("/") or ".." in parts:
        result.refuse("spec.repository.path", f"'{spec.path}' must be within the repository")
    return RepositoryRef(
        url=spec.url,
        branch=spec.branch,
        path="/".join(parts) or ".",
        secret_ref=spec.secret_ref,
    )


def _cluster(
    document: "FleetDocument", index: int, catalogue: ZoneCatalogue, result: Resolution
) -> Cluster:
    spec = document.spec.clusters[index]
    path = f"spec.clusters[{index}]"
    if any(other.name == spec.name for other in document.spec.clusters[:index]):
        result.refuse(f"{path}.name", f"another cluster is called '{spec.name}' too")
    if spec.destination.name is not None and spec.destination.server is not None:
        result.refuse(f"{path}.destination", "give name or server, not both")
    zone_rules.check_region(spec, path, result.refuse)
    types = zone_rules.zone_types(spec, path, catalogue, result.refuse, result.warnings.append)
    context = spec.context or spec.name
    return Cluster(
        name=spec.name,
        context=context,
        engine_context=spec.engine_context or context,
        destination=Destination(name=spec.destination.name, server=spec.destination.server),
        region=spec.region,
        hub=_hub(document, spec),
        edges=tuple(
            _edge(document, spec, zone, zone_type, known=catalogue.get(zone.name) is not None)
            for zone, zone_type in zip(spec.zones, types, strict=True)
        ),
    )


def _hub(document: "FleetDocument", cluster: "ClusterSpec") -> Zone:
    return Zone(
        name=HUB,
        type=ZoneType.REGION,
        cluster=cluster.name,
        namespace=f"{document.spec.namespace_prefix}-{HUB}",
        zones=tuple(cluster.availability_zones),
        ingress_subnets=tuple(cluster.ingress_subnets),
        expose=document.spec.expose,
    )


def _edge(
    document: "FleetDocument",
    cluster: "ClusterSpec",
    zone: "ZoneSpec",
    zone_type: ZoneType,
    *,
    known: bool,
) -> Zone:
    return Zone(
        name=zone.name,
        type=zone_type,
        cluster=cluster.name,
        namespace=f"{document.spec.namespace_prefix}-{zone.name}",
        zones=(zone.name,),
        replicas=zone.replicas,
        ingress_subnets=tuple(zone.ingress_subnets),
        expose=document.spec.expose if zone.expose is None else zone.expose,
        node_port=zone.node_port,
        known=known,
        state=zone.state,
    )


def _names(fleet: Fleet, result: Resolution) -> None:
    """Names that are put together must still be names."""
    prefix = fleet.namespace_prefix
    if prefix in _RESERVED or prefix.startswith("kube-"):
        result.refuse("spec.namespacePrefix", f"'{prefix}' is reserved by Kubernetes or Consul")
    for path, cluster, zone in _places(fleet):
        _fits(path, "namespace", zone.namespace, result)
        _fits(path, "engine object", f"{fleet.name}-{cluster.name}-{zone.name}", result)
        if fleet.mesh is Mesh.CONSUL_COMMUNITY:
            for service in fleet.services:
                _fits(path, "Consul service", f"{service.name}-{zone.name}", result)


def _fits(path: str, what: str, name: str, result: Resolution) -> None:
    if len(name) > NAME_LIMIT:
        result.refuse(
            path, f"{what} '{name}' is {len(name)} characters long; {NAME_LIMIT} are allowed"
        )


def _places(fleet: Fleet) -> Iterable[tuple[str, Cluster, Zone]]:
    for index, cluster in enumerate(fleet.clusters):
        path = f"spec.clusters[{index}]"
        yield f"{path}.name", cluster, cluster.hub
        for number, zone in enumerate(cluster.edges):
            yield f"{path}.zones[{number}]", cluster, zone


def _front(fleet: Fleet, result: Resolution) -> None:
    """A zone that is exposed needs a door, and a place for it."""
    for path, _, zone in _places(fleet):
        unknown = fleet.directory_app is not None and not fleet.services
        if zone.expose is not Expose.NONE and fleet.front is None and not unknown:
            message = "zones are exposed: say with front: true which service users reach"
            result.refuse("spec.app", message)
        if zone.expose is Expose.ALB and not zone.is_hub and not zone.ingress_subnets:
            result.refuse(path, "expose alb needs ingressSubnets: an edge zone's are never found")
        if zone.node_port is not None and zone.expose is not Expose.NODE_PORT:
            result.refuse(f"{path}.nodePort", f"is for expose nodePort; expose is {zone.expose}")
    for index, cluster in enumerate(fleet.clusters):
        ports = [zone.node_port for zone in cluster.edges]
        for number, port in _repeated(ports):
            result.refuse(
                f"spec.clusters[{index}].zones[{number}].nodePort",
                f"{port} belongs to another zone; a node port is one for the whole cluster",
            )


def _repeated(ports: Sequence[int | None]) -> list[tuple[int, int]]:
    return [
        (index, port)
        for index, port in enumerate(ports)
        if port is not None and port in ports[:index]
    ]

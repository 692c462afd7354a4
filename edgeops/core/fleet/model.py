"""The fleet as values: clusters, their hub and zones, engine, mesh and application."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from edgeops.core.fleet.directory import Answer as Answer
from edgeops.core.fleet.directory import DirectoryApp as DirectoryApp
from edgeops.core.fleet.directory import Placement as Placement
from edgeops.core.fleet.directory import Workload as Workload
from edgeops.core.zones import ZoneType

HUB = "region"
"""Name of a cluster's hub: its overlay, its label value and the suffix of its namespace."""


class EngineKind(StrEnum):
    """Which program applies the repository to the clusters."""

    ARGOCD = "argocd"
    FLUX = "flux"


class Mesh(StrEnum):
    """Which service mesh the application runs in; decides names, resolvers and upstreams."""

    CONSUL_ENTERPRISE = "consul-enterprise"
    """A Consul namespace for each Kubernetes namespace (mirroring)."""

    CONSUL_COMMUNITY = "consul-community"
    """One flat Consul namespace: Consul service names carry the zone."""

    NONE = "none"
    """No mesh: postgres by ExternalName, and no failover."""

    @property
    def is_consul(self) -> bool:
        return self is not Mesh.NONE


class Expose(StrEnum):
    """How users reach the front of a zone."""

    NONE = "none"
    ALB = "alb"
    NODE_PORT = "nodePort"


class ZoneState(StrEnum):
    """Where an edge zone stands in its life."""

    ACTIVE = "active"
    LEAVING = "leaving"
    """
    On its way out: its overlay holds no more than its Namespace, so that the engine prunes the
    rest. `edgeops.usecases.zone_removal` has the whole way.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryRef:
    """Where the engine fetches the repository from, and edgeops' place in it."""

    url: str
    branch: str = "main"
    path: str = "."
    """Directory of ``edgeops.yaml`` within the repository, POSIX, ``.`` for its root."""

    secret_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """One overlay: an edge zone, or the hub of a cluster."""

    name: str
    """Zone name as AWS has it; `HUB` for the hub."""

    type: ZoneType
    cluster: str
    namespace: str
    zones: tuple[str, ...]
    """Values of ``topology.kubernetes.io/zone`` of its nodes: the Region's zones for the hub."""

    replicas: int | None = None
    ingress_subnets: tuple[str, ...] = ()
    expose: Expose = Expose.NONE
    node_port: int | None = None
    """With `Expose.NODE_PORT`: the port, unique in the cluster; None lets the cluster choose."""

    known: bool = True
    """Whether the zone catalogue knows it."""

    state: ZoneState = ZoneState.ACTIVE

    @property
    def is_hub(self) -> bool:
        return self.name == HUB

    @property
    def is_leaving(self) -> bool:
        return self.state is ZoneState.LEAVING

    @property
    def overlay(self) -> str:
        """POSIX path of its overlay below edgeops' directory."""
        return f"overlays/{self.cluster}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """How Argo CD calls the cluster: by name, by server address, or in-cluster if neither."""

    name: str | None = None
    server: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One EKS cluster: a hub and its spokes."""

    name: str
    context: str
    engine_context: str
    destination: Destination
    region: str
    hub: Zone
    edges: tuple[Zone, ...]

    @property
    def zones(self) -> tuple[Zone, ...]:
        """The hub first, then the edge zones in the order of the file."""
        return (self.hub, *self.edges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """
    One entry of ``spec.drift.waivers``: drift that somebody answers for until a day.

    What is None is not asked about. `edgeops.core.waivers` gives it its meaning.
    """

    place: str
    """Where it stands in the file: ``spec.drift.waivers[0]``."""

    kind: str
    name: str
    owner: str
    reason: str
    expires: date
    """The last day, in UTC, on which it holds."""

    cluster: str | None = None
    zone: str | None = None
    namespace: str | None = None
    path: str | None = None
    """A field as reports write it; it stands for all below it too."""

    drift: str | None = None
    """A word of `edgeops.core.findings.Drift`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyTarget:
    """One entry of ``spec.drift.notify``: somebody who is told of drift."""

    url: str
    """Where the address stands: ``env:NAME`` or ``file:/path``."""

    min_severity: str
    """A word of `edgeops.core.findings.Severity`; nothing less severe is told."""

    on: tuple[str, ...]
    """``new`` (also what came back), ``worse``, ``resolved``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftSettings:
    """``spec.drift`` as written; `edgeops.core.ignore` gives the rules their meaning."""

    ignore: tuple[Mapping[str, Any], ...] = ()
    waivers: tuple[Waiver, ...] = ()
    notify: tuple[NotifyTarget, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOff:
    """One entry of ``spec.validate.off``: a rule that does not count here, and why."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretKey:
    """A value that stands in a Secret: what a password is in git."""

    secret: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service of the application."""

    name: str
    image: str
    port: int
    """Container port; also the Service's port unless `service_port` says otherwise."""

    protocol: str = "http"
    """``http``, ``tcp``, ``http2`` or ``grpc``: the protocol in the mesh."""

    placement: Placement = Placement.EVERYWHERE
    upstreams: tuple[str, ...] = ()
    """Names of the services that it calls."""

    env: Mapping[str, str | SecretKey] = field(default_factory=dict)
    """
    For each upstream that runs only in the Region, ``<NAME>_HOST`` and ``<NAME>_PORT`` are set
    before these, so that a value can say ``$(POSTGRES_HOST)`` whatever the mesh is.
    """

    replicas: int | None = None
    resources: Mapping[str, Any] | None = None
    probe_path: str | None = None
    service_port: int | None = None
    front: bool = False
    """Whether users reach the application here; at most one service."""

    headless: bool = False
    """Whether its Service has no address of its own: its name leads to the pods themselves."""

    @property
    def at_edge(self) -> bool:
        return self.placement is not Placement.REGION

    @property
    def in_region(self) -> bool:
        return self.placement is not Placement.EDGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Everything that ``edgeops.yaml`` decides, with every default filled in."""

    name: str
    repository: RepositoryRef
    engine: EngineKind
    mesh: Mesh
    namespace_prefix: str
    services: tuple[Service, ...]
    builtin_app: bool
    """Whether the application is the built-in HashiCups with its extra files."""

    taint: str
    storage_class: str
    clusters: tuple[Cluster, ...]
    drift: DriftSettings = DriftSettings()
    rules_off: tuple[RuleOff, ...] = ()
    """Rules of ``edgeops validate`` that are switched off."""
    directory_app: DirectoryApp | None = None
    """The application where it is a directory; `services` are empty until that was built."""
    handover_to: EngineKind | None = None
    """The engine that is about to take over from `engine`: both rest."""
    handover_from: EngineKind | None = None
    """The engine from which `engine` has taken over: that one rests."""

    @property
    def front(self) -> Service | None:
        """The service that users reach, if there is one."""
        return next((service for service in self.services if service.front), None)

    @property
    def trees(self) -> tuple[str, ...]:
        """Folders, besides edgeops' own, that overlays are built from."""
        tree = "base" if self.directory_app is None else self.directory_app.tree
        return () if tree == "base" else (tree,)

    def cluster(self, name: str) -> Cluster | None:
        return next((cluster for cluster in self.clusters if cluster.name == name), None)

"""
Consul's config entries as values: what the discovery chain and the intentions are made of.

https://developer.hashicorp.com/consul/docs/reference/config-entry
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

from edgeops.core.objects import KubeObject

DEFAULT_NAMESPACE: Final = "default"
"""The one namespace that Community has."""

ANY: Final = "*"
GROUP: Final = "consul.hashicorp.com"


@dataclass(frozen=True, slots=True, order=True)
class ServiceName:
    """A service as Consul knows it; Community has it in `DEFAULT_NAMESPACE`."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return self.name if self.namespace == DEFAULT_NAMESPACE else f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where a redirect, a failover, a route or a split points; what is empty stays as it is."""

    service: str = ""
    subset: str = ""
    namespace: str = ""
    datacenter: str = ""
    partition: str = ""
    peer: str = ""
    field: str = ""
    """Where it stands in its object, such as ``spec.redirect``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    """A ServiceResolver."""

    name: ServiceName
    source: KubeObject
    default_subset: str = ""
    subsets: Mapping[str, str] = field(default_factory=dict)
    """The filter of each subset."""

    redirect: Reference | None = None
    failover: Mapping[str, tuple[Reference, ...]] = field(default_factory=dict)
    """By subset, or `ANY`: where to go, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One share of a ServiceSplitter, in percent."""

    weight: float
    to: Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Splitter:
    """A ServiceSplitter."""

    name: ServiceName
    source: KubeObject
    splits: tuple[Split, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route of a ServiceRouter."""

    match: str
    """What requests it is for, in short."""

    to: Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """A ServiceRouter."""

    name: ServiceName
    source: KubeObject
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """A ServiceDefaults."""

    name: ServiceName
    source: KubeObject
    protocol: str = ""
    external: bool = False
    """Whether an external SNI makes it a service outside the mesh."""

    destination: bool = False
    """Whether it stands for addresses outside the mesh."""


class Action(StrEnum):
    """What an intention says of a source."""

    ALLOW = "allow"
    DENY = "deny"
    SOME = "some"
    """Some requests, by L7 permissions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source of a ServiceIntentions."""

    name: ServiceName
    action: Action
    field: str


@dataclass(frozen=True, kw_only=True)
class Intentions:
    """A ServiceIntentions."""

    destination: ServiceName
    source: KubeObject
    sources: tuple[Source, ...]

    @cached_property
    def by_name(self) -> Mapping[ServiceName, Source]:
        """The sources; those of the Region name every zone, and are asked about each call."""
        return {item.name: item for item in self.sources}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An entry that Consul does not take, so that it is not in force."""

    source: KubeObject
    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """The entries of one cluster that are in force, and those that are not."""

    resolvers: Mapping[ServiceName, Resolver] = field(default_factory=dict)
    splitters: Mapping[ServiceName, Splitter] = field(default_factory=dict)
    routers: Mapping[ServiceName, Router] = field(default_factory=dict)
    defaults: Mapping[ServiceName, Defaults] = field(default_factory=dict)
    intentions: Mapping[ServiceName, Intentions] = field(default_factory=dict)
    protocol: str = ""
    """Of ProxyDefaults; empty where there is none."""

    proxy_defaults: KubeObject | None = None
    refused: tuple[Refusal, ...] = ()

    def protocol_of(self, service: ServiceName) -> str:
        """
        The protocol of a service: of its ServiceDefaults, else of ProxyDefaults, else tcp.

        A ServiceDefaults that names none means tcp, whatever ProxyDefaults says, for the chain.
        https://github.com/hashicorp/consul/blob/v1.22.7/agent/consul/discoverychain/compile.go
        (recordServiceProtocol)
        """
        found = self.defaults.get(service)
        return ((self.protocol if found is None else found.protocol) or "tcp").lower()

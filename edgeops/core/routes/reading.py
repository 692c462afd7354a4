"""Config entries out of Consul's custom resources: those in force, and those that are not."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from edgeops.core.objects import KubeObject, in_order
from edgeops.core.routes.entries import (
    ANY,
    DEFAULT_NAMESPACE,
    GROUP,
    Action,
    Defaults,
    Entries,
    Intentions,
    Reference,
    Refusal,
    Resolver,
    Route,
    Router,
    ServiceName,
    Source,
    Split,
    Splitter,
)
from edgeops.core.routes.refusals import refusal

KINDS: Final = (
    "ServiceDefaults",
    "ServiceIntentions",
    "ServiceResolver",
    "ServiceRouter",
    "ServiceSplitter",
    "ProxyDefaults",
)
"""The kinds that decide where a call ends."""


def read_entries(objects: Iterable[KubeObject], *, enterprise: bool) -> Entries:
    """
    The entries of one cluster.

    Args:
        objects: all of the cluster; those of other kinds are passed over.
        enterprise: whether Consul mirrors Kubernetes' namespaces; else it has one for all.

    Returns:
        What is in force. Of two entries of one name the first in order counts, as the second
        is refused: https://github.com/hashicorp/consul-k8s (ValidateConfigEntry).
    """
    reader = _Reader(enterprise=enterprise)
    for item in in_order(objects):
        if item.group == GROUP and item.kind in KINDS:
            reader.read(item)
    return reader.entries()


class _Reader:
    def __init__(self, *, enterprise: bool) -> None:
        self._enterprise = enterprise
        self._found: dict[str, dict[ServiceName, Any]] = {kind: {} for kind in KINDS}
        self._refused: list[Refusal] = []

    def entries(self) -> Entries:
        proxy: KubeObject | None = next(iter(self._found["ProxyDefaults"].values()), None)
        config = _mapping(_spec(proxy).get("config")) if proxy is not None else {}
        return Entries(
            resolvers=self._found["ServiceResolver"],
            splitters=self._found["ServiceSplitter"],
            routers=self._found["ServiceRouter"],
            defaults=self._found["ServiceDefaults"],
            intentions=self._found["ServiceIntentions"],
            protocol=_text(config.get("protocol")),
            proxy_defaults=proxy,
            refused=tuple(self._refused),
        )

    def read(self, item: KubeObject) -> None:
        found = refusal(item, enterprise=self._enterprise)
        if found is not None:
            self._refused.append(found)
            return
        name = self._name(item)
        before = self._found[item.kind].get(name)
        if before is not None:
            first = before if isinstance(before, KubeObject) else before.source
            field = "spec.destination" if item.kind == "ServiceIntentions" else "metadata.name"
            message = f"there is a {item.kind} for {name} already, {first.key}; Consul takes one"
            self._refused.append(Refusal(source=item, field=field, message=message))
            return
        self._found[item.kind][name] = _READERS[item.kind](name, item)

    def _name(self, item: KubeObject) -> ServiceName:
        if item.kind == "ProxyDefaults":
            return ServiceName(DEFAULT_NAMESPACE, item.name)
        name, namespace = item.name, item.namespace
        if item.kind == "ServiceIntentions":
            destination = _mapping(_spec(item).get("destination"))
            name = _text(destination.get("name"))
            # The webhook fills in the namespace of the object.
            namespace = _text(destination.get("namespace")) or namespace
        return ServiceName(namespace if self._enterprise else DEFAULT_NAMESPACE, name)


def _resolver(name: ServiceName, item: KubeObject) -> Resolver:
    spec = _spec(item)
    redirect = spec.get("redirect")
    failover = _mapping(spec.get("failover"))
    subsets = _mapping(spec.get("subsets"))
    return Resolver(
        name=name,
        source=item,
        default_subset=_text(spec.get("defaultSubset")),
        subsets={key: _text(_mapping(value).get("filter")) for key, value in subsets.items()},
        redirect=_reference(redirect, "spec.redirect") if redirect else None,
        failover={key: _failover(_mapping(value), key) for key, value in failover.items()},
    )


def _failover(body: Mapping[str, Any], key: str) -> tuple[Reference, ...]:
    place = f"spec.failover.{key}"
    if datacenters := _list(body.get("datacenters")):
        return tuple(
            _reference({**body, "datacenter": name}, f"{place}.datacenters[{index}]")
            for index, name in enumerate(datacenters)
        )
    if targets := _list(body.get("targets")):
        return tuple(
            _reference(target, f"{place}.targets[{index}]") for index, target in enumerate(targets)
        )
    return (_reference(body, place),)


def _reference(body: Any, place: str) -> Reference:
    body = _mapping(body)
    return Reference(
        service=_text(body.get("service")),
        subset=_text(body.get("serviceSubset")),
        namespace=_text(body.get("namespace")),
        datacenter=_text(body.get("datacenter")),
        partition="" if body.get("partition") == "default" else _text(body.get("partition")),
        peer=_text(body.get("peer")),
        field=place,
    )


def _splitter(name: ServiceName, item: KubeObject) -> Splitter:
    splits = _list(_spec(item).get("splits"))
    return Splitter(
        name=name,
        source=item,
        splits=tuple(
            Split(weight=float(split.get("weight") or 0), to=_reference(split, f"spec.splits[{i}]"))
            for i, split in enumerate(map(_mapping, splits))
        ),
    )


def _router(name: ServiceName, item: KubeObject) -> Router:
    routes = [_mapping(route) for route in _list(_spec(item).get("routes"))]
    return Router(
        name=name,
        source=item,
        routes=tuple(
            Route(
                match=_match(_mapping(_mapping(route.get("match")).get("http"))),
                to=_reference(route.get("destination"), f"spec.routes[{index}].destination"),
            )
            for index, route in enumerate(routes)
        ),
    )


def _match(http: Mapping[str, Any]) -> str:
    """In short what a route is for: its path, or which other things it looks at."""
    for key, form in (("pathExact", "{}"), ("pathPrefix", "{}*"), ("pathRegex", "~{}")):
        if http.get(key):
            return form.format(http[key])
    return ", ".join(sorted(http)) or "any"


def _defaults(name: ServiceName, item: KubeObject) -> Defaults:
    spec = _spec(item)
    return Defaults(
        name=name,
        source=item,
        protocol=_text(spec.get("protocol")),
        external=bool(spec.get("externalSNI")),
        destination=bool(spec.get("destination")),
    )


def _intentions(name: ServiceName, item: KubeObject) -> Intentions:
    sources = []
    for index, source in enumerate(map(_mapping, _list(_spec(item).get("sources")))):
        if source.get("peer") or source.get("samenessGroup") or source.get("partition"):
            # Nobody of this cluster.
            continue
        # A source without a namespace has that of the destination, unless that is any.
        inherited = DEFAULT_NAMESPACE if name.namespace == ANY else name.namespace
        namespace = _text(source.get("namespace")) or inherited
        sources.append(
            Source(
                name=ServiceName(namespace, _text(source.get("name"))),
                action=_action(source),
                field=f"spec.sources[{index}]",
            )
        )
    return Intentions(destination=name, source=item, sources=tuple(sources))


def _action(source: Mapping[str, Any]) -> Action:
    permissions = _list(source.get("permissions"))
    if not permissions:
        return Action(_text(source.get("action")))
    allowing = any(_mapping(item).get("action") == "allow" for item in permissions)
    return Action.SOME if allowing else Action.DENY


def _proxy_defaults(name: ServiceName, item: KubeObject) -> KubeObject:  # noqa: ARG001 - as the others
    return item


_READERS: Final[Mapping[str, Callable[[ServiceName, KubeObject], Any]]] = {
    "ServiceDefaults": _defaults,
    "ServiceIntentions": _intentions,
    "ServiceResolver": _resolver,
    "ServiceRouter": _router,
    "ServiceSplitter": _splitter,
    "ProxyDefaults": _proxy_defaults,
}


def _spec(item: KubeObject) -> Mapping[str, Any]:
    return _mapping(item.body.get("spec"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

"""One cluster as a network: each call's way, and where it ends when something is gone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from edgeops.core.fleet.model import Cluster, Fleet, Mesh, Zone
from edgeops.core.objects import KubeObject
from edgeops.core.routes.chain import compile_chain
from edgeops.core.routes.dialing import Call, DeadEnd, Dialled, How, calls
from edgeops.core.routes.entries import Entries, ServiceName
from edgeops.core.routes.filters import parse
from edgeops.core.routes.intentions import Permission, permission
from edgeops.core.routes.proof import End, Reason
from edgeops.core.routes.reading import read_entries
from edgeops.core.routes.targets import (
    Break,
    Candidate,
    Chain,
    ChainError,
    Leaf,
    Step,
    Target,
)
from edgeops.core.routes.workloads import Workload, take_stock

_BREAKS = {
    Break.PROTOCOL: Reason.PROTOCOL,
    Break.LOOP: Reason.LOOP,
    Break.SUBSET: Reason.SUBSET,
    Break.EXTERNAL: Reason.REFUSED,
    Break.SIZE: Reason.LOOP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One set of instances on a call's way."""

    target: Target | None
    """None without the mesh."""

    steps: tuple[Step, ...]
    workloads: tuple[Workload, ...]
    far: tuple[Workload, ...]
    """Those of them that the caller's zone cannot reach."""

    permission: Permission | None
    """None where no intention is asked."""

    undecided: str = ""
    """A filter of which git does not say whom it takes."""

    beyond: str = ""

    @property
    def allowed(self) -> bool:
        return self.permission is None or self.permission.allowed

    @property
    def end(self) -> End:
        first = self.workloads[0] if self.workloads else None
        named = self.target.service if self.target else None
        service = named.name if named else first.name if first else self.beyond
        return End(
            service=service,
            name=first.name if first else service,
            namespace=named.namespace if named else first.namespace if first else "",
            zones=tuple(dict.fromkeys(item.zone.name for item in self.workloads)),
            reachable=not self.far and not self.beyond,
            allowed=self.allowed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A call's way: the stops, in order; or why it has none."""

    call: Call
    when: str = ""
    stops: tuple[Stop, ...] = ()
    dead_end: DeadEnd | None = None
    steps: tuple[Step, ...] = ()
    """With a dead end: what led there."""

    @property
    def how(self) -> How:
        return self.call.dialled.how


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The calls of one cluster, and their ways."""

    fleet: Fleet
    cluster: Cluster
    entries: Entries
    workloads: tuple[Workload, ...]
    ways: tuple[Way, ...]
    in_hub: Mapping[str, Sequence[Workload]]
    """What runs in the Region, by name."""


def reaches(zone: Zone, other: Zone) -> bool:
    """
    Whether pods of *zone* reach pods of *other*: a spoke reaches itself and the hub.

    https://docs.aws.amazon.com/wavelength/latest/developerguide/how-wavelengths-work.html
    """
    return zone.name == other.name or zone.is_hub or other.is_hub


def lay_out(fleet: Fleet, cluster: Cluster, objects: Iterable[KubeObject]) -> Network:
    """The network of *cluster*, out of all its objects."""
    objects = tuple(objects)
    enterprise = fleet.mesh is Mesh.CONSUL_ENTERPRISE
    entries = Entries()
    if fleet.mesh.is_consul:
        entries = read_entries(objects, enterprise=enterprise)
    inventory = take_stock(fleet, cluster, objects)

    @cache
    def compiled(service: ServiceName) -> Chain | ChainError:
        try:
            return compile_chain(entries, service)
        except ChainError as error:
            return error

    @cache
    def behind(target: Target) -> tuple[tuple[Workload, ...], str]:
        if target.beyond:
            return (), ""
        return _chosen(entries, target, inventory.by_consul.get(target.service, ()))

    def stop(call: Call, candidate: Candidate) -> Stop:
        found, undecided = behind(candidate.target)
        assert call.caller is not None
        assert call.caller.consul is not None
        target = candidate.target
        defaults = entries.defaults.get(target.service)
        outside = "an address outside the mesh" if defaults and defaults.destination else ""
        return Stop(
            target=target,
            steps=candidate.steps,
            workloads=found,
            far=tuple(item for item in found if not reaches(call.zone, item.zone)),
            permission=permission(entries, source=call.caller.consul, destination=target.service),
            undecided=undecided,
            beyond=target.beyond or outside,
        )

    def ways(call: Call) -> Iterable[Way]:
        dialled = call.dialled
        if isinstance(dialled, DeadEnd):
            yield Way(call=call, dead_end=dialled)
        elif dialled.service is None or dialled.beyond:
            yield Way(call=call, stops=(_plain(call, dialled),))
        elif (refused := _hidden(call, dialled, entries)) is not None:
            yield Way(call=call, dead_end=refused)
        else:
            chain = compiled(dialled.service)
            if isinstance(chain, ChainError):
                yield Way(call=call, dead_end=_broken(dialled, chain), steps=chain.steps)
                return
            for leaf in chain.leaves:
                yield Way(call=call, when=leaf.when, stops=_stops(call, leaf))

    def _stops(call: Call, leaf: Leaf) -> tuple[Stop, ...]:
        return tuple(stop(call, candidate) for candidate in leaf.candidates)

    order = {zone.name: position for position, zone in enumerate(cluster.zones)}
    every = sorted(calls(fleet, inventory, entries), key=lambda call: order[call.zone.name])
    found = tuple(way for call in every for way in ways(call))
    in_hub: dict[str, list[Workload]] = {}
    for item in inventory.workloads:
        if item.zone.is_hub and item.running:
            in_hub.setdefault(item.name, []).append(item)
    return Network(
        fleet=fleet,
        cluster=cluster,
        entries=entries,
        workloads=inventory.workloads,
        ways=found,
        in_hub=in_hub,
    )


def _plain(call: Call, dialled: Dialled) -> Stop:
    return Stop(
        target=None,
        steps=(),
        workloads=dialled.workloads,
        far=tuple(item for item in dialled.workloads if not reaches(call.zone, item.zone)),
        permission=None,
        beyond=dialled.beyond,
    )


def _hidden(call: Call, dialled: Dialled, entries: Entries) -> DeadEnd | None:
    """Transparent proxies learn their upstreams from intentions: one must name the caller."""
    if dialled.how is not How.PROXY or dialled.service is None or call.caller is None:
        return None
    assert call.caller.consul is not None
    found = permission(entries, source=call.caller.consul, destination=dialled.service)
    if found.allowed:
        return None
    return refused_by(
        found, call.caller.consul, dialled.service, dialled.source or call.caller.source
    )


def refused_by(
    found: Permission, source: ServiceName, destination: ServiceName, fallback: KubeObject
) -> DeadEnd:
    """What an intention that does not allow a call means for it."""
    if found.entry is None:
        return DeadEnd(
            reason=Reason.NO_INTENTION,
            message=f"no ServiceIntentions has {destination} as its destination, so {source} may "
            "not call it",
            source=fallback,
            how=How.PROXY,
        )
    if found.source is None:
        return DeadEnd(
            reason=Reason.NO_INTENTION,
            message=f"the intentions of {destination} do not name {source}: add it to the sources",
            source=found.entry.source,
            field="spec.sources",
            how=How.PROXY,
        )
    return DeadEnd(
        reason=Reason.DENIED,
        message=f"the intentions of {found.entry.destination} deny {source}",
        source=found.entry.source,
        field=found.source.field,
        how=How.PROXY,
    )


def _broken(dialled: Dialled, error: ChainError) -> DeadEnd:
    last = error.steps[-1] if error.steps else None
    assert dialled.source is not None
    return DeadEnd(
        reason=_BREAKS[error.kind],
        message=str(error),
        source=last.source if last else dialled.source,
        field=last.field if last else "",
        how=dialled.how,
    )


def _chosen(
    entries: Entries, target: Target, workloads: Sequence[Workload]
) -> tuple[tuple[Workload, ...], str]:
    """The workloads of a target's subset, and the filter that git cannot decide, if one."""
    resolver = entries.resolvers.get(target.service)
    text = resolver.subsets.get(target.subset, "") if resolver and target.subset else ""
    if not text:
        return tuple(workloads), ""
    wanted = parse(text)
    answers = [(item, wanted.evaluate(item.facts)) for item in workloads]
    undecided = text if any(answer is None for _, answer in answers) else ""
    return tuple(item for item, answer in answers if answer is not False), undecided

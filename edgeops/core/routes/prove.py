"""
What happens to every call when something is gone, and whether that is as it should be.

The proof of a fleet: no way leads from one spoke to another; without a failure every call is
answered where it is allowed and reachable; with any single failure it is answered still, or the
outage is one that nothing in the repository could save. What else is found is a problem.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from edgeops.core.fleet.model import Cluster, Fleet
from edgeops.core.objects import KubeObject
from edgeops.core.routes.dialing import DeadEnd, How
from edgeops.core.routes.network import Network, Stop, Way, lay_out, reaches, refused_by
from edgeops.core.routes.proof import Outage, Problem, Proof, Reason, Route
from edgeops.core.routes.workloads import Probe, Workload

USERS = "(users)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """What is taken to be gone."""

    services: frozenset[tuple[str, str, str]] = frozenset()
    """Cluster, zone and service."""

    zones: frozenset[tuple[str, str]] = frozenset()
    """Cluster and zone: its nodes, with everything on them."""

    @property
    def any(self) -> bool:
        return bool(self.services or self.zones)

    def take(self, workload: Workload) -> bool:
        place = (workload.zone.cluster, workload.zone.name)
        return place in self.zones or (*place, workload.name) in self.services

    def with_zone(self, workload: Workload) -> bool:
        """Whether its whole zone is gone, which no probe has to tell."""
        return (workload.zone.cluster, workload.zone.name) in self.zones

    def both(self, other: "Failures") -> "Failures":
        return Failures(services=self.services | other.services, zones=self.zones | other.zones)

    def names(self) -> tuple[str, ...]:
        return (
            *sorted(zone for _, zone in self.zones),
            *sorted(f"{zone}/{service}" for _, zone, service in self.services),
        )


NOTHING = Failures()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where a call ends in one state of the fleet."""

    stop: Stop | None
    dead_end: DeadEnd | None = None


def prove(
    fleet: Fleet,
    objects: Mapping[str, Sequence[KubeObject]],
    *,
    failures: Failures = NOTHING,
    every: bool = True,
) -> Proof:
    """
    Follow every call of *fleet*.

    Args:
        objects: by cluster, the built or live objects of all its zones; with `Origin`, problems
            name file and line.
        failures: what is gone from the start.
        every: whether each single failure of a service in a zone, and of a zone, is checked too.
    """
    routes: list[Route] = []
    problems: list[Problem] = []
    outages: list[Outage] = []
    checked = 0
    for cluster in fleet.clusters:
        if cluster.name not in objects:
            continue
        network = lay_out(fleet, cluster, objects[cluster.name])
        judge = _Judge(network)
        routes += judge.state(failures)
        if every:
            checked += judge.single_failures(failures)
        problems += judge.problems()
        outages += judge.outages
    return Proof(
        routes=tuple(routes),
        problems=tuple(problems),
        outages=tuple(outages),
        failures=checked,
        played=failures.names(),
    )


class _Judge:
    def __init__(self, network: Network) -> None:
        self._network = network
        self._cluster: Cluster = network.cluster
        self._found: dict[tuple[str, ...], Problem] = {}
        self.outages: list[Outage] = []
        for refusal in network.entries.refused:
            self._add(
                Problem(
                    reason=Reason.REFUSED,
                    message=f"{refusal.source.kind} {refusal.source.name}: {refusal.field} "
                    f"{refusal.message}; Consul refuses it, and it is not in force",
                    cluster=self._cluster.name,
                    zones=self._zones_of(refusal.source),
                    calls=(),
                    failure=None,
                    chain=(),
                    source=refusal.source,
                    field=refusal.field,
                )
            )

    def problems(self) -> list[Problem]:
        return sorted(
            self._found.values(),
            key=lambda item: (list(Reason).index(item.reason), item.identity),
        )

    def state(self, failures: Failures) -> Iterator[Route]:
        """Every route of one state; its problems and outages are kept."""
        for way in self._network.ways:
            caller = way.call.caller
            if caller is not None and failures.take(caller):
                continue
            outcome = self._judged(way, failures, failures.names())
            for stop in way.stops:
                if stop.far:
                    self._problem(way, _crossing(way, stop), failures.names(), stop)
            yield _route(self._network, way, outcome)

    def single_failures(self, failures: Failures) -> int:
        """Each single failure on top of *failures*: how many there are."""
        places = dict.fromkeys(
            (item.zone.cluster, item.zone.name, item.name)
            for item in self._network.workloads
            if item.running
        )
        for way in self._network.ways:
            for single in _touching(way):
                both = failures.both(single)
                caller = way.call.caller
                if both == failures or (caller is not None and both.take(caller)):
                    continue
                self._judged(way, both, single.names())
        zones = {(cluster, zone) for cluster, zone, _ in places}
        return len(places) + len(zones)

    def _judged(self, way: Way, failures: Failures, names: Sequence[str]) -> Outcome:
        outcome = follow(self._network, way, failures)
        if outcome.dead_end is None:
            return outcome
        if self._by_design(outcome.dead_end.reason, failures):
            self._outage(way, outcome.dead_end, names)
        else:
            self._problem(way, outcome.dead_end, names, outcome.stop)
        return outcome

    def _by_design(self, reason: Reason, failures: Failures) -> bool:
        if not failures.any:
            return False
        if reason in {Reason.NO_TARGET, Reason.ITSELF}:
            return True
        return reason is Reason.NO_FAILOVER and not self._network.fleet.mesh.is_consul

    def _outage(self, way: Way, dead_end: DeadEnd, names: Sequence[str]) -> None:
        self.outages.append(
            Outage(
                cluster=self._cluster.name,
                zone=way.call.zone.name,
                caller=way.call.caller.name if way.call.caller else None,
                upstream=way.call.upstream,
                failure=", ".join(names),
                reason=dead_end.reason,
                message=dead_end.message,
            )
        )

    def _problem(
        self, way: Way, dead_end: DeadEnd, names: Sequence[str], stop: Stop | None
    ) -> None:
        caller = way.call.caller.name if way.call.caller else USERS
        self._add(
            Problem(
                reason=dead_end.reason,
                message=dead_end.message,
                cluster=self._cluster.name,
                zones=(way.call.zone.name,),
                calls=(f"{caller} -> {way.call.upstream}",),
                failure=", ".join(names) or None,
                chain=told(way, stop),
                source=dead_end.source,
                field=dead_end.field,
            )
        )

    def _add(self, problem: Problem) -> None:
        """Keep *problem*; one that is there already only hits more calls."""
        before = self._found.get(problem.identity)
        if before is None:
            origin = problem.source.origin if problem.source else None
            if origin is not None:
                problem = replace(problem, path=origin.path, line=origin.line)
            self._found[problem.identity] = problem
            return
        self._found[problem.identity] = replace(
            before,
            zones=tuple(dict.fromkeys((*before.zones, *problem.zones))),
            calls=tuple(dict.fromkeys((*before.calls, *problem.calls))),
            failure=before.failure if problem.failure else None,
        )

    def _zones_of(self, item: KubeObject) -> tuple[str, ...]:
        return tuple(zone.name for zone in self._cluster.zones if zone.namespace == item.namespace)


def follow(network: Network, way: Way, failures: Failures) -> Outcome:
    """
    Where *way* ends when *failures* are gone.

    A proxy takes the first set that has an instance which Consul holds healthy, all of it.
    """
    if way.dead_end is not None:
        return Outcome(stop=None, dead_end=way.dead_end)
    for position, stop in enumerate(way.stops):
        if stop.beyond:
            return Outcome(stop=stop, dead_end=_beyond(way, stop))
        looking = [item for item in stop.workloads if _looks_healthy(item, failures, way)]
        if not looking:
            continue
        dead = [item for item in looking if failures.take(item)]
        if dead and len(dead) == len(looking) and position + 1 == len(way.stops):
            # Nothing would come after it: that nobody notices changes nothing.
            continue
        return Outcome(stop=stop, dead_end=_objection(way, stop, looking, dead))
    return Outcome(stop=None, dead_end=_nobody(network, way, failures))


def _looks_healthy(workload: Workload, failures: Failures, way: Way) -> bool:
    """Whether Consul, or Kubernetes without it, still holds an instance healthy."""
    if failures.with_zone(workload):
        return False
    return not failures.take(workload) or workload.probe is not Probe.TELLS


def _objection(
    way: Way, stop: Stop, looking: Sequence[Workload], dead: Sequence[Workload]
) -> DeadEnd | None:
    caller = way.call.caller
    far = [item for item in looking if item in stop.far]
    if far:
        return _crossing(way, stop)
    if caller is not None and stop is not way.stops[0] and looking == [caller]:
        return DeadEnd(
            reason=Reason.ITSELF,
            message=f"what is left of {way.call.upstream} is {caller.name} itself",
            source=caller.source,
            how=way.how,
        )
    if stop.undecided:
        return DeadEnd(
            reason=Reason.FILTER,
            message=f"the filter {stop.undecided!r} of {stop.target} asks what git does not say",
            source=stop.steps[-1].source if stop.steps else looking[0].source,
            field=stop.steps[-1].field if stop.steps else "",
            how=way.how,
        )
    if not stop.allowed and stop.permission and stop.target and caller and caller.consul:
        return refused_by(
            stop.permission, caller.consul, stop.target.service, _led(stop) or looking[0].source
        )
    if dead:
        blind = dead[0].probe is Probe.BLIND
        probe = (
            "only a TCP or gRPC readiness probe, which the proxy answers"
            if blind
            else ("no readiness probe")
        )
        return DeadEnd(
            reason=Reason.NO_PROBE,
            message=f"{dead[0].name} in {dead[0].zone.name} has {probe}: when it is gone, nobody "
            "is told, and failover never comes",
            source=dead[0].source,
            field="spec.template.spec.containers",
            how=way.how,
        )
    return None


def _nobody(network: Network, way: Way, failures: Failures) -> DeadEnd:
    dialled = way.call.dialled
    source = _led(way.stops[0]) or dialled.source
    assert source is not None
    upstream = way.call.upstream
    for stop in way.stops[1:]:
        if not stop.workloads:
            return DeadEnd(
                reason=Reason.MISSING_TARGET,
                message=f"failover leads to {stop.target}, and no instance has that name",
                source=stop.steps[-1].source,
                field=stop.steps[-1].field,
                how=way.how,
            )
    known = {item.name for item in way.stops[0].workloads} or {upstream}
    saves = [
        item
        for item in network.workloads
        if item.name in known
        and item.zone.is_hub
        and item.running
        and not failures.take(item)
        and reaches(way.call.zone, item.zone)
    ]
    if way.stops[0].workloads and saves and way.how is not How.USERS and not way.call.zone.is_hub:
        return DeadEnd(
            reason=Reason.NO_FAILOVER,
            message=f"{upstream} also runs in the Region, and nothing leads there when it is gone "
            f"in {way.call.zone.name}",
            source=source,
            field=way.stops[0].steps[-1].field if way.stops[0].steps else "",
            how=way.how,
        )
    where = ", ".join(
        dict.fromkeys(item.zone.name for stop in way.stops for item in stop.workloads)
    )
    message = f"{upstream} runs in {where} alone" if where else f"no instance answers as {upstream}"
    return DeadEnd(reason=Reason.NO_TARGET, message=message, source=source, how=way.how)


def _crossing(way: Way, stop: Stop) -> DeadEnd:
    source = _led(stop) or stop.far[0].source
    there = ", ".join(dict.fromkeys(item.zone.name for item in stop.far))
    return DeadEnd(
        reason=Reason.CROSSING,
        message=f"calls of {way.call.zone.name} for {way.call.upstream} may end in {there}, which "
        "it cannot reach",
        source=source,
        field=stop.steps[-1].field if stop.steps else "",
        how=way.how,
    )


def _beyond(way: Way, stop: Stop) -> DeadEnd:
    source = _led(stop) or way.call.dialled.source
    assert source is not None
    return DeadEnd(
        reason=Reason.OUTSIDE,
        message=f"{way.call.upstream} leads to {stop.beyond}, where edgeops cannot follow",
        source=source,
        field=stop.steps[-1].field if stop.steps else "",
        how=way.how,
    )


def _led(stop: Stop) -> KubeObject | None:
    return stop.steps[-1].source if stop.steps else None


def _touching(way: Way) -> Iterable[Failures]:
    """The single failures that can change where *way* ends."""
    places = dict.fromkeys(
        (item.zone.cluster, item.zone.name, item.name)
        for stop in way.stops
        for item in stop.workloads
    )
    for place in places:
        yield Failures(services=frozenset({place}))
    for zone in dict.fromkeys((cluster, zone) for cluster, zone, _ in places):
        yield Failures(zones=frozenset({zone}))


def _route(network: Network, way: Way, outcome: Outcome) -> Route:
    dead_end = outcome.dead_end
    return Route(
        cluster=network.cluster.name,
        zone=way.call.zone.name,
        caller=way.call.caller.name if way.call.caller else None,
        upstream=way.call.upstream,
        how=str(way.how),
        when=way.when,
        answer=outcome.stop.end if outcome.stop and dead_end is None else None,
        order=tuple(stop.end for stop in way.stops),
        reason=dead_end.reason if dead_end else None,
        message=dead_end.message if dead_end else "",
        chain=told(way, outcome.stop),
        source=dead_end.source if dead_end else None,
        field=dead_end.field if dead_end else "",
    )


def told(way: Way, stop: Stop | None) -> tuple[str, ...]:
    """How a call got where it ends, one line a step."""
    caller = way.call.caller.name if way.call.caller else USERS
    lines = [f"{caller} in {way.call.zone.name} calls {way.call.upstream} ({way.how})"]
    dialled = way.call.dialled
    if not isinstance(dialled, DeadEnd) and dialled.service is not None:
        lines.append(f"the chain of {dialled.service} applies")
    for step in stop.steps if stop else way.steps:
        lines.append(f"{step.text} ({step.source.key}: {step.field})")
    if stop is not None and stop.workloads:
        zones = ", ".join(dict.fromkeys(item.zone.name for item in stop.workloads))
        lines.append(f"it ends at {stop.workloads[0].name} in {zones}")
    return tuple(lines)

"""
What happens to every call when something is gone, and whether that is as it should be.

The proof of a fleet: no way leads from one spoke to another; without a failure every call is
answered where it is allowed and reachable; with any single failure it is answered still, or the
outage is one that nothing in the repository could save. What else is found is a problem.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from edgeops.core.fleet.model import Cluster, Fleet
from edgeops.core.objects import KubeObject
from edgeops.core.routes.dialing import DeadEnd
from edgeops.core.routes.following import (
    NOTHING,
    USERS,
    Failures,
    Outcome,
    crossing,
    follow,
    told,
)
from edgeops.core.routes.network import Network, Stop, Way, lay_out
from edgeops.core.routes.proof import Outage, Problem, Proof, Reason, Route


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
                    self._problem(way, crossing(way, stop), failures.names(), stop)
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

"""Where one call ends when something is gone, and why it does not end well."""

from collections.abc import Sequence
from dataclasses import dataclass

from edgeops.core.objects import KubeObject
from edgeops.core.routes.dialing import DeadEnd, How
from edgeops.core.routes.network import Network, Stop, Way, reaches, refused_by
from edgeops.core.routes.proof import Reason
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
        looking = [item for item in stop.workloads if _looks_healthy(item, failures)]
        if not looking:
            continue
        dead = [item for item in looking if failures.take(item)]
        if dead and len(dead) == len(looking) and position + 1 == len(way.stops):
            # Nothing would come after it: that nobody notices changes nothing.
            continue
        return Outcome(stop=stop, dead_end=_objection(way, stop, looking, dead))
    return Outcome(stop=None, dead_end=_nobody(network, way, failures))


def _looks_healthy(workload: Workload, failures: Failures) -> bool:
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
        return crossing(way, stop)
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
    saves = any(
        not failures.take(item) and reaches(way.call.zone, item.zone)
        for name in known
        for item in network.in_hub.get(name, ())
    )
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


def crossing(way: Way, stop: Stop) -> DeadEnd:
    """That *stop* has instances which the caller's zone cannot reach."""
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


def told(way: Way, stop: Stop | None) -> tuple[str, ...]:
    """How a call got where it ends, one line a step."""
    caller = way.call.caller.name if way.call.caller else USERS
    lines = [f"{caller} in {way.call.zone.name} calls {way.call.upstream} ({way.how})"]
    dialled = way.call.dialled
    if not isinstance(dialled, DeadEnd) and dialled.service is not None:
        lines.append(f"the chain of {dialled.service} applies")
    steps = stop.steps if stop else way.steps
    lines += [f"{step.text} ({step.source.key}: {step.field})" for step in steps]
    if stop is not None and stop.workloads:
        zones = ", ".join(dict.fromkeys(item.zone.name for item in stop.workloads))
        lines.append(f"it ends at {stop.workloads[0].name} in {zones}")
    return tuple(lines)

"""Routes as a graph of places: what leads from zone to hub, and what leads where it must not."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from edgeops.core.fleet.model import HUB, Fleet
from edgeops.core.routes.proof import End, Proof, Reason, Route
from edgeops.report.routes_words import caller


class Line(StrEnum):
    """What a line of the picture means."""

    NORMAL = "normal"
    FAILOVER = "failover"
    BROKEN = "broken"
    """From spoke to spoke."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """All calls that lead from one place to another in the same way."""

    start: str
    end: str
    line: Line
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """One cluster."""

    cluster: str
    spokes: tuple[str, ...]
    edges: tuple[Edge, ...]
    unanswered: dict[str, tuple[str, ...]]
    """By zone, calls that nobody answers."""

    at_home: dict[str, int]
    """By zone, how many calls it answers itself."""

    gone: frozenset[str]


def graphs(fleet: Fleet, proof: Proof) -> list[Graph]:
    """A graph for each cluster that has routes."""
    return [
        _graph(cluster.name, [zone.name for zone in cluster.edges], own, proof)
        for cluster in fleet.clusters
        if (own := [item for item in proof.routes if item.cluster == cluster.name])
    ]


def _graph(cluster: str, spokes: list[str], routes: list[Route], proof: Proof) -> Graph:
    shown = {item.zone for item in routes}
    calls: dict[tuple[str, str, Line], list[str]] = {}
    unanswered: dict[str, list[str]] = {}
    at_home: dict[str, int] = {}
    for route in routes:
        call = f"{caller(route)} → {route.upstream}"
        if route.answer is None and route.reason is not Reason.CROSSING:
            unanswered.setdefault(route.zone, []).append(call)
        for place, line in _places(route):
            if place == route.zone:
                at_home[route.zone] = at_home.get(route.zone, 0) + (line is Line.NORMAL)
                continue
            crosses = HUB not in {place, route.zone}
            key = (route.zone, place, Line.BROKEN if crosses else line)
            if call not in calls.setdefault(key, []):
                calls[key].append(call)
    ends = {end for _, end, _ in calls}
    return Graph(
        cluster=cluster,
        spokes=tuple(zone for zone in spokes if zone in shown | ends or zone in proof.played),
        edges=tuple(
            Edge(start=start, end=end, line=line, calls=tuple(found))
            for (start, end, line), found in calls.items()
        ),
        unanswered={zone: tuple(found) for zone, found in unanswered.items()},
        at_home=at_home,
        gone=frozenset(proof.played),
    )


def _places(route: Route) -> Iterable[tuple[str, Line]]:
    chosen: End | None = route.answer or (route.order[0] if route.order else None)
    for end in route.order:
        for zone in end.zones:
            yield zone, Line.NORMAL if end == chosen else Line.FAILOVER

"""Routes as a zone sees them: what is the same in sixty zones is said once."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Final, TypeVar

from edgeops.core.fleet.model import HUB
from edgeops.core.routes.proof import End, Outage, Problem, Proof, ProofStatus, Route
from edgeops.report.inert import inert
from edgeops.report.phrases import plural

USERS: Final = "(users)"
HERE: Final = "here"
_MOST_NAMES: Final = 4
_MOST_WARNINGS: Final = 10

Row = TypeVar("Row")


def caller(item: Route | Outage) -> str:
    """Who calls."""
    return inert(item.caller) if item.caller is not None else USERS


def end_words(end: End, route: Route) -> str:
    """Where instances are, seen from the route's zone: ``here``, ``region (postgres-replica)``."""
    zones = [HERE if zone == route.zone else zone for zone in end.zones]
    name = inert(end.name)
    where = "+".join(zones) or "nowhere"
    text = where if end.zones and name == route.upstream else f"{where} ({name})"
    marks = [] if end.allowed else ["denied"]
    if not end.reachable:
        marks.append("unreachable")
    return f"{text}, {', '.join(marks)}" if marks else text


def answer_words(route: Route) -> str:
    """Where the call is answered, or why nowhere."""
    if route.answer is not None:
        return end_words(route.answer, route)
    return f"nobody: {route.reason.words if route.reason else 'unknown'}"


def then_words(route: Route) -> str:
    """What comes after the one that answers, in order."""
    order = list(route.order)
    rest = order[order.index(route.answer) + 1 :] if route.answer in order else order[1:]
    return ", then ".join(end_words(end, route) for end in rest) or "-"


def calls_words(route: Route) -> str:
    """What is called, and by which requests where that matters."""
    upstream = inert(route.upstream)
    return f"{upstream} [{inert(route.when)}]" if route.when else upstream


def alike(routes: Iterable[Route]) -> list[tuple[str, list[str], list[Route]]]:
    """
    Zones whose routes look the same from within, hub first.

    Returns:
        Cluster, names of the zones, and the routes of the first of them.
    """
    by_zone: dict[tuple[str, str], list[Route]] = {}
    for route in routes:
        by_zone.setdefault((route.cluster, route.zone), []).append(route)
    groups: dict[Hashable, tuple[str, list[str], list[Route]]] = {}
    for (cluster, zone), own in by_zone.items():
        looks = tuple(
            (caller(item), calls_words(item), answer_words(item), then_words(item), item.how)
            for item in own
        )
        key = (cluster, zone == HUB, looks)
        groups.setdefault(key, (cluster, [], own))[1].append(zone)
    return list(groups.values())


def names(zones: Sequence[str]) -> str:
    """Names of zones: all of a few, some of many."""
    if len(zones) <= _MOST_NAMES:
        return ", ".join(map(inert, zones))
    shown = ", ".join(map(inert, zones[: _MOST_NAMES - 1]))
    return f"{shown} and {len(zones) - _MOST_NAMES + 1} more"


def verdict(proof: Proof) -> str:
    """The whole report in one sentence."""
    zones = len({(item.cluster, item.zone) for item in proof.routes})
    parts = [f"{plural(len(proof.routes), 'route')} of {plural(zones, 'zone')}"]
    if proof.failures:
        parts.append(f"{plural(proof.failures, 'single failure')} checked")
    if proof.problems:
        parts.append(plural(len(proof.problems), "problem"))
    if proof.outages:
        parts.append(f"{plural(len(proof.outages), 'outage')} to expect")
    if not proof.problems and not proof.outages:
        parts.append("every call is answered")
    if proof.status is ProofStatus.UNKNOWN:
        parts.append(f"{plural(len(proof.unread), 'thing')} not read")
    return f"{proof.status.value}: {', '.join(parts)}"


def warnings(problems: Sequence[Problem]) -> list[str]:
    """What to say of routes that a change breaks, a line for each; of many, the first few."""
    lines = []
    for item in problems[:_MOST_WARNINGS]:
        line = f":{item.line}" if item.line is not None else ""
        place = f"{item.path}{line}: " if item.path is not None else ""
        lines.append(f"{inert(place)}this breaks a route: {inert(item.message)}")
    if len(problems) > _MOST_WARNINGS:
        more = len(problems) - _MOST_WARNINGS
        lines.append(f"and {more} more: 'edgeops routes --prove' tells all that is wrong")
    return lines


def outage_groups(proof: Proof) -> list[tuple[str, str, list[str]]]:
    """Outages as their zones see them: what is lost, why, and in which zones."""
    found: dict[tuple[str, str], list[str]] = {}
    for item in proof.outages:
        gone = ", ".join(_relative(name, item.zone) for name in item.failure.split(", "))
        lost = f"{caller(item)} -> {inert(item.upstream)}, when {gone} is gone"
        reason = inert(item.message).replace(f"in {item.zone}", HERE)
        zones = found.setdefault((lost, reason), [])
        if item.zone not in zones:
            zones.append(item.zone)
    return [(lost, reason, zones) for (lost, reason), zones in found.items()]


def _relative(failure: str, zone: str) -> str:
    place, slash, service = failure.partition("/")
    if place != zone:
        return f"{service} of {place}" if slash else f"all of {place}"
    return f"{service} {HERE}" if slash else f"all of {HERE}"

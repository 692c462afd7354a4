"""Waivers: what an entry of ``spec.drift.waivers`` must be, and what it becomes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from edgeops.core import paths
from edgeops.core.fleet.model import HUB, Waiver

if TYPE_CHECKING:
    from edgeops.core.fleet.drift_spec import WaiverSpec

Refuse = Callable[[str, str], None]
"""Takes the path and what is wrong there."""

_WHERE = "spec.drift.waivers"


def waivers_of(
    specs: Sequence["WaiverSpec"], data: Mapping[str, Any], refuse: Refuse
) -> tuple[Waiver, ...]:
    """
    The waivers of a file whose own values are *data*.

    What is wrong with an entry goes to *refuse*; the answer is meaningful only without that.
    """
    zones = _zones(data)
    waivers = []
    for index, spec in enumerate(specs):
        place = f"{_WHERE}[{index}]"
        _coordinates(spec, place, zones, refuse)
        for other, before in enumerate(specs[:index]):
            if _aim(before) == _aim(spec):
                refuse(place, f"waives the same as {_WHERE}[{other}]")
        waivers.append(
            Waiver(
                place=place,
                kind=spec.kind,
                name=spec.name,
                owner=spec.owner,
                reason=spec.reason,
                expires=_day(spec.expires, f"{place}.expires", refuse),
                cluster=spec.cluster,
                zone=spec.zone,
                namespace=spec.namespace,
                path=spec.path,
                drift=spec.drift,
            )
        )
    return tuple(waivers)


def _coordinates(
    spec: "WaiverSpec", place: str, zones: Mapping[str, frozenset[str]], refuse: Refuse
) -> None:
    if spec.cluster is not None and spec.cluster not in zones:
        refuse(f"{place}.cluster", f"there is no cluster '{spec.cluster}'")
    elif spec.zone is not None:
        clusters = list(zones) if spec.cluster is None else [spec.cluster]
        if not any(spec.zone in zones[cluster] for cluster in clusters):
            where = "any cluster" if spec.cluster is None else f"cluster '{spec.cluster}'"
            refuse(f"{place}.zone", f"there is no zone '{spec.zone}' in {where}")
    if spec.path is None:
        return
    if not paths.is_written(spec.path):
        refuse(
            f"{place}.path",
            f"'{spec.path}' is no path as reports write them, such as spec.replicas or "
            'metadata.labels["app.kubernetes.io/name"]',
        )
    elif spec.drift not in {None, "Modified"}:
        refuse(f"{place}.path", f"is for drift Modified; drift is {spec.drift}")


def _aim(spec: "WaiverSpec") -> tuple[str | None, ...]:
    return (spec.cluster, spec.zone, spec.kind, spec.namespace, spec.name, spec.path, spec.drift)


def _day(text: str, path: str, refuse: Refuse) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        refuse(path, f"there is no day '{text}'")
        return date.max


def _zones(data: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """The zones of each cluster as the file names them, also those that are wrong otherwise."""
    found: dict[str, frozenset[str]] = {}
    for cluster in _list(_map(data.get("spec")).get("clusters")):
        zones = _list(_map(cluster).get("zones"))
        names = (zone if isinstance(zone, str) else _map(zone).get("name") for zone in zones)
        found[str(_map(cluster).get("name"))] = frozenset({HUB, *map(str, names)})
    return found


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []

"""
Pairs of objects that were compared before, and of which there was nothing to tell.

Whether there is depends on the two objects, the schemas and the autoscaler's range, and on
nothing else: ignore rules and the engine's state are asked only of what is drift. So the same
content of all four has nothing to tell again, whenever it is seen.

Content is what a comparison can look at. A live object's identity (uid, resourceVersion, times of
its own) and its status are none of it; of the times at which its fields were written, only their
order is. And zones are alike: the name of a zone means nothing to a comparison, so that a pair of
one zone is the same as that of another, with the other's name wherever the first has its own.
docs/decisions/0020-where-the-time-goes.md
"""

import hashlib
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from edgeops.core.autoscaling import ReplicaRange
from edgeops.core.documents import dump_compact
from edgeops.core.objects import KubeObject
from edgeops.core.openapi import SERVER_METADATA

DIGEST_BYTES = 16

_ANY_ZONE = b"\0"
"""Stands for the name of a pair's zone; JSON spells such a character otherwise."""


_ADDRESS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-f]*:[0-9a-f:.]+")
_ANY_ADDRESS = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What is known of earlier comparisons, and what this one adds."""

    known: AbstractSet[bytes] = frozenset()
    """Digests of pairs, as `digest` makes them."""

    seen: set[bytes] = field(default_factory=set)
    """Those of this comparison, known ones among them."""

    passing: set[bytes] = field(default_factory=set)
    """Those of Secrets, of which nothing may outlive this comparison."""

    def holds(self, pair: bytes | None) -> bool:
        """Whether a pair was compared before; if so it counts as seen."""
        if pair is None:
            return False
        if pair in self.seen or pair in self.passing:
            return True
        if pair not in self.known:
            return False
        self.seen.add(pair)
        return True

    def add(self, pair: bytes | None, live: KubeObject) -> None:
        """Remember that there was nothing to tell of a pair."""
        if pair is not None:
            (self.passing if live.kind == "Secret" else self.seen).add(pair)


def digest(
    desired: KubeObject,
    live: KubeObject,
    *,
    schemas: bytes,
    replicas: ReplicaRange | None,
    zone: str | None = None,
) -> bytes | None:
    """
    What stands for a pair and all that its comparison depends on.

    None where that is not JSON.

    Args:
        schemas: what stands for the schemas.
        zone: whose objects they are.
    """
    told = [] if replicas is None else [replicas.minimum, replicas.maximum]
    try:
        content = dump_compact([desired.body, compared(live, desired), told])
    except TypeError:
        return None  # a value that JSON does not have
    if zone is not None and "-" in zone:  # no name of a field has a dash, so that none is touched
        content = content.replace(zone.encode(), _ANY_ZONE)
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES, key=schemas).digest()


def compared(live: KubeObject, desired: KubeObject) -> Mapping[str, Any]:
    """The content of a live object: what decides whether there is anything to tell of it."""
    body = {name: value for name, value in live.body.items() if name != "status"}
    body["metadata"] = {
        name: value for name, value in live.metadata.items() if name not in SERVER_METADATA
    }
    entries = live.metadata.get("managedFields")
    if isinstance(entries, list):
        body["metadata"]["managedFields"] = _in_order(entries)
    if (live.group, live.kind) == ("", "Service"):
        body["spec"] = _of_any_address(body.get("spec"), desired.body.get("spec"))
    return body


def _of_any_address(live: Any, desired: Any) -> Any:
    """
    A Service's ``spec`` with one address for every one that the API server picked.

    Where git names none, it does not matter which that is, if only it is one: ``None`` is a
    choice. https://kubernetes.io/docs/concepts/services-networking/service/#headless-services
    """
    if not isinstance(live, Mapping) or not isinstance(desired, Mapping):
        return live
    if "clusterIP" in desired or "clusterIPs" in desired:
        return live
    found = dict(live)
    if _is_address(live.get("clusterIP")):
        found["clusterIP"] = _ANY_ADDRESS
    listed = live.get("clusterIPs")
    if isinstance(listed, list) and all(map(_is_address, listed)):
        found["clusterIPs"] = [_ANY_ADDRESS] * len(listed)
    return found


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None


def _in_order(entries: list[Any]) -> list[Any]:
    """Field managers with places in an order instead of times."""
    times = {entry["time"] for entry in entries if _is_timed(entry)}
    place = {time: number for number, time in enumerate(sorted(times))}
    return [
        {**entry, "time": place[entry["time"]]} if _is_timed(entry) else entry for entry in entries
    ]


def _is_timed(entry: Any) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("time"), str)

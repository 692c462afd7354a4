"""Notifications: what an entry of ``spec.drift.notify`` must be, and what it becomes."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from edgeops.core.fleet.model import NotifyTarget

if TYPE_CHECKING:
    from edgeops.core.fleet.drift_spec import NotifySpec

Refuse = Callable[[str, str], None]
"""Takes the path and what is wrong there."""

_WHERE: Final = "spec.drift.notify"
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:/[^\0\n]+")


def with_on(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """
    *data* of the file with the key ``on`` of each target as it was written.

    To Kubernetes' reader of YAML that word is the value true, also as a key.
    """
    entries: Any = data
    for step in ("spec", "drift", "notify"):
        entries = entries.get(step) if isinstance(entries, Mapping) else None
    if not isinstance(entries, list):
        return data
    named = [
        {("on" if key == "true" else key): value for key, value in entry.items()}
        if isinstance(entry, Mapping) and "on" not in entry
        else entry
        for entry in entries
    ]
    spec = data["spec"]
    return {**data, "spec": {**spec, "drift": {**spec["drift"], "notify": named}}}


def targets_of(specs: Sequence["NotifySpec"], refuse: Refuse) -> tuple[NotifyTarget, ...]:
    """
    The targets of a file.

    What is wrong goes to *refuse*, without the value: who writes the address itself there has
    written a secret.
    """
    targets = []
    for index, spec in enumerate(specs):
        place = f"{_WHERE}[{index}].url"
        if not _REFERENCE.fullmatch(spec.url):
            refuse(
                place,
                "must say where the address stands, env:NAME or file:/path: an address is a "
                "secret, and git would keep it",
            )
        elif any(spec.url == other.url for other in specs[:index]):
            refuse(place, f"{spec.url} is there twice")
        targets.append(
            NotifyTarget(url=spec.url, min_severity=spec.min_severity, on=tuple(spec.on))
        )
    return tuple(targets)

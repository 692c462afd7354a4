"""
Whether a service may call another: Consul's intentions, judged at the destination.

The most exact intention decides: an exact destination before ``*`` in its namespace before
``*`` in any, and among those the source likewise; where none matches, the default, which is
taken to be deny (``acls.manageSystemACLs`` of the chart).
https://github.com/hashicorp/consul/blob/v1.22.7/agent/structs/config_entry_intentions.go
(computeIntentionPrecedence) · https://developer.hashicorp.com/consul/docs/secure-mesh/intention
"""

from dataclasses import dataclass

from edgeops.core.routes.entries import ANY, Action, Entries, Intentions, ServiceName, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What the intentions say of one source and one destination."""

    allowed: bool
    entry: Intentions | None = None
    """The entry that decided, or the destination's own, which should have named the source."""

    source: Source | None = None
    """What of the entry matched; None where nothing did."""


def permission(entries: Entries, *, source: ServiceName, destination: ServiceName) -> Permission:
    """Whether *source* may call *destination*."""
    for name in _from_exact(destination):
        entry = entries.intentions.get(name)
        if entry is None:
            continue
        for pattern in _from_exact(source):
            if (found := entry.by_name.get(pattern)) is not None:
                allowed = found.action is not Action.DENY and not (
                    found.action is Action.SOME and entries.protocol_of(destination) == "tcp"
                )
                return Permission(allowed=allowed, entry=entry, source=found)
    return Permission(allowed=False, entry=entries.intentions.get(destination))


def _from_exact(name: ServiceName) -> tuple[ServiceName, ...]:
    """What matches *name*, the most exact first."""
    return (name, ServiceName(name.namespace, ANY), ServiceName(ANY, ANY))

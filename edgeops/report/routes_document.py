"""The document of ``edgeops routes``; ``docs/guides/routes.md`` explains each key."""

from typing import Any

from edgeops.core.fleet.model import Fleet
from edgeops.core.routes.proof import End, Outage, Problem, Proof, Route


def document(fleet: Fleet, proof: Proof) -> dict[str, Any]:
    """*proof* as JSON values, keys in fixed order."""
    return {
        "apiVersion": "edgeops.dev/v1alpha1",
        "kind": "Routes",
        "fleet": fleet.name,
        "mesh": fleet.mesh.value,
        "status": proof.status.value,
        "gone": list(proof.played),
        "failuresChecked": proof.failures,
        "routes": [_route(item) for item in proof.routes],
        "problems": [problem(item) for item in proof.problems],
        "outages": [_outage(item) for item in proof.outages],
        "unread": list(proof.unread),
        "notes": list(proof.notes),
    }


def _route(item: Route) -> dict[str, Any]:
    origin = item.source.origin if item.source else None
    return {
        "cluster": item.cluster,
        "zone": item.zone,
        "caller": item.caller,
        "upstream": item.upstream,
        "how": item.how,
        "when": item.when or None,
        "answer": _end(item.answer) if item.answer else None,
        "order": [_end(end) for end in item.order],
        "reason": item.reason.value if item.reason else None,
        "message": item.message or None,
        "chain": list(item.chain),
        "source": origin.path if origin else None,
        "line": origin.line if origin else None,
    }


def _end(item: End) -> dict[str, Any]:
    return {
        "service": item.service,
        "namespace": item.namespace or None,
        "zones": list(item.zones),
        "reachable": item.reachable,
        "allowed": item.allowed,
    }


def problem(item: Problem) -> dict[str, Any]:
    """One entry of ``problems``."""
    key = item.source.key if item.source else None
    return {
        "reason": item.reason.value,
        "message": item.message,
        "cluster": item.cluster,
        "zones": list(item.zones),
        "calls": list(item.calls),
        "failure": item.failure,
        "chain": list(item.chain),
        "kind": key.kind if key else None,
        "namespace": key.namespace or None if key else None,
        "name": key.name if key else None,
        "field": item.field or None,
        "source": item.path,
        "line": item.line,
        "onlyLive": item.only_live,
    }


def _outage(item: Outage) -> dict[str, Any]:
    return {
        "cluster": item.cluster,
        "zone": item.zone,
        "caller": item.caller,
        "upstream": item.upstream,
        "failure": item.failure,
        "reason": item.reason.value,
        "message": item.message,
    }

"""
How bad a difference is: rules as data, the first that fits decides.

critical: security was loosened. high: routing, an image, an object that is gone, or the sync
engine itself. medium: any other field. low: labels and annotations.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from edgeops.core.findings import SEVERITY_RANK, Drift, FieldChange, Severity
from edgeops.core.objects import JsonObject, KubeObject

_RBAC: Final = frozenset({"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"})
_ENGINE: Final = frozenset(
    {"Application", "ApplicationSet", "AppProject", "Kustomization", "GitRepository"}
)
_ROUTING: Final = frozenset(
    {
        "Service",
        "Ingress",
        "HTTPRoute",
        "TCPRoute",
        "Gateway",
        "ServiceResolver",
        "ServiceRouter",
        "ServiceSplitter",
        "ServiceDefaults",
        "ServiceIntentions",
        "ProxyDefaults",
        "Mesh",
        "IngressGateway",
        "TerminatingGateway",
    }
)
_WORKLOADS: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityRule:
    """The severity of a change in fields that match, in the kinds named (all if none)."""

    severity: Severity
    path: re.Pattern[str]
    reason: str
    kinds: frozenset[str] = frozenset()
    value: re.Pattern[str] | None = None
    """Where given, the live value in words must match as well."""


def _rule(
    severity: Severity, path: str, reason: str, kinds: Iterable[str] = (), value: str | None = None
) -> SeverityRule:
    return SeverityRule(
        severity=severity,
        path=re.compile(path),
        reason=reason,
        kinds=frozenset(kinds),
        value=re.compile(value) if value is not None else None,
    )


_SWITCHES = (
    r'metadata\.(?:annotations|labels)(?:\["(?:argocd\.argoproj\.io/(?:sync-options|compare-options'
    r"|skip-reconcile|ignore-resource-updates|hook)|kustomize\.toolkit\.fluxcd\.io/"
    r'(?:reconcile|ssa|prune|force|substitute)|helm\.toolkit\.fluxcd\.io/driftDetection)"\])'
)

RULES: Final = (
    _rule(Severity.CRITICAL, r".*", "rights were changed", _RBAC),
    _rule(Severity.CRITICAL, r"spec(?:\..*)?", "a network policy was changed", {"NetworkPolicy"}),
    _rule(
        Severity.CRITICAL,
        r"(?:.*\.)?(?:privileged|allowPrivilegeEscalation|host(?:Network|PID|IPC|Path)"
        r"|capabilities(?:\..*)?|procMount|runAsUser|runAsNonRoot|seccompProfile(?:\..*)?"
        r"|appArmorProfile(?:\..*)?|securityContext)",
        "a container's confinement was changed",
        _WORKLOADS,
    ),
    _rule(
        Severity.CRITICAL,
        r"metadata\.labels\[\"pod-security\.kubernetes\.io/.+\"\]",
        "pod security was changed",
        {"Namespace"},
    ),
    _rule(Severity.HIGH, r"(?:spec|operation)(?:\..*)?", "the sync engine was changed", _ENGINE),
    _rule(Severity.HIGH, _SWITCHES, "the sync engine was told otherwise"),
    _rule(Severity.HIGH, r"spec(?:\..*)?", "routing was changed", _ROUTING),
    _rule(
        Severity.HIGH,
        r"(?:.*\.)?(?:image|(?:initContainers|ephemeralContainers|containers)\[[^\]]*\])",
        "an image that git does not name",
        _WORKLOADS,
    ),
    _rule(Severity.LOW, r"(?:.*\.)?metadata(?:\..*)?", "labels and annotations"),
)


def of_field(item: KubeObject, change: FieldChange) -> Severity:
    """The severity of one field's change in the live or desired object *item*."""
    return judged(item, change)[0]


def judged(item: KubeObject, change: FieldChange) -> tuple[Severity, str]:
    """The severity of one field's change, and the reason of the rule that decided."""
    if item.kind == "ServiceIntentions" and _opened(change):
        return Severity.CRITICAL, "an intention was opened"
    for rule in RULES:
        if (not rule.kinds or item.kind in rule.kinds) and rule.path.fullmatch(change.path):
            return rule.severity, rule.reason
    return Severity.MEDIUM, "any other field"


def of_finding(item: KubeObject, drift: Drift, fields: Sequence[FieldChange]) -> Severity:
    """The severity of a whole finding: that of its worst field, or of the object as such."""
    match drift:
        case Drift.MODIFIED:
            severities = [of_field(item, change) for change in fields]
            return min(severities, key=SEVERITY_RANK.__getitem__, default=Severity.LOW)
        case Drift.MISSING:
            opened = item.kind == "NetworkPolicy" or _denies(item.body)
            return Severity.CRITICAL if opened else Severity.HIGH
        case Drift.NOT_IN_FORCE:
            return Severity.HIGH
        case Drift.EXTRANEOUS:
            return _of_extraneous(item)


def _of_extraneous(item: KubeObject) -> Severity:
    if item.kind in _RBAC | {"NetworkPolicy", "ServiceIntentions"}:
        return Severity.CRITICAL
    if item.kind in _ROUTING | _WORKLOADS | _ENGINE:
        return Severity.HIGH
    return Severity.MEDIUM


def _denies(body: JsonObject) -> bool:
    spec = body.get("spec")
    sources = spec.get("sources") if isinstance(spec, Mapping) else None
    return body.get("kind") == "ServiceIntentions" and any(
        isinstance(source, Mapping) and source.get("action") == "deny" for source in sources or ()
    )


def _opened(change: FieldChange) -> bool:
    """Whether an intention lets somebody in whom git does not."""
    if not change.path.startswith("spec.sources"):
        return False
    allowed = _allows(change.desired)
    denied: Callable[[Any], bool] = lambda source: source in _denials(change.live)  # noqa: E731
    return any(source not in allowed for source in _allows(change.live)) or any(
        not denied(source) for source in _denials(change.desired)
    )


def _sources(value: Any) -> list[JsonObject]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _allows(value: Any) -> list[JsonObject]:
    return [source for source in _sources(value) if source.get("action") != "deny"]


def _denials(value: Any) -> list[JsonObject]:
    return [source for source in _sources(value) if source.get("action") == "deny"]

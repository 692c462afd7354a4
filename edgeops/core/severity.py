"""
How bad a difference is: rules as data, the first that fits decides.

critical: security was loosened (what was only tightened is any other field). high: routing, an
image, an object that is gone, or the sync engine itself. medium: any other field. low: labels and
annotations.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from edgeops.core.findings import SEVERITY_RANK, Change, Drift, FieldChange, Severity
from edgeops.core.objects import JsonObject, KubeObject
from edgeops.core.paths import render

_RBAC: Final = frozenset({"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"})
_ENGINE: Final = frozenset(
    {"Application", "ApplicationSet", "AppProject", "Kustomization", "GitRepository"}
)
_ROUTING: Final = frozenset(
    {
        "Service",
        "Ingress",
        "HTTPRoute",
        "GRPCRoute",
        "TCPRoute",
        "TLSRoute",
        "ReferenceGrant",
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
    loosens: bool = False
    """Whether it holds only where the live value lets more happen; see `_tightened`."""


def _rule(
    severity: Severity, path: str, reason: str, kinds: Iterable[str] = (), *, loosens: bool = False
) -> SeverityRule:
    return SeverityRule(
        severity=severity,
        path=re.compile(path),
        reason=reason,
        kinds=frozenset(kinds),
        loosens=loosens,
    )


_SWITCHES = (
    r'metadata\.(?:annotations|labels)(?:\["(?:argocd\.argoproj\.io/(?:sync-options|compare-options'
    r"|skip-reconcile|ignore-resource-updates|hook)|kustomize\.toolkit\.fluxcd\.io/"
    r'(?:reconcile|ssa|prune|force|substitute)|helm\.toolkit\.fluxcd\.io/driftDetection)"\])'
)

RULES: Final = (
    _rule(
        Severity.CRITICAL,
        r"(?:rules|subjects|roleRef|aggregationRule)(?:[.\[].*)?",
        "rights were widened",
        _RBAC,
        loosens=True,
    ),
    _rule(
        Severity.CRITICAL,
        r'metadata\.labels\["rbac\.authorization\.k8s\.io/aggregate-to-.+"\]',
        "rights were added to another role",
        {"ClusterRole"},
    ),
    _rule(
        Severity.CRITICAL,
        r"spec(?:\..*)?",
        "a network policy was opened",
        {"NetworkPolicy"},
        loosens=True,
    ),
    _rule(
        Severity.CRITICAL,
        r"(?:.*\.)?(?:privileged|allowPrivilegeEscalation|host(?:Network|PID|IPC|Path(?:\..*)?)"
        r"|capabilities(?:\..*)?|procMount|runAsUser|runAsNonRoot|readOnlyRootFilesystem"
        r"|seccompProfile(?:\..*)?|appArmorProfile(?:\..*)?"
        r"|securityContext)",
        "a container's confinement was loosened",
        _WORKLOADS,
        loosens=True,
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


def of_field(kind: str, change: FieldChange) -> Severity:
    """
    The severity of one field's change in an object of a kind.

    A whole node that only one side has is as bad as the worst of what it holds.
    """
    return judged(kind, change)[0]


def of_fields(kind: str, changes: Iterable[FieldChange]) -> Severity:
    """The severity of a Modified object of a kind: that of its worst field."""
    severities = (of_field(kind, change) for change in changes)
    return min(severities, key=SEVERITY_RANK.__getitem__, default=Severity.LOW)


def judged(kind: str, change: FieldChange) -> tuple[Severity, str]:
    """The severity of one field's change, and the reason of the rule that decided."""
    if kind == "ServiceIntentions" and _opened(change):
        return Severity.CRITICAL, "an intention was opened"
    by_itself = kind in _RBAC | {"NetworkPolicy"} and not change.path.startswith("metadata")
    parts = (change,) if by_itself else _parts(change)
    return min((_of_part(kind, part) for part in parts), key=lambda found: SEVERITY_RANK[found[0]])


def _of_part(kind: str, change: FieldChange) -> tuple[Severity, str]:
    for rule in RULES:
        if (
            (not rule.kinds or kind in rule.kinds)
            and rule.path.fullmatch(change.path)
            and not (rule.loosens and _tightened(change))
        ):
            return rule.severity, rule.reason
    return Severity.MEDIUM, "any other field"


def _parts(change: FieldChange) -> Iterator[FieldChange]:
    """The change itself and, of a node that only one side has, the change of each part."""
    yield change
    if change.change is Change.CHANGED:
        return
    value = change.live if change.change is Change.ADDED else change.desired
    if isinstance(value, Mapping):
        for name, below in value.items():
            yield from _parts(_part(change, _below(change.path, str(name)), below))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            if isinstance(below, Mapping):
                name = below.get("name", index)
                yield from _parts(_part(change, f"{change.path}[name={name}]", below))


def _part(whole: FieldChange, path: str, value: Any) -> FieldChange:
    if whole.change is Change.ADDED:
        return replace(whole, path=path, live=value)
    return replace(whole, path=path, desired=value)


def _below(path: str, name: str) -> str:
    text = render((name,))
    return f"{path}{text}" if text.startswith("[") else f"{path}.{text}"


def _tightened(change: FieldChange) -> bool:
    """
    Whether the live side allows nothing that git does not.

    Told only where it is certain: a switch that is off, a user who is not root, rules or peers
    of which some are gone and none is new. Everything else counts as loosened.
    """
    field = change.path.rpartition(".")[2]
    if field == "securityContext":
        # Its fields tell, one by one.
        return isinstance(change.desired, Mapping) or isinstance(change.live, Mapping)
    if field in _TIGHT:
        return any(change.live is value for value in _TIGHT[field])
    if not isinstance(change.desired, list) or not isinstance(change.live, list | None):
        return False
    if field in {"rules", "subjects"}:
        return all(
            any(_grants(old, new) for old in _sources(change.desired))
            for new in _sources(change.live)
        )
    if field in {"ingress", "egress"}:
        return all(new in _sources(change.desired) for new in _sources(change.live))
    return False


_TIGHT: Final[Mapping[str, tuple[bool | None, ...]]] = {
    "runAsNonRoot": (True,),
    "readOnlyRootFilesystem": (True,),
    "allowPrivilegeEscalation": (False,),
    "privileged": (False, None),
    "hostNetwork": (False, None),
    "hostPID": (False, None),
    "hostIPC": (False, None),
}
_ALL_IF_EMPTY: Final = frozenset({"resourceNames"})


def _grants(old: JsonObject, new: JsonObject) -> bool:
    """Whether a rule of a role, or a subject of a binding, allows all that another one does."""
    for name in {*old, *new}:
        had, has = old.get(name), new.get(name)
        if isinstance(had or has, list):
            if name in _ALL_IF_EMPTY and not had:
                continue
            if name in _ALL_IF_EMPTY and not has:
                return False
            if "*" not in (had or ()) and not set(has or ()) <= set(had or ()):
                return False
        elif had != has:
            return False
    return True


def of_finding(item: KubeObject, drift: Drift, fields: Sequence[FieldChange]) -> Severity:
    """The severity of a whole finding: that of its worst field, or of the object as such."""
    match drift:
        case Drift.MODIFIED:
            return of_fields(item.kind, fields)
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

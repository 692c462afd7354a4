"""
Pairs of objects, compared.

Objects are paired by group, kind, namespace and name. Equal pairs, by far the most, cost one
comparison of normalised trees; ownership is read only where a pair differs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from edgeops.core import severity
from edgeops.core.autoscaling import ReplicaRange
from edgeops.core.cause import of_missing, third_side
from edgeops.core.directives import left_alone, wants_additions
from edgeops.core.encrypted import by_key_only
from edgeops.core.findings import (
    Attribution,
    Cause,
    Drift,
    FieldChange,
    Finding,
    ManagerClass,
    Severity,
)
from edgeops.core.ignore import IgnoreRule, hidden_by
from edgeops.core.leaves import deltas
from edgeops.core.normalize import normalized, raw_value, same_version
from edgeops.core.objects import KubeObject, ResourceKey
from edgeops.core.ownership import ownership
from edgeops.core.paths import render
from edgeops.core.reasons import Verdict, Why
from edgeops.core.redact import redacted
from edgeops.core.schemas import Schemas
from edgeops.core.settled import Settled
from edgeops.core.verdict import Judge

# By which an engine is told to leave an object alone that git does not have.
_OPT_OUTS = (
    ("argocd.argoproj.io/compare-options", "ignoreextraneous"),
    ("argocd.argoproj.io/sync-options", "prune=false"),
    ("kustomize.toolkit.fluxcd.io/prune", "disabled"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a comparison must know beside the two objects."""

    schemas: Schemas
    replicas: Mapping[ResourceKey, ReplicaRange] = field(default_factory=dict)
    rules: tuple[IgnoreRule, ...] = ()
    in_sync: bool | None = None
    """Whether the engine last applied the compared revision; None if nothing tells."""

    applied: Mapping[ResourceKey, KubeObject] | None = None
    """Git as of the revision that the engine last applied; None where that is not known."""
    settled: Settled | None = None
    """What was compared before; None remembers nothing."""

    zone: str | None = None
    """Whose objects are compared; None where they belong to no zone."""

    detailed: bool = False
    """Whether each leaf of a live-only node that is fine gets a verdict of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The outcome for one pair."""

    finding: Finding | None = None
    hidden: tuple[IgnoreRule, ...] = ()
    """The ignore rules that hid something, one entry for each difference hidden."""

    verdicts: tuple[Verdict, ...] = ()
    """Every difference with the reason why it is or is not drift."""

    stripped: bool = False
    """Whether the live object has no managedFields, so that the verdict is less certain."""

    @property
    def tells(self) -> bool:
        """Whether a report says anything of the pair, beyond counting it as synced."""
        encrypted = any(verdict.why is Why.ENCRYPTED for verdict in self.verdicts)
        return bool(self.finding or self.hidden or self.stripped or encrypted)


def compare(desired: KubeObject, live: KubeObject, around: Surroundings) -> Comparison:
    """
    Compare a desired object with its live one.

    The finding has neither cluster nor zone; the caller knows them.
    """
    if left_alone(desired) is not None:
        return Comparison()
    in_git = desired
    desired, live = same_version(desired, live, around.schemas)
    left, right = normalized(desired, around.schemas), normalized(live, around.schemas)
    left, unreadable = by_key_only(left, right)
    differences = deltas(left, right)
    if not differences:
        return Comparison(finding=not_in_force(in_git, live), verdicts=unreadable)
    owners = ownership(live)
    judge = Judge(
        desired=desired,
        live=live,
        schemas=around.schemas,
        owners=owners,
        replicas=around.replicas.get(desired.key),
        in_sync=around.in_sync,
        additions_wanted=wants_additions(desired),
        detailed=around.detailed,
    )
    verdicts = tuple(verdict for delta in differences for verdict in judge.judge(delta))
    if (applied := (around.applied or {}).get(desired.key)) is not None:
        then = third_side(applied, left, right, judge)
        verdicts = tuple(replace(verdict, cause=then.cause(verdict)) for verdict in verdicts)
    fields: list[FieldChange] = []
    hidden: list[IgnoreRule] = []
    for verdict in verdicts:
        if not verdict.drift:
            continue
        rule = hidden_by(
            around.rules, live, verdict.delta.path, verdict.attribution, desired=desired
        )
        if rule is not None:
            hidden.append(rule)
            continue
        fields.append(field_change(desired, live, verdict, around.schemas))
    return Comparison(
        finding=_modified(in_git, fields) if fields else not_in_force(in_git, live),
        hidden=tuple(hidden),
        verdicts=(*verdicts, *unreadable),
        stripped=not owners.known and (bool(fields) or not _sets_nothing(desired)),
    )


def missing(desired: KubeObject, around: Surroundings) -> Finding:
    """The finding for an object of git that is not in the cluster."""
    applied = None if around.applied is None else desired.key in around.applied
    return Finding(
        key=desired.key,
        api_version=desired.api_version,
        drift=Drift.MISSING,
        severity=severity.of_finding(desired, Drift.MISSING, ()),
        cause=of_missing(applied=applied, in_sync=around.in_sync),
        origin=desired.origin,
    )


def extraneous(live: KubeObject, around: Surroundings) -> Finding:
    """The finding for an object in the cluster that git does not have."""
    managers = ownership(live).managers()
    people = [owner for owner in managers if owner.manager_class is ManagerClass.PERSON]
    writer = min(people or managers, key=lambda owner: owner.changed_at or "", default=None)
    cause = None
    if live.key in (around.applied or {}):
        cause = Cause.PENDING  # git removed it, and the engine has not come to that yet
    elif writer is not None and writer.manager_class is ManagerClass.PERSON:
        cause = Cause.EDITED
    elif writer is not None and writer.manager_class is ManagerClass.ENGINE:
        unknown = around.applied is None
        cause = Cause.PENDING if unknown and around.in_sync is False else Cause.LEFT_BEHIND
    return Finding(
        key=live.key,
        api_version=live.api_version,
        drift=Drift.EXTRANEOUS,
        severity=severity.of_finding(live, Drift.EXTRANEOUS, ()),
        cause=cause,
        attribution=writer,
        message=_opt_out(live),
    )


def _opt_out(live: KubeObject) -> str | None:
    """What an object that git does not have says to the engine: it stands live only."""
    found = [
        f"{name}: {live.annotations[name]}"
        for name, word in _OPT_OUTS
        if word in str(live.annotations.get(name, "")).lower()
    ]
    return f"{', '.join(found)} stands live only, so that it hides nothing" if found else None


def narrowed(finding: Finding, fields: Sequence[FieldChange]) -> Finding:
    """A Modified *finding* with these fields, judged by them: severity, cause, and who."""
    return replace(
        finding,
        severity=severity.of_fields(finding.key.kind, fields),
        fields=tuple(fields),
        cause=_common_cause(change.cause for change in fields),
        attribution=_newest(change.attribution for change in fields),
    )


def _sets_nothing(desired: KubeObject) -> bool:
    """
    Whether git names the object and no more.

    A server-side apply of it owns no field, so that there are no managedFields to read.
    """
    identity = {"name", "namespace", "creationTimestamp"}
    return desired.body.keys() <= {"apiVersion", "kind", "metadata"} and identity.issuperset(
        desired.metadata
    )


def field_change(
    desired: KubeObject, live: KubeObject, verdict: Verdict, schemas: Schemas
) -> FieldChange:
    """A difference as reports have it: values as the objects spell them, secrets masked."""
    path = verdict.delta.path
    return FieldChange(
        path=render(path),
        change=verdict.delta.change,
        desired=redacted(desired, path, raw_value(desired, schemas, path), in_git=desired),
        live=redacted(live, path, raw_value(live, schemas, path), in_git=desired),
        attribution=verdict.attribution,
        cause=verdict.cause,
    )


def _modified(desired: KubeObject, fields: Sequence[FieldChange]) -> Finding:
    bare = Finding(
        key=desired.key,
        api_version=desired.api_version,
        drift=Drift.MODIFIED,
        severity=Severity.LOW,
        origin=desired.origin,
    )
    return narrowed(bare, fields)


def _common_cause(causes: Iterable[Cause | None]) -> Cause | None:
    seen = {cause for cause in causes if cause is not None}
    if len(seen) > 1 and Cause.EDITED in seen:
        return Cause.BOTH
    return min(seen, default=None)


def _newest(attributions: Iterable[Attribution | None]) -> Attribution | None:
    known = [item for item in attributions if item is not None]
    return max(
        known,
        key=lambda item: (item.manager_class is ManagerClass.PERSON, item.changed_at or ""),
        default=None,
    )


def not_in_force(desired: KubeObject, live: KubeObject) -> Finding | None:
    """
    The finding for a Consul object that equals git but that Consul refused.

    https://github.com/hashicorp/consul-k8s/blob/main/control-plane/api/v1alpha1/status.go
    """
    condition = _synced_condition(live.body.get("status"))
    if live.group != "consul.hashicorp.com" or condition is None:
        return None
    words = ": ".join(str(condition[name]) for name in ("reason", "message") if condition.get(name))
    return Finding(
        key=desired.key,
        api_version=desired.api_version,
        drift=Drift.NOT_IN_FORCE,
        severity=severity.of_finding(desired, Drift.NOT_IN_FORCE, ()),
        origin=desired.origin,
        message=words or None,
    )


def _synced_condition(status: Any) -> Mapping[str, Any] | None:
    conditions = status.get("conditions") if isinstance(status, Mapping) else None
    for condition in conditions if isinstance(conditions, list) else ():
        if (
            isinstance(condition, Mapping)
            and condition.get("type") == "Synced"
            and condition.get("status") == "False"
        ):
            return condition
    return None

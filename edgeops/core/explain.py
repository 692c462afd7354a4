"""
One object explained: each field that differs, and why it is or is not drift.

The verdicts are those of `edgeops.core.compare`, looked at leaf by leaf; what became of them
(ignored, waived, whose, since when) is taken from the report itself, so that the two agree.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from edgeops.core import severity
from edgeops.core.compare import Surroundings, compare, field_change
from edgeops.core.directives import is_hook_leftover, left_alone
from edgeops.core.explanations import Asked, ExplainedField, Explanation, Outcome
from edgeops.core.findings import (
    Change,
    Drift,
    DriftReport,
    FieldChange,
    Finding,
    Terms,
)
from edgeops.core.ignore import hidden_by
from edgeops.core.normalize import normalized, raw_value, same_version
from edgeops.core.objects import KubeObject, ResourceKey
from edgeops.core.ownership import Ownership, ownership
from edgeops.core.paths import Path, render
from edgeops.core.reasons import Verdict
from edgeops.core.redact import redacted
from edgeops.core.rows import LiveIndex, Row, around_part
from edgeops.core.schemas import Schemas


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A row with what was read of it."""

    row: Row
    live: Mapping[str, LiveIndex]
    around: Surroundings

    def keys(self) -> Iterator[ResourceKey]:
        """Every object that could be asked about."""
        for part in self.row.parts:
            yield from (item.key for item in part.objects)
            yield from (
                key for key in self.live[part.context].objects if key.namespace in part.namespaces
            )


def explanations(
    asked: Asked, seen: Sequence[Seen], report: DriftReport
) -> tuple[Explanation, ...]:
    """The object that was asked about, in each row where it is; empty if it is nowhere."""
    found = [item for each in seen for item in _in_row(asked, each, report)]
    known = {(item.cluster, item.zone, item.key) for item in found}
    for finding in report.findings:
        place = (finding.cluster, finding.zone, finding.key)
        if asked.is_about(finding.key) and place not in known:
            found.append(_whole(finding.cluster, finding.zone, finding, Outcome.DRIFT))
    return tuple(
        sorted(found, key=lambda item: (item.cluster or "", item.zone is None, item.zone or ""))
    )


def _in_row(asked: Asked, seen: Seen, report: DriftReport) -> Iterator[Explanation]:
    row, schemas = seen.row, seen.around.schemas
    ours = _Findings.of(report, row)
    for part in row.parts:
        index = seen.live[part.context]
        around = around_part(part, index, seen.around)
        desired = {item.key: item for item in part.objects}
        for item in (*desired.values(), *_beside(index, desired, part.namespaces)):
            info = schemas.info(item.api_version, item.kind)
            if not asked.is_about(item.key, info.plural if info else None):
                continue
            if (gap := index.why_unread(item.key)) is not None:
                yield _told(row, item, Outcome.UNREAD, ": ".join(gap))
            elif (found := index.objects.get(item.key)) is None or item.key not in desired:
                yield _one_sided(row, item, around, ours, in_git=item.key in desired)
            else:
                yield _pair(row, item, found, around, ours)


def _beside(
    index: LiveIndex, desired: Collection[ResourceKey], namespaces: Collection[str]
) -> Iterator[KubeObject]:
    for key, item in index.objects.items():
        if key not in desired and key.namespace in namespaces:
            yield item


@dataclass(frozen=True, slots=True)
class _Findings:
    """What the report says of one row."""

    findings: Mapping[ResourceKey, Finding]
    waived: tuple[Finding, ...]

    @classmethod
    def of(cls, report: DriftReport, row: Row) -> Self:
        here = (row.cluster, row.zone)
        return cls(
            {item.key: item for item in report.findings if (item.cluster, item.zone) == here},
            tuple(item for item in report.waived if (item.cluster, item.zone) == here),
        )

    def waived_of(self, key: ResourceKey) -> list[Finding]:
        return [item for item in self.waived if item.key == key]


def _told(row: Row, item: KubeObject, outcome: Outcome, why: str) -> Explanation:
    return Explanation(
        cluster=row.cluster,
        zone=row.zone,
        key=item.key,
        api_version=item.api_version,
        outcome=outcome,
        why=why,
    )


def _whole(
    cluster: str | None, zone: str | None, finding: Finding, outcome: Outcome
) -> Explanation:
    why = {
        Drift.MODIFIED: "it differs from git",
        Drift.MISSING: "git has it and the cluster does not",
        Drift.EXTRANEOUS: "the cluster has it and git does not",
        Drift.NOT_IN_FORCE: "it equals git, but its controller refused it",
    }[finding.drift]
    return Explanation(
        cluster=cluster,
        zone=zone,
        key=finding.key,
        api_version=finding.api_version,
        outcome=outcome,
        why=f"{why}; {_waived_by(finding.waiver)}" if finding.waiver else why,
        finding=finding,
    )


def _waived_by(waiver: Terms) -> str:
    return f"waived by {waiver.owner} until {waiver.expires}: {waiver.reason}"


def _one_sided(
    row: Row, item: KubeObject, around: Surroundings, ours: _Findings, *, in_git: bool
) -> Explanation:
    """An object that only git has, or only the cluster."""
    if (finding := ours.findings.get(item.key)) is not None:
        return _whole(row.cluster, row.zone, finding, Outcome.DRIFT)
    for waived in ours.waived_of(item.key):
        return _whole(row.cluster, row.zone, waived, Outcome.WAIVED)
    if row.error is not None and not in_git:
        return _told(row, item, Outcome.UNREAD, f"{row.error.what}: {row.error.reason}")
    managers = () if in_git else ownership(item).managers()
    for owner in (None, *managers):
        rule = hidden_by(around.rules, item, (), owner, desired=item if in_git else None)
        if rule is not None:
            return _told(row, item, Outcome.IGNORED, f"{rule.text} ({rule.source})")
    why = left_alone(item, absent=True) if in_git else None
    return _told(row, item, Outcome.FINE, why or _not_extraneous(item))


def _not_extraneous(item: KubeObject) -> str:
    owners = item.metadata.get("ownerReferences")
    if isinstance(owners, list) and owners and isinstance(owners[0], Mapping):
        return f"git does not have it, but {owners[0].get('kind')}/{owners[0].get('name')} owns it"
    if item.metadata.get("deletionTimestamp"):
        return "git does not have it, but it is being deleted"
    if is_hook_leftover(item):
        return "git does not have it, but it is what a hook left"
    return "git does not have it, but the cluster makes it by itself"


def _pair(
    row: Row, desired: KubeObject, live: KubeObject, around: Surroundings, ours: _Findings
) -> Explanation:
    outcome = compare(desired, live, replace(around, detailed=True))
    owners = ownership(live)
    finding, waived = ours.findings.get(desired.key), ours.waived_of(desired.key)
    one, other = same_version(desired, live, around.schemas)
    fields = [
        _explained(verdict, one, other, around, owners, finding, waived)
        for verdict in outcome.verdicts
    ]
    fields += _other_spellings(one, other, around.schemas, owners)
    fields.sort(key=lambda item: (list(Outcome).index(item.outcome), item.change.path))
    if finding is not None:
        whole = _whole(row.cluster, row.zone, finding, Outcome.DRIFT)
    elif waived:
        whole = _whole(row.cluster, row.zone, waived[0], Outcome.WAIVED)
    else:
        whole = _told(row, desired, Outcome.FINE, "every field that git sets is as git says")
        if (why := left_alone(desired)) is not None:
            whole = replace(whole, why=why)
        elif any(item.outcome is Outcome.IGNORED for item in fields):
            whole = replace(whole, outcome=Outcome.IGNORED, why="ignore rules hide what differs")
    return replace(whole, fields=tuple(fields))


def _explained(
    verdict: Verdict,
    desired: KubeObject,
    live: KubeObject,
    around: Surroundings,
    owners: Ownership,
    finding: Finding | None,
    waived: Sequence[Finding],
) -> ExplainedField:
    change = field_change(desired, live, verdict, around.schemas)
    path = verdict.delta.path
    if not verdict.drift:
        change = replace(change, attribution=verdict.attribution or _owner(owners, path))
        return ExplainedField(
            change=change, outcome=Outcome.FINE, why=str(verdict.why), rule=verdict.rule
        )
    rule = hidden_by(around.rules, live, path, verdict.attribution, desired=desired)
    if rule is not None:
        text = f"{rule.text} ({rule.source})"
        return ExplainedField(
            change=change, outcome=Outcome.IGNORED, why=str(verdict.why), rule=text
        )
    for part in waived:
        for item in part.fields:
            if item.path == change.path and part.waiver is not None:
                terms = _waived_by(part.waiver)
                return ExplainedField(
                    change=item, outcome=Outcome.WAIVED, why=str(verdict.why), rule=terms
                )
    reported = finding.fields if finding is not None else ()
    change = next((item for item in reported if item.path == change.path), change)
    level, reason = severity.judged(desired.kind, change)
    return ExplainedField(
        change=change,
        outcome=Outcome.DRIFT,
        why=str(verdict.why),
        rule=verdict.rule,
        severity=level,
        severity_reason=reason,
    )


def _owner(owners: Ownership, path: Path) -> Any:
    return max(owners.of(path), key=lambda owner: owner.changed_at or "", default=None)


def _other_spellings(
    desired: KubeObject, live: KubeObject, schemas: Schemas, owners: Ownership
) -> Iterator[ExplainedField]:
    """Fields that are written differently and mean the same."""
    left, right = normalized(desired, schemas), normalized(live, schemas)
    pending: list[tuple[Path, Any, Any]] = [((), left, right)]
    while pending:
        path, one, other = pending.pop()
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            pending += [((*path, name), one[name], other[name]) for name in one if name in other]
            continue
        wanted, found = raw_value(desired, schemas, path), raw_value(live, schemas, path)
        if one != other or wanted == found:
            continue
        change = FieldChange(
            path=render(path),
            change=Change.CHANGED,
            desired=redacted(desired, path, wanted),
            live=redacted(live, path, found),
            attribution=_owner(owners, path),
        )
        yield ExplainedField(
            change=change, outcome=Outcome.FINE, why="the same value, written in another way"
        )

"""
The rows of a drift report: which objects belong to which zone, and what became of each.

A row is a zone, the hub, or what a cluster's engine has beside them. Its objects stand in the
cluster itself or where the engine runs; each such place is a `Part`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from edgeops.core import compare as comparing
from edgeops.core import settled
from edgeops.core.compare import Surroundings
from edgeops.core.directives import left_alone
from edgeops.core.extraneous import claim_names, is_extraneous
from edgeops.core.findings import Finding, Unread, ZoneReport
from edgeops.core.ignore import IgnoreRule, hidden_by
from edgeops.core.objects import KubeObject, ResourceKey, kind_rank
from edgeops.core.reasons import Why
from edgeops.core.schemas import Schemas


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The desired objects of a row that live in one place."""

    context: str
    objects: tuple[KubeObject, ...] = ()
    namespaces: frozenset[str] = frozenset()
    """Where objects that git does not have are looked for."""

    generated: bool = False
    """Whether a controller makes these objects from another one that git has."""

    folder: str | None = None
    """What they were built from, POSIX, below edgeops' directory; None if from nothing."""

    rules: tuple[IgnoreRule, ...] = ()
    """Ignore rules that git gives the engine for just these objects."""

    in_sync: bool | None = None
    """Whether the engine last applied the compared revision; None if nothing tells."""

    applied: Mapping[ResourceKey, KubeObject] | None = None
    """The same folder as of the revision that the engine last applied; None if not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row before anything was read."""

    cluster: str | None
    zone: str | None
    namespace: str | None
    parts: tuple[Part, ...] = ()
    error: Unread | None = None
    """Why the desired state of this row is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveIndex:
    """What was read of one place, ready to be asked."""

    objects: Mapping[ResourceKey, KubeObject] = field(default_factory=dict)
    spaces: Mapping[str, Sequence[KubeObject]] = field(init=False)
    """The same objects by namespace."""

    unread: Mapping[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)
    """By group, kind and namespace (``""`` for a cluster-scoped kind): what and why."""

    refused: Mapping[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)
    """By group, kind and name, for single objects of cluster-scoped kinds: what and why."""

    failure: str | None = None
    """Why nothing of it could be read."""

    schemas: Schemas | None = None
    """What is known of this place's kinds; None takes what the comparison knows anyway."""

    def __post_init__(self) -> None:
        spaces: dict[str, list[KubeObject]] = {}
        for item in self.objects.values():
            spaces.setdefault(item.namespace, []).append(item)
        object.__setattr__(self, "spaces", spaces)

    def why_unread(self, key: ResourceKey) -> tuple[str, str] | None:
        """What could not be read and why, if that is where the object would be."""
        if self.failure is not None:
            return "cluster", self.failure
        if not key.namespace and (gap := self.refused.get((key.group, key.kind, key.name))):
            return gap
        return self.unread.get((key.group, key.kind, key.namespace))


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One row after the comparison."""

    report: ZoneReport
    findings: tuple[Finding, ...] = ()
    unread: tuple[Unread, ...] = ()
    hidden: tuple[IgnoreRule, ...] = ()
    stripped: bool = False
    left_alone: tuple[tuple[ResourceKey, str], ...] = ()
    """Objects of git that were not compared because git says so, each with the reason."""

    encrypted: Mapping[ResourceKey, int] = field(default_factory=dict)
    """How many values of an object git has encrypted, so that only their keys were compared."""


def around_part(part: Part, index: LiveIndex, shared: Surroundings) -> Surroundings:
    """What a comparison of a part's objects must know: what all share, and what the part adds."""
    return replace(
        shared,
        schemas=index.schemas or shared.schemas,
        rules=(*part.rules, *shared.rules),
        in_sync=part.in_sync,
        applied=part.applied,
    )


def assess(
    row: Row, live: Mapping[str, LiveIndex], shared: Surroundings, *, synced_revision: str | None
) -> Assessment:
    """
    Compare a row's desired objects with what was read.

    Args:
        live: by context; every context of the row's parts is in it.
        shared: what holds for all parts; what a part knows better is taken from there.
        synced_revision: what the engine last applied for this row, if known.
    """
    counts = dict.fromkeys(("synced", "modified", "missing", "extraneous", "unknown"), 0)
    findings: list[Finding] = []
    unread: dict[tuple[str, str], Unread] = {}
    hidden: list[IgnoreRule] = []
    stripped = False
    alone: list[tuple[ResourceKey, str]] = []
    encrypted: dict[ResourceKey, int] = {}
    if row.error is not None:
        unread[row.error.what, row.error.reason] = row.error
    for part in row.parts:
        index = live[part.context]
        around = around_part(part, index, shared)
        for desired in part.objects:
            key = desired.key
            if (gap := index.why_unread(key)) is not None:
                counts["unknown"] += 1
                unread[gap] = _unread(row, part, *gap)
                continue
            found = index.objects.get(key)
            if (why := left_alone(desired, absent=found is None)) is not None:
                alone.append((key, why))
                counts["synced"] += found is not None
                continue
            if found is None:
                if (
                    rule := hidden_by(around.rules, desired, (), None, desired=desired)
                ) is not None:
                    hidden.append(rule)
                    continue
                counts["missing"] += 1
                findings.append(comparing.missing(desired, around))
                continue
            pair = _pair(desired, found, around)
            if around.settled is not None and around.settled.holds(pair):
                counts["synced"] += 1
                continue
            outcome = comparing.compare(desired, found, around)
            if around.settled is not None and not outcome.tells:
                around.settled.add(pair)
            hidden += outcome.hidden
            if unreadable := sum(verdict.why is Why.ENCRYPTED for verdict in outcome.verdicts):
                encrypted[key] = unreadable
            stripped = stripped or outcome.stripped
            counts["modified" if outcome.finding else "synced"] += 1
            if outcome.finding:
                findings.append(outcome.finding)
        if row.error is None:
            for item, finding in _extraneous(part, index, around):
                if (
                    rule := hidden_by(around.rules, item, (), finding.attribution, desired=None)
                ) is not None:
                    hidden.append(rule)
                    continue
                counts["extraneous"] += 1
                findings.append(finding)
            for gap in _gaps(part, index):
                unread.setdefault(gap, _unread(row, part, *gap))
    placed = tuple(
        replace(finding, cluster=row.cluster, zone=row.zone)
        for finding in sorted(findings, key=_finding_order)
    )
    return Assessment(
        report=ZoneReport(
            cluster=row.cluster,
            zone=row.zone,
            namespace=row.namespace,
            unread=bool(unread),
            drifted=bool(placed),
            synced_revision=synced_revision,
            **counts,
        ),
        findings=placed,
        unread=tuple(unread.values()),
        hidden=tuple(hidden),
        stripped=stripped,
        left_alone=tuple(alone),
        encrypted=encrypted,
    )


def _pair(desired: KubeObject, live: KubeObject, around: Surroundings) -> bytes | None:
    if around.settled is None:
        return None
    replicas = around.replicas.get(desired.key)
    return settled.digest(desired, live, schemas=around.schemas.digest, replicas=replicas)


def stray_namespaces(
    live: Iterable[KubeObject], *, label: str, fleet: str, rendered: frozenset[str]
) -> Iterator[KubeObject]:
    """Namespaces that are labelled as the fleet's and that no overlay renders."""
    for item in live:
        ours = item.kind == "Namespace" and item.group == "" and item.labels.get(label) == fleet
        if ours and item.name not in rendered and not item.metadata.get("deletionTimestamp"):
            yield item


def row_order(row: ZoneReport) -> tuple[str, bool, str]:
    """Sort key of a row: by cluster and zone, a cluster's other engine objects last."""
    return (row.cluster or "", row.zone is None, row.zone or "")


def _finding_order(finding: Finding) -> tuple[tuple[int, str], str, str, str]:
    key = finding.key
    return (kind_rank(key.kind), key.group, key.namespace, key.name)


def _extraneous(
    part: Part, index: LiveIndex, around: Surroundings
) -> Iterator[tuple[KubeObject, Finding]]:
    if not part.namespaces:
        return
    desired = {item.key for item in part.objects}
    claims = claim_names(part.objects)
    for namespace in sorted(part.namespaces):
        for item in index.spaces.get(namespace, ()):
            if is_extraneous(item, desired, claims):
                yield item, comparing.extraneous(item, around)


def _gaps(part: Part, index: LiveIndex) -> Iterator[tuple[str, str]]:
    """What could not be looked at in the part's namespaces."""
    if index.failure is not None:
        yield "cluster", index.failure
    for (_, _, namespace), gap in index.unread.items():
        if namespace in part.namespaces:
            yield gap


def _unread(row: Row, part: Part, what: str, reason: str) -> Unread:
    return Unread(
        what=f"cluster {part.context}" if what == "cluster" else what,
        reason=reason,
        cluster=row.cluster,
        zone=row.zone,
    )

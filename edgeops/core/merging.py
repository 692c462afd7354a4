"""Several reports added up to one: the shards of one check, or checks of separate clusters."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from edgeops.core.findings import DriftReport, Finding, RepositoryState, RuleUse, Unread
from edgeops.core.moments import written
from edgeops.core.rows import row_order
from edgeops.core.shards import Shard

_Value = TypeVar("_Value")
_Placed = TypeVar("_Placed", Finding, Unread)


class MergeError(ValueError):
    """Reports that are no parts of one; a sentence for a person."""


def merge(reports: Sequence[tuple[str, DriftReport]]) -> DriftReport:
    """
    One report of all the zones of *reports*, each with the name of the file that it came from.

    Where they are shards and one is missing, the result is Unknown and names it. Reports that
    are no shards must be of separate zones.

    Raises:
        MergeError: if two tell of the same zone, or they are shards of different divisions.
    """
    assert reports
    gaps = _missing_shards(reports)
    _check_rows(reports)
    parts = [report for _, report in reports]
    starts = [datetime.fromisoformat(part.started_at) for part in parts]
    ends = [
        start.timestamp() + part.duration_seconds for start, part in zip(starts, parts, strict=True)
    ]
    rows = sorted((row for part in parts for row in part.zones), key=row_order)
    places = [(row.cluster, row.zone) for row in rows]
    return DriftReport(
        repository=_repository(parts),
        started_at=written(min(starts)),
        duration_seconds=round(max(ends) - min(starts).timestamp(), 3),
        edgeops_version=_same([part.edgeops_version for part in parts]) or "several",
        kustomize_version=_same([part.kustomize_version for part in parts]),
        zones=tuple(rows),
        findings=_by_row(places, [item for part in parts for item in part.findings]),
        waived=_by_row(places, [item for part in parts for item in part.waived]),
        unread=(*_by_row(places, [gap for part in parts for gap in part.unread]), *gaps),
        rules=_rules(parts),
        notes=tuple(dict.fromkeys((*(n for part in parts for n in part.notes), *_notes(reports)))),
    )


def _missing_shards(reports: Sequence[tuple[str, DriftReport]]) -> list[Unread]:
    shards = [(name, report.shard) for name, report in reports]
    given: dict[Shard, str] = {}
    for name, shard in shards:
        if shard is None:
            continue
        if shard in given:
            raise MergeError(f"{given[shard]} and {name} are both shard {shard}: give one of them.")
        given[shard] = name
    if not given:
        return []
    if alone := next((name for name, shard in shards if shard is None), None):
        raise MergeError(f"{alone} is a whole report, and others are shards: give only shards.")
    counts = sorted({shard.count for shard in given})
    if len(counts) > 1:
        raise MergeError(
            f"these are shards of different divisions, of {' and of '.join(map(str, counts))}: "
            "give those of one."
        )
    every = (Shard(index=index, count=counts[0]) for index in range(1, counts[0] + 1))
    return [
        Unread(what=f"shard {shard}", reason="its report is not among those that were merged")
        for shard in every
        if shard not in given
    ]


def _check_rows(reports: Sequence[tuple[str, DriftReport]]) -> None:
    seen: dict[tuple[str | None, str | None], str] = {}
    for name, report in reports:
        for place in {(row.cluster, row.zone) for row in report.zones}:
            if place in seen:
                where = "/".join(part for part in place if part) or "the same objects"
                raise MergeError(
                    f"{seen[place]} and {name} both tell of {where}: give one of them."
                )
            seen[place] = name


def _repository(parts: Sequence[DriftReport]) -> RepositoryState:
    states = [part.repository for part in parts]
    return RepositoryState(
        url=_same([state.url for state in states]),
        branch=_same([state.branch for state in states]),
        revision=_same([state.revision for state in states]),
        dirty=any(state.dirty for state in states),
    )


def _notes(reports: Sequence[tuple[str, DriftReport]]) -> Iterable[str]:
    revisions = {report.repository.revision or "no commit" for _, report in reports}
    if len(revisions) > 1:
        yield f"The merged reports compared different commits: {', '.join(sorted(revisions))}."
    if len(reports) > 1 and all(report.shard is None for _, report in reports):
        yield "Merged from reports that are no shards: nothing tells whether one is missing."


def _rules(parts: Iterable[DriftReport]) -> tuple[RuleUse, ...]:
    hid: Counter[tuple[str, str]] = Counter()
    for part in parts:
        for use in part.rules:
            hid[(use.rule, use.source)] += use.hid
    return tuple(
        RuleUse(rule=rule, source=source, hid=count) for (rule, source), count in hid.items()
    )


def _by_row(
    places: Sequence[tuple[str | None, str | None]], items: Sequence[_Placed]
) -> tuple[_Placed, ...]:
    """*items* row by row, those of one row in their own order; what belongs to none last."""
    ranks = {place: rank for rank, place in enumerate(places)}
    return tuple(sorted(items, key=lambda item: ranks.get((item.cluster, item.zone), len(ranks))))


def _same(values: Sequence[_Value]) -> _Value | None:
    return values[0] if all(value == values[0] for value in values) else None


def with_shard(report: DriftReport, shard: Shard | None) -> DriftReport:
    """*report*, marked as the share of *shard*."""
    return report if shard is None else replace(report, shard=shard)

"""
Findings of one report against those of the one before: for who keeps a copy of them in step.

Unlike `edgeops.core.differing`, which tells a person what is new or worse, this leaves nothing
out: whoever applies every delta to the findings that they have, has those of the latest report.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from edgeops.core.episodes import EpisodeKey, key_of
from edgeops.core.findings import Drift, DriftReport, Finding, SyncStatus

Identity = tuple[EpisodeKey, Drift]
"""An object can be Modified and NotInForce at once: these are two findings."""


class Parting(StrEnum):
    """Why a finding is no longer in the report."""

    RESOLVED = "resolved"
    WAIVED = "waived"
    UNREAD = "unread"
    """Its zone is Unknown now: nobody knows whether it is still there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A finding that the later report does not have."""

    finding: Finding
    """As the earlier report had it."""

    why: Parting


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """What is to be added, replaced and removed, each in the order of its report."""

    came: tuple[Finding, ...] = ()
    changed: tuple[Finding, ...] = ()
    """As the later report has them; their identity is the same."""

    went: tuple[Gone, ...] = ()


def identity(finding: Finding) -> Identity:
    """What tells a finding from all others of its report."""
    return key_of(finding), finding.drift


def delta(old: DriftReport | None, new: DriftReport) -> Delta:
    """What turns the findings of *old* (None: no findings) into those of *new*."""
    before = _by_identity(() if old is None else old.findings)
    after = _by_identity(new.findings)
    waived = {key_of(finding) for finding in new.waived}
    unknown = {(row.cluster, row.zone) for row in new.zones if row.status is SyncStatus.UNKNOWN}

    def why(finding: Finding) -> Parting:
        if key_of(finding) in waived:
            return Parting.WAIVED
        if (finding.cluster, finding.zone) in unknown:
            return Parting.UNREAD
        return Parting.RESOLVED

    return Delta(
        came=tuple(item for key, item in after.items() if key not in before),
        changed=tuple(item for key, item in after.items() if key in before and before[key] != item),
        went=tuple(
            Gone(finding=item, why=why(item)) for key, item in before.items() if key not in after
        ),
    )


def _by_identity(findings: Iterable[Finding]) -> Mapping[Identity, Finding]:
    return {identity(finding): finding for finding in findings}

"""
`edgeops drift --confirm`: findings that may be nothing but another spelling, tried on the server.

Only the objects of Modified findings are sent, as dry runs of the apply that the sync engine
would make. What cannot be tried keeps its finding, and a note says so.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from edgeops.core.confirmation import TESTABLE, confirmed
from edgeops.core.findings import Drift, Finding, ManagerClass
from edgeops.core.fleet.model import EngineKind
from edgeops.core.objects import KubeObject
from edgeops.core.ownership import ownership
from edgeops.core.rows import Assessment, Row
from edgeops.core.schemas import Schemas
from edgeops.core.sops import is_encrypted
from edgeops.errors import LiveStateError
from edgeops.ports import Confirmer, LiveState, NotTried
from edgeops.usecases.reading import States


class When(StrEnum):
    """Which findings are tried."""

    NEVER = "never"
    AUTO = "auto"
    """Those of objects without managedFields and of kinds without a schema."""

    ALWAYS = "always"
    """All that a dry run can tell something of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """When findings are tried, and on which cluster."""

    when: When
    confirmers: Callable[[str], Confirmer]
    """A confirmer for a context."""


_MANAGERS: Final = {
    EngineKind.ARGOCD: "argocd-controller",
    EngineKind.FLUX: "kustomize-controller",
}
_OURS: Final = "edgeops"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Suspect:
    row: int
    context: str
    finding: Finding
    desired: KubeObject
    live: KubeObject


def try_findings(
    assessments: Sequence[Assessment],
    rows: Sequence[Row],
    states: States,
    schemas: Mapping[str, Schemas],
    *,
    confirmation: Confirmation | None,
    engine: EngineKind | None,
) -> tuple[list[Assessment], tuple[str, ...]]:
    """
    The assessments without what a dry run shows to be no difference, and notes on it.

    Args:
        rows: one for each assessment.
        schemas: by context.
        confirmation: None tries nothing.
        engine: what applies the fleet; None where an engine is only known from managedFields.
    """
    result = list(assessments)
    if confirmation is None or confirmation.when is When.NEVER:
        return result, ()
    suspects: dict[str, list[_Suspect]] = defaultdict(list)
    for number, (row, assessment) in enumerate(zip(rows, assessments, strict=True)):
        for suspect in _suspects(number, row, assessment, states):
            known = schemas[suspect.context]
            if confirmation.when is When.ALWAYS or _is_uncertain(suspect, known):
                suspects[suspect.context].append(suspect)
    dropped = objects = 0
    untried: dict[str, list[tuple[_Suspect, NotTried]]] = defaultdict(list)
    for context, those in suspects.items():
        answers = _predicted(confirmation, context, those, engine)
        for suspect, answer in zip(those, answers, strict=True):
            if isinstance(answer, NotTried):
                untried[context].append((suspect, answer))
                continue
            left = confirmed(
                suspect.finding, suspect.desired, suspect.live, answer, schemas[context]
            )
            gone = len(suspect.finding.fields) - (len(left.fields) if left else 0)
            if gone:
                dropped, objects = dropped + gone, objects + 1
                result[suspect.row] = _without(result[suspect.row], suspect.finding, left)
    notes = [note for those in untried.values() for note in _untried_notes(those)]
    if dropped:
        notes.insert(
            0,
            f"A dry run showed {_many(dropped, 'difference')} in {_many(objects, 'object')} to be "
            "another spelling of what lives: not counted.",
        )
    return result, tuple(notes)


def _suspects(number: int, row: Row, assessment: Assessment, states: States) -> Sequence[_Suspect]:
    modified = {
        finding.key: finding
        for finding in assessment.findings
        if finding.drift is Drift.MODIFIED
        and any(change.change in TESTABLE for change in finding.fields)
    }
    found = []
    for part in row.parts:
        state = states[part.context]
        if not modified or not isinstance(state, LiveState):
            continue
        desired = {item.key: item for item in part.objects if item.key in modified}
        found += [
            _Suspect(
                row=number,
                context=part.context,
                finding=modified[live.key],
                desired=desired[live.key],
                live=live,
            )
            for live in state.objects
            # Its encrypted values would be sent as they are, and refused or taken at their word.
            if live.key in desired and not is_encrypted(desired[live.key].body)
        ]
    return found


def _is_uncertain(suspect: _Suspect, schemas: Schemas) -> bool:
    live = suspect.live
    return not ownership(live).known or not schemas.describes(live.api_version, live.kind)


def _predicted(
    confirmation: Confirmation,
    context: str,
    suspects: Sequence[_Suspect],
    engine: EngineKind | None,
) -> Sequence[KubeObject | NotTried]:
    applies = [(suspect.desired, _manager(suspect.live, engine)) for suspect in suspects]
    try:
        return confirmation.confirmers(context).predict(applies)
    except LiveStateError as error:
        return [NotTried(reason=str(error))] * len(suspects)


def _manager(live: KubeObject, engine: EngineKind | None) -> str:
    """The field manager that applies this object: its own, else the fleet's engine's."""
    for owner in ownership(live).managers():
        if owner.manager_class is ManagerClass.ENGINE and owner.operation == "Apply":
            return owner.manager
    return _MANAGERS[engine] if engine else _OURS


def _without(assessment: Assessment, finding: Finding, left: Finding | None) -> Assessment:
    findings = tuple(
        replaced
        for item in assessment.findings
        if (replaced := left if item is finding else item) is not None
    )
    report = assessment.report
    if left is None:
        report = replace(report, modified=report.modified - 1, synced=report.synced + 1)
    report = replace(report, drifted=bool(findings))
    return replace(assessment, report=report, findings=findings)


def _untried_notes(those: Sequence[tuple[_Suspect, NotTried]]) -> list[str]:
    """One note for each kind of refusal, with the first of them in words."""
    by_status: dict[int | None, list[tuple[_Suspect, NotTried]]] = defaultdict(list)
    for suspect, answer in those:
        by_status[answer.status].append((suspect, answer))
    return [
        f"--confirm could not try {_many(len(group), 'object')} (first {group[0][0].desired.key}: "
        f"{group[0][1].reason}): what was found there stands."
        for group in by_status.values()
    ]


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"

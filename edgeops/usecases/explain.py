"""``edgeops drift --explain``: one object, field by field, with the reason of each verdict."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from edgeops.core.compare import Surroundings
from edgeops.core.explain import Seen, explanations
from edgeops.core.explanations import Asked, ExplanationReport
from edgeops.core.findings import DriftReport
from edgeops.core.rows import LiveIndex, Row
from edgeops.errors import UnknownObjectError
from edgeops.usecases.drift import Tools


def explain(check: Callable[[Tools], DriftReport], tools: Tools, asked: Asked) -> ExplanationReport:
    """
    Run a check, and explain one object of it.

    Args:
        check: what makes the report: the object is judged as that report has it.

    Raises:
        UnknownObjectError: if it is nowhere, with the names that come near.
    """
    latest: dict[tuple[str | None, str | None], Seen] = {}

    def look(row: Row, live: Mapping[str, LiveIndex], around: Surroundings) -> None:
        # A row that drifted is compared once more when its cause is known: that one counts.
        latest[row.cluster, row.zone] = Seen(row=row, live=live, around=around)

    report = check(replace(tools, onlooker=look))
    seen = list(latest.values())
    objects = explanations(asked, seen, report)
    if not objects:
        raise UnknownObjectError(_nowhere(asked, seen, report))
    return ExplanationReport(
        asked=asked.text,
        repository=report.repository,
        started_at=report.started_at,
        objects=objects,
        unread=tuple(each.row.error for each in seen if each.row.error is not None),
        notes=report.notes,
    )


def _nowhere(asked: Asked, seen: list[Seen], report: DriftReport) -> str:
    near = asked.nearest({key for each in seen for key in each.keys()})  # noqa: SIM118
    text = f"there is no {asked.text} in git or in the namespaces of git"
    if near:
        text += f"; did you mean {' or '.join(near)}?"
    if report.unread:
        gap = report.unread[0]
        text += f" Not all could be read: {gap.what}: {gap.reason}"
    return text

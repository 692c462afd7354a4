"""Remembering what a check found: episodes of drift, from one check to the next."""

from datetime import timedelta

from edgeops.core.episodes import Advance, Covered, advance
from edgeops.core.findings import DriftReport
from edgeops.core.moments import before
from edgeops.ports.history import History, Run


def record(
    history: History, report: DriftReport, *, covered: Covered, keep: timedelta | None
) -> Advance:
    """
    Take a report down, and say what is new, worse, resolved or back.

    Args:
        covered: whether the check was about a zone at all; what it was not about stays as it is.
        keep: how long what no report speaks of any more is kept; None: for ever.

    Raises:
        HistoryError: if it cannot be kept.
    """
    run = Run(
        started_at=report.started_at,
        status=report.status,
        revision=report.repository.revision,
        findings=len(report.findings),
        unread=len(report.unread),
    )
    result = history.record(run, lambda known: advance(known, report, covered=covered))
    if keep is not None:
        history.forget(before(report.started_at, keep))
    return result

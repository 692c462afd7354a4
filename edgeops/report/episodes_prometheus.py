"""The history of drift as Prometheus metrics, written as those of a drift report are."""

from collections.abc import Sequence

from edgeops.core.episodes import Episode
from edgeops.core.findings import SyncStatus
from edgeops.core.history_gauges import history_families
from edgeops.ports.history import Run
from edgeops.report.prometheus import exposed


def render_prometheus(episodes: Sequence[Episode], last: Run | None, now: str) -> str:
    """Gauges of what is open at *now* (RFC 3339); before the first check the status is Unknown."""
    status = SyncStatus.UNKNOWN if last is None else last.status
    return exposed(
        history_families(episodes, status, None if last is None else last.started_at, now)
    )

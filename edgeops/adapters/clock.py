"""The time of the machine, as `edgeops.ports.Clock`."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Wall clock and monotonic clock."""

    def now(self) -> str:
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def monotonic(self) -> float:
        return time.monotonic()

"""
Putting a report where people and programs find it.

Below a folder of its own: ``latest.json``, ``latest.html``, and ``<day>.json`` with the last
report of each day (UTC). The shares of a divided check are put below ``shards/<run>/`` and added
up to ``latest.json``, which is Unknown until all are there.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from edgeops.core.findings import DriftReport
from edgeops.core.merging import merge
from edgeops.core.moments import before
from edgeops.ports.delivery import Outbox, Stored

Render = Callable[[DriftReport, str], str]
"""A report as a text in the format of that name."""

Parse = Callable[[bytes], DriftReport]
"""Reads back what `Render` made as ``json``; raises StoredReportError."""


def deliver(
    outbox: Outbox,
    folder: str,
    report: DriftReport,
    *,
    run: str,
    keep: timedelta,
    render: Render,
    parse: Parse,
) -> None:
    """
    Store *report* below *folder*.

    Args:
        run: what the shares of one divided check have in common.
        keep: how long the reports of each day are kept.

    Raises:
        DeliveryError: if it cannot be stored.
    """

    def step(files: Stored) -> Mapping[str, bytes | None]:
        if report.shard is None:
            return _whole(files, report, render, keep)
        name = f"shards/{run}/{report.shard.index}-of-{report.shard.count}.json"
        own = {name: render(report, "json").encode()}
        siblings = {
            path: data
            for path, data in files.items()
            if path.startswith(f"shards/{run}/") and path.endswith(".json")
        }
        parts = [(path, parse(data)) for path, data in sorted({**siblings, **own}.items())]
        complete = len(parts) == report.shard.count
        others = [
            path
            for path in files
            if complete and path.startswith("shards/") and path not in siblings
        ]
        return {**own, **_whole(files, merge(parts), render, keep), **dict.fromkeys(others)}

    where = "" if report.shard is None else f" (share {report.shard})"
    outbox.update(folder, step, f"{report.status.value} at {report.started_at}{where}")


def _whole(
    files: Stored, report: DriftReport, render: Render, keep: timedelta
) -> Mapping[str, bytes | None]:
    text = render(report, "json").encode()
    oldest = before(report.started_at, keep)[:10]
    old = [
        path
        for path in files
        if "/" not in path
        and len(path) == len("2026-01-31.json")
        and path[:10] < oldest
        and path[:4].isdigit()
    ]
    return {
        "latest.json": text,
        "latest.html": render(report, "html").encode(),
        f"{report.started_at[:10]}.json": text,
        **dict.fromkeys(old),
    }

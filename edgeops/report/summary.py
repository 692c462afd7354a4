"""The report in a few lines, for a place that takes no more: a pod's termination message."""

from typing import Final

from edgeops.core.findings import DriftReport
from edgeops.report.inert import inert
from edgeops.report.phrases import facts, place, unread_lines, verdict

LIMIT: Final = 4096
"""Bytes that Kubernetes keeps: https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/"""


def summary(report: DriftReport) -> str:
    """The verdict, what could not be read, and as many findings as there is room for."""
    lines = [f"not read: {line}" for line in unread_lines(report.unread)]
    lines += [
        f"{place(item.cluster, item.zone)} {inert(str(item.key))}: {facts(item)}"
        for item in report.findings
    ]
    return fitting(verdict(report), lines)


def fitting(head: str, lines: list[str]) -> str:
    """*head* and those of *lines* that fit; how many do not is said."""
    text = f"{head}\n"
    for number, line in enumerate(lines):
        rest = f"... and {len(lines) - number} more\n"
        if len(f"{text}{line}\n{rest}".encode()) > LIMIT:
            return text + rest
        text += f"{line}\n"
    return text

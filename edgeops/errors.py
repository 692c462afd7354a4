"""
What can go wrong, and what the process then exits with.

::

    EdgeopsError                 one sentence for a person; exit 2
    ├── ConfigurationError       edgeops.yaml, an ignore file, flags that contradict it
    ├── RepositoryError          git says no, or the repository is not in a state to write to
    │   ├── CommittedError       the commit is made, and what comes after it is not
    │   └── RemoteError          no remote could be reached
    ├── RenderError              an overlay does not build
    ├── ProcessError             a child process is absent, failed or ran out of time
    ├── LiveStateError           a cluster or a dump could not be read at all
    ├── DesiredStateError        manifests that are to be compared are not Kubernetes objects
    ├── StoredReportError        a file that is to be read back is no drift report
    ├── HistoryError             the history file cannot be read or written
    ├── DeliveryError            a message or a report did not reach its target
    └── UnknownObjectError       an object that was asked about is nowhere

Every message says where, what is wrong and what to do. Nothing in this tree means
"drift was found": that is a result, not an error.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class ExitStatus(IntEnum):
    """The exit statuses of every command; part of the contract with scripts."""

    OK = 0
    """Done; for ``drift``: everything was read and is in sync."""

    FINDINGS = 1
    """Drift, problems or conflicts were found."""

    FAILED = 2
    """It could not be done or could not be told."""

    CRASHED = 3
    """A bug in edgeops."""

    INTERRUPTED = 130
    """Stopped by ^C."""


class EdgeopsError(Exception):
    """A failure that a person can act on; its text is the whole message."""

    exit_status = ExitStatus.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with an input: where it stands and what to do."""

    path: str
    """Field path such as ``spec.clusters[0].zones[1]``; empty for the whole file."""

    message: str
    line: int | None = None
    """1-based line in the file, where it is known."""


class ConfigurationError(EdgeopsError):
    """
    An input of ours is not valid; carries every problem found, not just the first.

    Args:
        source: file name as the user knows it.
        problems: at least one.
    """

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__("\n".join(self._line(problem) for problem in self.problems))

    def _line(self, problem: Problem) -> str:
        place = self.source if problem.line is None else f"{self.source}:{problem.line}"
        return ": ".join(part for part in (place, problem.path, problem.message) if part)


class RepositoryError(EdgeopsError):
    """Git, or the state of the work tree, does not allow what was asked."""


class CommittedError(RepositoryError):
    """The commit is made, and what comes after it failed: nothing of the run is to be undone."""


class RemoteError(RepositoryError):
    """No remote could be reached in time, or none let us in."""


class RenderError(EdgeopsError):
    """An overlay does not build; the message carries kustomize's own words."""


class ProcessError(EdgeopsError):
    """A child process could not be started, failed, or exceeded its time limit."""


class LiveStateError(EdgeopsError):
    """Live state could not be read at all: no such context, no such file, not Kubernetes."""


class DesiredStateError(EdgeopsError):
    """A manifest to compare with is not a Kubernetes object."""


class UnknownObjectError(EdgeopsError):
    """An object that was asked about is neither in git nor where git's objects live."""


class StoredReportError(EdgeopsError):
    """A stored report is not one; its text names the place within the file."""


class HistoryError(EdgeopsError):
    """The history is absent, damaged, locked, or may not be written."""


class DeliveryError(EdgeopsError):
    """Somebody could not be told; never carries the address, which is a secret."""

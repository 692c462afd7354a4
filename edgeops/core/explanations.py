"""What ``--explain`` is asked about, and the values of its answer."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from edgeops.core.findings import (
    FieldChange,
    Finding,
    RepositoryState,
    Severity,
    SyncStatus,
    Unread,
)
from edgeops.core.objects import ResourceKey


class Outcome(StrEnum):
    """What became of a difference, or of an object; the worst first."""

    UNREAD = "unread"
    DRIFT = "drift"
    WAIVED = "waived"
    IGNORED = "ignored"
    FINE = "no drift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The object that somebody asks about: ``KIND/NAME`` or ``KIND/NAMESPACE/NAME``."""

    text: str
    kind: str
    group: str | None
    namespace: str | None
    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read the form that reports print; as with kubectl, KIND may be ``deployments.apps``.

        Raises:
            ValueError: if it is neither form.
        """
        kind, *rest = text.split("/")
        if not kind or len(rest) not in {1, 2} or not all(rest):
            raise ValueError(f"{text!r} is neither KIND/NAME nor KIND/NAMESPACE/NAME")
        kind, dot, group = kind.partition(".")
        namespace = rest[0] if len(rest) == 2 else None
        return cls(
            text=text,
            kind=kind.lower(),
            group=group if dot else None,
            namespace=namespace,
            name=rest[-1],
        )

    def is_about(self, key: ResourceKey, plural: str | None = None) -> bool:
        """Whether *key* is meant; *plural* is its kind's, where it is known."""
        return (
            self.kind in {key.kind.lower(), plural}
            and self.group in {None, key.group}
            and self.namespace in {None, key.namespace}
            and self.name == key.name
        )

    def nearest(self, keys: Iterable[ResourceKey], count: int = 3) -> list[str]:
        """Up to *count* of *keys* that look like what was asked, best first."""
        words = {
            word.lower(): word
            for word in sorted(
                str(key if self.namespace else replace(key, namespace="")) for key in keys
            )
        }
        found = difflib.get_close_matches(self.text.lower(), words, n=count, cutoff=0.6)
        return [words[word] for word in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedField:
    """One difference and why it counts or does not."""

    change: FieldChange
    """Its attribution is the field's owner, also where nothing drifted."""

    outcome: Outcome
    why: str
    rule: str | None = None
    """What exactly decided, where `why` names only the sort."""

    severity: Severity | None = None
    """Of drift only; so is its reason."""

    severity_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One object in one place."""

    cluster: str | None
    zone: str | None
    key: ResourceKey
    api_version: str
    outcome: Outcome
    why: str
    finding: Finding | None = None
    """The finding or, of what is waived, the waived one."""

    fields: tuple[ExplainedField, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationReport:
    """An object in every place where it is."""

    asked: str
    repository: RepositoryState
    started_at: str
    objects: tuple[Explanation, ...]
    unread: tuple[Unread, ...] = ()
    """Rows of which not even the desired state is known."""

    notes: tuple[str, ...] = ()

    @property
    def status(self) -> SyncStatus:
        outcomes = {item.outcome for item in self.objects}
        if self.unread or Outcome.UNREAD in outcomes:
            return SyncStatus.UNKNOWN
        return SyncStatus.OUT_OF_SYNC if Outcome.DRIFT in outcomes else SyncStatus.SYNCED

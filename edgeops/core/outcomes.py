"""
What became of one object of a row, as far as the row's counts and a report need it.

An outcome is computed from its grounds and nothing else. So whoever keeps both may take the
outcome again for as long as the grounds are the same: `Recall`.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from edgeops.core import compare as comparing
from edgeops.core import settled
from edgeops.core.compare import Surroundings
from edgeops.core.directives import left_alone
from edgeops.core.extraneous import claim_names, is_extraneous
from edgeops.core.findings import Finding
from edgeops.core.ignore import IgnoreRule, hidden_by
from edgeops.core.objects import KubeObject
from edgeops.core.reasons import Why


class Count(StrEnum):
    """The counts of a row."""

    SYNCED = "synced"
    MODIFIED = "modified"
    MISSING = "missing"
    EXTRANEOUS = "extraneous"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one object adds to its row."""

    count: Count | None = None
    """None for one that is not counted, such as one that a rule hides."""

    finding: Finding | None = None
    hidden: tuple[IgnoreRule, ...] = ()
    alone: str | None = None
    """Why it was not compared, where git says so."""

    encrypted: int = 0
    """How many of its values git has encrypted."""

    stripped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """
    All that an outcome rests on.

    Compared with ``==``, by which objects are the same only if they are identical.
    """

    compared: tuple[Any, ...]
    causes: tuple[Any, ...]
    """What only the causes in a finding rest on."""

    def still_bear(self, outcome: Outcome, before: "Grounds") -> bool:
        """Whether an *outcome* that rests on the grounds *before* is the same on these."""
        if self.compared != before.compared:
            return False
        return outcome.finding is None or self.causes == before.causes


Recall = Callable[[Hashable, Grounds, Callable[[], Outcome]], Outcome]
"""Gets an outcome: which object of the row, its grounds, and what computes it."""


def anew(_which: Hashable, _grounds: Grounds, work: Callable[[], Outcome]) -> Outcome:
    """The `Recall` that remembers nothing."""
    return work()


class Beside:
    """
    Looks at live objects beside those of git.

    Args:
        desired: the objects of git.
        around: what their comparison must know.
    """

    def __init__(self, desired: tuple[KubeObject, ...], around: Surroundings) -> None:
        self._desired = desired
        self._around = around

    @cached_property
    def _keys(self) -> frozenset[Any]:
        return frozenset(item.key for item in self._desired)

    @cached_property
    def _claims(self) -> Any:
        return claim_names(self._desired)

    def outcome(self, live: KubeObject) -> Outcome:
        """That of one that git may lack."""
        if not is_extraneous(live, self._keys, self._claims):
            return _NOTHING
        finding = comparing.extraneous(live, self._around)
        rule = hidden_by(self._around.rules, live, (), finding.attribution, desired=None)
        if rule is not None:
            return Outcome(hidden=(rule,))
        return Outcome(count=Count.EXTRANEOUS, finding=finding)

    def grounds(self, live: KubeObject) -> Grounds:
        """Those of `outcome`."""
        return Grounds(
            compared=(live, self._desired, self._around.rules),
            causes=_of_causes(live, self._around),
        )


def of_desired(desired: KubeObject, live: KubeObject | None, around: Surroundings) -> Outcome:
    """That of an object of git, with the live one."""
    if (why := left_alone(desired, absent=live is None)) is not None:
        return Outcome(count=None if live is None else Count.SYNCED, alone=why)
    if live is None:
        rule = hidden_by(around.rules, desired, (), None, desired=desired)
        if rule is not None:
            return Outcome(hidden=(rule,))
        return Outcome(count=Count.MISSING, finding=comparing.missing(desired, around))
    pair = _pair(desired, live, around)
    if around.settled is not None and around.settled.holds(pair):
        return Outcome(count=Count.SYNCED)
    found = comparing.compare(desired, live, around)
    if around.settled is not None and not found.tells:
        around.settled.add(pair, live)
    return Outcome(
        count=Count.MODIFIED if found.finding else Count.SYNCED,
        finding=found.finding,
        hidden=found.hidden,
        encrypted=sum(verdict.why is Why.ENCRYPTED for verdict in found.verdicts),
        stripped=found.stripped,
    )


def _pair(desired: KubeObject, live: KubeObject, around: Surroundings) -> bytes | None:
    if around.settled is None or comparing.not_in_force(desired, live) is not None:
        return None
    return settled.digest(
        desired,
        live,
        schemas=around.schemas.digest,
        replicas=around.replicas.get(desired.key),
        zone=around.zone,
    )


def grounds_of_desired(
    desired: KubeObject, live: KubeObject | None, around: Surroundings
) -> Grounds:
    """Those of `of_desired`."""
    replicas = around.replicas.get(desired.key)
    return Grounds(
        compared=(desired, live, replicas, around.schemas, around.rules),
        causes=_of_causes(desired, around),
    )


def _of_causes(item: KubeObject, around: Surroundings) -> tuple[Any, ...]:
    applied = around.applied
    return (
        around.in_sync,
        applied is None,
        None if applied is None else applied.get(item.key),
    )


_NOTHING = Outcome()

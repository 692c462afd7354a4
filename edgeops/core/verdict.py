"""
Whether one difference is drift, and whose.

A field that git sets and live has otherwise is drift unless an autoscaler owns it. A field
that only live has must be explained: the API server defaulted it, the sync engine applied it,
the platform wrote it for a reason that `edgeops.core.platform` knows, or somebody did.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from edgeops.core import documents
from edgeops.core.autoscaling import ReplicaRange
from edgeops.core.findings import Attribution, Cause, Change, ManagerClass
from edgeops.core.leaves import Delta
from edgeops.core.normalize import Atom, raw_value, schema_at
from edgeops.core.objects import KubeObject
from edgeops.core.ownership import CLIENT_SIDE_APPLY, Ownership
from edgeops.core.paths import Path
from edgeops.core.platform import explained
from edgeops.core.schemas import ListType, Node, Schemas

_EMPTY: tuple[Any, ...] = (None, {}, [], "", "[]", "{}")
_CONSUL = "consul.hashicorp.com"


class Why(StrEnum):
    """Why a difference is or is not drift; what ``--explain`` will say."""

    DEFAULT = "the API server's default"
    UNOWNED = "nobody owns it: filled in by the API server"
    ASSIGNED = "assigned by the API server"
    EMPTY = "empty and absent are the same"
    PLATFORM = "written by the platform"
    CONTROLLER = "written by a controller of Kubernetes"
    AUTOSCALER = "within the autoscaler's range"
    ENGINE_DEFAULT = "a default that the engine's first apply wrote along"
    ADDITIONS_WANTED = "an annotation in git says that live additions stay"
    DIFFERS = "git sets it otherwise"
    HAND_MADE = "somebody wrote it and git does not set it"
    LEFT_BEHIND = "the engine applied it and git no longer has it"
    UNEXPLAINED = "not in git, not a known default, and managedFields are not there to tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One difference, judged."""

    delta: Delta
    drift: bool
    why: Why
    cause: Cause | None = None
    attribution: Attribution | None = None
    rule: str | None = None
    """What exactly decided, where `why` names only the sort: a rule of the platform, a range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """
    Judges the differences of one pair of objects.

    Args:
        live: the live object.
        root: schema of its kind.
        owners: its managedFields, read.
        replicas: range of the autoscaler that scales it; None if there is none.
        in_sync: whether the engine last applied the very revision that is compared; None if
            nothing tells.
        additions_wanted: whether git asks that live additions stay (Flux's ``ssa: Merge``).
        detailed: whether each leaf of a node that is fine as a whole gets a verdict of its own.
    """

    desired: KubeObject
    live: KubeObject
    schemas: Schemas
    owners: Ownership
    replicas: ReplicaRange | None = None
    in_sync: bool | None = None
    additions_wanted: bool = False
    detailed: bool = False

    def judge(self, delta: Delta) -> Iterator[Verdict]:
        """
        The verdicts on *delta*: one, or several below it where writers differ.

        A difference that is no drift yields a verdict too, so that it can be explained.
        """
        if self._node(delta.path).list_type is ListType.SET and delta.change is not Change.REMOVED:
            yield self._judge_set(delta)
            return
        match delta.change:
            case Change.CHANGED:
                yield self._judge_changed(delta)
            case Change.REMOVED:
                yield self._judge_removed(delta)
            case Change.ADDED:
                yield from self._judge_added(delta)

    def _judge_changed(self, delta: Delta) -> Verdict:
        owners = self.owners.of(delta.path)
        if self._autoscaled(delta.path, delta.live, owners):
            return Verdict(delta=delta, drift=False, why=Why.AUTOSCALER, rule=self._range())
        writer = _last(owners)
        return Verdict(
            delta=delta,
            drift=True,
            why=Why.DIFFERS,
            cause=self._cause_of_change(writer),
            attribution=writer,
        )

    def _cause_of_change(self, writer: Attribution | None) -> Cause | None:
        if writer is None:
            return None
        if writer.manager_class is ManagerClass.ENGINE:
            # The engine wrote this value last, so git has moved on since.
            return None if self.in_sync else Cause.PENDING
        return Cause.EDITED

    def _judge_removed(self, delta: Delta) -> Verdict:
        node = self._node(delta.path)
        if _is_empty(delta.desired) or self._zero(delta.desired, node):
            return Verdict(delta=delta, drift=False, why=Why.EMPTY)
        if node.has_default(self._raw(self.desired, delta.path)):
            return Verdict(delta=delta, drift=False, why=Why.DEFAULT)
        applied = self.in_sync or self.owners.was_applied(delta.path)
        return Verdict(
            delta=delta, drift=True, why=Why.DIFFERS, cause=Cause.EDITED if applied else None
        )

    def _judge_added(self, delta: Delta) -> Iterator[Verdict]:
        leaves = [self._judge_leaf(leaf) for leaf in _leaves(delta)]
        guilty = [verdict for verdict in leaves if verdict.drift]
        if not guilty and self.detailed:
            yield from leaves
            return
        if not guilty:
            yield Verdict(delta=delta, drift=False, why=_first_reason(leaves))
            return
        excused = [
            verdict for verdict in leaves if not verdict.drift and verdict.why in _NOT_A_FILLING
        ]
        writers = {(verdict.attribution, verdict.cause) for verdict in guilty}
        if (not excused and len(writers) == 1) or not isinstance(delta.live, dict):
            attribution, cause = next(iter(writers))
            yield Verdict(
                delta=delta,
                drift=True,
                why=guilty[0].why,
                cause=cause,
                attribution=attribution,
            )
            return
        for name, value in delta.live.items():
            yield from self._judge_added(
                Delta(path=(*delta.path, name), change=Change.ADDED, live=value)
            )

    def _judge_leaf(self, leaf: Delta) -> Verdict:
        node = self._node(leaf.path)
        owners = self.owners.of(leaf.path)

        def fine(why: Why, rule: str | None = None) -> Verdict:
            return Verdict(delta=leaf, drift=False, why=why, rule=rule)

        if node.list_type is ListType.SET:
            return self._judge_set(leaf)
        raw = self._raw(self.live, leaf.path)
        if _is_empty(leaf.live) or self._zero(leaf.live, node):
            return fine(Why.EMPTY)
        if node.has_default(raw):
            return fine(Why.DEFAULT)
        if rule := explained(self.live, leaf.path, owners):
            return fine(Why.PLATFORM, rule.reason)
        if self._autoscaled(leaf.path, leaf.live, owners):
            return fine(Why.AUTOSCALER, self._range())
        if self._mirrored_namespace(leaf):
            return fine(Why.PLATFORM, "Consul's webhook fills in the object's own namespace")
        if node.is_assigned and not any(map(_is_person, owners)):
            return fine(Why.ASSIGNED)
        return self._judge_writer(leaf, owners)

    def _judge_writer(self, leaf: Delta, owners: tuple[Attribution, ...]) -> Verdict:
        if not self.owners.known:
            if self.owners.was_applied(leaf.path):
                return Verdict(delta=leaf, drift=True, why=Why.LEFT_BEHIND, cause=Cause.LEFT_BEHIND)
            return Verdict(delta=leaf, drift=True, why=Why.UNEXPLAINED)
        if not owners:
            return Verdict(delta=leaf, drift=False, why=Why.UNOWNED)
        people = tuple(owner for owner in owners if _is_person(owner) and not self._deployed(owner))
        if people:
            if self.additions_wanted:
                return Verdict(delta=leaf, drift=False, why=Why.ADDITIONS_WANTED)
            return Verdict(
                delta=leaf,
                drift=True,
                why=Why.HAND_MADE,
                cause=Cause.EDITED,
                attribution=_last(people),
            )
        deployers = tuple(
            owner
            for owner in owners
            if owner.manager_class is ManagerClass.ENGINE or self._deployed(owner)
        )
        if not deployers:
            return Verdict(delta=leaf, drift=False, why=Why.CONTROLLER)
        applied = any(owner.operation == "Apply" for owner in deployers)
        if applied or self.owners.was_applied(leaf.path):
            return Verdict(
                delta=leaf,
                drift=True,
                why=Why.LEFT_BEHIND,
                cause=Cause.PENDING if self.in_sync is False else Cause.LEFT_BEHIND,
                attribution=_last(deployers),
            )
        return Verdict(delta=leaf, drift=False, why=Why.ENGINE_DEFAULT)

    def _judge_set(self, delta: Delta) -> Verdict:
        desired = set(map(documents.dump_json, self._items(self.desired, delta.path)))
        live = self._items(self.live, delta.path)
        missing = desired - set(map(documents.dump_json, live))
        writers: list[Attribution] = []
        unexplained = False
        rules: dict[str, None] = {}
        for item in live:
            if documents.dump_json(item) in desired:
                continue
            owners = self.owners.of_item(delta.path, item)
            if rule := explained(self.live, delta.path, owners, item=str(item)):
                rules[rule.reason] = None
                continue
            people = [owner for owner in owners if _is_person(owner)]
            if people or not self.owners.known:
                unexplained = True
                writers += people
        if not missing and not unexplained:
            reasons = ", ".join(rules) or None
            return Verdict(delta=delta, drift=False, why=Why.PLATFORM, rule=reasons)
        writer = _last(tuple(writers))
        return Verdict(
            delta=delta,
            drift=True,
            why=Why.HAND_MADE if unexplained else Why.DIFFERS,
            cause=Cause.EDITED if writer else None,
            attribution=writer,
        )

    def _items(self, item: KubeObject, path: Path) -> list[Any]:
        found = raw_value(item, self.schemas, path)
        return found if isinstance(found, list) else []

    def _node(self, path: Path) -> Node:
        return schema_at(self.schemas.root(self.live.api_version, self.live.kind), path)

    def _raw(self, item: KubeObject, path: Path) -> Any:
        return raw_value(item, self.schemas, path)

    def _zero(self, value: Any, node: Node) -> bool:
        """
        Whether *value* is a zero that means the same as nothing.

        Consul's operators before 1.4 wrote whole Go structs back, zeros and all.
        https://github.com/hashicorp/consul-k8s/pull/3362
        """
        if node.zero_is_absent:
            return value in (False, 0, "")
        return self.live.group == _CONSUL and value in (False, 0, "", "0ns")

    def _mirrored_namespace(self, leaf: Delta) -> bool:
        """
        Whether Consul's webhook filled in the namespace of an intention's destination.

        https://github.com/hashicorp/consul-k8s/blob/main/control-plane/api/v1alpha1/serviceintentions_types.go
        """
        return (
            self.live.kind == "ServiceIntentions"
            and leaf.path == ("spec", "destination", "namespace")
            and leaf.live == self.live.namespace
        )

    def _autoscaled(self, path: Path, value: Any, owners: tuple[Attribution, ...]) -> bool:
        if path != ("spec", "replicas") or self.replicas is None:
            return False
        by_people = any(_is_person(owner) and not self._deployed(owner) for owner in owners)
        return not by_people and self.replicas.contains(value)

    def _range(self) -> str | None:
        bounds = self.replicas
        return f"{bounds.minimum} to {bounds.maximum} replicas" if bounds else None

    def _deployed(self, owner: Attribution) -> bool:
        """
        Whether a client-side apply is the deployment itself rather than somebody's edit.

        It owns the defaults too, and its annotation says what of that it really sent.
        """
        return owner.manager == CLIENT_SIDE_APPLY and self.owners.last_applied is not None


_NOT_A_FILLING = frozenset(
    {Why.PLATFORM, Why.CONTROLLER, Why.AUTOSCALER, Why.ADDITIONS_WANTED, Why.ENGINE_DEFAULT}
)
"""Reasons that make a live-only leaf somebody else's, not just the filling of a hand-made node."""


def _leaves(delta: Delta) -> Iterator[Delta]:
    pending: list[tuple[Path, Any]] = [(delta.path, delta.live)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, Mapping) and value:
            pending.extend(((*path, name), below) for name, below in value.items())
        else:
            yield Delta(path=path, change=Change.ADDED, live=value)


def _is_empty(value: Any) -> bool:
    """Whether *value* holds nothing: null, an empty map or list, or only such."""
    if isinstance(value, Atom):
        return _is_empty(documents.load(str(value)))
    if isinstance(value, Mapping):
        return all(map(_is_empty, value.values()))
    return isinstance(value, str | list | None.__class__) and value in _EMPTY


def _is_person(owner: Attribution) -> bool:
    return owner.manager_class is ManagerClass.PERSON


def _last(owners: tuple[Attribution, ...]) -> Attribution | None:
    """Who wrote last; a person before an engine that holds the field as well."""
    rank: Callable[[Attribution], tuple[bool, str]] = lambda owner: (  # noqa: E731
        owner.manager_class is not ManagerClass.ENGINE,
        owner.changed_at or "",
    )
    return max(owners, key=rank, default=None)


def _first_reason(verdicts: list[Verdict]) -> Why:
    return verdicts[0].why if verdicts else Why.EMPTY

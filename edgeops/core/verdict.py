"""
Whether one difference is drift, and whose.

A field that git sets and live has otherwise is drift unless an autoscaler owns it. A field
that only live has must be explained: the API server defaulted it, the sync engine applied it,
the platform wrote it for a reason that `edgeops.core.platform` knows, or somebody did.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from edgeops.core import documents
from edgeops.core.deployers import is_person, last
from edgeops.core.findings import Attribution, Cause, Change
from edgeops.core.leaves import Delta, leaves_of, within
from edgeops.core.pair import Pair
from edgeops.core.paths import Path
from edgeops.core.platform import aggregates, explained, mirrors_namespace, rolled_out
from edgeops.core.reasons import NOT_A_FILLING, Verdict, Why
from edgeops.core.schemas import ListType


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge(Pair):
    """
    Judges the differences of one pair of objects.

    Args:
        in_sync: whether the engine last applied the very revision that is compared; None if
            nothing tells.
        additions_wanted: whether git asks that live additions stay (Flux's ``ssa: Merge``).
        detailed: whether each leaf of a node that is fine as a whole gets a verdict of its own.
    """

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
        if (why := self._excuse(delta, owners)) is not None:
            rule = self._range() if why is Why.AUTOSCALER else None
            return Verdict(delta=delta, drift=False, why=why, rule=rule)
        writer = last(owners)
        return Verdict(
            delta=delta,
            drift=True,
            why=Why.DIFFERS,
            cause=self._cause_of_change(delta.path, writer),
            attribution=writer,
        )

    def _excuse(self, delta: Delta, owners: tuple[Attribution, ...]) -> Why | None:
        """Why a field that git sets may be otherwise; None if it may not."""
        if self._autoscaled(delta.path, delta.live, owners):
            return Why.AUTOSCALER
        if explained(self.live, delta.path, owners, replaced=True):
            return Why.PLATFORM
        if aggregates(self.desired, delta.path) and not any(map(is_person, owners)):
            return Why.CONTROLLER
        if rolled_out(self.desired, self.live, delta.path, owners):
            return Why.ROLLED_OUT
        if self._filled(delta, owners):
            return Why.FILLED
        if self._means_nothing(delta.path, delta.desired):
            added = Delta(path=delta.path, change=Change.ADDED, live=delta.live)
            verdicts = list(self._judge_added(added))
            if not any(verdict.drift for verdict in verdicts):
                return _first_reason(verdicts)
        return None

    def _filled(self, delta: Delta, owners: tuple[Attribution, ...]) -> bool:
        """
        Whether a list without a schema differs by what the API server filled in alone.

        Its CRD may default fields of the elements. Nobody but the deployer has written the list,
        and all that git sets in it is there.
        """
        if self._node(delta.path).known or not owners:
            return False
        deployed = all(self._deployers.deployed(owner, delta.path) for owner in owners)
        return deployed and within(
            self._raw(self.desired, delta.path), self._raw(self.live, delta.path)
        )

    def _cause_of_change(self, path: Path, writer: Attribution | None) -> Cause | None:
        if writer is None:
            return Cause.EDITED if self.in_sync else None
        if self._deployers.deployed(writer, path):
            # The engine wrote this value last, so git has moved on since.
            return None if self.in_sync else Cause.PENDING
        return Cause.EDITED

    def _judge_removed(self, delta: Delta) -> Verdict:
        reasons = [self._needless(delta.path)]
        if reasons[0] is None:
            reasons = [self._needless(leaf.path) for leaf in leaves_of(delta)]
        if (why := reasons[0]) is not None and all(reasons):
            return Verdict(delta=delta, drift=False, why=why)
        applied = self.in_sync or self.owners.was_applied(delta.path)
        return Verdict(
            delta=delta, drift=True, why=Why.DIFFERS, cause=Cause.EDITED if applied else None
        )

    def _needless(self, path: Path) -> Why | None:
        """Why it says nothing that git sets a field which live lacks; None if it does say."""
        raw = self._raw(self.desired, path)
        if self._means_nothing(path, raw):
            return Why.EMPTY
        if self._node(path).has_default(raw):
            return Why.DEFAULT
        return Why.PLATFORM if explained(self.live, path, (), replaced=True) else None

    def _judge_added(self, delta: Delta) -> Iterator[Verdict]:
        leaves = [self._judge_leaf(leaf) for leaf in leaves_of(delta)]
        guilty = [verdict for verdict in leaves if verdict.drift]
        if not guilty and self.detailed:
            yield from leaves
            return
        if not guilty:
            yield Verdict(delta=delta, drift=False, why=_first_reason(leaves))
            return
        excused = [
            verdict for verdict in leaves if not verdict.drift and verdict.why in NOT_A_FILLING
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
        if self._means_nothing(leaf.path, leaf.live) or self._null_in_git(leaf):
            return fine(Why.EMPTY)
        chosen = any(is_person(owner) and not self._made(owner, leaf.path) for owner in owners)
        if self._is_default(leaf.path, chosen=chosen):
            return fine(Why.DEFAULT)
        if rule := explained(self.live, leaf.path, owners):
            return fine(Why.PLATFORM, rule.reason)
        if self._autoscaled(leaf.path, leaf.live, owners):
            return fine(Why.AUTOSCALER, self._range())
        if mirrors_namespace(self.live, leaf.path, leaf.live):
            return fine(Why.PLATFORM, "Consul's webhook fills in the object's own namespace")
        if node.is_assigned and not chosen:
            return fine(Why.ASSIGNED)
        return self._judge_writer(leaf, owners)

    def _judge_writer(self, leaf: Delta, owners: tuple[Attribution, ...]) -> Verdict:
        by_hand = self._deployers.people(owners, leaf.path) or not self.owners.known
        if self.additions_wanted and by_hand:
            return Verdict(delta=leaf, drift=False, why=Why.ADDITIONS_WANTED)
        if not self.owners.known:
            if self.owners.was_applied(leaf.path):
                return Verdict(delta=leaf, drift=True, why=Why.LEFT_BEHIND, cause=Cause.LEFT_BEHIND)
            return Verdict(delta=leaf, drift=True, why=Why.UNEXPLAINED)
        if not owners:
            # The scale subresource can leave its write without an owner.
            scaled = leaf.path == ("spec", "replicas") and self._node(leaf.path).known
            return Verdict(delta=leaf, drift=scaled, why=Why.SCALED if scaled else Why.UNOWNED)
        people = self._deployers.people(owners, leaf.path)
        if people:
            return Verdict(
                delta=leaf,
                drift=True,
                why=Why.HAND_MADE,
                cause=Cause.EDITED,
                attribution=last(people),
            )
        deployers = tuple(owner for owner in owners if self._deployers.deployed(owner, leaf.path))
        if not deployers:
            return Verdict(delta=leaf, drift=False, why=Why.CONTROLLER)
        applied = any(owner.operation == "Apply" for owner in deployers)
        if applied or self.owners.was_applied(leaf.path):
            return self._left_behind(leaf, deployers)
        return Verdict(delta=leaf, drift=False, why=Why.ENGINE_DEFAULT)

    def _judge_set(self, delta: Delta) -> Verdict:
        desired = set(map(documents.dump_json, self._items(self.desired, delta.path)))
        live = self._items(self.live, delta.path)
        missing = desired - set(map(documents.dump_json, live))
        writers: list[Attribution] = []
        left: list[Attribution] = []
        unexplained = False
        rules: dict[str, None] = {}
        for item in live:
            if documents.dump_json(item) in desired:
                continue
            owners = self.owners.of_item(delta.path, item)
            if rule := explained(self.live, delta.path, owners, item=str(item)):
                rules[rule.reason] = None
                continue
            people = [owner for owner in owners if is_person(owner)]
            if (people or not self.owners.known) and not self.additions_wanted:
                unexplained = True
                writers += people
            elif not people:
                left += [owner for owner in owners if owner.operation == "Apply"]
        if not missing and not unexplained and not left:
            reasons = ", ".join(rules) or None
            return Verdict(delta=delta, drift=False, why=Why.PLATFORM, rule=reasons)
        if left and not missing and not unexplained:
            return self._left_behind(delta, left)
        writer = last(writers)
        return Verdict(
            delta=delta,
            drift=True,
            why=Why.HAND_MADE if unexplained else Why.DIFFERS,
            cause=Cause.EDITED if writer else None,
            attribution=writer,
        )

    def _left_behind(self, delta: Delta, deployers: Iterable[Attribution]) -> Verdict:
        return Verdict(
            delta=delta,
            drift=True,
            why=Why.LEFT_BEHIND,
            cause=Cause.PENDING if self.in_sync is False else Cause.LEFT_BEHIND,
            attribution=last(deployers),
        )


def _first_reason(verdicts: list[Verdict]) -> Why:
    return verdicts[0].why if verdicts else Why.EMPTY

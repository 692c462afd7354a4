"""
The discovery chain of a service: which instances a call may end at, and in which order.

A model of Consul's own compiler, rule by rule; ``tests/consulchain`` compares the two:
https://github.com/hashicorp/consul/blob/v1.22.7/agent/consul/discoverychain/compile.go

- Only the router of the service that is called counts (assembleChain); below it a splitter may
  lead to other splitters, and a split that names its own service ends at the resolver.
- A resolver redirects before anything else; a redirect to itself does nothing, and one that
  names another service forgets the subset (getResolverNode, rewriteTarget).
- Then the default subset. Then failover: of the subset, else of ``*``. A target of it follows
  redirects and default subsets, but not failover of its own.
- All services of a chain have one protocol; routers and splitters want an HTTP one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from edgeops.core.routes.entries import ANY, Entries, Reference, Resolver, Router, ServiceName
from edgeops.core.routes.targets import (
    Break,
    Candidate,
    Chain,
    ChainError,
    Leaf,
    Step,
    Steps,
    Target,
    rewritten,
)

_HTTP: Final = frozenset({"http", "http2", "grpc"})
MOST_LEAVES: Final = 1000
"""Ends of one chain: splitters of splitters can make any number of them."""


def compile_chain(entries: Entries, service: ServiceName) -> Chain:
    """
    The chain of *service*.

    Raises:
        ChainError: if Consul would refuse it.
    """
    return _Compiler(entries, service).compile()


@dataclass(slots=True)
class _Node:
    """A resolver at the end of redirects and default subsets."""

    target: Target
    steps: Steps
    resolver: Resolver | None
    failover: tuple[Candidate, ...] = ()


@dataclass(slots=True)
class _Compiler:
    entries: Entries
    service: ServiceName
    protocol: str = ""
    advanced: Steps = ()
    nodes: dict[Target, _Node] = field(default_factory=dict)
    leaves: int = 0

    def compile(self) -> Chain:
        router = self.entries.routers.get(self.service)
        start = Target(service=self.service)
        if router is None:
            leaves = tuple(self._split(start, (), "", ()))
        else:
            leaves = tuple(self._routed(router, start))
        if self.advanced and self.protocol not in _HTTP:
            raise ChainError(
                Break.PROTOCOL,
                f"routing and splitting need an HTTP protocol, and {self.service} "
                f"has {self.protocol}",
                self.advanced,
            )
        return Chain(protocol=self.protocol, leaves=leaves)

    def _routed(self, router: Router, start: Target) -> Iterator[Leaf]:
        self._record(self.service, ())
        for route in router.routes:
            step = Step(text=f"route {route.match}", source=router.source, field=route.to.field)
            self.advanced = (*self.advanced, step)
            target = rewritten(start, route.to)
            if route.to.subset:
                yield self._leaf(target, (step,), route.match)
            else:
                yield from self._split(target, (step,), route.match, ())
        step = Step(text="no route matches", source=router.source, field="spec.routes")
        self.advanced = (*self.advanced, step)
        yield from self._split(start, (), "else", ())

    def _split(
        self, target: Target, steps: Steps, when: str, seen: tuple[ServiceName, ...]
    ) -> Iterator[Leaf]:
        splitter = None if target.partition else self.entries.splitters.get(target.service)
        if splitter is None:
            yield self._leaf(target, steps, when)
            return
        if target.service in seen:
            way = " -> ".join(map(str, (*seen, target.service)))
            raise ChainError(Break.LOOP, f"splitters lead in a circle: {way}", steps)
        for split in splitter.splits:
            text = f"{split.weight:g}% go on"
            step = Step(text=text, source=splitter.source, field=split.to.field)
            self.advanced = (*self.advanced, step)
            share = f"{split.weight:g}%"
            next_target = rewritten(Target(service=target.service), split.to)
            label = f"{when}, {share}" if when else share
            to_itself = next_target.service == target.service
            if to_itself or split.to.subset:
                leaves = [self._leaf(next_target, (*steps, step), label)]
            else:
                beyond = (*seen, target.service)
                leaves = list(self._split(next_target, (*steps, step), label, beyond))
            # A share of nothing must be valid too, but no request goes there.
            yield from leaves if split.weight > 0 else ()

    def _leaf(self, target: Target, steps: Steps, when: str) -> Leaf:
        reached = self._resolve(target, steps)
        node = self.nodes.get(reached.target)
        if node is None:
            # Known before its failover is looked at, as to Consul: a target may lead back here.
            node = self.nodes[reached.target] = reached
            node.failover = tuple(self._failover(node))
        first = Candidate(target=reached.target, steps=reached.steps)
        self.leaves += 1
        if self.leaves > MOST_LEAVES:
            raise ChainError(Break.SIZE, f"splitters lead to over {MOST_LEAVES} ends", steps)
        return Leaf(candidates=(first, *node.failover), when=when)

    def _resolve(self, target: Target, steps: Steps) -> _Node:
        """Follow redirects and default subsets."""
        seen: list[Target] = []
        while True:
            resolver = None if target.partition else self.entries.resolvers.get(target.service)
            if target in self.nodes:
                return _Node(target=target, steps=steps, resolver=resolver)
            if not target.peer:
                self._record(target.service, steps)
            if target in seen:
                way = " -> ".join(map(str, (*seen, target)))
                raise ChainError(Break.LOOP, f"redirects lead in a circle: {way}", steps)
            seen.append(target)
            if resolver is None:
                self._check_external(target, None, steps)
                if target.subset:
                    raise _no_subset(target, steps)
                return _Node(target=target, steps=steps, resolver=None)
            if resolver.redirect is not None:
                goal = rewritten(target, resolver.redirect)
                if goal != target:
                    text = f"{target} is redirected to {goal}"
                    steps = (*steps, _step(text, resolver, resolver.redirect))
                    target = goal
                    continue
            if not target.subset and resolver.default_subset:
                target = replace(target, subset=resolver.default_subset)
                text = f"the default subset is {resolver.default_subset}"
                field_ = "spec.defaultSubset"
                steps = (*steps, Step(text=text, source=resolver.source, field=field_))
                continue
            if target.subset and target.subset not in resolver.subsets:
                raise _no_subset(target, steps)
            self._check_external(target, resolver, steps)
            return _Node(target=target, steps=steps, resolver=resolver)

    def _failover(self, node: _Node) -> Iterator[Candidate]:
        if node.resolver is None:
            return
        found = node.resolver.failover.get(node.target.subset, node.resolver.failover.get(ANY, ()))
        for reference in found:
            goal = rewritten(node.target, reference)
            if goal == node.target:
                continue
            text = f"when {node.target} is gone, {goal}"
            step = _step(text, node.resolver, reference)
            end = self._resolve(goal, (*node.steps, step))
            yield Candidate(target=end.target, steps=end.steps)

    def _record(self, service: ServiceName, steps: Steps) -> None:
        protocol = self.entries.protocol_of(service)
        if self.protocol and protocol != self.protocol:
            raise ChainError(
                Break.PROTOCOL,
                f"{service} speaks {protocol}, and the chain of {self.service} speaks "
                f"{self.protocol}: Consul refuses a chain of two protocols",
                steps,
            )
        self.protocol = protocol

    def _check_external(self, target: Target, resolver: Resolver | None, steps: Steps) -> None:
        defaults = self.entries.defaults.get(target.service)
        if defaults is None or not defaults.external or resolver is None:
            return
        if resolver.redirect or resolver.subsets or resolver.failover:
            raise ChainError(
                Break.EXTERNAL,
                f"{target.service} has an external SNI, and its resolver redirects, fails over or "
                "has subsets: Consul refuses both together",
                steps,
            )


def _step(text: str, resolver: Resolver, reference: Reference) -> Step:
    return Step(text=text, source=resolver.source, field=reference.field)


def _no_subset(target: Target, steps: Steps) -> ChainError:
    return ChainError(
        Break.SUBSET, f"{target.service} has no subset named {target.subset!r}", steps
    )

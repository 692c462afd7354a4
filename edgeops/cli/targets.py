"""What a drift check is to compare: the flags, checked against each other, and the report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from edgeops import wiring
from edgeops.core.findings import DriftReport
from edgeops.core.fleet.model import Cluster, Fleet
from edgeops.core.merging import with_shard
from edgeops.core.shards import Shard
from edgeops.errors import RepositoryError
from edgeops.ports import Confirmer, LiveReader, Repository
from edgeops.usecases import drift
from edgeops.usecases.confirm import Confirmation, When
from edgeops.usecases.desired import CONFIG, Selection
from edgeops.wiring import unattended

if TYPE_CHECKING:  # each of these is another command's, which a check need not wait for
    from edgeops.core.engine_status import SyncStatusReport
    from edgeops.core.episodes import EpisodeKey
    from edgeops.core.explanations import Asked, ExplanationReport
    from edgeops.usecases.watch import Course


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """The flags of ``edgeops drift`` that say what is compared with what."""

    rev: str | None
    """None for the work tree."""

    zones: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    desired: tuple[str, ...] = ()
    live: str | None = None
    namespace: str | None = None
    kubeconfig: str | None = None
    context: str | None = None
    limit: timedelta = wiring.CLUSTER_LIMIT
    """How long reading one cluster may take."""

    ignore_files: tuple[str, ...] = ()
    kustomize: str | None = None
    rev_given: bool = False
    confirm: When = When.NEVER
    shard: Shard | None = None

    @property
    def selection(self) -> Selection:
        """Which zones of the fleet are meant."""
        return Selection(clusters=self.clusters, zones=self.zones, shard=self.shard)

    def check(self) -> None:
        """
        Refuse flags that contradict each other.

        Raises:
            click.UsageError: naming both.
        """
        for one, other, contradictory in (
            ("--live", "--context", self.live and self.context),
            ("--live", "--kubeconfig", self.live and self.kubeconfig),
            ("--live", "--confirm", self.live and self.confirm is not When.NEVER),
            ("--desired", "--zone", self.desired and self.zones),
            ("--desired", "--cluster", self.desired and self.clusters),
            ("--desired", "--shard", self.desired and self.shard),
            ("--desired", "--rev", self.desired and self.rev_given),
            ("--desired", "--worktree", self.desired and self.rev is None),
            ("--rev", "--worktree", self.rev is None and self.rev_given),
            ("--desired -", "--live -", "-" in self.desired and self.live == "-"),
        ):
            if contradictory:
                raise click.UsageError(f"{one} and {other} cannot stand together.")
        if self.namespace and not self.desired:
            raise click.UsageError("--namespace is for --desired: zones have theirs.")

    def report(self, directory: str) -> DriftReport:
        """Compare, and give the report; raises EdgeopsError."""
        return with_shard(self._check(self._tools(), directory), self.shard)

    def course(
        self,
        directory: str,
        *,
        fetch_every: timedelta,
        notice: Callable[[str], None],
        first_seen: "Mapping[EpisodeKey, str]",
        repository: "Repository | None" = None,
    ) -> "Course":
        """
        The same, watched: see `edgeops.usecases.watch.Course`.

        Args:
            repository: the one around *directory*, where it is a clone of ours.
        """
        from edgeops.usecases.standing import Ways
        from edgeops.usecases.watch import Course

        assert self.rev is not None
        return Course(
            ways=Ways(
                tools=self._tools(),
                repository=repository or wiring.repository(directory),
                builder=wiring.builder(self.kustomize),
                contexts=self._contexts,
                selection=self.selection,
            ),
            files=wiring.files(directory),
            parse=self._parse,
            yielded=wiring.yielded_applications,
            rev=self.rev,
            fetch_every=fetch_every.total_seconds(),
            notice=notice,
            at_rest=unattended.freeze_memory,
            abandoning=unattended.abandoning,
            first_seen=first_seen,
        )

    def fleet(self, directory: str) -> Fleet:
        """The fleet whose clusters are compared, at the compared revision; raises EdgeopsError."""
        if self.rev is None:
            text = wiring.files(directory).read(CONFIG)
        else:
            text = wiring.repository(directory).read(self.rev, CONFIG)
        if text is None:
            raise RepositoryError(
                f"there is no {CONFIG} {'here' if self.rev is None else f'at {self.rev}'}: "
                "make one with 'edgeops init', or name its directory with -C."
            )
        return wiring.parse_fleet(text.decode(errors="replace"))

    def explanation(self, directory: str, asked: "Asked") -> "ExplanationReport":
        """Compare, and explain one object; raises EdgeopsError."""
        from edgeops.usecases.explain import explain

        return explain(lambda tools: self._check(tools, directory), self._tools(), asked)

    def sync_status(self, directory: str) -> "SyncStatusReport":
        """Compare, and read what the engines say of it; raises EdgeopsError."""
        from edgeops.usecases.sync_status import sync_status

        return sync_status(
            lambda tools: self._check(tools, directory),
            self._tools(),
            self.fleet(directory),
            self._contexts,
        )

    def _tools(self) -> drift.Tools:
        return drift.Tools(
            clock=wiring.clock(),
            schemas=wiring.schemas(),
            readers=self._readers(),
            rules=tuple(rule for place in self.ignore_files for rule in wiring.ignore_rules(place)),
            complete=self.live is None,
            confirmation=Confirmation(when=self.confirm, confirmers=self._confirmer),
        )

    def _check(self, tools: drift.Tools, directory: str) -> DriftReport:
        if self.desired:
            return drift.check_manifests(
                tools,
                wiring.manifests(self.desired),
                context=self.context or "",
                namespace=self.namespace,
            )
        if self.live is None and tools.onlooker is None:
            tools = replace(tools, memory=wiring.verdict_memory())
        return drift.check_repository(
            tools,
            wiring.repository(directory),
            wiring.files(directory),
            wiring.builder(self.kustomize),
            parse=self._parse,
            yielded=wiring.yielded_applications,
            contexts=self._contexts,
            rev=self.rev,
            selection=self.selection,
        )

    def _parse(self, text: str) -> Fleet:
        """Read the fleet, and see that one context or dump is not taken for several clusters."""
        fleet = wiring.parse_fleet(text)
        if self.live is None and self.context is None:
            self._check_reach(fleet)
        one_place = self._one_place()
        selected = [
            cluster
            for cluster in fleet.clusters
            if any(self.selection.takes(cluster, zone) for zone in cluster.zones)
        ]
        if one_place and len(selected) > 1:
            names = ", ".join(cluster.name for cluster in selected)
            raise click.UsageError(
                f"{one_place} is one cluster: say with --cluster which of {names}."
            )
        return fleet

    def _check_reach(self, fleet: Fleet) -> None:
        """Refuse to look for the engine's objects of another cluster in the pod's own."""
        if not wiring.only_a_service_account(self.kubeconfig):
            return
        for cluster in fleet.clusters:
            away = cluster.engine_context != cluster.context
            if away and any(self.selection.takes(cluster, zone) for zone in cluster.zones):
                raise click.UsageError(
                    f"the engine's objects of {cluster.name} live in another cluster "
                    f"(engineContext {cluster.engine_context}), which the service account of this "
                    "pod cannot read: give a kubeconfig with --kubeconfig."
                )

    def _one_place(self) -> str | None:
        """What makes every cluster be read from the same place; None if each has its own."""
        if self.live is not None:
            return "--live"
        if self.context is not None:
            return "--context"
        if wiring.only_a_service_account(self.kubeconfig):
            return "the service account of this pod"
        return None

    def _readers(self) -> Callable[[str], LiveReader]:
        if self.live is not None:
            dump = wiring.dump_reader(self.live)
            return lambda _: dump
        return lambda context: wiring.cluster_reader(context or None, self.kubeconfig, self.limit)

    def _confirmer(self, context: str) -> Confirmer:
        return wiring.confirmer(context or None, self.kubeconfig, self.limit)

    def _contexts(self, cluster: Cluster) -> tuple[str, str]:
        """Where the cluster's objects and its engine's are read from."""
        if self.live is not None:
            return self.live, self.live
        if self.context is None:
            return cluster.context, cluster.engine_context
        same = cluster.engine_context == cluster.context
        return self.context, self.context if same else cluster.engine_context

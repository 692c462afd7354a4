"""The flags that say where a command of zones or nodes reads its clusters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import click

from edgeops import wiring
from edgeops.cli.spans import Span
from edgeops.core.fleet.model import Cluster, Fleet
from edgeops.errors import ConfigurationError, Problem
from edgeops.ports import LiveReader

time_limit = click.option(
    "--timeout",
    "limit",
    metavar="SPAN",
    type=Span(),
    default="2m",
    show_default=True,
    help="How long reading one cluster may take; what was not read by then is named.",
)
"""The flag ``--timeout``."""

Command = TypeVar("Command", bound=Callable[..., Any])


def live_options(command: Command) -> Command:
    """Add ``--live``, ``--kubeconfig``, ``--context``, ``--timeout`` to a command."""
    options = (
        click.option("--live", metavar="FILE|DIR|-", help="A dump to read, instead of clusters."),
        click.option(
            "--kubeconfig", metavar="FILE", help="Default: KUBECONFIG, then ~/.kube/config."
        ),
        click.option(
            "--context", "context_name", metavar="NAME", help="Read this kubeconfig context."
        ),
        time_limit,
    )
    for option in reversed(options):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where clusters are read."""

    live: str | None
    kubeconfig: str | None
    context: str | None
    limit: timedelta = wiring.CLUSTER_LIMIT

    @property
    def given(self) -> bool:
        """Whether a flag asks for a cluster or a dump to be read."""
        return bool(self.live or self.kubeconfig or self.context)

    def check(self, clusters: Sequence[Cluster]) -> None:
        """
        Refuse flags that contradict each other, and one place for several clusters.

        Raises:
            click.UsageError: naming them.
        """
        for flag, given in (("--context", self.context), ("--kubeconfig", self.kubeconfig)):
            if self.live and given:
                raise click.UsageError(f"--live and {flag} cannot stand together.")
        one = "--live" if self.live else "--context" if self.context else None
        if one and len(clusters) > 1:
            names = ", ".join(cluster.name for cluster in clusters)
            raise click.UsageError(f"{one} is one cluster: say with --cluster which of {names}.")

    def contexts(self, cluster: Cluster) -> tuple[str, str]:
        """Where the cluster's objects and its engine's are read from."""
        if self.live is not None:
            return self.live, self.live
        if self.context is None:
            return cluster.context, cluster.engine_context
        same = cluster.engine_context == cluster.context
        return self.context, self.context if same else cluster.engine_context

    def reader(self) -> Callable[[str], LiveReader]:
        """What reads a context."""
        if self.live is not None:
            dump = wiring.dump_reader(self.live)
            return lambda _: dump
        return lambda context: wiring.cluster_reader(context or None, self.kubeconfig, self.limit)

    def of_clusters(self) -> Callable[[Cluster], LiveReader]:
        """What reads the objects of a cluster."""
        reader = self.reader()
        return lambda cluster: reader(self.contexts(cluster)[0])


def chosen_clusters(fleet: Fleet, names: Sequence[str]) -> tuple[Cluster, ...]:
    """
    The clusters called *names*; all of them if there are no names.

    Raises:
        ConfigurationError: naming those that the fleet does not have.
    """
    known = {cluster.name for cluster in fleet.clusters}
    if unknown := [name for name in names if name not in known]:
        message = f"no cluster {', '.join(unknown)}; there are {', '.join(sorted(known))}"
        problem = Problem(path="spec.clusters", message=message)
        raise ConfigurationError("edgeops.yaml", [problem])
    return tuple(cluster for cluster in fleet.clusters if not names or cluster.name in names)

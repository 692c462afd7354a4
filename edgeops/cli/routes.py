"""``edgeops routes``: flags in, every call followed, one picture out."""

import shutil
from datetime import timedelta

import click

from edgeops import wiring
from edgeops.cli.context import common, emit, options, output_format, say, to_terminal, working
from edgeops.cli.live import time_limit
from edgeops.core.fleet.model import Cluster
from edgeops.core.routes.proof import ProofStatus
from edgeops.errors import ExitStatus
from edgeops.ports import LiveReader

FORMATS = ("table", "json", "yaml", "svg", "mermaid")
CLUSTERS = "clusters"
"""What ``--live`` stands for without a value."""

EXAMPLES = """\b
Examples:
  edgeops routes                                     # who answers whom, and who then
  edgeops routes --prove                             # every single failure
  edgeops routes --fail us-west-2-lax-1a/frontend    # one failure, played
  edgeops routes --prove -o svg --output-file routes.svg
"""


@click.command(epilog=EXAMPLES)
@common
@click.option("--prove", is_flag=True, help="Check every single failure.")
@click.option(
    "--fail",
    multiple=True,
    metavar="ZONE/SERVICE",
    help="As if this service were gone in this zone; repeatable.",
)
@click.option(
    "--fail-zone",
    "fail_zones",
    multiple=True,
    metavar="ZONE",
    help="As if this whole zone were gone; repeatable.",
)
@click.option("--zone", "zones", multiple=True, metavar="ZONE", help="Only calls of this zone.")
@click.option(
    "--cluster", "clusters", multiple=True, metavar="CLUSTER", help="Only this cluster; repeatable."
)
@click.option("--rev", metavar="REV", help="Of this revision instead of the work tree.")
@click.option(
    "--live",
    is_flag=False,
    flag_value=CLUSTERS,
    metavar="[FILE|DIR|-]",
    help="Of live objects: of the clusters, or of a dump where one is named.",
)
@click.option("--kubeconfig", metavar="FILE", help="Default: KUBECONFIG, then ~/.kube/config.")
@click.option("--context", "context_name", metavar="NAME", help="Read this kubeconfig context.")
@time_limit
@click.option("--kustomize", metavar="PATH", help="Build with this kustomize instead of ours.")
@click.pass_context
def routes(
    context: click.Context,
    prove: bool,
    fail: tuple[str, ...],
    fail_zones: tuple[str, ...],
    zones: tuple[str, ...],
    clusters: tuple[str, ...],
    rev: str | None,
    live: str | None,
    kubeconfig: str | None,
    context_name: str | None,
    limit: timedelta,
    kustomize: str | None,
) -> ExitStatus:
    """
    Say where every call goes, and where it goes when that is gone.

    Follows Consul's resolvers, routers, splitters and intentions, or Kubernetes' names, over
    the built overlays of all zones. Exits 1 if a call is not answered, not allowed or not
    reachable, or a route leads from one edge zone to another, and names the line to mend.
    """
    from edgeops.report.routes import render
    from edgeops.usecases.desired import Selection
    from edgeops.usecases.routes import Question, follow_routes

    chosen = output_format(context, FORMATS)
    _check(live, kubeconfig, context_name)
    directory = options(context).directory
    selection = Selection(clusters=clusters, zones=zones)
    with working(context, "Following"):
        fleet, proof = follow_routes(
            Question(selection=selection, fail=fail, fail_zones=fail_zones, every=prove),
            rev=rev,
            parse=wiring.whole_fleet(directory, kustomize),
            repository=wiring.repository(directory),
            files=wiring.files(directory),
            builder=wiring.builder(kustomize),
            readers=_Readers(live, kubeconfig, context_name, clusters, limit).of if live else None,
        )
    width = shutil.get_terminal_size((100, 24)).columns
    emit(context, render(fleet, proof, chosen, color=to_terminal(context), width=width))
    if chosen not in {"table", "json", "yaml"} or options(context).output_file is not None:
        for problem in proof.problems:
            place = f"{problem.path}:{problem.line}: " if problem.path else ""
            say(context, f"edgeops: {place}{problem.message}")
    for line in proof.unread:
        say(context, f"edgeops: not read: {line}")
    return {
        ProofStatus.PASSED: ExitStatus.OK,
        ProofStatus.FAILED: ExitStatus.FINDINGS,
        ProofStatus.UNKNOWN: ExitStatus.FAILED,
    }[proof.status]


def _check(live: str | None, kubeconfig: str | None, context_name: str | None) -> None:
    for name, given in (("--kubeconfig", kubeconfig), ("--context", context_name)):
        if given and live is None:
            raise click.UsageError(
                f"{name} is for --live: without it nothing is read of a cluster."
            )
        if given and live != CLUSTERS:
            raise click.UsageError(f"--live with a dump and {name} cannot stand together.")


class _Readers:
    """Where the live objects of each cluster are read."""

    def __init__(
        self,
        live: str,
        kubeconfig: str | None,
        context_name: str | None,
        clusters: tuple[str, ...],
        limit: timedelta,
    ) -> None:
        self._limit = limit
        self._kubeconfig, self._context = kubeconfig, context_name
        self._dump = None if live == CLUSTERS else wiring.dump_reader(live)
        self._clusters = clusters
        self._first: str | None = None

    def of(self, cluster: Cluster) -> LiveReader:
        if self._dump is None and self._context is None:
            return wiring.cluster_reader(cluster.context, self._kubeconfig, self._limit)
        if self._first not in {None, cluster.name}:
            place = "--live" if self._dump else "--context"
            raise click.UsageError(
                f"{place} is one cluster: say with --cluster which of {self._first} and "
                f"{cluster.name}."
            )
        self._first = cluster.name
        return self._dump or wiring.cluster_reader(self._context, self._kubeconfig, self._limit)

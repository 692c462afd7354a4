"""``edgeops nodes``: what the nodes of each zone need, and which ones lack it."""

import shutil
from datetime import timedelta

import click

from edgeops import wiring
from edgeops.cli.context import common, emit, options, output_format, to_terminal
from edgeops.cli.live import Place, chosen_clusters, live_options
from edgeops.errors import ExitStatus
from edgeops.usecases.nodes import node_report
from edgeops.usecases.zones import current_text

FORMATS = ("table", "json", "yaml", "eksctl", "kubelet")
EXAMPLES = """\b
Examples:
  edgeops nodes                          # the labels and taints of each zone
  edgeops nodes -o eksctl > nodes.yaml   # node groups to put into a ClusterConfig
  edgeops nodes --check                  # asks the clusters of edgeops.yaml which nodes lack them
  kubectl get nodes -o yaml | edgeops nodes --live -
"""


@click.command(epilog=EXAMPLES)
@common
@click.option("--cluster", "clusters", multiple=True, metavar="NAME", help="Only this; repeatable.")
@click.option("--check", is_flag=True, help="Look at the nodes of the clusters, too.")
@live_options
@click.pass_context
def nodes(
    context: click.Context,
    *,
    clusters: tuple[str, ...],
    check: bool,
    live: str | None,
    kubeconfig: str | None,
    context_name: str | None,
    limit: timedelta,
) -> ExitStatus:
    """
    Print the labels and taints that the nodes of each zone need.

    With --check, --live, --context or --kubeconfig, the nodes that lack them are named, and it
    exits 1 if there are any: an edge node without its taint draws CoreDNS and other zones' pods.
    """
    from edgeops.report.nodes import render_nodes

    chosen = output_format(context, FORMATS)
    catalogue = wiring.zone_catalogue()
    fleet = wiring.parse_fleet(current_text(wiring.files(options(context).directory)))
    taken = chosen_clusters(fleet, clusters)
    place = Place(live=live, kubeconfig=kubeconfig, context=context_name, limit=limit)
    place.check(taken)
    asks = check or place.given
    report = node_report(fleet, taken, catalogue, reader=place.of_clusters() if asks else None)
    width = shutil.get_terminal_size((100, 24)).columns
    emit(context, render_nodes(report, chosen, color=to_terminal(context), width=width))
    if chosen in {"eksctl", "kubelet"}:
        for problem in report.problems or ():
            click.echo(f"{problem.cluster}: node {problem.node} {problem.problem}", err=True)
    return ExitStatus.FINDINGS if report.problems else ExitStatus.OK

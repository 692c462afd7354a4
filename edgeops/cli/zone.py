"""``edgeops zone``: zones come and go, each in commits of its own."""

import shutil
from datetime import timedelta

import click

from edgeops import wiring
from edgeops.cli.context import (
    common,
    emit,
    options,
    output_format,
    to_terminal,
    undisturbed,
    working,
)
from edgeops.cli.live import Place, chosen_clusters, live_options
from edgeops.cli.plan import FORMATS as PLAN_FORMATS
from edgeops.cli.plan import status_of
from edgeops.cli.shown import show
from edgeops.cli.zone_remove import remove
from edgeops.cli.zone_work import Work, check_flags, writing
from edgeops.core.zones import EDGE_TYPES
from edgeops.errors import ExitStatus
from edgeops.usecases.undertaking import Choices
from edgeops.usecases.zones import NewZone, with_zones

FORMATS = ("table", "json", "yaml")
"""Of ``zone list``."""
EXAMPLES = """\b
Examples:
  edgeops zone add us-west-2-phx-2a --dry-run
  edgeops zone add edge-usw2/us-west-2-xyz-1a --type local-zone
  edgeops zone remove us-west-2-las-1a         # then push, wait for the sync, and once more
  edgeops zone list --discover
"""
ADD_EXAMPLES = """\b
Examples:
  edgeops zone add us-west-2-phx-2a
  edgeops zone add edge-usw2/us-west-2-xyz-1a --type local-zone --push
"""
LIST_EXAMPLES = """\b
Examples:
  edgeops zone list
  edgeops zone list --discover                    # asks the clusters of edgeops.yaml for nodes
  edgeops zone list --live nodes.yaml -o json     # kubectl get nodes -o yaml > nodes.yaml
"""


@click.group(epilog=EXAMPLES)
@common
def zone() -> None:
    """Add, remove and list the edge zones of a fleet."""


zone.add_command(remove)


@zone.command(epilog=ADD_EXAMPLES)
@common
@click.argument("zones", metavar="ZONE...", nargs=-1, required=True)
@click.option("--cluster", metavar="NAME", help="The cluster to add to; or say CLUSTER/ZONE.")
@click.option(
    "--type",
    "zone_type",
    type=click.Choice([str(kind) for kind in EDGE_TYPES]),
    help="Only where the catalogue does not know the zone.",
)
@writing
@click.pass_context
def add(
    context: click.Context,
    *,
    zones: tuple[str, ...],
    cluster: str | None,
    zone_type: str | None,
    dry_run: bool,
    no_commit: bool,
    message: str | None,
    push: bool,
    commit_to: str | None,
    exit_code: bool,
    kustomize: str | None,
) -> ExitStatus:
    """
    Add edge zones to edgeops.yaml, write their overlays, commit.

    Touches the zones' own files and, elsewhere, the lines that name them: the Region's intentions
    and what the engine is given. A zone that is leaving is taken back.
    """
    chosen = output_format(context, PLAN_FORMATS)
    check_flags(no_commit=no_commit, push=push, message=message, commit_to=commit_to)
    context.with_resource(undisturbed(context, options(context).directory, writes=not dry_run))
    work = Work.open(context, kustomize)
    asked = [NewZone.parse(name, cluster=cluster, zone_type=zone_type) for name in zones]
    text = with_zones(work.text, asked, wiring.zone_catalogue())
    names = ", ".join(dict.fromkeys(item.name for item in asked))
    choices = Choices(
        dry_run=dry_run,
        commit=not no_commit,
        message=message or f"Add the zone{'s' * (len(asked) > 1)} {names}\n",
        command=f"zone add {names.replace(',', '')}",
        push=push,
        new_branch=commit_to,
    )
    if text != work.text:
        work.check_tidy()
    with working(context, "Building every overlay"):
        plan = work.plan(text, choices)
    if dry_run or plan.result.conflicts or not plan.changed:
        show(context, work.fleet, plan.result, chosen, plan, routes=plan.routes)
        return status_of(plan, exit_code=exit_code and dry_run)
    done = work.carry_out(text, choices, plan)
    show(context, work.fleet, done.result, chosen, done, routes=done.routes)
    return ExitStatus.OK


@zone.command("list", epilog=LIST_EXAMPLES)
@common
@click.option("--cluster", "clusters", multiple=True, metavar="NAME", help="Only this; repeatable.")
@click.option("--nodes", "with_nodes", is_flag=True, help="Ask the clusters for the zones' nodes.")
@click.option(
    "--discover",
    is_flag=True,
    help="Propose zones that have nodes in a cluster and no overlay; implies --nodes.",
)
@live_options
@click.pass_context
def list_(
    context: click.Context,
    *,
    clusters: tuple[str, ...],
    with_nodes: bool,
    discover: bool,
    live: str | None,
    kubeconfig: str | None,
    context_name: str | None,
    limit: timedelta,
) -> ExitStatus:
    """
    List the edge zones: type, parent Region, cluster, namespace, stage.

    With --nodes, --discover, --live, --context or --kubeconfig, also the nodes there.
    """
    from edgeops.report.zones import render_zones
    from edgeops.usecases.nodes import list_zones

    chosen = output_format(context, FORMATS)
    work = Work.open(context)
    taken = chosen_clusters(work.fleet, clusters)
    place = Place(live=live, kubeconfig=kubeconfig, context=context_name, limit=limit)
    place.check(taken)
    asks = with_nodes or discover or place.given
    found = list_zones(
        taken,
        wiring.zone_catalogue(),
        reader=place.of_clusters() if asks else None,
        discover=discover,
    )
    width = shutil.get_terminal_size((100, 24)).columns
    emit(context, render_zones(found, chosen, color=to_terminal(context), width=width))
    return ExitStatus.OK

"""``edgeops sync-status``: what each engine says of each zone, beside our verdict."""

import shutil

import click

from edgeops.cli.context import common, emit, options, output_format, to_terminal, working
from edgeops.cli.drift import status_of
from edgeops.cli.targets import Targets
from edgeops.errors import ExitStatus

FORMATS = ("table", "json", "yaml")
EXAMPLES = """\b
Examples:
  edgeops sync-status                  # HEAD against every cluster
  edgeops sync-status --zone us-west-2-lax-1a -o json
  edgeops sync-status --live dump.yaml
"""


@click.command("sync-status", epilog=EXAMPLES)
@common
@click.option("--zone", "zones", multiple=True, metavar="ZONE", help="Only this zone; repeatable.")
@click.option(
    "--cluster", "clusters", multiple=True, metavar="CLUSTER", help="Only this cluster; repeatable."
)
@click.option("--live", metavar="FILE|DIR|-", help="A dump to compare, instead of clusters.")
@click.option("--kubeconfig", metavar="FILE", help="Default: KUBECONFIG, then ~/.kube/config.")
@click.option("--context", "context_name", metavar="NAME", help="Read this kubeconfig context.")
@click.option("--kustomize", metavar="PATH", help="Build with this kustomize instead of ours.")
@click.pass_context
def sync_status(
    context: click.Context,
    *,
    zones: tuple[str, ...],
    clusters: tuple[str, ...],
    live: str | None,
    kubeconfig: str | None,
    context_name: str | None,
    kustomize: str | None,
) -> ExitStatus:
    """
    Say what each engine says of each zone, beside what a drift check finds.

    An engine tells of its last round: it may say Synced of a zone in which somebody has changed
    what git never named. Reads only, and exits as drift does: 0, 1 or 2 by what is live, whatever
    the engine says.
    """
    from edgeops.report.sync_status import render_sync_status

    chosen = output_format(context, FORMATS)
    targets = Targets(
        rev="HEAD",
        zones=zones,
        clusters=clusters,
        live=live,
        kubeconfig=kubeconfig,
        context=context_name,
        kustomize=kustomize,
    )
    targets.check()
    with working(context, "Comparing"):
        report = targets.sync_status(options(context).directory)
    width = shutil.get_terminal_size((100, 24)).columns
    emit(context, render_sync_status(report, chosen, color=to_terminal(context), width=width))
    return status_of(report.drift)

"""``edgeops schedule``: what runs ``edgeops drift`` elsewhere, and what runs there."""

import click

from edgeops.cli.context import common, emit, options, output_format, say
from edgeops.cli.schedule_kubernetes import kubernetes
from edgeops.cli.scheduled import run
from edgeops.cli.scheduling import (
    CLUSTER,
    IMAGE,
    MANIFEST_FORMATS,
    SCHEDULE,
    cluster_named,
    fleet_in,
)
from edgeops.core.schedule.settings import Settings
from edgeops.errors import ExitStatus


@click.group(
    epilog="""\b
Example:
  edgeops schedule kubernetes --image registry.example.com/edgeops:0.1.0 | kubectl apply -f -
"""
)
@common
def schedule() -> None:
    """Print what runs the drift check on a schedule: in a cluster, in CI, or on a machine."""


@schedule.command(
    "github-actions",
    epilog="""\b
Example:
  edgeops schedule github-actions --image registry.example.com/edgeops:0.1.0 \\
    --output-file .github/workflows/drift.yaml
""",
)
@common
@IMAGE
@CLUSTER
@SCHEDULE
@click.pass_context
def github_actions(
    context: click.Context, image: str, cluster_name: str | None, cron: str
) -> ExitStatus:
    """Print a workflow: findings in code scanning, the report as job summary and file."""
    from edgeops.core.documents import dump_json, dump_yaml
    from edgeops.core.schedule.github import workflow

    chosen = output_format(context, MANIFEST_FORMATS)
    fleet = fleet_in(options(context).directory)
    name = None if cluster_name is None else cluster_named(fleet, cluster_name, "").name
    body = workflow(fleet, Settings(cron=cron, image=image, cluster=name))
    emit(context, dump_json(body) if chosen == "json" else dump_yaml(body, width=10_000))
    say(context, "edgeops: the repository's secret KUBECONFIG_DATA must hold a kubeconfig.")
    return ExitStatus.OK


@schedule.command(
    epilog="""\b
Examples:
  edgeops schedule systemd --unit service --output-file /etc/systemd/system/drift-shop.service
  edgeops schedule systemd --unit timer --output-file /etc/systemd/system/drift-shop.timer
"""
)
@common
@CLUSTER
@click.option(
    "--unit",
    type=click.Choice(("both", "service", "timer")),
    default="both",
    show_default=True,
    help="Which file to print.",
)
@click.option(
    "--schedule",
    "calendar",
    metavar="CALENDAR",
    default="*:0/15",
    show_default=True,
    help="When, as systemd's OnCalendar= writes it.",
)
@click.option(
    "--program",
    metavar="PATH",
    default="/usr/local/bin/edgeops",
    show_default=True,
    help="Where edgeops is installed there.",
)
@click.pass_context
def systemd(
    context: click.Context, cluster_name: str | None, unit: str, calendar: str, program: str
) -> ExitStatus:
    """Print a hardened service that clones, checks and keeps reports, and its timer."""
    from edgeops.core.schedule.systemd import service, timer

    output_format(context, ("units",))
    if not calendar.isprintable():
        raise click.BadParameter("must be one line.", param_hint="'--schedule'")
    fleet = fleet_in(options(context).directory)
    name = None if cluster_name is None else cluster_named(fleet, cluster_name, "").name
    settings = Settings(cron="", cluster=name)
    parts = {
        "service": service(fleet, settings, program=program, calendar=calendar),
        "timer": timer(fleet, calendar=calendar),
    }
    emit(context, "\n".join(parts.values()) if unit == "both" else parts[unit])
    return ExitStatus.OK


schedule.add_command(kubernetes)
schedule.add_command(run)

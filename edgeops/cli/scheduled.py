"""``edgeops schedule run``: what a schedule starts: clone, check, deliver."""

from datetime import timedelta
from pathlib import Path

import click

from edgeops.cli.context import common, emit, output_format, say
from edgeops.cli.drift import status_of
from edgeops.cli.recording import recording
from edgeops.cli.remote import remote_options
from edgeops.cli.spans import Span
from edgeops.cli.targets import Targets
from edgeops.core.findings import DriftReport
from edgeops.core.shards import Shard
from edgeops.errors import EdgeopsError, ExitStatus
from edgeops.ports.delivery import Outbox
from edgeops.wiring import unattended

FORMATS = ("table", "json", "yaml", "markdown", "html", "junit", "sarif", "prometheus")


@click.command(
    epilog="""\b
Example:
  edgeops schedule run --url https://git.example.com/acme/shop.git --cluster edge-usw2 \\
    --history /var/lib/edgeops/history.sqlite --reports /var/lib/edgeops/reports
"""
)
@common
@remote_options(required=True)
@click.option("--cluster", "cluster_name", metavar="CLUSTER", help="Only this cluster.")
@click.option("--kubeconfig", metavar="FILE", help="Default: KUBECONFIG, then the pod's account.")
@click.option(
    "--shards",
    type=click.IntRange(1, 1000),
    default=1,
    help="Pods of an Indexed Job that share the zones; JOB_COMPLETION_INDEX says which this is.",
)
@click.option("--history", "history_file", required=True, metavar="FILE", help="As for drift.")
@click.option("--keep", metavar="SPAN", type=Span(), default="90d", show_default=True)
@click.option("--notify", is_flag=True, help="As for drift.")
@click.option("--reports", metavar="DIR", help="Store reports in this folder.")
@click.option("--reports-branch", metavar="BRANCH", help="Store reports on this branch.")
@click.option(
    "--summary",
    "summary_file",
    metavar="FILE",
    help="Write a few lines there as well: a pod's termination message.",
)
@click.pass_context
def run(
    context: click.Context,
    url: str,
    branch: str,
    path: str,
    git_credentials: str | None,
    cluster_name: str | None,
    kubeconfig: str | None,
    shards: int,
    history_file: str,
    keep: timedelta,
    notify: bool,
    reports: str | None,
    reports_branch: str | None,
    summary_file: str | None,
) -> ExitStatus:
    """
    Do one check from scratch: clone, compare, remember, tell, store the report.

    What 'edgeops schedule' makes others start. Exits as 'drift' does, and 2 if the report could
    not be stored.
    """
    chosen = output_format(context, FORMATS)
    if (reports is None) == (reports_branch is None):
        raise click.UsageError("say with --reports or --reports-branch where the report goes.")
    try:
        shard = None
        if shards > 1:
            shard = Shard(index=unattended.shard_of_this_pod(shards), count=shards)
            history_file = _own(history_file, shard)
        with unattended.cloned(url, branch, git_credentials) as clone:
            directory = str(Path(clone.folder, path))
            targets = Targets(
                rev="HEAD",
                clusters=(cluster_name,) if cluster_name else (),
                kubeconfig=kubeconfig,
                shard=shard,
            )
            fleet = targets.fleet(directory)
            record = recording(
                fleet, targets.selection, file=history_file, keep=keep, notify=notify
            )
            report = targets.report(directory)
            _summarize(summary_file, report)
            _show(context, report, chosen)
            for warning in record.take(report).warnings:
                say(context, f"edgeops: {warning}")
            outbox = (
                unattended.branch_outbox(clone, reports_branch)
                if reports_branch is not None
                else unattended.folder_outbox(str(reports))
            )
            _deliver(outbox, cluster_name or fleet.name, report, keep)
    except EdgeopsError as error:
        _write(summary_file, f"edgeops: {error}\n")
        raise
    return status_of(report)


def _own(file: str, shard: Shard) -> str:
    """A history of its own for each share: SQLite is not for files that machines share."""
    path = Path(file)
    return str(path.with_name(f"{path.stem}-{shard.index}-of-{shard.count}{path.suffix}"))


def _show(context: click.Context, report: DriftReport, chosen: str) -> None:
    from edgeops.report.registry import render

    emit(context, render(report, chosen, width=100))


def _deliver(outbox: Outbox, folder: str, report: DriftReport, keep: timedelta) -> None:
    from edgeops.report.reading import parse_report
    from edgeops.report.registry import render
    from edgeops.usecases.delivery import deliver

    run = unattended.name_of_this_run() or report.started_at[:13]
    deliver(outbox, folder, report, run=run, keep=keep, render=render, parse=parse_report)


def _summarize(file: str | None, report: DriftReport) -> None:
    from edgeops.report.summary import summary

    _write(file, summary(report))


def _write(file: str | None, text: str) -> None:
    """In place: a termination message is a mount, which nothing can take the place of."""
    if file is None:
        return
    from edgeops.report.summary import LIMIT

    try:
        Path(file).write_bytes(text.encode()[:LIMIT])
    except OSError as error:
        click.echo(f"edgeops: {file}: {error.strerror or error}.", err=True)

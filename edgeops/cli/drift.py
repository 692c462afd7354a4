"""``edgeops drift``: flags in, one report out."""

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from edgeops import wiring
from edgeops.cli.context import common, emit, options, output_format, say, to_terminal, working
from edgeops.cli.live import time_limit
from edgeops.cli.spans import Span
from edgeops.cli.targets import Targets
from edgeops.core.findings import DriftReport, SyncStatus
from edgeops.core.shards import Shard
from edgeops.errors import ExitStatus
from edgeops.report.registry import FORMATS
from edgeops.usecases.confirm import When

if TYPE_CHECKING:
    from edgeops.cli.recording import Recording
    from edgeops.core.explanations import Asked, ExplanationReport

EXPLAIN_FORMATS = ("table", "json", "yaml")

EXAMPLES = """\b
Examples:
  edgeops drift                                  # HEAD against every cluster
  edgeops drift --zone us-west-2-lax-1a -o json
  edgeops drift --live dump.yaml                 # a zone that nobody can reach
  edgeops drift --explain Deployment/product-api # each field, and why it counts or not
  edgeops drift --history --notify               # remember, and tell what is new
  edgeops drift --desired built.yaml --kubeconfig kc --context prod
"""


class _Object(click.ParamType["Asked"]):
    """``KIND/NAME`` or ``KIND/NAMESPACE/NAME``."""

    name = "object"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> "Asked":
        from edgeops.core.explanations import Asked

        try:
            return value if isinstance(value, Asked) else Asked.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Share(click.ParamType[Shard]):
    """``I/N``."""

    name = "shard"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Shard:
        try:
            return value if isinstance(value, Shard) else Shard.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command(epilog=EXAMPLES)
@common
@click.option(
    "--rev", metavar="REV", default="HEAD", show_default=True, help="Compare with this revision."
)
@click.option("--worktree", is_flag=True, help="Compare with the work tree as it is instead.")
@click.option("--zone", "zones", multiple=True, metavar="ZONE", help="Only this zone; repeatable.")
@click.option(
    "--cluster", "clusters", multiple=True, metavar="CLUSTER", help="Only this cluster; repeatable."
)
@click.option(
    "--desired",
    multiple=True,
    metavar="FILE|DIR|-",
    help="Manifests already built, instead of a repository; repeatable.",
)
@click.option("--live", metavar="FILE|DIR|-", help="A dump to compare, instead of clusters.")
@click.option("--namespace", metavar="NAME", help="Namespace of --desired objects that name none.")
@click.option("--kubeconfig", metavar="FILE", help="Default: KUBECONFIG, then ~/.kube/config.")
@click.option("--context", "context_name", metavar="NAME", help="Read this kubeconfig context.")
@time_limit
@click.option(
    "--ignore-file", "ignore_files", multiple=True, metavar="FILE", help="Ignore rules to add."
)
@click.option(
    "--explain",
    "asked",
    metavar="KIND/NAME",
    type=_Object(),
    help="Only this object (also KIND/NAMESPACE/NAME): each field that differs, and why it is or "
    "is not drift.",
)
@click.option(
    "--confirm",
    type=click.Choice(("never", "auto", "always")),
    default="never",
    show_default=True,
    help="Try findings by dry runs of the apply; needs the right to patch.",
)
@click.option(
    "--shard",
    metavar="I/N",
    type=_Share(),
    help="Only share I of N of the zones; 'edgeops report merge' adds the shares up.",
)
@click.option(
    "--history",
    "history_file",
    metavar="[FILE]",
    is_flag=False,
    flag_value="",
    help="Remember what was found: in FILE, or without one below the user's state folder.",
)
@click.option(
    "--keep",
    metavar="SPAN",
    type=Span(),
    default="90d",
    show_default=True,
    help="How long the history keeps what no check finds any more.",
)
@click.option(
    "--notify",
    is_flag=True,
    help="Tell those whom spec.drift.notify lists what is new, worse or resolved; remembers as "
    "--history does.",
)
@click.option("--kustomize", metavar="PATH", help="Build with this kustomize instead of ours.")
@click.pass_context
def drift(
    context: click.Context,
    rev: str,
    worktree: bool,
    zones: tuple[str, ...],
    clusters: tuple[str, ...],
    desired: tuple[str, ...],
    live: str | None,
    namespace: str | None,
    kubeconfig: str | None,
    context_name: str | None,
    limit: timedelta,
    ignore_files: tuple[str, ...],
    asked: "Asked | None",
    confirm: str,
    shard: Shard | None,
    history_file: str | None,
    keep: timedelta,
    notify: bool,
    kustomize: str | None,
) -> ExitStatus:
    """
    Compare live clusters with the repository.

    Says which zone, which object, which field, and who changed it. Reads only. Exits 0 if
    everything was read and is in sync, 1 if something drifted, 2 if something could not be read.
    """
    chosen = output_format(context, FORMATS if asked is None else EXPLAIN_FORMATS)
    targets = Targets(
        rev=None if worktree else rev,
        zones=zones,
        clusters=clusters,
        desired=desired,
        live=live,
        namespace=namespace,
        kubeconfig=kubeconfig,
        context=context_name,
        limit=limit,
        ignore_files=ignore_files,
        kustomize=kustomize,
        confirm=When(confirm),
        shard=shard,
        rev_given=context.get_parameter_source("rev") is not click.core.ParameterSource.DEFAULT,
    )
    targets.check()
    directory = options(context).directory
    record = None
    if history_file is not None or notify:
        _check_recording(targets, asked, history_file or "", notify=notify)
        from edgeops.cli.recording import recording

        fleet = None if desired else targets.fleet(directory)
        record = recording(
            fleet, targets.selection, file=history_file or "", keep=keep, notify=notify
        )
    if asked is not None:
        with working(context, "Comparing"):
            explanation = targets.explanation(directory, asked)
        _show_explanation(context, explanation, chosen)
        return status_of(explanation)
    with working(context, "Comparing"), wiring.keeping_everything():
        report = targets.report(directory)
    _show(context, report, chosen, record)
    if record is not None:
        _record(context, record, report)
    return status_of(report)


def _check_recording(
    targets: Targets, asked: "Asked | None", history_file: str, *, notify: bool
) -> None:
    if asked is not None:
        flag = "--notify" if notify else "--history"
        raise click.UsageError(f"--explain and {flag} cannot stand together.")
    if targets.desired and notify:
        raise click.UsageError(
            "--desired and --notify cannot stand together: edgeops.yaml says who is told."
        )
    if targets.desired and not history_file:
        raise click.UsageError("--history needs a FILE with --desired.")


def _record(context: click.Context, record: "Recording", report: DriftReport) -> None:
    for warning in record.take(report).warnings:
        say(context, f"edgeops: {warning}")


def status_of(report: "DriftReport | ExplanationReport") -> ExitStatus:
    """The exit status of a report: what could not be read outranks what drifted."""
    return {
        SyncStatus.SYNCED: ExitStatus.OK,
        SyncStatus.OUT_OF_SYNC: ExitStatus.FINDINGS,
        SyncStatus.UNKNOWN: ExitStatus.FAILED,
    }[report.status]


def _show_explanation(context: click.Context, report: "ExplanationReport", chosen: str) -> None:
    from edgeops.report.explain import render

    width = shutil.get_terminal_size((100, 24)).columns
    emit(context, render(report, chosen, color=to_terminal(context), width=width))


def _show(
    context: click.Context, report: DriftReport, chosen: str, record: "Recording | None"
) -> None:
    from edgeops.report.registry import render

    width = shutil.get_terminal_size((100, 24)).columns
    if chosen == "html" and record is not None:
        from edgeops.report.html import render_html

        emit(context, render_html(report, first_seen=record.open_since()))
    else:
        emit(context, render(report, chosen, color=to_terminal(context), width=width))
    if chosen == "table" and options(context).output_file is None:
        return
    for what, reason in dict.fromkeys((gap.what, gap.reason) for gap in report.unread):
        say(context, f"edgeops: not read: {what}: {reason}")

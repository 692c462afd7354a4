"""``edgeops watch``: clusters and repository followed, until somebody ends it."""

import contextlib
from collections.abc import Callable
from datetime import timedelta

import click

from edgeops.cli.context import common, options, output_format, say
from edgeops.cli.following import Ending, ended_by_sigterm, following
from edgeops.cli.recording import Recording, recording
from edgeops.cli.remote import remote_of, remote_options
from edgeops.cli.spans import Span
from edgeops.cli.targets import Targets
from edgeops.core.findings import DriftReport
from edgeops.errors import ExitStatus
from edgeops.ports.board import Posting
from edgeops.usecases.watch import Watch
from edgeops.wiring import unattended

FORMATS = ("table", "json")
RECORD_PAUSE = 1.0
"""Seconds between two writes of the history."""

RECORD_AGAIN = 30.0
"""After so many seconds what could not be remembered or told is tried again."""

EXAMPLES = """\b
Examples:
  edgeops watch                                  # HEAD against every cluster, all the time
  edgeops watch --rev origin/main --fetch-every 5m
  edgeops watch --zone us-west-2-lax-1a -o json | jq .finding.name
  edgeops watch --history --notify               # remember, and tell what is new
  edgeops watch --url https://git.example.com/acme/shop.git --cluster edge-usw2
"""


@click.command(epilog=EXAMPLES)
@common
@click.option(
    "--rev",
    metavar="REV",
    default="HEAD",
    show_default=True,
    help="Compare with this revision wherever it moves; a branch of a remote (origin/main) is "
    "fetched.",
)
@click.option(
    "--fetch-every",
    metavar="SPAN",
    type=Span(),
    default="1m",
    show_default=True,
    help="How often it is fetched.",
)
@remote_options(required=False)
@click.option("--zone", "zones", multiple=True, metavar="ZONE", help="Only this zone; repeatable.")
@click.option(
    "--cluster", "clusters", multiple=True, metavar="CLUSTER", help="Only this cluster; repeatable."
)
@click.option("--kubeconfig", metavar="FILE", help="Default: KUBECONFIG, then ~/.kube/config.")
@click.option("--context", "context_name", metavar="NAME", help="Read this kubeconfig context.")
@click.option(
    "--ignore-file", "ignore_files", multiple=True, metavar="FILE", help="Ignore rules to add."
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
    help="How long the history keeps what is not found any more.",
)
@click.option(
    "--notify",
    is_flag=True,
    help="Tell those whom spec.drift.notify lists what is new, worse or resolved; remembers as "
    "--history does.",
)
@click.option(
    "--listen",
    metavar="HOST:PORT",
    default="127.0.0.1:9477",
    show_default=True,
    help="Serve /metrics, /healthz, /readyz, /api/v1/report, /api/v1/events and the page there.",
)
@click.option(
    "--token-file", metavar="FILE", help="Ask for the bearer token in FILE; else nobody is asked."
)
@click.option(
    "--no-token", is_flag=True, help="Ask nobody for a token, though other machines may come."
)
@click.option(
    "--hook-secret-file",
    metavar="FILE",
    help="Take webhooks that are signed with the secret in FILE: a push is fetched at once.",
)
@click.option("--kustomize", metavar="PATH", help="Build with this kustomize instead of ours.")
@click.pass_context
def watch(
    context: click.Context,
    rev: str,
    fetch_every: timedelta,
    url: str | None,
    branch: str,
    path: str,
    git_credentials: str | None,
    zones: tuple[str, ...],
    clusters: tuple[str, ...],
    kubeconfig: str | None,
    context_name: str | None,
    ignore_files: tuple[str, ...],
    history_file: str | None,
    keep: timedelta,
    notify: bool,
    listen: str,
    token_file: str | None,
    no_token: bool,
    hook_secret_file: str | None,
    kustomize: str | None,
) -> ExitStatus:
    """
    Compare live clusters with the repository all the time.

    Lists once, then follows what changes; prints a line for each finding that comes or goes.
    Reads only. Ends with 0 when it is terminated: drift is its subject, not its failure.
    """
    chosen = output_format(context, FORMATS)
    if options(context).output_file is not None:
        raise click.UsageError("--output-file is for reports: watch prints without end.")
    if no_token and token_file is not None:
        raise click.UsageError("--no-token and --token-file cannot stand together.")
    remote = remote_of(context, url=url, branch=branch, path=path, git_credentials=git_credentials)
    if remote is not None:
        if context.get_parameter_source("rev") is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError("--url and --rev cannot stand together: say --branch.")
        rev = f"origin/{remote.branch}"
    targets = Targets(
        rev=rev,
        zones=zones,
        clusters=clusters,
        kubeconfig=kubeconfig,
        context=context_name,
        ignore_files=ignore_files,
        kustomize=kustomize,
    )
    targets.check()

    def notice(text: str) -> None:
        say(context, f"edgeops: {text}")

    with contextlib.ExitStack() as stack:
        watcher = unattended.live_watcher(kubeconfig)
        stack.callback(watcher.close)
        ending = Ending(watcher.rouse)
        stack.enter_context(ended_by_sigterm(ending))
        directory, repository = options(context).directory, None
        if remote is not None:
            directory, repository = stack.enter_context(
                unattended.followed_clone(
                    remote.url, remote.branch, remote.git_credentials, remote.path
                )
            )
        record = None
        if history_file is not None or notify:
            record = recording(
                targets.fleet(directory),
                targets.selection,
                file=history_file or "",
                keep=keep,
                notify=notify,
            )
        board = unattended.board(watcher.rouse)
        course = targets.course(
            directory,
            fetch_every=fetch_every,
            notice=notice,
            first_seen={} if record is None else record.open_since(),
            repository=repository,
        )
        standing = Watch(course, watcher, board)
        ending.begun = lambda: standing.begun
        server = unattended.web_server(
            board,
            listen,
            token_file=token_file,
            hook_secret_file=hook_secret_file,
            open_to_all=no_token,
            verbose=options(context).verbose > 0,
            alive=standing.alive,
        )
        stack.callback(server.stop)
        stack.enter_context(following(board, _printer(context, chosen), ending))
        if record is not None:
            recorder = _recorder(record, notice)
            stack.enter_context(following(board, recorder, ending, pause=RECORD_PAUSE))
        standing.run(ending.asked.is_set)
    if ending.error is not None:
        raise ending.error
    return ExitStatus.OK


def _printer(context: click.Context, chosen: str) -> Callable[[Posting], float | None]:
    from edgeops.core.comings import comings
    from edgeops.report.comings import as_json, as_text

    line = as_json if chosen == "json" else as_text
    before: DriftReport | None = None

    def show(posting: Posting) -> float | None:
        nonlocal before
        for event in comings(before, posting.report):
            click.echo(line(event, posting.posted_at))
        before = posting.report
        if options(context).verbose:
            say(
                context,
                f"edgeops: {posting.posted_at} {posting.report.status.value}: "
                f"{len(posting.report.findings)} findings, {posting.compared} objects compared "
                f"so far, {posting.seconds:.3f} s",
            )
        return None

    return show


def _recorder(
    record: Recording, notice: Callable[[str], None]
) -> Callable[[Posting], float | None]:
    told: set[str] = set()

    def take(posting: Posting) -> float | None:
        taken = record.take(posting.report)
        warnings = set(taken.warnings)
        for warning in sorted(warnings - told):
            notice(warning)
        told.clear()
        told.update(warnings)
        return None if taken.done else RECORD_AGAIN

    return take

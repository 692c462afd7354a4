"""``edgeops history``: what the checks remember."""

import shutil

import click

from edgeops import wiring
from edgeops.cli.context import common, emit, options, output_format, to_terminal
from edgeops.cli.recording import history_of
from edgeops.core.episodes import Episode, State
from edgeops.core.moments import parse_since
from edgeops.errors import ExitStatus, HistoryError
from edgeops.report.registry import FORMATS
from edgeops.usecases.desired import CONFIG, Selection

EXAMPLES = """\b
Examples:
  edgeops history --since 24h
  edgeops history --open --zone us-west-2-lax-1a -o json
  edgeops history -o html --output-file history.html
  edgeops history --history /var/lib/edgeops/history.sqlite
"""


@click.command(epilog=EXAMPLES)
@common
@click.option(
    "--history",
    "history_file",
    metavar="FILE",
    default="",
    help="The file that 'drift --history FILE' wrote. Default: the fleet's own.",
)
@click.option(
    "--since",
    metavar="TIME",
    help="Only what was seen since: 24h, 90d, 2026-01-31, 2026-01-31T12:00:00Z.",
)
@click.option("--open", "only_open", is_flag=True, help="Only what is not resolved.")
@click.option("--zone", "zones", multiple=True, metavar="ZONE", help="Only this zone; repeatable.")
@click.option(
    "--cluster", "clusters", multiple=True, metavar="CLUSTER", help="Only this cluster; repeatable."
)
@click.pass_context
def history(
    context: click.Context,
    history_file: str,
    since: str | None,
    only_open: bool,
    zones: tuple[str, ...],
    clusters: tuple[str, ...],
) -> ExitStatus:
    """
    List drift as the checks with --history saw it: since when, until when, how often.

    Names what flaps and who fights over a field. Reads what was remembered, no cluster.
    """
    chosen = output_format(context, FORMATS)
    now = wiring.clock().now()
    try:
        start = None if since is None else parse_since(since, now)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'--since'") from error
    directory = options(context).directory
    text = wiring.files(directory).read(CONFIG)
    fleet = None if text is None else wiring.parse_fleet(text.decode(errors="replace"))
    if fleet is None and not history_file:
        raise HistoryError(
            f"there is no {CONFIG} here: name its directory with -C, or the file with --history."
        )
    kept = history_of(fleet, history_file)
    selection = Selection(clusters=clusters, zones=zones)
    episodes = [
        episode
        for episode in kept.episodes()
        if selection.covers(episode.key.cluster or None, episode.key.zone or None)
        and (start is None or _seen_since(episode, start))
        and not (only_open and episode.state is State.RESOLVED)
    ]
    from edgeops.report.episodes import render

    width = shutil.get_terminal_size((100, 24)).columns
    last = kept.last_run()
    page = render(episodes, last, now, chosen, color=to_terminal(context), width=width, since=start)
    emit(context, page)
    return ExitStatus.OK


def _seen_since(episode: Episode, start: str) -> bool:
    return max(episode.last_seen, episode.resolved_at or "") >= start

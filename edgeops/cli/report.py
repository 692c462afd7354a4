"""``edgeops report``: what can be done with stored reports."""

import shutil
import sys
from pathlib import Path

import click

from edgeops.cli.context import common, emit, output_format, to_terminal
from edgeops.core.findings import DriftReport
from edgeops.errors import ExitStatus, StoredReportError
from edgeops.report.registry import FORMATS

DIFF_FORMATS = ("table", "json", "yaml", "markdown")


@click.group(
    epilog="""\b
Example:
  edgeops report convert drift.json -o html --output-file drift.html
"""
)
@common
def report() -> None:
    """Convert, compare and add up reports that 'drift -o json' or -o yaml stored."""


@report.command(
    epilog="""\b
Examples:
  edgeops report convert drift.json -o html --output-file drift.html
  kubectl exec ... cat latest.json | edgeops report convert -
"""
)
@common
@click.argument("file", metavar="FILE|-")
@click.pass_context
def convert(context: click.Context, file: str) -> ExitStatus:
    """Show a stored report in another format. Exits 0 whatever it says."""
    chosen = output_format(context, FORMATS)
    _show(context, _read(file), chosen)
    return ExitStatus.OK


@report.command(
    epilog="""\b
Example:
  edgeops report diff yesterday.json today.json -o markdown
"""
)
@common
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.pass_context
def diff(context: click.Context, old: str, new: str) -> ExitStatus:
    """
    Say what is new, worse and resolved in NEW.

    Exits 0 if nothing is new or worse, 1 if something is, 2 if NEW could not read everything.
    """
    chosen = output_format(context, DIFF_FORMATS)
    if (old, new) == ("-", "-"):
        raise click.UsageError("only one of OLD and NEW can be -.")
    from edgeops.core.differing import Trend, difference
    from edgeops.report.comparison import render

    try:
        found = difference(_read(old), _read(new))
    except ValueError as error:
        raise click.UsageError(
            f"{old} is later than {new}: {error}. Name the earlier first."
        ) from error
    width = shutil.get_terminal_size((100, 24)).columns
    emit(context, render(found, chosen, color=to_terminal(context), width=width))
    return {
        Trend.SAME: ExitStatus.OK,
        Trend.BETTER: ExitStatus.OK,
        Trend.WORSE: ExitStatus.FINDINGS,
        Trend.UNKNOWN: ExitStatus.FAILED,
    }[found.status]


@report.command(
    epilog="""\b
Example:
  edgeops report merge shard-1.json shard-2.json shard-3.json -o json
"""
)
@common
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.pass_context
def merge(context: click.Context, files: tuple[str, ...]) -> ExitStatus:
    """
    Add the reports of shards, or of separate clusters, up to one.

    It is Unknown if a shard is missing. Exits as 'drift' would.
    """
    from edgeops.cli.drift import status_of
    from edgeops.core import merging

    chosen = output_format(context, FORMATS)
    try:
        whole = merging.merge([(file, _read(file)) for file in files])
    except merging.MergeError as error:
        raise click.UsageError(str(error)) from error
    _show(context, whole, chosen)
    return status_of(whole)


def _show(context: click.Context, found: DriftReport, chosen: str) -> None:
    from edgeops.report.registry import render

    width = shutil.get_terminal_size((100, 24)).columns
    emit(context, render(found, chosen, color=to_terminal(context), width=width))


def _read(file: str) -> DriftReport:
    from edgeops.report.reading import parse_report

    name = "stdin" if file == "-" else file
    try:
        text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return parse_report(text)
    except OSError as error:
        raise StoredReportError(f"{name}: {error.strerror or error}") from error
    except StoredReportError as error:
        raise StoredReportError(f"{name}: {error}") from error

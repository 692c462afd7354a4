"""The flags that every command takes, before or after its name, and where output goes."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from edgeops import wiring

Command = TypeVar("Command", bound=Callable[..., Any])
_META = "edgeops.options"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The common flags, whichever side of the command they stood on."""

    directory: str
    """Edgeops' directory: ``-C`` or ``--repo``; a DIR argument of a command wins over it."""

    output: str | None
    output_file: str | None
    quiet: bool
    verbose: int
    color: bool
    """Whether colour is wanted where a terminal shows it."""


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    given = context.get_parameter_source(parameter.name or "")
    if given is not click.core.ParameterSource.DEFAULT:
        context.meta.setdefault(_META, {})[parameter.name] = value
    return value


def common(command: Command) -> Command:
    """Add the common flags to a command or to the group itself."""
    options = (
        click.option(
            "-C",
            "--repo",
            "repo_directory",
            metavar="DIR",
            type=click.Path(file_okay=False),
            help="Directory of edgeops.yaml. Default: here.",
            **_FLAG,
        ),
        click.option(
            "-o", "--output", metavar="FORMAT", help="Output format; see the command.", **_FLAG
        ),
        click.option(
            "--output-file",
            metavar="FILE",
            type=click.Path(dir_okay=False),
            help="Write to FILE instead of stdout, replacing it atomically.",
            **_FLAG,
        ),
        click.option("-q", "--quiet", is_flag=True, help="Say only what was asked for.", **_FLAG),
        click.option(
            "-v", "--verbose", count=True, help="Say more; repeat for still more.", **_FLAG
        ),
        click.option(
            "--no-color", is_flag=True, help="No colours; NO_COLOR does the same.", **_FLAG
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


_FLAG: dict[str, Any] = {"expose_value": False, "callback": _remember}


def options(context: click.Context) -> Options:
    """The common flags as given."""
    given = context.meta.get(_META, {})
    no_color = given.get("no_color") or bool(os.environ.get("NO_COLOR"))
    return Options(
        directory=given.get("repo_directory") or ".",
        output=given.get("output"),
        output_file=given.get("output_file"),
        quiet=bool(given.get("quiet")),
        verbose=int(given.get("verbose") or 0),
        color=not no_color,
    )


def output_format(context: click.Context, formats: tuple[str, ...]) -> str:
    """
    The chosen format; the first of *formats* is the default.

    Raises:
        click.BadParameter: if ``-o`` names another one.
    """
    chosen = options(context).output or formats[0]
    if chosen not in formats:
        raise click.BadParameter(
            f"{chosen!r} is not one of {', '.join(formats)}.", param_hint="'-o' / '--output'"
        )
    return chosen


def emit(context: click.Context, text: str) -> None:
    """Send data to stdout, or to ``--output-file`` where given."""
    target = options(context).output_file
    if target is None:
        click.echo(text, nl=not text.endswith("\n"), color=True)
    else:
        wiring.replace_file(target, text if text.endswith("\n") else text + "\n")


def say(context: click.Context, text: str) -> None:
    """Tell a person something that is not data; silent under ``-q``."""
    from edgeops.report.inert import inert_lines

    if not options(context).quiet:
        click.echo(inert_lines(text), err=True)


@contextlib.contextmanager
def working(context: click.Context, text: str) -> Iterator[None]:
    """Show on a terminal that something is going on; nothing elsewhere, or under ``-q``."""
    chosen = options(context)
    if chosen.quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True, no_color=not chosen.color).status(text):
        yield


@contextlib.contextmanager
def undisturbed(context: click.Context, directory: str, *, writes: bool) -> Iterator[None]:
    """
    Let nobody else write to *directory* in the block, and tell what a run that died left there.

    Args:
        writes: False only tells of it, for a look at what would be done.

    Raises:
        RepositoryError: if another edgeops is at work there.
    """
    if not writes:
        if wiring.interrupted(directory):
            say(context, "An earlier edgeops was killed at work here: run 'edgeops init' first.")
        yield
        return
    with wiring.undisturbed(directory) as found:
        for sentence in found:
            say(context, sentence)
        yield


def to_terminal(context: click.Context) -> bool:
    """Whether data go to a terminal that may show colours."""
    chosen = options(context)
    return chosen.color and chosen.output_file is None and sys.stdout.isatty()

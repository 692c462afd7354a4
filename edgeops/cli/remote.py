"""The flags that say which repository is cloned for a check, and with what."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def remote_options(*, required: bool) -> Callable[[Command], Command]:
    """Add ``--url``, ``--branch``, ``--path`` and ``--git-credentials``; see `Remote`."""
    why = "The repository." if required else "Clone this repository and follow it, not a work tree."
    options = (
        click.option("--url", required=required, metavar="URL", help=why),
        click.option("--branch", default="main", show_default=True, metavar="BRANCH"),
        click.option("--path", default=".", metavar="DIR", help="Folder of edgeops.yaml in it."),
        click.option(
            "--git-credentials",
            metavar="DIR",
            help="username and password, bearerToken, or identity and known_hosts: a file each.",
        ),
    )

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """What those flags say."""

    url: str
    branch: str
    path: str
    git_credentials: str | None


def remote_of(
    context: click.Context,
    *,
    url: str | None,
    branch: str,
    path: str,
    git_credentials: str | None,
) -> Remote | None:
    """
    The repository to clone; None without ``--url``.

    Raises:
        click.UsageError: if a flag about it stands there without it.
    """
    if url is not None:
        return Remote(url=url, branch=branch, path=path, git_credentials=git_credentials)
    default = click.core.ParameterSource.DEFAULT
    for name in ("branch", "path", "git_credentials"):
        if context.get_parameter_source(name) is not default:
            raise click.UsageError(f"--{name.replace('_', '-')} is about the repository of --url.")
    return None

"""
The command line: flags in, one use case, one renderer, one status out.

A command's module is imported when the command is called, so that ``--help`` and shell
completion stay quick.
"""

from importlib import import_module
from typing import Final

import click

from edgeops import __version__
from edgeops.cli.context import common

_COMMANDS: Final = {
    "init": "Write or update a fleet's repository, and commit it.",
    "validate": "Build every overlay of the work tree and check it.",
    "plan": "Show what init would change: files, and objects in the clusters.",
    "zone": "Add, remove and list the edge zones of a fleet.",
    "nodes": "Print the labels and taints that the nodes of each zone need.",
    "render": "Print the built manifests of zones.",
    "routes": "Say where every call goes, and where when that is gone.",
    "drift": "Compare live clusters with the repository.",
    "watch": "Compare them all the time, and tell what comes and goes.",
    "sync-status": "Say what each engine says of each zone, beside what is.",
    "history": "List drift as checks saw it: since when, how often.",
    "report": "Convert, compare and add up stored reports.",
    "schedule": "Print what runs the drift check on a schedule.",
    "schema": "Print a JSON Schema of edgeops.yaml.",
}
"""Every command, each in the module of its name, and what the list of commands says of it."""


class _Lazy(click.Group):
    """A group that imports a command when it is needed: not to list them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command = getattr(import_module(f"edgeops.cli.{name}"), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Example:
  edgeops init --name shop --region us-west-2 --cluster edge-usw2 \\
    --availability-zone us-west-2a --zone us-west-2-lax-1a --engine flux \\
    --mesh consul-enterprise --repo-url https://git.example.com/acme/shop.git
""",
)
@common
@click.version_option(__version__, "--version", message="edgeops %(version)s")
def cli() -> None:
    """Bootstrap applications at the edge, and see when a cluster is not what git says."""

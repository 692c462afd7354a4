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
    "init": ("edgeops.cli.init", "init"),
    "validate": ("edgeops.cli.validate", "validate"),
    "plan": ("edgeops.cli.plan", "plan"),
    "zone": ("edgeops.cli.zone", "zone"),
    "nodes": ("edgeops.cli.nodes", "nodes"),
    "render": ("edgeops.cli.render", "render"),
    "routes": ("edgeops.cli.routes", "routes"),
    "drift": ("edgeops.cli.drift", "drift"),
    "history": ("edgeops.cli.history", "history"),
    "report": ("edgeops.cli.report", "report"),
    "schedule": ("edgeops.cli.schedule", "schedule"),
    "schema": ("edgeops.cli.schema", "schema"),
}


class _Lazy(click.Group):
    """A group that imports a command when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command


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

"""``edgeops schema``: the JSON Schema of ``edgeops.yaml``."""

import click

from edgeops.cli.context import common, emit, output_format
from edgeops.errors import ExitStatus

EXAMPLE = """\b
Example:
  edgeops schema --output-file edgeops.schema.json
"""


@click.command(epilog=EXAMPLE)
@common
@click.pass_context
def schema(context: click.Context) -> ExitStatus:
    """Print a JSON Schema of edgeops.yaml, for editors and checks."""
    from edgeops.core.documents import dump_json, dump_yaml
    from edgeops.core.fleet.spec import json_schema

    chosen = output_format(context, ("json", "yaml"))
    emit(context, dump_json(json_schema()) if chosen == "json" else dump_yaml(json_schema()))
    return ExitStatus.OK

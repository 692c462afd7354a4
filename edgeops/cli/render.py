"""``edgeops render``: print what kustomize makes of the overlays."""

import click

from edgeops import wiring
from edgeops.cli.context import common, emit, options, output_format
from edgeops.core import documents
from edgeops.errors import ExitStatus

EXAMPLES = """\b
Examples:
  edgeops render us-west-2-lax-1a
  edgeops render edge-usw2/region --rev HEAD~1 -o json
"""


@click.command(epilog=EXAMPLES)
@common
@click.argument("zones", metavar="[ZONE]...", nargs=-1)
@click.option("--rev", metavar="REV", help="Of this revision instead of the work tree.")
@click.option("--kustomize", metavar="PATH", help="Build with this kustomize instead of ours.")
@click.pass_context
def render(
    context: click.Context, zones: tuple[str, ...], rev: str | None, kustomize: str | None
) -> ExitStatus:
    """
    Print the built manifests of zones, all of them by default.

    ZONE may be CLUSTER/ZONE; the hub is called region. JSON is one List.
    """
    from edgeops.usecases.render import render_zones

    chosen = output_format(context, ("yaml", "json"))
    directory = options(context).directory
    objects = render_zones(
        zones,
        rev=rev,
        parse=wiring.parse_fleet,
        files=wiring.files(directory),
        repository=wiring.repository(directory),
        renderer=wiring.renderer(kustomize),
    )
    bodies = [item.body for item in objects]
    if chosen == "json":
        text = documents.dump_json({"apiVersion": "v1", "kind": "List", "items": bodies})
    else:
        text = "---\n".join(documents.dump_yaml(body) for body in bodies)
    emit(context, text)
    return ExitStatus.OK

"""``edgeops validate``: what is wrong with a repository before any cluster sees it."""

import shutil

import click

from edgeops import wiring
from edgeops.cli.context import common, emit, options, output_format, say, to_terminal, working
from edgeops.core.lint import Validation
from edgeops.errors import ExitStatus

FORMATS = ("table", "json", "yaml", "markdown", "junit", "sarif")
EXAMPLES = """\b
Examples:
  edgeops validate
  edgeops validate -o sarif --output-file edgeops.sarif
  edgeops validate --rules                  # every rule, its reason and how to mend
"""


@click.command(epilog=EXAMPLES)
@common
@click.argument("target", metavar="[DIR]", required=False, type=click.Path(file_okay=False))
@click.option("--rules", is_flag=True, help="List the rules instead of checking.")
@click.option("--kustomize", metavar="PATH", help="Build with this kustomize instead of ours.")
@click.pass_context
def validate(
    context: click.Context, target: str | None, *, rules: bool, kustomize: str | None
) -> ExitStatus:
    """
    Build every overlay of the work tree and check it.

    Checks that it builds in silence, the schemas of Kubernetes, Consul, Argo CD and Flux, that
    edge zones reach only themselves and the Region, patches that find nothing, and what the
    engines may delete. A rule is switched off by its id under spec.validate.off in edgeops.yaml.
    Exits 1 if there is a problem.
    """
    if rules:
        _list_rules(context)
        return ExitStatus.OK
    chosen = output_format(context, FORMATS)
    with working(context, "Building every overlay"):
        result = _validated(target or options(context).directory, kustomize)
    _show(context, result, chosen)
    return ExitStatus.OK if result.valid else ExitStatus.FINDINGS


def _validated(directory: str, kustomize: str | None) -> Validation:
    from edgeops.usecases.validate import Tools
    from edgeops.usecases.validate import validate as check

    tools = Tools(
        parse=wiring.parse_fleet,
        parse_whole=wiring.whole_fleet(directory, kustomize),
        open_files=wiring.files,
        repository=wiring.repository(directory),
        renderer=wiring.renderer(kustomize),
        schemas=wiring.schemas(),
    )
    return check(directory, tools)


def _list_rules(context: click.Context) -> None:
    from edgeops.report.validation import render_rules

    chosen = output_format(context, ("table", "json", "yaml", "markdown"))
    width = shutil.get_terminal_size((100, 24)).columns
    emit(context, render_rules(chosen, color=to_terminal(context), width=width))


def _show(context: click.Context, result: Validation, chosen: str) -> None:
    from edgeops.report.registry import render_validation

    width = shutil.get_terminal_size((100, 24)).columns
    emit(context, render_validation(result, chosen, color=to_terminal(context), width=width))
    if chosen == "table" and options(context).output_file is None:
        return
    for note in result.notes:
        say(context, f"edgeops: {note}")

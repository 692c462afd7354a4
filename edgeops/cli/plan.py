"""``edgeops plan``: what ``init`` would change, and nothing done about it."""

import shutil
from collections.abc import Sequence

import click

from edgeops import wiring
from edgeops.cli.context import (
    common,
    emit,
    options,
    output_format,
    to_terminal,
    undisturbed,
    working,
)
from edgeops.core.changes.model import Plan
from edgeops.core.fleet.model import Mesh
from edgeops.core.routes.proof import Problem
from edgeops.errors import ExitStatus, RepositoryError

FORMATS = ("table", "json", "yaml", "markdown")
EXAMPLES = """\b
Examples:
  edgeops plan                          # after an edit of edgeops.yaml
  edgeops plan -o markdown --output-file pull-request.md
  edgeops plan --exit-code || echo "the tree is not what edgeops.yaml asks for"
  edgeops plan -o json | jq '.changes[] | select(.change == "rolls-pods") | .name'
"""


@click.command(epilog=EXAMPLES)
@common
@click.option("--exit-code", is_flag=True, help="Exit 1 if something would change.")
@click.option("--kustomize", metavar="PATH", help="Build with this kustomize instead of ours.")
@click.pass_context
def plan(context: click.Context, *, exit_code: bool, kustomize: str | None) -> ExitStatus:
    """
    Show what init would change: files, and objects in the clusters.

    Each object that does not stay the same is classed: metadata only, updated in place, rolls its
    pods, must be recreated, appears, is pruned by the engine, is left in the cluster, clashes with
    another. Calls that would no longer end where they may are told, with the line to mend.
    Reads the work tree and writes nothing. Exits 1 for merge conflicts.
    """
    from edgeops.usecases.blueprint import decoded, draw
    from edgeops.usecases.edits import FLEET_FILE
    from edgeops.usecases.plan import plan_changes
    from edgeops.usecases.undertaking import Choices

    chosen = output_format(context, FORMATS)
    context.with_resource(undisturbed(context, options(context).directory, writes=False))
    files = wiring.files(options(context).directory)
    current = files.read(FLEET_FILE)
    if current is None:
        raise RepositoryError(
            f"there is no {FLEET_FILE} here: make one with 'edgeops init', "
            "or name its directory with -C."
        )
    renderer = wiring.remembering_renderer(kustomize)
    fleet, blueprint = draw(
        decoded(current), wiring.zone_catalogue(), files=files, renderer=renderer
    )
    with working(context, "Building every overlay"):
        made = plan_changes(
            blueprint,
            Choices(commit=False),
            mirrored=fleet.mesh is Mesh.CONSUL_ENTERPRISE,
            files=files,
            repository=wiring.repository(options(context).directory),
            renderer=renderer,
            schemas=wiring.schemas(),
        )
    show_plan(context, made, chosen)
    warn(made.result.warnings, made.routes)
    return status_of(made, exit_code=exit_code)


def status_of(plan: Plan, *, exit_code: bool) -> ExitStatus:
    """1 for conflicts, and under ``--exit-code`` for changes."""
    found = plan.result.conflicts or (exit_code and plan.changed)
    return ExitStatus.FINDINGS if found else ExitStatus.OK


def warn(warnings: Sequence[str], routes: Sequence[Problem]) -> None:
    """Say on stderr what a person should know, and which *routes* the change breaks."""
    from edgeops.report.inert import inert_lines
    from edgeops.report.routes_words import warnings as told

    for line in (*warnings, *told(routes)):
        click.echo(f"warning: {inert_lines(line)}", err=True)


def show_plan(context: click.Context, plan: Plan, chosen: str) -> None:
    """Print a plan in the format *chosen*."""
    from edgeops.core.documents import dump_json, dump_yaml
    from edgeops.report.plan import document, render_plan

    if chosen == "json":
        emit(context, dump_json(document(plan)))
    elif chosen == "yaml":
        emit(context, dump_yaml(document(plan)))
    elif chosen == "markdown":
        from edgeops.report.plan_markdown import render_plan_markdown

        emit(context, render_plan_markdown(plan))
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        emit(context, render_plan(plan, color=to_terminal(context), width=width))

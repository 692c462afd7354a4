"""What the commands that write a fleet's repository say when they are done."""

import shutil
from collections.abc import Sequence

import click

from edgeops.cli.context import emit, say, to_terminal
from edgeops.cli.plan import show_plan, warn
from edgeops.core.changes.model import Plan
from edgeops.core.fleet.model import Fleet
from edgeops.core.reconcile import InitResult, Outcome
from edgeops.core.routes.proof import Problem

PUSH = "git push"


def show(
    context: click.Context,
    fleet: Fleet,
    result: InitResult,
    chosen: str,
    plan: Plan | None,
    *,
    routes: Sequence[Problem] = (),
    next_steps: bool = True,
) -> None:
    """
    Print what was done, or the *plan* of a dry run, and say what is to be done next.

    *routes* are those that the change breaks.
    """
    from edgeops.core.documents import dump_json
    from edgeops.report import changes
    from edgeops.report.routes_document import problem

    if plan is not None:
        show_plan(context, plan, chosen)
    elif chosen == "json":
        broken = [problem(item) for item in routes]
        emit(context, dump_json({**changes.document(result), "routes": broken}))
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        emit(context, changes.render_tree(result, color=to_terminal(context), width=width))
    warn(result.warnings, routes)
    if result.conflicts:
        click.echo(changes.conflicts(result), err=True, nl=False)
    if result.made_repository:
        say(context, "Made a git repository here.")
    if result.revision:
        say(context, f"Committed {result.revision[:12]}; {len(result.overlays)} folders build.")
    if result.pushed:
        say(context, f"Pushed to {result.pushed}.")
    if next_steps and result.changed and not result.dry_run and not result.conflicts:
        _say_next(context, fleet, result)


def _say_next(context: click.Context, fleet: Fleet, result: InitResult) -> None:
    """All that is to be done once where an engine's folder is new; else only the push."""
    from edgeops.core.plan.repository import next_steps

    once = any(
        item.outcome is Outcome.CREATE
        and item.path.startswith("clusters/")
        and item.path.endswith("/kustomization.yaml")
        for item in result.files
    )
    steps = [step for step in next_steps(fleet) if once or step.command == PUSH]
    if result.pushed:
        steps = [step for step in steps if step.command != PUSH]
    if steps:
        say(context, "\nNext:")
    for step in steps:
        say(context, f"  * {step.title}")
        for line in (step.command or step.text or "").splitlines():
            say(context, f"      {line}")

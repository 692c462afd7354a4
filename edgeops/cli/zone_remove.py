"""``edgeops zone remove``: what goes is shown, asked about, and committed, stage by stage."""

import shutil
import sys
from datetime import timedelta

import click

from edgeops import wiring
from edgeops.cli.context import common, options, output_format, say, undisturbed, working
from edgeops.cli.live import Place, live_options
from edgeops.cli.plan import FORMATS, status_of
from edgeops.cli.shown import PUSH, show
from edgeops.cli.zone_work import Work, check_flags, writing
from edgeops.core.changes.model import Effect, Plan
from edgeops.core.fleet.model import Cluster, Fleet, Zone
from edgeops.errors import EdgeopsError, ExitStatus, LiveStateError, RepositoryError
from edgeops.usecases import zone_removal
from edgeops.usecases.undertaking import Choices
from edgeops.usecases.zone_removal import Stage
from edgeops.usecases.zones import find_zone

EXAMPLES = """\b
Examples:
  edgeops zone remove us-west-2-las-1a                 # stage 1: the engine prunes the zone
  git push                                             # and wait for the sync
  edgeops zone remove us-west-2-las-1a                 # stage 2: the zone leaves git
"""


@click.command(epilog=EXAMPLES)
@common
@click.argument("name", metavar="ZONE")
@click.option("--cluster", metavar="NAME", help="The zone's cluster; or say CLUSTER/ZONE.")
@click.option(
    "--yes",
    is_flag=True,
    help="Do not ask; before stage 2 it also says that the engine has synced stage 1.",
)
@live_options
@writing
@click.pass_context
def remove(
    context: click.Context,
    *,
    name: str,
    cluster: str | None,
    yes: bool,
    live: str | None,
    kubeconfig: str | None,
    context_name: str | None,
    limit: timedelta,
    dry_run: bool,
    no_commit: bool,
    message: str | None,
    push: bool,
    commit_to: str | None,
    exit_code: bool,
    kustomize: str | None,
) -> ExitStatus:
    """
    Remove an edge zone, in two stages with a sync between them.

    Stage 1 leaves of the overlay its Namespace, and the engine prunes the rest. Run it again after
    the sync: stage 2 looks in the cluster whether all of it is gone, then removes the overlay and
    what applied it. Neither touches another zone. The namespace itself stays with you.
    """
    chosen = output_format(context, FORMATS)
    check_flags(no_commit=no_commit, push=push, message=message, commit_to=commit_to)
    if not (yes or dry_run or sys.stdin.isatty()):
        raise click.UsageError("there is no terminal to ask on: add --yes, or --dry-run to look.")
    context.with_resource(undisturbed(context, options(context).directory, writes=not dry_run))
    work = Work.open(context, kustomize)
    owner, leaving = find_zone(work.fleet, name, cluster)
    place = Place(live=live, kubeconfig=kubeconfig, context=context_name, limit=limit)
    place.check((owner,))
    stage = zone_removal.next_stage(leaving)
    text = zone_removal.text_after(work.text, leaving, stage)
    choices = Choices(
        dry_run=dry_run,
        commit=not no_commit,
        message=message or _message(leaving, stage),
        command=f"zone remove {leaving.cluster}/{leaving.name}",
        push=push,
        new_branch=commit_to,
    )
    work.check_tidy()
    with working(context, "Building every overlay"):
        plan = work.plan(text, choices)
    if dry_run or plan.result.conflicts:
        show(context, work.fleet, plan.result, chosen, plan, routes=plan.routes)
        return status_of(plan, exit_code=exit_code)
    synced = True
    if stage is Stage.DROP:
        _refuse_rendered(plan, leaving)
        if not yes or place.given:
            synced = _is_synced(context, work, owner, leaving, place, asserted=yes)
    if not yes and not _agreed(context, plan, leaving, stage, synced=synced):
        say(context, "Nothing was changed.")
        return ExitStatus.FAILED
    done = work.carry_out(text, choices, plan)
    show(context, work.fleet, done.result, chosen, done, routes=done.routes, next_steps=False)
    _say_next(context, work.fleet, owner, leaving, stage, pushed=bool(done.result.pushed))
    return ExitStatus.OK


def _message(zone_: Zone, stage: Stage) -> str:
    if stage is Stage.SHRINK:
        return f"Let the zone {zone_.name} leave\n\nStage 1 of 2.\n"
    return f"Remove the zone {zone_.name}\n\nStage 2 of 2.\n"


def _refuse_rendered(plan: Plan, zone_: Zone) -> None:
    if kept := zone_removal.still_rendered(plan, zone_):
        names = ", ".join(str(change.key) for change in kept)
        raise RepositoryError(
            f"{zone_.overlay} renders more than its Namespace, by an edit: {names}. Take it out of "
            f"{zone_.overlay}/kustomization.yaml, commit, let the engine sync, and run this again: "
            "without the overlay nothing would delete it."
        )


def _is_synced(
    context: click.Context,
    work: Work,
    owner: Cluster,
    zone_: Zone,
    place: Place,
    *,
    asserted: bool,
) -> bool:
    """
    Whether the cluster shows that stage 1 took effect; False where it cannot be read.

    Raises:
        LiveStateError: if objects of the zone are still there, or its state was asked for
            and cannot be read.
    """
    try:
        found = zone_removal.remains(
            work.fleet,
            owner,
            zone_,
            reader=place.reader(),
            contexts=place.contexts(owner),
            repository=wiring.repository(work.directory),
            parse=wiring.parse_fleet,
        )
    except EdgeopsError as error:
        if asserted or place.given:
            raise
        say(context, f"The cluster cannot be asked: {error}")
        return False
    if found.objects:
        names = ", ".join(map(str, found.objects[:5]))
        more = f" and {len(found.objects) - 5} more" if len(found.objects) > 5 else ""
        why = f"; {found.why_not_synced}" if found.why_not_synced else ""
        raise LiveStateError(
            f"{zone_.namespace} still has {names}{more}{why}. Wait for the sync, and run it again."
        )
    if found.why_not_synced is None:
        say(context, f"All of it is gone; the engine applied {(found.revision or '')[:12]}.")
        return True
    if asserted:
        return True
    say(context, f"All of it is gone, but {found.why_not_synced}.")
    return False


def _agreed(context: click.Context, plan: Plan, zone_: Zone, stage: Stage, *, synced: bool) -> bool:
    """Show what goes, and ask."""
    from edgeops.report.plan import render_objects

    width = shutil.get_terminal_size((100, 24)).columns
    gone = {Effect.PRUNED, Effect.LEFT, Effect.UPDATED, Effect.METADATA, Effect.ROLLS}
    color = options(context).color and sys.stderr.isatty()
    click.echo(render_objects(plan, gone, color=color, width=width), err=True, color=True)
    if stage is Stage.SHRINK:
        question = f"Let the engine prune all of {zone_.cluster}/{zone_.name} but its namespace?"
    elif synced:
        question = f"Remove {zone_.cluster}/{zone_.name} from git?"
    else:
        question = f"Has the engine synced stage 1, and may {zone_.cluster}/{zone_.name} leave git?"
    return click.confirm(question, err=True)


def _say_next(
    context: click.Context, fleet: Fleet, owner: Cluster, zone_: Zone, stage: Stage, *, pushed: bool
) -> None:
    say(context, "\nNext:")
    if not pushed:
        say(context, f"  * Push, so that the engine can fetch\n      {PUSH}")
    if stage is Stage.SHRINK:
        say(
            context,
            "  * When the engine has pruned the zone, stage 2 of 2\n"
            f"      edgeops zone remove {zone_.cluster}/{zone_.name}\n"
            "  * To keep the zone after all\n"
            f"      edgeops zone add {zone_.cluster}/{zone_.name}",
        )
        return
    say(context, "  * When the engine has synced, what no engine deletes by itself")
    for command in zone_removal.left_to_do(fleet, owner, zone_):
        say(context, f"      {command}")

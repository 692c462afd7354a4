"""``edgeops init --engine`` on a fleet that exists: each run is one step to the other engine."""

import sys
from dataclasses import replace

import click

from edgeops import wiring
from edgeops.cli.context import say, working
from edgeops.cli.live import Place
from edgeops.cli.plan import status_of
from edgeops.cli.shown import PUSH, show
from edgeops.cli.zone_work import Work
from edgeops.core.fleet.model import EngineKind, Fleet
from edgeops.core.plan import repository as plan
from edgeops.errors import EdgeopsError, ExitStatus, LiveStateError
from edgeops.usecases import handover
from edgeops.usecases.handover import NAMES, Step
from edgeops.usecases.undertaking import Choices

_NUMBER = {step: number for number, step in enumerate(Step, start=1)}


def hand_over(
    context: click.Context,
    work: Work,
    to: EngineKind,
    step: Step,
    choices: Choices,
    *,
    place: Place,
    yes: bool,
    chosen: str,
    exit_code: bool,
) -> ExitStatus:
    """
    Do *step*, or with a dry run show what it would do.

    Args:
        yes: says that the commit before has been synced, where no place to look at is given.
        chosen: the output format.

    Raises:
        LiveStateError: if the clusters say that it is too early, or cannot be asked and nobody
            says that it is not.
    """
    place.check(work.fleet.clusters)
    text = handover.text_after(work.text, to, step)
    message = choices.message or _message(to, step)
    choices = replace(choices, message=message, command=f"init --engine {to}")
    work.check_tidy()
    with working(context, "Building every overlay"):
        made = work.plan(text, choices)
    if choices.dry_run or made.result.conflicts:
        show(
            context,
            work.fleet,
            made.result,
            chosen,
            made,
            routes=made.routes,
            next_steps=False,
        )
        return status_of(made, exit_code=exit_code)
    if step is not Step.RELEASE and (place.given or not yes):
        _see(context, work, to, step, place, asserted=yes)
    done = work.carry_out(text, choices, made)
    show(context, work.fleet, done.result, chosen, done, routes=done.routes, next_steps=False)
    _say_next(context, work.fleet, to, step, pushed=bool(done.result.pushed))
    return ExitStatus.OK


def _message(to: EngineKind, step: Step) -> str:
    old, new = NAMES[handover.other(to)], NAMES[to]
    subject = {
        Step.RELEASE: f"Have {old} rest, so that {new} can take over",
        Step.TAKE: f"Let {new} take over from {old}",
        Step.FINISH: f"Take its folder from {old}, from which {new} has taken over",
    }[step]
    return f"{subject}\n\nStep {_NUMBER[step]} of {len(Step)} of the hand-over to {new}.\n"


def _see(
    context: click.Context, work: Work, to: EngineKind, step: Step, place: Place, *, asserted: bool
) -> None:
    """Look whether the commit before took effect; where that cannot be seen, ask."""
    try:
        seen = handover.look(
            work.fleet,
            to,
            step,
            reader=place.reader(),
            contexts=place.contexts,
            repository=wiring.repository(work.directory),
            parse=wiring.parse_fleet,
        )
    except EdgeopsError as error:
        if asserted or place.given:
            raise
        if not sys.stdin.isatty():
            why = str(error).rstrip(".")
            raise LiveStateError(
                f"{why}. So it cannot be seen whether step {_NUMBER[step] - 1} has been synced; "
                "--yes says that it has."
            ) from error
        say(context, f"The clusters cannot be asked: {error}")
        question = f"Has step {_NUMBER[step] - 1} of the hand-over been synced everywhere?"
        if not click.confirm(question, err=True):
            raise LiveStateError("Nothing was changed: run it again after the sync.") from error
        return
    if seen.obstacles:
        raise LiveStateError(
            "\n".join([*seen.obstacles, "Nothing was changed; run it again then."])
        )
    if seen.revision is not None:
        say(context, f"{NAMES[to]} has applied {seen.revision[:12]} in every zone.")


def _say_next(
    context: click.Context, fleet: Fleet, to: EngineKind, step: Step, *, pushed: bool
) -> None:
    origin = handover.other(to)
    old, new = NAMES[origin], NAMES[to]
    lines = ["", "Next:"]
    if not pushed:
        lines += ["  * Push, so that the engines can fetch", f"      {PUSH}"]
    match step:
        case Step.RELEASE:
            lines.append(f"  * When {old} has synced that, give the clusters to {new}; it rests")
            lines += [f"      {plan.give(to, cluster).command}" for cluster in fleet.clusters]
            lines.append(f"  * Then step 2 of 3, in which {new} takes over")
        case Step.TAKE:
            lines.append(f"  * When {new} has applied every zone, step 3 of 3")
        case Step.FINISH:
            lines.append(f"  * What {old} still has; nothing that runs goes with it")
            lines += [f"      {command}" for command in handover.left_to_do(fleet, origin)]
    if step is not Step.FINISH:
        lines.append(f"      edgeops init --engine {to}")
        lines += [f"  * To go back to {old}", f"      edgeops init --engine {origin}"]
    for line in lines:
        say(context, line)

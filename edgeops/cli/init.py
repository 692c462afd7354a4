"""``edgeops init``: write or update the repository of a fleet."""

from dataclasses import replace
from datetime import timedelta

import click

from edgeops import wiring
from edgeops.cli.context import common, options, output_format, undisturbed, working
from edgeops.cli.handover import hand_over
from edgeops.cli.live import Place, live_options
from edgeops.cli.shown import show
from edgeops.cli.zone_work import Work, check_flags
from edgeops.core.changes.model import Plan
from edgeops.core.fleet.model import EngineKind, Fleet, Mesh
from edgeops.core.reconcile import InitResult
from edgeops.core.routes.proof import Problem
from edgeops.errors import ExitStatus
from edgeops.usecases import unchanged
from edgeops.usecases.blueprint import Wanted, changed_text, decoded, draw, new_text, zone_flags
from edgeops.usecases.broken_routes import broken_by
from edgeops.usecases.edits import FLEET_FILE
from edgeops.usecases.handover import next_step
from edgeops.usecases.initialize import initialize
from edgeops.usecases.plan import Watched, plan_changes
from edgeops.usecases.undertaking import Choices

EXAMPLES = """\b
Examples:
  edgeops init shop-edge --name shop --region us-west-2 --cluster edge-usw2 \\
    --availability-zone us-west-2a --availability-zone us-west-2b \\
    --zone us-west-2-lax-1a --repo-url https://git.example.com/acme/shop-edge.git
  edgeops init --dry-run                    # after an edit of edgeops.yaml
  edgeops init --zone us-west-2-phx-2a      # one more zone
  edgeops init --engine flux                # hand over to Flux: one step a run
"""


@click.command(epilog=EXAMPLES)
@common
@click.argument("target", metavar="[DIR]", required=False, type=click.Path(file_okay=False))
@click.option("--name", metavar="NAME", help="Name of the fleet.")
@click.option("--region", metavar="REGION", help="AWS Region, the hub: us-west-2.")
@click.option("--cluster", metavar="NAME", help="Name of the cluster, or the one to add zones to.")
@click.option(
    "--availability-zone",
    "availability_zones",
    multiple=True,
    metavar="ZONE",
    help="Of the Region; repeatable.",
)
@click.option(
    "--zone",
    "zones",
    multiple=True,
    metavar="NAME[=TYPE]",
    help="An edge zone; its type only where the catalogue does not know it; repeatable.",
)
@click.option(
    "--engine",
    type=click.Choice([str(kind) for kind in EngineKind]),
    help="Default: argocd. On a fleet that exists: hand it over to this one.",
)
@click.option(
    "--mesh", type=click.Choice([str(mesh) for mesh in Mesh]), help="Default: consul-enterprise."
)
@click.option("--repo-url", metavar="URL", help="Where the engine fetches the repository from.")
@click.option("--branch", metavar="BRANCH", help="The branch it follows. Default: this one.")
@click.option("--dry-run", is_flag=True, help="Write nothing; show what would change.")
@click.option("--no-commit", is_flag=True, help="Write, and leave the commit to you.")
@click.option("--message", metavar="TEXT", help="Commit message.")
@click.option("--push", is_flag=True, help="Push the branch afterwards.")
@click.option("--commit-to", metavar="BRANCH", help="Make this branch here and commit to it.")
@click.option(
    "--keep-mine",
    multiple=True,
    metavar="PATH",
    help="In conflicts of this file or folder your version counts; repeatable.",
)
@click.option(
    "--take-generated",
    multiple=True,
    metavar="PATH",
    help="In conflicts of this file or folder the generated version counts; repeatable.",
)
@click.option("--exit-code", is_flag=True, help="With --dry-run: exit 1 if something would change.")
@click.option("--kustomize", metavar="PATH", help="Build with this kustomize instead of ours.")
@click.option("--yes", is_flag=True, help="With --engine: the engines have synced the step before.")
@live_options
@click.pass_context
def init(
    context: click.Context,
    target: str | None,
    *,
    name: str | None,
    region: str | None,
    cluster: str | None,
    availability_zones: tuple[str, ...],
    zones: tuple[str, ...],
    engine: str | None,
    mesh: str | None,
    repo_url: str | None,
    branch: str | None,
    dry_run: bool,
    no_commit: bool,
    message: str | None,
    push: bool,
    commit_to: str | None,
    keep_mine: tuple[str, ...],
    take_generated: tuple[str, ...],
    exit_code: bool,
    kustomize: str | None,
    yes: bool,
    live: str | None,
    kubeconfig: str | None,
    context_name: str | None,
    limit: timedelta,
) -> ExitStatus:
    """
    Write or update a fleet's repository from edgeops.yaml, and commit it.

    Without the file it is made from the flags. Every overlay is built before the commit; if one
    does not build, everything is as before. Your own edits of generated files are kept, and new
    versions are merged into them; exits 1, and writes nothing, where both changed one thing.

    --engine with the other engine hands a fleet over, in three steps with a sync between them; the
    last two look in the clusters whether the one before has been synced.
    """
    chosen = output_format(context, ("table", "json", "markdown"))
    check_flags(no_commit=no_commit, push=push, message=message, commit_to=commit_to)
    wanted = Wanted(
        name=name,
        region=region,
        cluster=cluster,
        availability_zones=availability_zones,
        zones=zone_flags(zones),
        engine=EngineKind(engine) if engine else None,
        mesh=Mesh(mesh) if mesh else None,
        repository_url=repo_url,
        branch=branch,
    )
    if twice := {*keep_mine} & {*take_generated}:
        raise click.UsageError(f"--keep-mine and --take-generated both name {min(twice)}.")
    choices = Choices(
        command=" ".join(["init", *(f"--zone {name}" for name, _ in wanted.zones)]),
        dry_run=dry_run,
        commit=not no_commit,
        message=message,
        push=push,
        new_branch=commit_to,
        keep_mine=keep_mine,
        take_generated=take_generated,
    )
    directory = target or options(context).directory
    context.with_resource(undisturbed(context, directory, writes=not dry_run))
    place = Place(live=live, kubeconfig=kubeconfig, context=context_name, limit=limit)
    if wanted.engine is not None and (status := _handed_over(
        context, directory, wanted, choices, place, chosen, yes=yes, exit_code=exit_code,
        kustomize=kustomize,
    )) is not None:  # fmt: skip
        return status
    if engine is None and (place.given or yes):
        raise click.UsageError("--yes, --live, --kubeconfig and --context go with --engine.")
    with working(context, "Building every overlay"):
        fleet, result, plan, routes = _run(
            directory, wanted, choices, kustomize, planned=chosen == "markdown"
        )
    show(context, fleet, result, chosen, plan, routes=routes)
    if result.conflicts:
        return ExitStatus.FINDINGS
    return ExitStatus.FINDINGS if exit_code and dry_run and result.changed else ExitStatus.OK


def _handed_over(
    context: click.Context,
    directory: str,
    wanted: Wanted,
    choices: Choices,
    place: Place,
    chosen: str,
    *,
    yes: bool,
    exit_code: bool,
    kustomize: str | None,
) -> ExitStatus | None:
    """Do the next step to the wanted engine; None if there is no fleet yet, or it is there."""
    assert wanted.engine is not None
    if wiring.files(directory).read(FLEET_FILE) is None:
        return None
    work = Work.open(context, kustomize, directory)
    step = next_step(work.fleet, wanted.engine)
    if step is None:
        return None
    if changed_text(work.text, replace(wanted, engine=None), wiring.zone_catalogue()) != work.text:
        raise click.UsageError("--engine hands a fleet over in commits of its own: add zones later")
    return hand_over(
        context,
        work,
        wanted.engine,
        step,
        choices,
        place=place,
        yes=yes,
        chosen=chosen,
        exit_code=exit_code,
    )


def _run(
    directory: str, wanted: Wanted, choices: Choices, kustomize: str | None, *, planned: bool
) -> tuple[Fleet, InitResult, Plan | None, tuple[Problem, ...]]:
    plan = None
    files, repository = wiring.files(directory), wiring.repository(directory)
    catalogue = wiring.zone_catalogue()
    current = files.read(FLEET_FILE)
    if current is None:
        branch = (repository.branch() if repository.exists() else None) or "main"
        text = new_text(wanted, path=repository.place, branch=branch)
    else:
        text = changed_text(decoded(current), wanted, catalogue)
    memory = wiring.run_memory(kustomize)
    plain = wanted == Wanted() and not planned and choices == Choices(command=choices.command)
    if plain and current is not None:
        fleet = wiring.parse_fleet(text)
        key = unchanged.standing(repository, fleet)
        if key is not None and (found := unchanged.found_before(memory, key)) is not None:
            return fleet, found, None, ()
    renderer = wiring.remembering_renderer(kustomize)
    fleet, blueprint = draw(text, catalogue, files=files, renderer=renderer)
    if choices.dry_run or planned:
        plan = plan_changes(
            blueprint,
            choices,
            mirrored=fleet.mesh is Mesh.CONSUL_ENTERPRISE,
            files=files,
            repository=repository,
            renderer=renderer,
            schemas=wiring.schemas(),
        )
        if choices.dry_run or plan.result.conflicts:
            return fleet, plan.result, plan, plan.routes
    seen = Watched(renderer)
    result = initialize(
        blueprint,
        choices,
        files=files,
        repository=repository,
        renderer=seen,
        schemas=wiring.schemas(),
    )
    routes = broken_by(
        blueprint, result, seen.builds, files=files, repository=repository, renderer=renderer
    )
    if plain:
        unchanged.remember(memory, repository, files, fleet, result, routes)
    return fleet, result, None if plan is None else replace(plan, result=result), routes

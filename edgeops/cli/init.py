"""``edgeops init``: write or update the repository of a fleet."""

import shutil
from collections.abc import Sequence

import click

from edgeops import wiring
from edgeops.cli.context import common, emit, options, output_format, say, to_terminal, working
from edgeops.cli.plan import show_plan, warn
from edgeops.core.changes.model import Plan
from edgeops.core.fleet.model import EngineKind, Fleet, Mesh
from edgeops.core.reconcile import InitResult, Outcome
from edgeops.core.routes.proof import Problem
from edgeops.errors import ExitStatus
from edgeops.usecases.blueprint import Wanted, changed_text, decoded, draw, new_text, zone_flags
from edgeops.usecases.broken_routes import broken_by
from edgeops.usecases.initialize import FLEET_FILE, Choices, initialize
from edgeops.usecases.plan import Watched, plan_changes

PUSH = "git push"
EXAMPLES = """\b
Examples:
  edgeops init shop-edge --name shop --region us-west-2 --cluster edge-usw2 \\
    --availability-zone us-west-2a --availability-zone us-west-2b \\
    --zone us-west-2-lax-1a --repo-url https://git.example.com/acme/shop-edge.git
  edgeops init --dry-run                    # after an edit of edgeops.yaml
  edgeops init --zone us-west-2-phx-2a      # one more zone
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
    "--engine", type=click.Choice([str(kind) for kind in EngineKind]), help="Default: argocd."
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
) -> ExitStatus:
    """
    Write or update a fleet's repository from edgeops.yaml, and commit it.

    Without the file it is made from the flags. Every overlay is built before the commit; if one
    does not build, everything is as before. Your own edits of generated files are kept, and new
    versions are merged into them; exits 1, and writes nothing, where both changed one thing.
    """
    chosen = output_format(context, ("table", "json"))
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
        dry_run=dry_run,
        commit=not no_commit,
        message=message,
        push=push,
        new_branch=commit_to,
        keep_mine=keep_mine,
        take_generated=take_generated,
    )
    place = target or options(context).directory
    with working(context, "Building every overlay"):
        fleet, result, plan, routes = _run(place, wanted, choices, kustomize)
    show(context, fleet, result, chosen, plan, routes=routes)
    if result.conflicts:
        return ExitStatus.FINDINGS
    return ExitStatus.FINDINGS if exit_code and dry_run and result.changed else ExitStatus.OK


def check_flags(*, no_commit: bool, push: bool, message: str | None, commit_to: str | None) -> None:
    """Refuse flags that contradict each other; raises click.UsageError."""
    for flag, given in (("--push", push), ("--message", message), ("--commit-to", commit_to)):
        if no_commit and given:
            raise click.UsageError(f"--no-commit and {flag} cannot stand together.")


def _run(
    directory: str, wanted: Wanted, choices: Choices, kustomize: str | None
) -> tuple[Fleet, InitResult, Plan | None, tuple[Problem, ...]]:
    files, repository = wiring.files(directory), wiring.repository(directory)
    catalogue = wiring.zone_catalogue()
    current = files.read(FLEET_FILE)
    if current is None:
        branch = (repository.branch() if repository.exists() else None) or "main"
        text = new_text(wanted, path=repository.place, branch=branch)
    else:
        text = changed_text(decoded(current), wanted, catalogue)
    renderer = wiring.renderer(kustomize)
    fleet, blueprint = draw(text, catalogue, files=files, renderer=renderer)
    if choices.dry_run:
        plan = plan_changes(
            blueprint,
            choices,
            mirrored=fleet.mesh is Mesh.CONSUL_ENTERPRISE,
            files=files,
            repository=repository,
            renderer=renderer,
            schemas=wiring.schemas(),
        )
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
    return fleet, result, None, routes


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
    """Print what was done, or the *plan* of a dry run, and say what is to be done next."""
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
    from edgeops.core.plan import next_steps

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

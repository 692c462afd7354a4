"""What the commands that change zones have in common: their flags, and the way to the use cases."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import click

from edgeops import wiring
from edgeops.cli.context import options
from edgeops.core.changes.model import Plan
from edgeops.core.fleet.model import Fleet, Mesh
from edgeops.usecases import unchanged
from edgeops.usecases.blueprint import draw, read_fleet
from edgeops.usecases.initialize import initialize
from edgeops.usecases.plan import plan_changes
from edgeops.usecases.undertaking import Blueprint, Choices
from edgeops.usecases.zones import check_tidy, current_text

Command = TypeVar("Command", bound=Callable[..., Any])


def writing(command: Command) -> Command:
    """Add the flags of a command that commits, as ``init`` has them."""
    added = (
        click.option("--dry-run", is_flag=True, help="Write nothing; show what would change."),
        click.option("--no-commit", is_flag=True, help="Write, and leave the commit to you."),
        click.option("--message", metavar="TEXT", help="Commit message."),
        click.option("--push", is_flag=True, help="Push the branch afterwards."),
        click.option(
            "--commit-to", metavar="BRANCH", help="Make this branch here and commit to it."
        ),
        click.option(
            "--exit-code", is_flag=True, help="With --dry-run: exit 1 if something would change."
        ),
        click.option(
            "--kustomize", metavar="PATH", help="Build with this kustomize instead of ours."
        ),
    )
    for option in reversed(added):
        command = option(command)
    return command


def check_flags(*, no_commit: bool, push: bool, message: str | None, commit_to: str | None) -> None:
    """Refuse flags that contradict each other; raises click.UsageError."""
    for flag, given in (("--push", push), ("--message", message), ("--commit-to", commit_to)):
        if no_commit and given:
            raise click.UsageError(f"--no-commit and {flag} cannot stand together.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The directory that a command is about, and what is done with it."""

    directory: str
    kustomize: str | None
    text: str
    fleet: Fleet
    _drawn: dict[str, tuple[Fleet, Blueprint]] = field(default_factory=dict, repr=False)

    @classmethod
    def open(
        cls, context: click.Context, kustomize: str | None = None, directory: str | None = None
    ) -> "Work":
        """
        Read ``edgeops.yaml``; raises RepositoryError or ConfigurationError.

        Args:
            directory: None takes that of the common flags.
        """
        directory = directory or options(context).directory
        text = current_text(wiring.files(directory))
        fleet = read_fleet(
            text,
            wiring.zone_catalogue(),
            files=wiring.files(directory),
            renderer=wiring.remembering_renderer(kustomize),
        )
        return cls(directory=directory, kustomize=kustomize, text=text, fleet=fleet)

    def check_tidy(self) -> None:
        """See that the tree is what ``edgeops.yaml`` asks for; raises RepositoryError."""
        repository = wiring.repository(self.directory)
        memory = wiring.run_memory(self.kustomize)
        key = unchanged.standing(repository, self.fleet)
        if key is not None and unchanged.found_before(memory, key) is not None:
            return
        _, blueprint = self._draw(self.text)
        check_tidy(
            blueprint,
            files=wiring.files(self.directory),
            repository=repository,
            schemas=wiring.schemas(),
        )

    def _draw(self, text: str) -> tuple[Fleet, Blueprint]:
        """What *text* asks for; the same each time that it is asked in one command."""
        if text not in self._drawn:
            self._drawn[text] = draw(
                text,
                wiring.zone_catalogue(),
                files=wiring.files(self.directory),
                renderer=wiring.remembering_renderer(self.kustomize),
            )
        return self._drawn[text]

    def plan(self, text: str, choices: Choices) -> Plan:
        """What it would do if ``edgeops.yaml`` were *text*; raises EdgeopsError."""
        fleet, blueprint = self._draw(text)
        return plan_changes(
            blueprint,
            choices,
            mirrored=fleet.mesh is Mesh.CONSUL_ENTERPRISE,
            files=wiring.files(self.directory),
            repository=wiring.repository(self.directory),
            renderer=wiring.remembering_renderer(self.kustomize),
            schemas=wiring.schemas(),
        )

    def carry_out(self, text: str, choices: Choices, plan: Plan) -> Plan:
        """Do what *plan* says; the answer has what was done beside the same objects."""
        fleet, blueprint = self._draw(text)
        files, repository = wiring.files(self.directory), wiring.repository(self.directory)
        result = initialize(
            blueprint,
            choices,
            files=files,
            repository=repository,
            renderer=wiring.remembering_renderer(self.kustomize),
            schemas=wiring.schemas(),
        )
        unchanged.remember(
            wiring.run_memory(self.kustomize), repository, files, fleet, result, plan.routes
        )
        return replace(plan, result=result)

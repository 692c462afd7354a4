"""What is derived from a directory so far, and what has to be asked."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from edgeops.core.fleet.model import Answer, DirectoryApp, Fleet, Service
from edgeops.errors import Problem

BASE = "spec.app.base"
SERVICES = "spec.app.services"


@dataclass(slots=True, kw_only=True)
class Derivation:
    """The fleet with its services, or why there is none."""

    fleet: Fleet
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def refuse(self, path: str, message: str) -> None:
        self.problems.append(Problem(path=path, message=message))

    def warn(self, message: str) -> None:
        self.warnings.append(f"{self.app.directory}: {message}")

    @property
    def app(self) -> DirectoryApp:
        assert self.fleet.directory_app is not None
        return self.fleet.directory_app

    def answer(self, name: str) -> Answer | None:
        return next((answer for answer in self.app.answers if answer.name == name), None)


def is_called(name: str, services: Iterable[Service]) -> bool:
    """Whether any of *services* calls the one called *name*."""
    return any(name in service.upstreams for service in services)

"""Builds of what engines applied, remembered from one comparison to the next."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from edgeops.core.fleet.model import Fleet, Zone
from edgeops.errors import RepositoryError
from edgeops.ports import Build, Builder, Repository
from edgeops.usecases.applied import built_as_of


class AppliedBuilds:
    """
    `built_as_of`, each folder of a revision once.

    A revision that could not be had is not asked for again before `forget_failures`.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Build] = {}
        self._failures: dict[str, RepositoryError] = {}

    def __call__(
        self,
        revision: str,
        fleet: Fleet,
        folders: Mapping[str, Sequence[Zone]],
        repository: Repository,
        builder: Builder,
        refusal: str | None,
    ) -> Mapping[str, Build]:
        if revision in self._failures:
            raise self._failures[revision]
        missing = {
            engine: [zone for zone in zones if (revision, zone.overlay) not in self._known]
            for engine, zones in folders.items()
        }
        missing = {
            engine: zones
            for engine, zones in missing.items()
            if zones or (revision, engine) not in self._known
        }
        if missing:
            try:
                made = built_as_of(revision, fleet, missing, repository, builder, refusal)
            except RepositoryError as error:
                self._failures[revision] = error
                raise
            self._known |= {(revision, path): build for path, build in made.items()}
        asked = [*folders, *(zone.overlay for zones in folders.values() for zone in zones)]
        return {path: self._known[revision, path] for path in asked}

    def keep(self, revisions: AbstractSet[str]) -> None:
        """Forget every other revision."""
        for place in [place for place in self._known if place[0] not in revisions]:
            del self._known[place]

    def forget_failures(self) -> bool:
        """Ask again for what could not be had; whether there was any."""
        failed = bool(self._failures)
        self._failures.clear()
        return failed

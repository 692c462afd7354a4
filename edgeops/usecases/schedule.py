"""What a check of one cluster reads: the kinds for which its account needs rights."""

from collections.abc import Iterable

from edgeops.core.fleet.model import Cluster
from edgeops.core.objects import KubeObject
from edgeops.core.rows import Row
from edgeops.core.schedule.rights import Read
from edgeops.core.schemas import Schemas
from edgeops.errors import ConfigurationError, Problem
from edgeops.ports import Builder, Files, Repository
from edgeops.usecases.desired import CONFIG, ParseFleet, Selection, desired_from_repository
from edgeops.usecases.reading import wanted
from edgeops.usecases.scope import Contexts, Yielded, made_by, with_yielded


def reads(
    repository: Repository,
    files: Files,
    builder: Builder,
    *,
    parse: ParseFleet,
    yielded: Yielded,
    cluster: Cluster,
    schemas: Schemas,
) -> list[Read]:
    """
    Every kind that a check of *cluster* at HEAD asks for.

    Raises:
        ConfigurationError: if an overlay does not build, so that its kinds are not known.
        RepositoryError: if HEAD cannot be read.
    """
    here: Contexts = lambda other: (other.name, other.name)  # noqa: E731 - one cluster, one place
    desired = desired_from_repository(
        repository,
        files,
        builder,
        parse,
        rev="HEAD",
        selection=Selection(clusters=(cluster.name,)),
        contexts=here,
    )
    if errors := [row.error for row in desired.rows if row.error is not None]:
        problems = [Problem(path=error.what, message=error.reason) for error in errors]
        raise ConfigurationError(CONFIG, problems)
    assert desired.fleet is not None
    rows = with_yielded(desired.rows, desired.fleet, made_by(desired.engines, yielded), here)
    parts = [part for row in rows for part in row.parts]
    plurals = _plurals(_objects(rows))
    return [
        Read(
            group=item.group,
            kind=item.kind,
            version=item.version or "",
            plural=plurals.get((item.group, item.kind), ""),
        )
        for item in wanted(parts, schemas)
    ]


def _objects(rows: Iterable[Row]) -> Iterable[KubeObject]:
    return (item for row in rows for part in row.parts for item in part.objects)


def _plurals(objects: Iterable[KubeObject]) -> dict[tuple[str, str], str]:
    """What CustomResourceDefinitions in git call their kinds."""
    found = {}
    for item in objects:
        if item.kind == "CustomResourceDefinition":
            spec = item.body["spec"]
            found[(spec["group"], spec["names"]["kind"])] = str(spec["names"]["plural"])
    return found

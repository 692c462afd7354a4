"""
Where calls end, over all zones at once: what ``edgeops routes --prove`` finds, as problems.

A cluster of which an overlay does not build is passed over: without all of its objects every
answer would be a guess, and that it does not build is told.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from edgeops.core.lint.model import Place, Problem, Repository
from edgeops.core.lint.rules_routes import COVERED, rule_id
from edgeops.core.objects import KubeObject
from edgeops.core.routes.lines import field_line
from edgeops.core.routes.proof import Problem as Broken
from edgeops.core.routes.prove import prove
from edgeops.core.routes.told import told_with_the_file


def check(repository: Repository) -> Iterator[Problem]:
    """Every call of every cluster, with every single failure; a problem a zone."""
    fleet = repository.callers
    if fleet is None:
        return
    for broken in prove(fleet, _built(repository)).problems:
        if told_with_the_file(fleet, broken):
            continue
        for zone in broken.zones or (None,):
            yield _problem(repository, broken, zone)


def uncovered(found: Sequence[Problem], off: Collection[str]) -> Iterator[Problem]:
    """
    *found* without the routes whose object another rule names for the same mistake.

    Args:
        off: rules that are switched off: what they find tells nobody.
    """
    named = {(item.rule, *_object(item)) for item in found if item.rule not in off}
    for item in found:
        covers = COVERED.get(item.rule, ())
        if not any((rule, *_object(item)) in named for rule in covers):
            yield item


def _object(item: Problem) -> tuple[str | None, ...]:
    return (item.file, item.kind, item.name)


def _built(repository: Repository) -> Mapping[str, Sequence[KubeObject]]:
    """The objects of each cluster that builds as a whole."""
    found: dict[str, list[KubeObject]] = {}
    for cluster in repository.fleet.clusters:
        folders = [folder for folder, _ in repository.of_cluster(cluster)]
        if all(folder.error is None for folder in folders):
            found[cluster.name] = [item for folder in folders for item in folder.objects]
    return found


def _problem(repository: Repository, broken: Broken, zone: str | None) -> Problem:
    source = broken.source
    return Problem(
        rule=rule_id(broken.reason),
        message=_message(broken),
        file=broken.path,
        line=_line(repository, broken),
        place=Place(cluster=broken.cluster, zone=zone),
        kind=source.kind if source else None,
        namespace=source.namespace or None if source else None,
        name=source.name if source else None,
        path=broken.field or None,
    )


def _message(broken: Broken) -> str:
    """With the calls that are hit, where the message is not about one of them."""
    return f"{broken.message} ({_some(broken.calls)})" if broken.calls else broken.message


def _some(calls: Iterable[str], most: int = 3) -> str:
    named = list(calls)
    more = f" and {len(named) - most} more" if len(named) > most else ""
    return ", ".join(named[:most]) + more


def _line(repository: Repository, broken: Broken) -> int | None:
    content = repository.files.get(broken.path) if broken.path is not None else None
    if content is None or broken.line is None:
        return broken.line
    return field_line(content.decode("utf-8", "replace"), broken.line, broken.field)

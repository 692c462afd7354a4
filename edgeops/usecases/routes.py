"""``edgeops routes``: every call of the fleet followed, as git builds it or as it lives."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from edgeops.core.fleet.model import Cluster, Fleet
from edgeops.core.objects import KubeObject
from edgeops.core.routes.entries import GROUP
from edgeops.core.routes.following import NOTHING, Failures
from edgeops.core.routes.lines import field_line
from edgeops.core.routes.proof import Problem, Proof
from edgeops.core.routes.prove import prove
from edgeops.core.routes.reading import KINDS
from edgeops.core.routes.workloads import WORKLOADS
from edgeops.errors import ConfigurationError, LiveStateError, RenderError
from edgeops.errors import Problem as Wrong
from edgeops.ports import Builder, Files, LiveReader, NotRead, Repository, Wanted
from edgeops.usecases.desired import CONFIG, Desired, Selection, desired_from_repository

Objects = Mapping[str, Sequence[KubeObject]]
"""By cluster, the objects of all its zones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the routes."""

    selection: Selection = field(default_factory=Selection)
    """Whose calls are shown; every zone is looked at, as calls lead from one to another."""

    fail: tuple[str, ...] = ()
    """``ZONE/SERVICE``, also ``CLUSTER/ZONE/SERVICE``."""

    fail_zones: tuple[str, ...] = ()
    """``ZONE``, also ``CLUSTER/ZONE``."""

    every: bool = False
    """Whether every single failure is checked."""


def follow_routes(
    question: Question,
    *,
    rev: str | None,
    parse: Callable[[str], Fleet],
    repository: Repository,
    files: Files,
    builder: Builder,
    readers: Callable[[Cluster], LiveReader] | None = None,
) -> tuple[Fleet, Proof]:
    """
    Follow every call of the fleet.

    Args:
        rev: the revision that is built; None for the work tree.
        parse: reads the text of ``edgeops.yaml``.
        readers: where live objects of a cluster are read; None follows what git builds. With
            it a problem that git does not have is told to come from drift.

    Raises:
        ConfigurationError: if the fleet, the selection or a failure is not valid.
        RepositoryError: if there is no such revision, or no ``edgeops.yaml``.
        RenderError: if an overlay does not build.
    """
    desired = desired_from_repository(
        repository,
        files,
        builder,
        parse,
        rev=rev,
        selection=Selection(),
        contexts=lambda cluster: (cluster.context, cluster.engine_context),
    )
    fleet = desired.fleet
    assert fleet is not None
    question.selection.check(fleet)
    built = _built(desired)
    if readers is None:
        failures = _failures(question, fleet, built)
        proof = prove(fleet, built, failures=failures, every=question.every)
    else:
        chosen = [item for item in fleet.clusters if _asked(question.selection, item)]
        live, unread, notes = _live(fleet, chosen, built, readers)
        failures = _failures(question, fleet, live)
        found = prove(fleet, live, failures=failures, every=question.every)
        proof = replace(found, unread=unread, notes=notes)
        ours = prove(fleet, built, failures=failures, every=question.every)
        in_git = {problem.identity for problem in ours.problems}
        proof = replace(
            proof,
            problems=tuple(
                replace(item, only_live=item.identity not in in_git) for item in proof.problems
            ),
        )

    def read(path: str) -> bytes | None:
        return files.read(path) if rev is None else repository.read(rev, path)

    proof = replace(proof, problems=tuple(placed(item, read) for item in proof.problems))
    return fleet, _shown(proof, fleet, question.selection)


def _built(desired: Desired) -> Objects:
    found: dict[str, list[KubeObject]] = {}
    for row in desired.rows:
        if row.error is not None:
            raise RenderError(f"{row.error.what} does not build: {row.error.reason}")
        if row.cluster is not None and row.zone is not None:
            found.setdefault(row.cluster, []).extend(row.parts[0].objects)
    return found


def _asked(selection: Selection, cluster: Cluster) -> bool:
    return any(selection.takes(cluster, zone) for zone in cluster.zones)


def _live(
    fleet: Fleet,
    clusters: Iterable[Cluster],
    built: Objects,
    readers: Callable[[Cluster], LiveReader],
) -> tuple[Objects, tuple[str, ...], tuple[str, ...]]:
    """Live objects, each with the origin of the one in git; what was not read; notes."""
    found: dict[str, list[KubeObject]] = {}
    unread: list[str] = []
    notes: list[str] = []
    for cluster in clusters:
        origins = {item.key: item.origin for item in built.get(cluster.name, ())}
        try:
            state = readers(cluster).read(_wanted(fleet, cluster))
        except LiveStateError as error:
            unread.append(f"{cluster.name}: {error}")
            continue
        unread += [_gap(cluster, gap) for gap in state.unread]
        notes += state.notes
        if state.unread:
            # Without all of it every answer would be a guess.
            notes.append(f"The routes of {cluster.name} are not followed: not all was read.")
            continue
        found[cluster.name] = [
            replace(item, origin=origins.get(item.key)) for item in state.objects
        ]
    return found, tuple(unread), tuple(dict.fromkeys(notes))


def _wanted(fleet: Fleet, cluster: Cluster) -> list[Wanted]:
    namespaces = frozenset(zone.namespace for zone in cluster.zones)
    kinds = [("apps", kind, "v1") for kind in WORKLOADS] + [("", "Service", "v1")]
    if fleet.mesh.is_consul:
        kinds += [(GROUP, kind, "v1alpha1") for kind in KINDS]
    return [
        Wanted(
            group=group,
            kind=kind,
            version=version,
            namespaces=namespaces,
            # One for the whole mesh, in whatever namespace.
            everywhere=kind == "ProxyDefaults",
        )
        for group, kind, version in kinds
    ]


def _gap(cluster: Cluster, gap: NotRead) -> str:
    where = f" in {', '.join(sorted(gap.namespaces))}" if gap.namespaces else ""
    return f"{cluster.name}: {gap.wanted}{where}: {gap.reason}"


def _failures(question: Question, fleet: Fleet, objects: Objects) -> Failures:
    """
    What the flags take away.

    Raises:
        ConfigurationError: naming each zone or service that there is not.
    """
    wrong: list[Wrong] = []
    services: set[tuple[str, str, str]] = set()
    zones: set[tuple[str, str]] = set()
    for text in question.fail_zones:
        found = _zones(fleet, text)
        if not found:
            wrong.append(Wrong(path=f"--fail-zone {text}", message=_no_zone(fleet, text)))
        zones |= set(found)
    for text in question.fail:
        where, _, service = text.rpartition("/")
        found = _zones(fleet, where)
        if not found:
            message = "is not ZONE/SERVICE" if not where else _no_zone(fleet, where)
            wrong.append(Wrong(path=f"--fail {text}", message=message))
            continue
        here = {place: _names(fleet, objects, place) for place in found}
        taken = [place for place, names in here.items() if service in names]
        if not taken:
            known = ", ".join(sorted(set().union(*here.values()))) or "nothing"
            message = f"there is no service {service!r}; there are {known}"
            wrong.append(Wrong(path=f"--fail {text}", message=message))
        services |= {(*place, service) for place in taken}
    if wrong:
        raise ConfigurationError(CONFIG, wrong)
    if not services and not zones:
        return NOTHING
    return Failures(services=frozenset(services), zones=frozenset(zones))


def _zones(fleet: Fleet, text: str) -> list[tuple[str, str]]:
    return [
        (cluster.name, zone.name)
        for cluster in fleet.clusters
        for zone in cluster.zones
        if text in {zone.name, f"{cluster.name}/{zone.name}"}
    ]


def _no_zone(fleet: Fleet, text: str) -> str:
    known = sorted({zone.name for cluster in fleet.clusters for zone in cluster.zones})
    shown = ", ".join(known[:8]) + (", …" if len(known) > 8 else "")
    return f"there is no zone {text!r}; there are {shown}"


def _names(fleet: Fleet, objects: Objects, place: tuple[str, str]) -> set[str]:
    cluster, name = place
    found = fleet.cluster(cluster)
    assert found is not None
    namespaces = {zone.namespace for zone in found.zones if zone.name == name}
    return {
        item.name
        for item in objects.get(cluster, ())
        if item.kind in WORKLOADS and item.namespace in namespaces
    }


def placed(problem: Problem, read: Callable[[str], bytes | None]) -> Problem:
    """
    The problem with the line of its field, not only that of its object.

    Args:
        read: content of a file of the repository, None if there is none.
    """
    if problem.path is None or problem.line is None or not problem.field:
        return problem
    content = read(problem.path)
    if content is None:
        return problem
    line = field_line(content.decode("utf-8", "replace"), problem.line, problem.field)
    return replace(problem, line=line)


def _shown(proof: Proof, fleet: Fleet, selection: Selection) -> Proof:
    """Only what is about the selected zones."""
    taken = {
        (cluster.name, zone.name)
        for cluster in fleet.clusters
        for zone in cluster.zones
        if selection.takes(cluster, zone)
    }
    return replace(
        proof,
        routes=tuple(item for item in proof.routes if (item.cluster, item.zone) in taken),
        outages=tuple(item for item in proof.outages if (item.cluster, item.zone) in taken),
        problems=tuple(
            item
            for item in proof.problems
            if not item.zones or any((item.cluster, zone) in taken for zone in item.zones)
        ),
    )

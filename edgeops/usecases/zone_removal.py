"""
A zone goes, in two commits with a sync between them.

Neither engine deletes anything because a folder is gone: Argo CD's ApplicationSet deletes no
Application and no Application's objects, Flux orphans what a Kustomization applied, and both refuse
an empty folder. So the first commit leaves the folder with no more than its Namespace, which makes
the engine prune the rest; the second, once that has happened, takes away folder, engine object and
every mention. The namespace itself is for a person to delete.

docs/decisions/0010-how-a-zone-leaves.md says in which order the engines prune.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from edgeops.core.changes.model import Effect, ObjectChange, Plan
from edgeops.core.engine import PART_OF_LABEL, ZONE_LABEL, applied_revision
from edgeops.core.fleet import edit
from edgeops.core.fleet.model import Cluster, EngineKind, Fleet, Zone
from edgeops.core.objects import KubeObject, ResourceKey, in_order
from edgeops.core.plan import repository as plan
from edgeops.errors import ConfigurationError, LiveStateError, RepositoryError
from edgeops.ports import LiveReader, Repository, Wanted
from edgeops.usecases.edits import FLEET_FILE

ParseFleet = Callable[[str], Fleet]
"""Text of ``edgeops.yaml`` to a fleet; raises ConfigurationError."""


class Stage(StrEnum):
    """What the next run of the command does."""

    SHRINK = "shrink"
    """The overlay becomes its Namespace, and the engine prunes the rest."""

    DROP = "drop"
    """Overlay, engine object and mentions go; the engine has nothing left to delete."""


def next_stage(zone: Zone) -> Stage:
    """The stage that comes next for *zone*."""
    return Stage.DROP if zone.is_leaving else Stage.SHRINK


def text_after(text: str, zone: Zone, stage: Stage) -> str:
    """``edgeops.yaml`` as *stage* leaves it."""
    match stage:
        case Stage.SHRINK:
            return edit.set_leaving(text, zone.cluster, zone.name)
        case Stage.DROP:
            return edit.remove_zone(text, zone.cluster, zone.name)
        case _:
            assert_never(stage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """What is left of a leaving zone in its cluster."""

    objects: tuple[ResourceKey, ...]
    """Objects of the zone besides its Namespace, those that are being deleted too."""

    revision: str | None
    """What the engine says that it last applied of the zone; None if it says nothing."""

    why_not_synced: str | None
    """Why that is not known to be a commit in which the zone leaves; None if it is one."""


def remains(
    fleet: Fleet,
    cluster: Cluster,
    zone: Zone,
    *,
    reader: Callable[[str], LiveReader],
    contexts: tuple[str, str],
    repository: Repository,
    parse: ParseFleet,
) -> Remains:
    """
    Look at what the engine has left of *zone*; reads only.

    Args:
        reader: of a context.
        contexts: where the zone's objects and where the engine's are read.

    Raises:
        LiveStateError: if some of it could not be read.
    """
    own = _read(reader(contexts[0]), [
        Wanted(group=group, kind=kind, namespaces=frozenset({zone.namespace}), whole=False)
        for group, kind in plan.zone_kinds(fleet, cluster, zone)
    ])  # fmt: skip
    group, kind, namespace, name = plan.engine_object(fleet, cluster, zone)
    left = [
        item.key
        for item in in_order(own)
        if item.labels.get(PART_OF_LABEL) == fleet.name
        and item.labels.get(ZONE_LABEL) == zone.name
        and (item.group, item.name) != ("rbac.authorization.k8s.io", name)  # the engine's own
    ]
    found = _read(
        reader(contexts[1]),
        [Wanted(group=group, kind=kind, namespaces=frozenset({namespace}))],
    )
    engine = next(
        (item for item in found if (item.namespace, item.name) == (namespace, name)), None
    )
    revision = None if engine is None else applied_revision(engine)
    why: str | None
    if engine is None:
        why = f"there is no {kind} {namespace}/{name}"
    elif revision is None:
        why = f"{kind} {namespace}/{name} has not said which commit it applied"
    else:
        why = _why_not_leaving(revision, zone, repository, parse)
    return Remains(objects=tuple(left), revision=revision, why_not_synced=why)


def _read(reader: LiveReader, wanted: list[Wanted]) -> tuple[KubeObject, ...]:
    state = reader.read(wanted)
    if state.unread:
        gap = state.unread[0]
        raise LiveStateError(f"{gap.wanted} could not be read: {gap.reason}")
    return state.objects


def _why_not_leaving(
    revision: str, zone: Zone, repository: Repository, parse: ParseFleet
) -> str | None:
    """Why *revision* is not known to be one in which *zone* leaves."""
    short = revision[:12]
    try:
        text = repository.read(repository.revision(revision), FLEET_FILE)
        then = None if text is None else parse(text.decode(errors="replace"))
    except (RepositoryError, ConfigurationError):
        return f"the engine last applied {short}, which this repository does not know: git fetch"
    cluster = None if then is None else then.cluster(zone.cluster)
    was = (
        next((item for item in cluster.edges if item.name == zone.name), None) if cluster else None
    )
    if was is not None and was.is_leaving:
        return None
    return f"the engine last applied {short}, in which the zone is not leaving yet"


def still_rendered(plan_: Plan, zone: Zone) -> tuple[ObjectChange, ...]:
    """
    Objects that the shrunk overlay renders all the same, as somebody's edit makes it.

    Once the overlay is gone nothing would delete them.
    """
    return tuple(
        change
        for place, change in plan_.of(Effect.LEFT)
        if (place.cluster, place.zone) == (zone.cluster, zone.name)
        and change.key.namespace == zone.namespace
    )


def left_to_do(fleet: Fleet, cluster: Cluster, zone: Zone) -> tuple[str, ...]:
    """The commands that stay with a person when the zone is gone from git, in order."""
    delete = f"kubectl --context {cluster.context} delete namespace {zone.namespace}"
    match fleet.engine:
        case EngineKind.ARGOCD:
            _, _, namespace, name = plan.engine_object(fleet, cluster, zone)
            context = cluster.engine_context
            application = (
                f"kubectl --context {context} --namespace {namespace} "
                f"delete applications.argoproj.io {name}"
            )
            return (application, delete)
        case EngineKind.FLUX:
            return (delete,)
        case _:
            assert_never(fleet.engine)

"""
A fleet goes over from one sync engine to the other, in commits with a sync between them.

First both engines rest, and what runs is nobody's; then the new one applies it over what is there;
then the old one's folder goes. No engine that rests, or that just took over, deletes anything, and
no two ever work at a time. The way back is the same way.

docs/decisions/0014-how-a-fleet-changes-its-engine.md has the reasons, and what each engine does
when its objects go.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, assert_never

from edgeops.core.engine import applied_revision
from edgeops.core.fleet import edit
from edgeops.core.fleet.model import Cluster, EngineKind, Fleet
from edgeops.core.objects import KubeObject
from edgeops.core.plan import repository as plan
from edgeops.errors import ConfigurationError, LiveStateError, RepositoryError
from edgeops.ports import LiveReader, Repository, Wanted
from edgeops.usecases.edits import FLEET_FILE

ParseFleet = Callable[[str], Fleet]
"""Text of ``edgeops.yaml`` to a fleet; raises ConfigurationError."""

NAMES: Final = {EngineKind.ARGOCD: "Argo CD", EngineKind.FLUX: "Flux"}

# Argo CD deletes what an Application made when one that has it is deleted.
# https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/#about-the-deletion-finalizer
_DELETING: Final = "resources-finalizer.argocd.argoproj.io"


class Step(StrEnum):
    """What a run of the command does; in this order on every way."""

    RELEASE = "release"
    """Both engines rest; the one to come is given its folder."""

    TAKE = "take"
    """The new engine applies, the old one rests."""

    FINISH = "finish"
    """The old engine's folder goes, the new one works as ever."""


def next_step(fleet: Fleet, to: EngineKind) -> Step | None:
    """What is next on the way of *fleet* to the engine *to*; None if it is there."""
    if fleet.handover_to is not None:
        return Step.TAKE
    if fleet.handover_from is not None:
        return Step.FINISH if to is fleet.engine else Step.RELEASE
    return None if to is fleet.engine else Step.RELEASE


def text_after(text: str, to: EngineKind, step: Step) -> str:
    """``edgeops.yaml`` as *step* on the way to *to* leaves it."""
    match step:
        case Step.RELEASE:
            return edit.set_handover(text, "to", to)
        case Step.TAKE:
            return edit.set_handover(edit.set_engine(text, to), "from", other(to))
        case Step.FINISH:
            return edit.remove_handover(text)
        case _:
            assert_never(step)


def other(engine: EngineKind) -> EngineKind:
    """The engine that *engine* is not."""
    return next(kind for kind in EngineKind if kind is not engine)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the clusters say about a step that waits for a sync."""

    obstacles: tuple[str, ...]
    """Why it may not be done now; a person can do something about each."""

    revision: str | None = None
    """A commit that the new engine says it applied; None before it applied any."""


def look(
    fleet: Fleet,
    to: EngineKind,
    step: Step,
    *,
    reader: Callable[[str], LiveReader],
    contexts: Callable[[Cluster], tuple[str, str]],
    repository: Repository,
    parse: ParseFleet,
) -> Seen:
    """
    Look in every cluster whether the commit before *step* has taken effect; reads only.

    Args:
        reader: of a context.
        contexts: where a cluster's objects and where its engines' are read.

    Raises:
        LiveStateError: if some of it could not be read.
    """
    obstacles: list[str] = []
    revision = None
    for cluster in fleet.clusters:
        live = _live(fleet, cluster, reader(contexts(cluster)[1]))
        for zone in cluster.zones:
            old = live.get(plan.engine_object(fleet, cluster, zone, other(to)))
            # Taken back before the other engine ever was given its folder, there is none.
            if old is not None or (step is Step.TAKE and to is not fleet.engine):
                key = plan.engine_object(fleet, cluster, zone, other(to))
                obstacles += _unrested(old, key)
            key = plan.engine_object(fleet, cluster, zone, to)
            new = live.get(key)
            if new is None:
                obstacles.append(f"there is no {_told(key)}: {plan.give(to, cluster).command}")
            elif step is Step.TAKE:
                obstacles += _would_prune(new, key)
            else:
                revision = _applied(new)
                obstacles += _not_taken(new, key, revision, to, repository, parse)
    return Seen(obstacles=tuple(obstacles), revision=revision)


Key = tuple[str, str, str, str]
"""Group, kind, namespace and name."""


def _live(fleet: Fleet, cluster: Cluster, reader: LiveReader) -> Mapping[Key, KubeObject]:
    """What applies the overlays of *cluster*, for both engines."""
    keys = [
        plan.engine_object(fleet, cluster, zone, engine)
        for engine in EngineKind
        for zone in cluster.zones
    ]
    kinds = {(group, kind, namespace) for group, kind, namespace, _ in keys}
    state = reader.read(
        [
            Wanted(group=group, kind=kind, namespaces=frozenset({namespace}))
            for group, kind, namespace in sorted(kinds)
        ]
    )
    if state.unread:
        gap = state.unread[0]
        raise LiveStateError(f"{gap.wanted} could not be read: {gap.reason}")
    found = {(item.group, item.kind, item.namespace, item.name): item for item in state.objects}
    return {key: found[key] for key in keys if key in found}


def _told(key: Key) -> str:
    _, kind, namespace, name = key
    return f"{kind} {namespace}/{name}"


def _unrested(item: KubeObject | None, key: Key) -> Iterator[str]:
    """Why the old engine is not known to have let go of a zone."""
    if item is None:
        yield f"there is no {_told(key)}: is this the right cluster?"
        return
    if not rests(item):
        yield f"{_told(key)} is still at work: has it synced the commit that lets it rest?"
    elif _is_busy(item):
        yield f"{_told(key)} rests, and is still at its last sync: wait until that is over"
    if any(str(name).startswith(_DELETING) for name in item.metadata.get("finalizers") or ()):
        group, kind, namespace, name = key
        yield (
            f"{_told(key)} has the finalizer {_DELETING}: deleted, it would take everything with "
            f"it; take it off: kubectl --namespace {namespace} patch {kind.lower()}s.{group} "
            f'{name} --type merge --patch \'{{"metadata":{{"finalizers":null}}}}\''
        )


def rests(item: KubeObject) -> bool:
    """Whether a live Application or Flux Kustomization applies nothing by itself."""
    if item.kind == "Kustomization":
        return _dig(item.body, "spec", "suspend") is True
    automated = _dig(item.body, "spec", "syncPolicy", "automated")
    return automated is None or _dig(automated, "enabled") is False


def _is_busy(item: KubeObject) -> bool:
    """Whether a sync that began before is under way: neither engine breaks one off."""
    if item.kind == "Kustomization":
        conditions = _dig(item.body, "status", "conditions")
        return any(
            _dig(one, "type") == "Reconciling" and _dig(one, "status") == "True"
            for one in (conditions if isinstance(conditions, Sequence) else ())
        )
    phase = _dig(item.body, "status", "operationState", "phase")
    return bool(item.body.get("operation")) or phase in {"Running", "Terminating"}


def _would_prune(item: KubeObject, key: Key) -> Iterator[str]:
    """
    What Argo CD would prune as soon as it applies: objects that it made in an earlier time.

    Flux knows what it applied by an inventory, and prunes nothing before the hand-over is over.
    """
    resources = _dig(item.body, "status", "resources")
    for one in resources if isinstance(resources, Sequence) else ():
        if _dig(one, "requiresPruning") is True:
            name = f"{_dig(one, 'kind')} {_dig(one, 'namespace') or ''}/{_dig(one, 'name')}"
            yield (
                f"{_told(key)} would prune {name}, which git does not have: delete that, or take "
                "its annotation argocd.argoproj.io/tracking-id off"
            )


def _applied(item: KubeObject) -> str | None:
    """The commit that the engine brought about, or, under Argo CD, found to be there already."""
    found = applied_revision(item)
    if found is None and _dig(item.body, "status", "sync", "status") == "Synced":
        found = _dig(item.body, "status", "sync", "revision")
    return found if isinstance(found, str) else None


def _not_taken(
    item: KubeObject,
    key: Key,
    revision: str | None,
    to: EngineKind,
    repository: Repository,
    parse: ParseFleet,
) -> Iterator[str]:
    """Why the new engine is not known to have applied a zone."""
    if rests(item):
        yield f"{_told(key)} still rests: has its own folder been synced?"
    elif revision is None:
        yield f"{_told(key)} has not said yet which commit it applied"
    else:
        short = revision[:12]
        try:
            text = repository.read(repository.revision(revision), FLEET_FILE)
            then = None if text is None else parse(text.decode(errors="replace"))
        except (RepositoryError, ConfigurationError):
            yield f"{_told(key)} applied {short}, which this repository does not know: git fetch"
            return
        if then is None or then.engine is not to or then.handover_to is not None:
            yield f"{_told(key)} last applied {short}, in which {NAMES[to]} had not taken over"


def left_to_do(fleet: Fleet, engine: EngineKind) -> tuple[str, ...]:
    """
    The commands that take the objects of *engine* out of the clusters, in order.

    What keeps the folder in step goes first, or it would make the others again. None of them
    takes along what the engine had applied.
    """
    return tuple(
        command for cluster in fleet.clusters for command in _deletions(fleet, cluster, engine)
    )


def _deletions(fleet: Fleet, cluster: Cluster, engine: EngineKind) -> Iterator[str]:
    group, kind, namespace, own = plan.engine_object(fleet, cluster, None, engine)
    zones = " ".join(plan.engine_object(fleet, cluster, zone, engine)[3] for zone in cluster.zones)
    delete = f"kubectl --context {cluster.engine_context} --namespace {namespace} delete"
    plural = f"{kind.lower()}s.{group}"
    yield f"{delete} {plural} {own}"
    match engine:
        case EngineKind.ARGOCD:
            yield f"{delete} applicationsets.{group} {own} --cascade=orphan"
            yield f"{delete} {plural} {zones}"
            yield f"{delete} appprojects.{group} {own}"
        case EngineKind.FLUX:
            yield f"{delete} {plural} {zones}"
            yield f"{delete} gitrepositories.source.toolkit.fluxcd.io {own}"
            yield f"{delete} serviceaccounts {zones}"
            anywhere = f"kubectl --context {cluster.engine_context}"
            yield f"{anywhere} delete clusterrolebindings,clusterroles {zones}"
            for zone in cluster.zones:
                name = plan.engine_object(fleet, cluster, zone, engine)[3]
                yield f"{anywhere} --namespace {zone.namespace} delete rolebindings,roles {name}"
        case _:
            assert_never(engine)


def _dig(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value

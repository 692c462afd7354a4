"""
What the sync engines say of each zone, read from the status of their own objects.

It is the engine's word, as of its last round, and no verdict of ours.

https://fluxcd.io/flux/components/kustomize/kustomizations/#kustomization-status
https://fluxcd.io/flux/components/source/gitrepositories/#gitrepository-status
https://argo-cd.readthedocs.io/en/stable/user-guide/skip_reconcile/
https://github.com/argoproj/argo-cd/blob/master/pkg/apis/application/v1alpha1/types.go
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from edgeops.core.engine import applied_revision, is_application, is_flux_kustomization
from edgeops.core.findings import DriftReport, SyncStatus, ZoneReport
from edgeops.core.fleet.model import EngineKind
from edgeops.core.objects import KubeObject

_SKIP: Final = "argocd.argoproj.io/skip-reconcile"
# What Go's strconv.ParseBool, by which Argo CD reads the annotation, takes for true.
_TRUE: Final = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_RECONCILE: Final = "kustomize.toolkit.fluxcd.io/reconcile"


class EngineState(StrEnum):
    """What the engine says of what it applies."""

    SYNCED = "Synced"
    OUT_OF_SYNC = "OutOfSync"
    FAILED = "Failed"
    PROGRESSING = "Progressing"
    UNKNOWN = "Unknown"
    """It says nothing, or that it does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineWord:
    """What one Application or Flux Kustomization says."""

    object: str
    """``<kind> <namespace>/<name>``."""

    state: EngineState
    revision: str | None
    """The commit that it last applied, 40 or 64 hex digits; None before the first."""

    attempted: str | None
    """The commit that it last looked at."""

    health: str | None
    """In the engine's own word; None where it says nothing of health."""

    suspended: bool
    """Whether it was told to leave live as it is, or to follow no commits by itself."""

    error: str | None
    """What it says went wrong last, on one line; None where nothing did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneWord:
    """One zone, or what a cluster has beside its zones, in the words of one engine."""

    cluster: str
    zone: str | None
    engine: EngineKind
    word: EngineWord | None
    """None where the engine has no object for it, or that object could not be read."""

    verdict: ZoneReport
    """What a drift check finds there."""

    @property
    def contradicted(self) -> bool:
        """Whether the engine says that all is well, and live differs from git."""
        says_well = self.word is not None and self.word.state is EngineState.SYNCED
        return says_well and self.verdict.status is SyncStatus.OUT_OF_SYNC


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncStatusReport:
    """Every zone of a fleet as its engines see it, hub first, and the drift report beside."""

    zones: tuple[ZoneWord, ...]
    drift: DriftReport


def engine_word(item: KubeObject, source: KubeObject | None = None) -> EngineWord | None:
    """
    What an Application or a Flux Kustomization says; None for another kind.

    Args:
        source: the GitRepository that a Kustomization takes its folder from: what cannot be
            fetched leaves a Kustomization Ready.
    """
    if is_application(item):
        return _of_application(item)
    if is_flux_kustomization(item):
        return _of_kustomization(item, source)
    return None


def _of_application(item: KubeObject) -> EngineWord:
    status = _mapping(item.body.get("status"))
    sync = _mapping(status.get("sync"))
    operation = _mapping(status.get("operationState"))
    phase = operation.get("phase")
    errors = [
        str(condition.get("message", ""))
        for condition in _entries(status.get("conditions"))
        if str(condition.get("type", "")).endswith("Error")
    ]
    failed = phase in {"Failed", "Error"}
    if failed:
        errors.append(str(operation.get("message", "")))
    return EngineWord(
        object=_named(item),
        state=_state_of_application(sync.get("status"), failed=failed, running=phase == "Running"),
        revision=applied_revision(item),
        attempted=_text(sync.get("revision")),
        health=_text(_mapping(status.get("health")).get("status")),
        suspended=_application_rests(item),
        error=_line(*errors),
    )


def _state_of_application(said: Any, *, failed: bool, running: bool) -> EngineState:
    if failed:
        return EngineState.FAILED
    if running:
        return EngineState.PROGRESSING
    # Values of SyncStatusCode.
    states = {"Synced": EngineState.SYNCED, "OutOfSync": EngineState.OUT_OF_SYNC}
    return states.get(said, EngineState.UNKNOWN)


def _application_rests(item: KubeObject) -> bool:
    automated = _mapping(_mapping(item.body.get("spec")).get("syncPolicy")).get("automated")
    by_hand = not isinstance(automated, Mapping) or automated.get("enabled") is False
    return by_hand or _annotation(item, _SKIP) in _TRUE


def _of_kustomization(item: KubeObject, source: KubeObject | None) -> EngineWord:
    status = _mapping(item.body.get("status"))
    conditions = {str(entry.get("type")): entry for entry in _entries(status.get("conditions"))}
    ready = _mapping(conditions.get("Ready"))
    seen = status.get("observedGeneration") == _mapping(item.body["metadata"]).get("generation")
    failed = ready.get("status") == "False"
    healthy = _mapping(conditions.get("Healthy")).get("status")
    errors = [str(ready.get("message", ""))] if failed else []
    return EngineWord(
        object=_named(item),
        state=_state_of_kustomization(ready.get("status"), seen=seen),
        revision=applied_revision(item),
        attempted=_commit(status.get("lastAttemptedRevision")),
        health={"True": "Healthy", "False": "Unhealthy"}.get(str(healthy)),
        suspended=_mapping(item.body.get("spec")).get("suspend") is True
        or (_annotation(item, _RECONCILE) or "").lower() == "disabled",
        error=_line(*errors, *_fetch_errors(source)),
    )


def _state_of_kustomization(ready: Any, *, seen: bool) -> EngineState:
    if ready == "False":
        return EngineState.FAILED
    if ready == "True":
        # Of an older generation of itself it says nothing about this one.
        return EngineState.SYNCED if seen else EngineState.PROGRESSING
    return EngineState.PROGRESSING if ready == "Unknown" else EngineState.UNKNOWN


def _fetch_errors(source: KubeObject | None) -> Iterator[str]:
    if source is None:
        return
    for entry in _entries(_mapping(source.body.get("status")).get("conditions")):
        if entry.get("type") == "FetchFailed" and entry.get("status") == "True":
            yield f"{_named(source)}: {entry.get('message', '')}"


def _named(item: KubeObject) -> str:
    return f"{item.kind} {item.namespace}/{item.name}"


def _commit(value: Any) -> str | None:
    return (_text(value) or "").rpartition(":")[2] or None


def _line(*texts: str) -> str | None:
    return "; ".join(dict.fromkeys(" ".join(text.split()) for text in texts if text)) or None


def _annotation(item: KubeObject, name: str) -> str | None:
    return _text(_mapping(_mapping(item.body.get("metadata")).get("annotations")).get(name))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _entries(value: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in value or () if isinstance(entry, Mapping)]

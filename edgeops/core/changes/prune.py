"""
Whether the engine deletes what git no longer has.

It does where an engine object still applies the folder, prunes, and the object itself does not
say otherwise. A folder that is gone deletes nothing: neither engine then has anything to apply.

https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#no-prune-resources
https://fluxcd.io/flux/components/kustomize/kustomizations/#prune
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from edgeops.core.engine import is_application, source_path
from edgeops.core.objects import KubeObject

_OPTIONS: Final = "argocd.argoproj.io/sync-options"
_KEEPING: Final = frozenset({"Prune=false", "Prune=confirm"})
_FLUX: Final = "kustomize.toolkit.fluxcd.io/prune"
_KEEPING_SETS: Final = frozenset({"create-only", "create-update"})


def why_left(item: KubeObject, folder: str, appliers: Iterable[KubeObject]) -> str | None:
    """
    Why nothing deletes an object that its folder no longer has; None if the engine does.

    Args:
        item: the object, as it was.
        folder: what rendered it, within the repository.
        appliers: the engine objects as they would be.
    """
    applier = next((found for found in appliers if source_path(found) == folder), None)
    if applier is None:
        return "no engine object applies its folder any more"
    spec = applier.body.get("spec")
    if is_application(applier):
        options = str(item.annotations.get(_OPTIONS, "")).replace(" ", "").split(",")
        if _KEEPING & set(options):
            return "its sync options keep Argo CD from deleting it"
        prunes = _dig(spec, "syncPolicy", "automated", "prune")
    else:
        if "disabled" in {item.annotations.get(_FLUX), item.labels.get(_FLUX)}:
            return "its annotation keeps Flux from deleting it"
        prunes = _dig(spec, "prune")
    return None if prunes else f"{applier.kind} {applier.name} does not prune"


def why_application_left(sets: Iterable[KubeObject]) -> str | None:
    """Why an Application stays that none of the ApplicationSets *sets* yields any more."""
    policies = [_dig(item.body.get("spec"), "syncPolicy", "applicationsSync") for item in sets]
    if not policies:
        return "its ApplicationSet is gone from git"
    if all(policy in _KEEPING_SETS for policy in policies):
        return f"its ApplicationSet deletes none (applicationsSync: {policies[0]})"
    return None


def _dig(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value

"""What the sync engines say and do beyond the overlays: revisions, additions to a render."""

import posixpath
from collections.abc import Mapping
from typing import Any, Final

from edgeops.core.objects import KubeObject

ZONE_LABEL: Final = "edgeops.dev/zone"
PART_OF_LABEL: Final = "app.kubernetes.io/part-of"

_ARGOCD: Final = "argoproj.io"
_FLUX: Final = "kustomize.toolkit.fluxcd.io"

# Fields of a Flux Kustomization by which what is applied is not what the overlay builds.
# https://fluxcd.io/flux/components/kustomize/kustomizations/
_FLUX_RENDER_FIELDS: Final = (
    "patches",
    "images",
    "postBuild",
    "targetNamespace",
    "commonMetadata",
    "components",
    "namePrefix",
    "nameSuffix",
)


def applied_revision(item: KubeObject) -> str | None:
    """
    The commit that the engine last applied for this Application or Flux Kustomization.

    None for another kind, or where nothing was applied yet. Flux writes
    ``main@sha1:<commit>``, Argo CD the commit alone.
    """
    status = item.body.get("status")
    if not isinstance(status, Mapping):
        return None
    if item.group == _ARGOCD and item.kind == "Application":
        found = _dig(status, "operationState", "syncResult", "revision")
    elif item.group == _FLUX and item.kind == "Kustomization":
        found = _dig(status, "lastAppliedRevision")
    else:
        return None
    if not isinstance(found, str) or not found:
        return None
    return found.rpartition(":")[2] or None


def source_path(item: KubeObject) -> str | None:
    """
    The folder of the repository that an Application or Flux Kustomization applies.

    POSIX, without ``./`` and slashes at its ends; None for another kind or another source.
    """
    spec = item.body.get("spec")
    if item.group == _ARGOCD and item.kind == "Application":
        found = _dig(spec, "source", "path")
    elif item.group == _FLUX and item.kind == "Kustomization":
        found = _dig(spec, "path")
    else:
        return None
    return posixpath.normpath(found.strip("/")) if isinstance(found, str) and found else None


def render_additions(item: KubeObject) -> str | None:
    """
    What a desired engine object would add to the render of its overlay; None if nothing.

    Such an overlay is not what gets applied, so that no verdict on it can be given.
    """
    spec = item.body.get("spec")
    if not isinstance(spec, Mapping):
        return None
    if item.group == _FLUX and item.kind == "Kustomization":
        found = [name for name in _FLUX_RENDER_FIELDS if spec.get(name)]
        return f"{item.key} has spec.{found[0]}" if found else None
    if item.group == _ARGOCD and item.kind in {"Application", "ApplicationSet"}:
        template = spec if item.kind == "Application" else _dig(spec, "template", "spec") or {}
        if _dig(template, "source", "kustomize"):
            return f"{item.key} has source.kustomize"
    return None


def has_generated(item: KubeObject) -> bool:
    """Whether a live ApplicationSet was ever processed by its controller."""
    return bool(_dig(item.body.get("status"), "conditions"))


def _dig(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value

"""What the sync engines' own objects say: which folder they apply, which commit they applied."""

import posixpath
import re
from collections.abc import Mapping
from typing import Any, Final

from edgeops.core.objects import KubeObject

ZONE_LABEL: Final = "edgeops.dev/zone"
PART_OF_LABEL: Final = "app.kubernetes.io/part-of"

_ARGOCD: Final = "argoproj.io"
_FLUX: Final = "kustomize.toolkit.fluxcd.io"

_PLACEHOLDER: Final = re.compile(r"\{\{-?\s*(\.[A-Za-z.]+)\s*-?\}\}")


def is_application(item: KubeObject) -> bool:
    """Whether it is an Application of Argo CD."""
    return (item.group, item.kind) == (_ARGOCD, "Application")


def is_application_set(item: KubeObject) -> bool:
    """Whether it is an ApplicationSet of Argo CD."""
    return (item.group, item.kind) == (_ARGOCD, "ApplicationSet")


def has_template_patch(item: KubeObject) -> bool:
    """Whether an ApplicationSet edits what its template gives, element by element."""
    return bool(_dig(item.body.get("spec"), "templatePatch"))


def is_flux_kustomization(item: KubeObject) -> bool:
    """Whether it is a Kustomization of Flux, not a file of kustomize."""
    return (item.group, item.kind) == (_FLUX, "Kustomization")


def from_template(item: KubeObject, *, zone: str, namespace: str, path: str) -> KubeObject | None:
    """
    The Application that the template of an ApplicationSet gives for a zone.

    Fills in what our generator provides; any other placeholder stays as it is.

    Args:
        zone: name of the zone.
        namespace: the zone's namespace.
        path: the overlay, within the repository.

    Returns:
        None for another kind.
    """
    template = _dig(item.body.get("spec"), "template")
    if not is_application_set(item) or not isinstance(template, Mapping):
        return None
    values = {".data.zone": zone, ".data.namespace": namespace, ".path.path": path}
    head = {"name": f"{item.name}-{zone}", "namespace": item.namespace}
    metadata = _filled(template.get("metadata") or {}, values)
    body = {
        "apiVersion": item.api_version,
        "kind": "Application",
        "metadata": {**head, **metadata},
        "spec": _filled(template.get("spec") or {}, values),
    }
    return KubeObject(body, item.origin)


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(below, values) for key, below in value.items()}
    if isinstance(value, list):
        return [_filled(below, values) for below in value]
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), value)
    return value


def applied_revision(item: KubeObject) -> str | None:
    """
    The commit that the engine last applied for this Application or Flux Kustomization.

    None for another kind, or where nothing was applied yet. Flux writes
    ``main@sha1:<commit>``, Argo CD the commit alone.
    """
    if is_application(item):
        found = _dig(item.body.get("status"), "operationState", "syncResult", "revision")
    elif is_flux_kustomization(item):
        found = _dig(item.body.get("status"), "lastAppliedRevision")
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
    if is_application(item):
        found = _dig(spec, "source", "path")
    elif is_flux_kustomization(item):
        found = _dig(spec, "path")
    else:
        return None
    return posixpath.normpath(found.strip("/")) if isinstance(found, str) and found else None


def has_generated(item: KubeObject) -> bool:
    """Whether a live ApplicationSet was ever processed by its controller."""
    return bool(_dig(item.body.get("status"), "conditions"))


def _dig(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value

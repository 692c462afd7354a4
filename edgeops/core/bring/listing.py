"""A directory of plain manifests as Kustomize wants it: a list of its files."""

import posixpath
from collections.abc import Mapping

from edgeops.core import documents
from edgeops.core.objects import is_object

FOUND = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""What Kustomize takes for the file of a directory."""

_ENDINGS = (".yaml", ".yml", ".json")


def listing(directory: str, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """
    The ``resources`` of a directory without a kustomization, in order.

    A folder that has a kustomization stands for all that is below it; of the others, every file
    that holds Kubernetes objects is listed, and hidden ones are not. Flux reads a directory in
    the same way: https://fluxcd.io/flux/components/kustomize/kustomizations/#generating-a-kustomizationyaml-file

    Args:
        files: by path, those below *directory*.
    """
    inside = {posixpath.relpath(path, directory): content for path, content in files.items()}
    folders = {posixpath.dirname(path) for path in inside if posixpath.basename(path) in FOUND}
    folders.discard("")
    listed = {
        path
        for path, content in inside.items()
        if not any(part.startswith(".") for part in path.split("/"))
        and not any(path.startswith(f"{folder}/") for folder in folders)
        and posixpath.basename(path) not in FOUND
        and path.endswith(_ENDINGS)
        and _has_objects(content)
    }
    tops = {
        folder
        for folder in folders
        if not any(folder.startswith(f"{other}/") for other in folders)
        and not any(part.startswith(".") for part in folder.split("/"))
    }
    return tuple(sorted(listed | tops))


def _has_objects(content: bytes) -> bool:
    """Whether kustomize finds objects there; a text that is no YAML is shown to it, to be told."""
    try:
        found = [document.value for document in documents.load_all(content)]
    except documents.DocumentError:
        return True
    return bool(found) and all(is_object(value) or _is_list(value) for value in found)


def _is_list(value: object) -> bool:
    return isinstance(value, Mapping) and str(value.get("kind")).endswith("List")

"""Folders that Flux applies without a kustomization, and folders that engines apply at all."""

import posixpath
from collections.abc import Iterable, Iterator

from edgeops.core.engine import is_flux_kustomization, source_path
from edgeops.core.fleet.model import Fleet
from edgeops.core.lint.graph import Graph
from edgeops.core.lint.model import Folder, Problem, Repository, of_object
from edgeops.core.lint.pods import dig
from edgeops.core.objects import KubeObject, is_object
from edgeops.core.plan.names import repository_path


def check(repository: Repository, graph: Graph) -> Iterator[Problem]:
    """
    A folder without a kustomization: Flux makes one, in which every YAML file is a manifest.

    https://fluxcd.io/flux/components/kustomize/kustomizations/#generate-kustomizationyaml
    """
    root = repository_path(repository.fleet, ".")
    for folder in repository.folders:
        for item in folder.objects:
            path = source_path(item) if is_flux_kustomization(item) else None
            own = dig(item.body, "spec", "sourceRef", "name")
            # Not a set: what stands in sourceRef may be anything.
            sources = [one.name for one in folder.objects if one.kind == "GitRepository"]
            if path is None or (sources and own not in sources):
                continue
            at = posixpath.relpath(path, root) if root != "." else path
            if graph.kustomization(at) is None:
                yield from _strange(repository, graph, folder, item, at)


def _strange(
    repository: Repository, graph: Graph, folder: Folder, item: KubeObject, at: str
) -> Iterator[Problem]:
    for file in sorted(repository.files):
        inside = at == "." or file.startswith(f"{at}/")
        if not inside or not file.endswith((".yaml", ".yml")):
            continue
        found = graph.documents(file)
        parents = _parents(file, at)
        if any(graph.kustomization(parent) is not None for parent in parents):
            continue
        if found is None or not all(is_object(one.value) for one in found):
            yield of_object(
                "flux-folder-not-manifests",
                folder,
                item,
                f"{at} has no kustomization.yaml, and {file} in it is no Kubernetes object",
                path="spec.path",
            )


def _parents(file: str, top: str) -> Iterator[str]:
    folder = posixpath.dirname(file)
    while folder and folder != top:
        yield folder
        folder = posixpath.dirname(folder)


def applied_folders(fleet: Fleet, objects: Iterable[KubeObject]) -> Iterator[str]:
    """The folders, below edgeops' directory, that *objects* have an engine apply."""
    root = repository_path(fleet, ".")
    for item in objects:
        path = source_path(item)
        if path is None:
            continue
        at = posixpath.relpath(path, posixpath.normpath(root))
        if at != ".." and not at.startswith("../"):
            yield at

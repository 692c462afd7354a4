"""
What the engines are told: what they apply, from where, and what they may delete.

https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/
https://fluxcd.io/flux/components/kustomize/kustomizations/
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from edgeops.core import bounded, documents
from edgeops.core.engine import from_template, is_application, is_flux_kustomization, source_path
from edgeops.core.fleet.model import EngineKind, Zone
from edgeops.core.lint.graph import Graph
from edgeops.core.lint.model import Folder, Problem, Repository, of_object
from edgeops.core.lint.pods import dig, entries, mapping
from edgeops.core.objects import KubeObject
from edgeops.core.plan.names import repository_path

_VARIABLE: Final = re.compile(r"\$\{([_A-Za-z][_A-Za-z0-9]*)\}")
_PATHS: Final = "argocd.argoproj.io/manifest-generate-paths"
_SUBSTITUTE: Final = "kustomize.toolkit.fluxcd.io/substitute"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Applied:
    """An engine object that applies an overlay of the fleet."""

    folder: Folder
    item: KubeObject
    """As it stands in git: the ApplicationSet where one makes the Application."""

    made: KubeObject
    overlay: Folder

    @property
    def engine(self) -> EngineKind:
        return EngineKind.FLUX if is_flux_kustomization(self.item) else EngineKind.ARGOCD

    @property
    def paused(self) -> bool:
        """Whether it does nothing now, as in a hand-over from one engine to the other."""
        if self.engine is EngineKind.FLUX:
            return dig(self.item.body, "spec", "suspend") is True
        automated = dig(self.made.body, "spec", "syncPolicy", "automated")
        return automated is None or mapping(automated).get("enabled") is False


def check(repository: Repository, graph: Graph) -> Iterator[Problem]:
    """Every engine object of every cluster."""
    applied = list(_applied(repository))
    yield from _two_engines(applied)
    yield from _nobody_applies(repository, applied)
    for one in applied:
        yield from _source(repository, one)
        if one.engine is EngineKind.FLUX:
            yield from _flux(one)
        else:
            yield from _argocd(repository, one, graph)
    for folder in repository.engine_folders:
        for item in folder.objects:
            if item.kind == "ApplicationSet":
                yield from _set(repository, folder, item)
            if is_application(item):
                yield from _allow_empty(folder, item, item, "spec")


def _applied(repository: Repository) -> Iterator[_Applied]:
    for folder in repository.engine_folders:
        for overlay, zone in repository.overlays:
            if overlay.cluster is not folder.cluster:
                continue
            path = repository_path(repository.fleet, overlay.path)
            for item in folder.objects:
                made = _made(item, zone, path) or item
                if source_path(made) == path:
                    yield _Applied(folder=folder, item=item, made=made, overlay=overlay)


def _made(item: KubeObject, zone: Zone, path: str) -> KubeObject | None:
    return from_template(item, zone=zone.name, namespace=zone.namespace, path=path)


def _two_engines(applied: list[_Applied]) -> Iterator[Problem]:
    at_work: dict[str, set[EngineKind]] = {}
    for one in applied:
        if not one.paused:
            at_work.setdefault(one.overlay.path, set()).add(one.engine)
    for one in applied:
        if len(at_work.get(one.overlay.path, ())) > 1 and one.engine is EngineKind.FLUX:
            yield of_object(
                "two-engines",
                one.folder,
                one.item,
                f"Argo CD applies {one.overlay.path} as well",
                path="spec.path",
            )


def _nobody_applies(repository: Repository, applied: list[_Applied]) -> Iterator[Problem]:
    known = {one.overlay.path for one in applied}
    for overlay, _ in repository.overlays:
        clusters = [one for one in repository.engine_folders if one.cluster is overlay.cluster]
        broken = any(one.error is not None for one in clusters)
        if overlay.path not in known and not overlay.absent and not broken:
            yield Problem(
                rule="overlay-not-applied",
                message=f"no engine object of the cluster applies {overlay.path}",
                file=f"{overlay.path}/kustomization.yaml",
                place=overlay.place,
            )


def _source(repository: Repository, one: _Applied) -> Iterator[Problem]:
    """The engine looks where commits go."""
    fleet = repository.fleet
    if one.engine is EngineKind.ARGOCD:
        spec = mapping(dig(one.made.body, "spec", "source"))
        url, branch, path = spec.get("repoURL"), spec.get("targetRevision"), "spec.source"
        told, place = one.item, path
        if one.item.kind == "ApplicationSet":
            place = "spec.template.spec.source"
    else:
        name = dig(one.item.body, "spec", "sourceRef", "name")
        source = next(
            (item for item in one.folder.objects if item.kind == "GitRepository"
             and item.name == name), None
        )  # fmt: skip
        if source is None:
            return
        told, place = source, "spec"
        url = dig(source.body, "spec", "url")
        branch = dig(source.body, "spec", "ref", "branch")
        if dig(source.body, "spec", "ref", "commit") or dig(source.body, "spec", "ref", "tag"):
            return
    wanted = (fleet.repository.url, fleet.repository.branch)
    if (url, branch) != wanted:
        yield of_object(
            "engine-other-source",
            one.folder,
            told,
            f"follows {url} at {branch}; edgeops.yaml says {wanted[0]} at {wanted[1]}",
            path=place,
        )


def _flux(one: _Applied) -> Iterator[Problem]:
    spec = mapping(one.item.body.get("spec"))
    if spec.get("prune") is True and spec.get("deletionPolicy") != "Orphan":
        yield of_object(
            "flux-deletes-on-rename",
            one.folder,
            one.item,
            "renamed or removed, it takes everything of the zone with it",
            path="spec.deletionPolicy",
        )
    post = spec.get("postBuild")
    if not isinstance(post, Mapping) or post.get("substituteFrom"):
        return
    known = set(mapping(post.get("substitute")))
    for item in one.overlay.objects:
        words = {**item.labels, **item.annotations}
        if str(words.get(_SUBSTITUTE, "")).lower() == "disabled":
            continue
        lost = sorted(set(_VARIABLE.findall(documents.dump_json(item.body))) - known)
        if lost:
            yield of_object(
                "variable-not-set",
                one.overlay,
                item,
                f"Flux fills in variables here, and nobody sets {', '.join(lost)}",
            )


def _argocd(repository: Repository, one: _Applied, graph: Graph) -> Iterator[Problem]:
    prefix = "spec.template." if one.item.kind == "ApplicationSet" else ""
    yield from _allow_empty(one.folder, one.item, one.made, f"{prefix}spec")
    options = entries(dig(one.made.body, "spec", "syncPolicy", "syncOptions"))
    if "FailOnSharedResource=true" not in options:
        yield of_object(
            "shared-resource-allowed",
            one.folder,
            one.item,
            "two Applications may own one object and overwrite each other",
            path=f"{prefix}spec.syncPolicy.syncOptions",
        )
    told = one.made.annotations.get(_PATHS)
    if not isinstance(told, str):
        return
    root = repository_path(repository.fleet, ".")
    covered = [_absolute(entry, source_path(one.made) or ".") for entry in told.split(";")]
    for kustomization in graph.reached(one.overlay.path):
        place = posixpath.normpath(posixpath.join(root, kustomization.folder))
        if not any(place == path or place.startswith(f"{path}/") for path in covered):
            yield of_object(
                "generate-paths",
                one.folder,
                one.item,
                f"a change in {place} alone is not noticed: {_PATHS} does not name it",
                path=f'{prefix}metadata.annotations["{_PATHS}"]',
            )


def _absolute(entry: str, source: str) -> str:
    entry = entry.strip()
    if entry.startswith("/"):
        return posixpath.normpath(entry.lstrip("/") or ".")
    return posixpath.normpath(posixpath.join(source, entry))


def _allow_empty(
    folder: Folder, item: KubeObject, made: KubeObject, path: str
) -> Iterator[Problem]:
    if dig(made.body, "spec", "syncPolicy", "automated", "allowEmpty") is True:
        yield of_object(
            "allow-empty",
            folder,
            item,
            "a folder that builds to nothing deletes everything that it had made",
            path=f"{path}.syncPolicy.automated.allowEmpty",
        )


def _set(repository: Repository, folder: Folder, item: KubeObject) -> Iterator[Problem]:
    policy = mapping(dig(item.body, "spec", "syncPolicy"))
    if policy.get("preserveResourcesOnDeletion") is not True:
        yield of_object(
            "set-deletes",
            folder,
            item,
            "deleted, it takes every Application and everything that runs with it",
            path="spec.syncPolicy.preserveResourcesOnDeletion",
        )
    if policy.get("applicationsSync") not in ("create-update", "create-only"):
        yield of_object(
            "set-deletes",
            folder,
            item,
            "an Application is deleted as soon as git, for a moment, does not show its folder",
            path="spec.syncPolicy.applicationsSync",
        )
    for index, generator in enumerate(entries(dig(item.body, "spec", "generators"))):
        for number, file in enumerate(entries(dig(generator, "git", "files"))):
            path = mapping(file).get("path")
            if isinstance(path, str) and mapping(file).get("exclude") is not True:
                yield from _greedy(repository, folder, item, path, f"[{index}].git.files[{number}]")


def _greedy(
    repository: Repository, folder: Folder, item: KubeObject, glob: str, place: str
) -> Iterator[Problem]:
    """A ``*`` of the files generator takes slashes too."""
    try:
        meant = bounded.regex(_regex(glob, "[^/]*"))
        taken = bounded.regex(_regex(glob, ".*"))
    except ValueError:
        return  # with so many stars nothing is told of it
    for file in repository.files:
        path = repository_path(repository.fleet, file)
        if taken.fullmatch(path) and not meant.fullmatch(path) and "**" not in glob:
            yield of_object(
                "greedy-glob",
                folder,
                item,
                f"{glob} takes {path} too, and makes an Application of it",
                path=f"spec.generators{place}.path",
            )


def _regex(glob: str, star: str) -> str:
    return "".join(star if part == "*" else re.escape(part) for part in re.split(r"(\*)", glob))

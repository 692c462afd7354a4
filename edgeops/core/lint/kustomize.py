"""What is wrong with the kustomizations themselves, and with what they build."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from edgeops.core import documents
from edgeops.core.lint.graph import NAMES, Graph, Kustomization, is_remote
from edgeops.core.lint.model import Folder, Problem, Repository, of_object
from edgeops.core.objects import KubeObject

_RESTRICTED: Final = ("is not in or below", "security; file")
_MARKERS: Final = re.compile(rb"^(?:<{7} |>{7} |={7}$)", re.MULTILINE)
_COMMENT: Final = re.compile(r"^\s*#", re.MULTILINE)
_CONSUL: Final = "consul.hashicorp.com"


def check(repository: Repository, graph: Graph) -> Iterator[Problem]:
    """Every folder: does it build, in silence, and is it made as it should be."""
    yield from _conflicts(repository)
    yield from _lost_comments(repository)
    for folder in repository.folders:
        kustomizations = graph.reached(folder.path)
        yield from _build(folder, kustomizations)
        for one in kustomizations:
            yield from _fields(folder, one)
        yield from _namespaces(folder, kustomizations, graph)
        yield from _prefixes(folder, kustomizations)
        yield from _hashed(folder, kustomizations)
        yield from _subjects(folder)


def _build(folder: Folder, kustomizations: tuple[Kustomization, ...]) -> Iterator[Problem]:
    file = kustomizations[0].file if kustomizations else f"{folder.path}/{NAMES[0]}"
    if folder.absent:
        yield Problem(
            rule="overlay-missing",
            message=f"{folder.path} is not there, and edgeops.yaml asks for it",
            file="edgeops.yaml",
            place=folder.place,
        )
    elif folder.error is not None:
        remote = [
            (one, entry) for one in kustomizations for entry in _entries(one) if is_remote(entry)
        ]
        if remote:
            return  # said once, as what it is, below
        rule = "does-not-build"
        if any(sign in folder.error for sign in _RESTRICTED):
            rule = "file-outside-folder"
        yield Problem(rule=rule, message=folder.error, file=file, place=folder.place)
    elif folder.warnings:
        yield Problem(rule="build-warning", message=folder.warnings, file=file, place=folder.place)


def _entries(one: Kustomization) -> Iterator[str]:
    for name in ("resources", "bases", "components"):
        yield from (entry for entry in one.entries(name) if isinstance(entry, str))


def _fields(folder: Folder, one: Kustomization) -> Iterator[Problem]:
    def problem(rule: str, path: str, message: str) -> Problem:
        return Problem(
            rule=rule,
            message=message,
            file=one.file,
            line=one.line(path),
            place=folder.place,
            path=path,
        )

    for name in ("resources", "bases", "components"):
        for index, entry in enumerate(one.entries(name)):
            if isinstance(entry, str) and is_remote(entry):
                yield problem("remote-resource", f"{name}[{index}]", f"{entry} is not in here")
    if _mapping(one.body.get("openapi")).get("path"):
        yield problem("openapi-replaced", "openapi", "a schema of its own takes Kubernetes' place")
    if one.body.get("commonLabels"):
        yield problem("labels-in-selectors", "commonLabels", "commonLabels go into selectors too")
    for index, entry in enumerate(one.entries("labels")):
        if _mapping(entry).get("includeSelectors") is True:
            yield problem(
                "labels-in-selectors", f"labels[{index}]", "these labels go into selectors too"
            )


def _namespaces(
    folder: Folder, kustomizations: tuple[Kustomization, ...], graph: Graph
) -> Iterator[Problem]:
    """What a ``namespace:`` does that nobody asked for."""
    for one in kustomizations:
        space = one.body.get("namespace")
        if not isinstance(space, str):
            continue
        objects, _ = graph.objects(one.folder)
        for item in objects:
            written = item.namespaces[0]
            # Two overlays of one base are two places; only what was written down is lost.
            if item.namespaces[-1] == space and written and written != space:
                inner = len(item.namespaces) > 2 and written == item.namespaces[1]
                if not inner:
                    yield Problem(
                        rule="namespace-overwritten",
                        message=f"says namespace {written}, and the build puts it into another one",
                        file=item.file,
                        line=item.line,
                        place=folder.place,
                        kind=item.kind,
                        name=item.name,
                        path="metadata.namespace",
                    )
            if item.kind == "Namespace" and item.name != space:
                yield Problem(
                    rule="namespace-overwritten",
                    message=f"is the Namespace {item.name}, and the build calls it otherwise",
                    file=item.file,
                    line=item.line,
                    place=folder.place,
                    kind=item.kind,
                    name=item.name,
                    path="metadata.name",
                )
            yield from _repointed(folder, item.body, item.file, item.line, space)
        inner_spaces = {
            str(below.body["namespace"])
            for below in graph.reached(one.folder)[1:]
            if below.body.get("namespace") and not below.is_component
        }
        if len(inner_spaces) > 1:
            names = ", ".join(sorted(inner_spaces))
            yield Problem(
                rule="namespaces-merged",
                message=f"namespace {space} takes the place of {names}: objects of one name clash",
                file=one.file,
                line=one.line("namespace"),
                place=folder.place,
                path="namespace",
            )


def _repointed(
    folder: Folder, body: Mapping[str, Any], file: str, line: int | None, space: str
) -> Iterator[Problem]:
    """Kustomize takes every subject called ``default`` along into the new namespace."""
    if body.get("kind") not in ("RoleBinding", "ClusterRoleBinding"):
        return
    subjects = body.get("subjects")
    for index, subject in enumerate(subjects if isinstance(subjects, list) else ()):
        one = _mapping(subject)
        wanted = one.get("namespace")
        if (one.get("kind"), one.get("name")) != ("ServiceAccount", "default"):
            continue
        if wanted and wanted != space:
            yield Problem(
                rule="binding-subject",
                message=f"binds {wanted}/default; kustomize makes {space}/default of it",
                file=file,
                line=line,
                place=folder.place,
                kind=str(body.get("kind")),
                name=str(_mapping(body.get("metadata")).get("name")),
                path=f"subjects[{index}].namespace",
            )


def _subjects(folder: Folder) -> Iterator[Problem]:
    for item in folder.objects:
        subjects = item.body.get("subjects")
        for index, subject in enumerate(subjects if isinstance(subjects, list) else ()):
            one = _mapping(subject)
            if one.get("kind") == "ServiceAccount" and not one.get("namespace"):
                yield of_object(
                    "binding-subject",
                    folder,
                    item,
                    f"binds the account {one.get('name')} of no namespace",
                    path=f"subjects[{index}].namespace",
                )


def _prefixes(folder: Folder, kustomizations: tuple[Kustomization, ...]) -> Iterator[Problem]:
    if not any(item.group == _CONSUL for item in folder.objects):
        return
    for one in kustomizations:
        for name in ("namePrefix", "nameSuffix"):
            if one.body.get(name):
                yield Problem(
                    rule="name-prefix",
                    message="names that Consul's entries have in their fields stay as they were",
                    file=one.file,
                    line=one.line(name),
                    place=folder.place,
                    path=name,
                )


def _hashed(folder: Folder, kustomizations: tuple[Kustomization, ...]) -> Iterator[Problem]:
    """A custom resource that names a generated ConfigMap or Secret by its name without hash."""
    made = {(item.kind, item.name) for item in folder.objects}
    generated = {
        (kind, str(entry["name"]))
        for one in kustomizations
        for field, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret"))
        for entry in one.entries(field)
        if isinstance(entry, Mapping) and "name" in entry
    }
    lost = {key for key in generated if key not in made}
    for item in folder.objects:
        if "." in item.group and not item.group.endswith(".k8s.io") and lost:
            for path, key in _references(item.body):
                if key in lost:
                    yield of_object(
                        "hashed-name",
                        folder,
                        item,
                        f"names the {key[0]} {key[1]}, which the build gives a name with a hash",
                        path=path,
                    )


def _references(value: Any, path: str = "") -> Iterator[tuple[str, tuple[str, str]]]:
    """Paths at which a ConfigMap or a Secret is named."""
    if isinstance(value, Mapping):
        name, kind = value.get("name"), value.get("kind")
        last = re.split(r"[.\[]", path.rstrip("]0123456789["))[-1].lower()
        if kind is None:
            kind = "ConfigMap" if "configmap" in last else "Secret" if "secret" in last else None
        if isinstance(name, str) and kind in ("ConfigMap", "Secret") and path:
            yield path, (str(kind), name)
        for key, below in value.items():
            yield from _references(below, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _references(below, f"{path}[{index}]")


def _conflicts(repository: Repository) -> Iterator[Problem]:
    for path, content in repository.files.items():
        if path.endswith((".yaml", ".yml", ".json")) and len(_MARKERS.findall(content)) > 1:
            first = next(iter(_MARKERS.finditer(content)))
            yield Problem(
                rule="conflict-markers",
                message="a merge was not finished here",
                file=path,
                line=content.count(b"\n", 0, first.start()) + 1,
            )


def _lost_comments(repository: Repository) -> Iterator[Problem]:
    """What ``kustomize edit`` does to a file: no comment is left, and the keys are sorted anew."""
    for path, was in repository.mirror.items():
        now = repository.files.get(path)
        if now is None or now == was or posixpath.basename(path) not in NAMES:
            continue
        before, after = was.decode("utf-8", "replace"), now.decode("utf-8", "replace")
        if _COMMENT.search(before) and not _COMMENT.search(after) and _reordered(before, after):
            yield Problem(
                rule="kustomize-edit",
                message="its comments are gone and its keys stand in another order",
                file=path,
                line=1,
            )


def _reordered(before: str, after: str) -> bool:
    try:
        old, new = documents.load(before), documents.load(after)
    except documents.DocumentError:
        return False
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return False
    both = [key for key in old if key in new]
    return both != [key for key in new if key in old]


def wrong_scope(folder: Folder, item: KubeObject, *, namespaced: bool) -> Problem | None:
    """A namespace on what has none; kustomize does not know the scope of custom resources."""
    if namespaced or not item.namespace:
        return None
    return of_object(
        "namespaced-cluster-kind",
        folder,
        item,
        f"{item.kind} is not in any namespace, and the build gives it {item.namespace}",
        path="metadata.namespace",
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

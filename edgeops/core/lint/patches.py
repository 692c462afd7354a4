"""
Patches, replacements and images that find nothing, or too much.

Kustomize matches a patch's target by anchored regular expressions on every part and by label
and annotation selectors. One that finds nothing ends with status 0 and no word.
https://github.com/kubernetes-sigs/kustomize/issues/4379
https://github.com/kubernetes-sigs/kustomize/blob/master/api/types/selector.go
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from edgeops.core import bounded, documents
from edgeops.core.lint.graph import Graph, Identity, Kustomization, Step, joined
from edgeops.core.lint.model import Folder, Problem, Repository
from edgeops.core.objects import group_of
from edgeops.core.selectors import parse_selector

_FIELDS: Final = ("group", "version", "kind", "name", "namespace")
# Kinds whose lists kustomize merges by key; of the others it replaces them.
# https://github.com/kubernetes-sigs/kustomize/tree/master/kyaml/openapi/kubernetesapi
_CUSTOM: Final = re.compile(r"\.(?!k8s\.io$)[a-z]+$")


def check(repository: Repository, graph: Graph) -> Iterator[Problem]:
    """The problems of every kustomization that a folder is made of."""
    used: dict[tuple[str, str, int], list[tuple[Folder, bool]]] = {}
    kustomizations: dict[str, Kustomization] = {}
    for folder in repository.folders:
        for step in graph.steps(folder.path):
            one = step.kustomization
            kustomizations[one.file] = one
            for name, index, alive in _matches(step, graph):
                used.setdefault((one.file, name, index), []).append((folder, alive))
            yield from _deletes_all(folder, step, graph)
            yield from _replaces_lists(folder, step, graph)
    for (file, name, index), found in used.items():
        # A component is for several overlays; it is dead if it does nothing in any.
        if not any(alive for _, alive in found):
            for folder, _ in found:
                yield _dead(kustomizations[file], name, index, folder)


_DEAD: Final = {
    "patches": ("dead-patch", "no object matches its target"),
    "replacements": ("dead-replacement", "no object matches any of its targets"),
    "images": ("dead-image", "no container has an image of this name"),
}


def _dead(one: Kustomization, name: str, index: int, folder: Folder) -> Problem:
    rule, why = _DEAD[name]
    entry = one.entries(name)[index]
    return Problem(
        rule=rule,
        message=f"{why}: {_said(name, entry)}",
        file=one.file,
        line=one.line(f"{name}[{index}]"),
        place=folder.place,
        path=f"{name}[{index}]",
    )


def _said(name: str, entry: Any) -> str:
    if name == "images":
        return str(_mapping(entry).get("name"))
    targets = [_mapping(entry).get("target")]
    if name == "replacements":
        targets = [_mapping(item).get("select") for item in _list(_mapping(entry).get("targets"))]
    words = (
        " ".join(f"{key} {value}" for key, value in _mapping(target).items()) for target in targets
    )
    return "; ".join(words)


def _matches(step: Step, graph: Graph) -> Iterator[tuple[str, int, bool]]:
    """Field, index and whether it finds something, for each entry that can be judged."""
    one = step.kustomization
    for index, entry in enumerate(one.entries("patches")):
        target = _mapping(entry).get("target")
        if isinstance(target, Mapping) and target:
            yield "patches", index, step.opaque or any(_selected(target, i) for i in step.seen)
    for index, entry in enumerate(one.entries("replacements")):
        found = _replacement(one, entry, graph)
        if found is not None:
            alive = step.opaque or any(
                _selected(_mapping(_mapping(target).get("select")), item)
                for target in _list(found.get("targets"))
                for item in step.seen
            )
            yield "replacements", index, alive
    # The transformer's own field specs are for built-in kinds; any `image` field counts here.
    images = {_image_name(text) for item in step.seen for text in _images(item.body)}
    for index, entry in enumerate(one.entries("images")):
        alive = step.opaque or _mapping(entry).get("name") in images
        yield "images", index, alive or _renamed_before(step, graph)


def _renamed_before(step: Step, graph: Graph) -> bool:
    """Whether an inner kustomization gives images new names, which the files do not show."""
    inner = graph.reached(step.kustomization.folder)[1:]
    return any(_mapping(entry).get("newName") for one in inner for entry in one.entries("images"))


def _replacement(one: Kustomization, entry: Any, graph: Graph) -> Mapping[str, Any] | None:
    found = _mapping(entry)
    if isinstance(path := found.get("path"), str):
        loaded = graph.documents(joined(one.folder, path))
        return loaded[0].value if loaded and len(loaded) == 1 else None
    return found


def _selected(target: Mapping[str, Any], item: Identity) -> bool:
    values = {
        "group": (item.group,),
        "version": (item.version,),
        "kind": (item.kind,),
        "name": item.names,
        # Where no namespace is written, kustomize matches "default" too.
        "namespace": tuple(space or "default" for space in item.namespaces) + item.namespaces,
    }
    if not all(_matched(target.get(field), values[field]) for field in _FIELDS):
        return False
    return _by_words(target.get("labelSelector"), item.labels) and _by_words(
        target.get("annotationSelector"), item.annotations
    )


def _matched(wanted: Any, values: Iterable[str]) -> bool:
    if wanted in (None, ""):
        return True
    try:
        pattern = bounded.regex(rf"(?:{wanted})\Z")
    except ValueError:
        return True  # kustomize refuses it in its own words, or has an engine that is never stuck
    return any(value == wanted or pattern.match(value) for value in values)


def _by_words(selector: Any, words: Mapping[str, str]) -> bool:
    if not selector:
        return True
    try:
        return parse_selector(str(selector)).selects(words)
    except ValueError:
        return True


def _images(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            if key == "image" and isinstance(below, str):
                yield below
            else:
                yield from _images(below)
    elif isinstance(value, list):
        for below in value:
            yield from _images(below)


def _image_name(image: str) -> str:
    """An image without its tag and digest."""
    name = image.partition("@")[0]
    head, slash, tail = name.rpartition("/")
    return f"{head}{slash}{tail.partition(':')[0]}"


def _deletes_all(folder: Folder, step: Step, graph: Graph) -> Iterator[Problem]:
    """
    ``$patch: delete`` under a target that says nothing.

    https://github.com/fluxcd/kustomize-controller/issues/464
    """
    one = step.kustomization
    for index, entry in enumerate(one.entries("patches")):
        whole = _mapping(entry)
        target = whole.get("target")
        if target is None or any(value for value in _mapping(target).values()):
            continue
        if any(body.get("$patch") == "delete" for body, _ in _bodies(one, whole, graph)):
            yield Problem(
                rule="patch-deletes-all",
                message="the patch deletes, and its target names nothing: it takes every object",
                file=one.file,
                line=one.line(f"patches[{index}]"),
                place=folder.place,
                path=f"patches[{index}]",
            )


def _bodies(
    one: Kustomization, entry: Mapping[str, Any], graph: Graph
) -> Iterator[tuple[Mapping[str, Any], tuple[str, int | None]]]:
    """The strategic-merge documents of a patch, each with the file and line that it is in."""
    if isinstance(path := entry.get("path"), str):
        file = joined(one.folder, path)
        for document in graph.documents(file) or ():
            yield document.value, (file, document.line)
    elif isinstance(text := entry.get("patch"), str):
        try:
            found = documents.load_all(text)
        except documents.DocumentError:
            return
        index = one.entries("patches").index(entry)
        for document in found:
            if isinstance(document.value, Mapping):
                yield document.value, (one.file, one.line(f"patches[{index}]"))


def _replaces_lists(folder: Folder, step: Step, graph: Graph) -> Iterator[Problem]:
    """A strategic merge on a custom resource takes the place of a whole list."""
    one = step.kustomization
    for entry in one.entries("patches"):
        target = _mapping(_mapping(entry).get("target"))
        for body, (file, line) in _bodies(one, _mapping(entry), graph):
            for item in step.seen:
                if not _CUSTOM.search(item.group) or not _meant(target, body, item):
                    continue
                for path, had, has in _lists(item.body, body):
                    lost = [value for value in had if value not in has]
                    if has and lost:
                        yield Problem(
                            rule="patch-replaces-list",
                            message=f"takes the place of the whole list: {len(lost)} of "
                            f"{len(had)} entries that {item.file} has are lost",
                            file=file,
                            line=line,
                            place=folder.place,
                            kind=item.kind,
                            name=item.name,
                            path=path,
                        )


def _meant(target: Mapping[str, Any], body: Mapping[str, Any], item: Identity) -> bool:
    if target:
        return _selected(target, item)
    name = _mapping(body.get("metadata")).get("name")
    group = group_of(str(body.get("apiVersion") or ""))
    return (group, body.get("kind")) == (item.group, item.kind) and name in item.names


def _lists(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, list[Any], list[Any]]]:
    """Lists of objects that both sides have, by path; a list of words is replaced on purpose."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key, below in new.items():
            if key in old:
                yield from _lists(old[key], below, f"{path}.{key}" if path else str(key))
    elif (
        isinstance(old, list)
        and isinstance(new, list)
        and any(isinstance(value, Mapping) for value in old)
    ):
        yield path, old, new


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []

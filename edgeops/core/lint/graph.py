"""
What a kustomization is made of, read from the files: a build of identities only.

Kustomize says nothing about a patch or a replacement that finds no object. To tell, one must
know which objects there are at that point, under all the names that they had so far. What
cannot be followed (a plugin, a chart, another repository) makes a folder *opaque*: nothing is
said of what it lacks.
https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
"""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from edgeops.core import documents
from edgeops.core.documents import Document
from edgeops.core.objects import group_of

NAMES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_OPAQUE: Final = (
    "generators",
    "transformers",
    "validators",
    "helmCharts",
    "helmChartInflationGenerator",
    "vars",
)
_REMOTE: Final = ("://", "git@", "github.com/", "git::", "ssh:", "?ref=")
_CLUSTER_WIDE: Final = frozenset(
    {"Namespace", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "StorageClass"}
)

# https://github.com/kubernetes-sigs/kustomize/blob/master/plugin/builtin/prefixtransformer/PrefixTransformer.go
_NEVER_RENAMED: Final = frozenset({"Namespace", "CustomResourceDefinition", "APIService"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One object at one point of a build: what it is called, and was called before."""

    group: str
    version: str
    kind: str
    names: tuple[str, ...]
    """The name as written, then each later one."""

    namespaces: tuple[str, ...]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    body: Mapping[str, Any]
    """The document as written; of a generated object only its head."""

    file: str
    line: int | None = None

    @property
    def name(self) -> str:
        return self.names[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kustomization:
    """A kustomization file."""

    folder: str
    file: str
    body: Mapping[str, Any]
    text: str

    @property
    def is_component(self) -> bool:
        return self.body.get("kind") == "Component"

    def line(self, path: str) -> int | None:
        """The line of a field such as ``patches[0]``."""
        try:
            return documents.lines_of(self.text).get(path)
        except documents.DocumentError:
            return None

    def entries(self, name: str) -> list[Any]:
        value = self.body.get(name)
        return value if isinstance(value, list) else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A kustomization at work: the identities that its own patches and replacements see."""

    kustomization: Kustomization
    seen: tuple[Identity, ...]
    opaque: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    objects: tuple[Identity, ...] = ()
    opaque: bool = False


class Graph:
    """
    The kustomizations of a tree of files.

    Args:
        files: contents by POSIX path.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._kustomizations: dict[str, Kustomization | None] = {}
        self._documents: dict[str, tuple[Document, ...] | None] = {}

    def kustomization(self, folder: str) -> Kustomization | None:
        """The kustomization of *folder*; None where there is none that can be read."""
        if folder not in self._kustomizations:
            self._kustomizations[folder] = self._read(folder)
        return self._kustomizations[folder]

    def _read(self, folder: str) -> Kustomization | None:
        for name in NAMES:
            file = posixpath.normpath(posixpath.join(folder, name))
            if file in self._files:
                text = self._files[file].decode("utf-8", "replace")
                try:
                    body = documents.load(text)
                except documents.DocumentError:
                    return None
                if not isinstance(body, Mapping):
                    return None
                return Kustomization(folder=folder, file=file, body=body, text=text)
        return None

    def text(self, file: str) -> str | None:
        """The text of a file."""
        content = self._files.get(file)
        return None if content is None else content.decode("utf-8", "replace")

    def documents(self, file: str) -> tuple[Document, ...] | None:
        """The mappings in a YAML file; None where it is not there or cannot be read."""
        if file not in self._documents:
            self._documents[file] = self._load(file)
        return self._documents[file]

    def _load(self, file: str) -> tuple[Document, ...] | None:
        content = self._files.get(file)
        if content is None:
            return None
        try:
            found = documents.load_all(content)
        except documents.DocumentError:
            return None
        return tuple(item for item in found if isinstance(item.value, Mapping))

    def reached(self, folder: str) -> tuple[Kustomization, ...]:
        """The kustomization of *folder* and every one that it is made of, itself first."""
        found: dict[str, Kustomization] = {}
        todo = [folder]
        while todo:
            at = todo.pop()
            one = self.kustomization(at)
            if one is None or at in found:
                continue
            found[at] = one
            todo += [path for path in self._below(one) if self.kustomization(path) is not None]
        return tuple(found.values())

    def _below(self, one: Kustomization) -> Iterator[str]:
        for name in ("resources", "bases", "components"):
            for entry in one.entries(name):
                if isinstance(entry, str) and not is_remote(entry):
                    yield joined(one.folder, entry)

    def steps(self, folder: str) -> tuple[Step, ...]:
        """Every kustomization at work in the build of *folder*, inner ones first."""
        found: list[Step] = []
        self._build(folder, _State(), found, ())
        return tuple(found)

    def objects(self, folder: str) -> tuple[tuple[Identity, ...], bool]:
        """What the build of *folder* has, and whether there may be more that is not told."""
        state = self._build(folder, _State(), [], ())
        return state.objects, state.opaque

    def _build(
        self, folder: str, before: _State, steps: list[Step], above: tuple[str, ...]
    ) -> _State:
        one = self.kustomization(folder)
        if one is None or folder in above:
            return _State(objects=before.objects, opaque=True)
        above = (*above, folder)
        objects = list(before.objects)
        opaque = before.opaque or any(one.body.get(name) for name in _OPAQUE)
        for entry in (*one.entries("resources"), *one.entries("bases")):
            state = self._resource(one, entry, steps, above)
            objects += state.objects
            opaque |= state.opaque
        for entry in one.entries("components"):
            if not isinstance(entry, str) or is_remote(entry):
                opaque = True
                continue
            now = _State(objects=tuple(objects), opaque=opaque)
            now = self._build(joined(folder, entry), now, steps, above)
            objects, opaque = list(now.objects), now.opaque
        objects += _generated(one)
        steps.append(Step(kustomization=one, seen=tuple(objects), opaque=opaque))
        return _State(objects=tuple(_renamed(item, one) for item in objects), opaque=opaque)

    def _resource(
        self, one: Kustomization, entry: Any, steps: list[Step], above: tuple[str, ...]
    ) -> _State:
        if not isinstance(entry, str) or is_remote(entry):
            return _State(opaque=True)
        path = joined(one.folder, entry)
        if self.kustomization(path) is not None:
            return self._build(path, _State(), steps, above)
        found = self.documents(path)
        if found is None:
            return _State(opaque=True)
        return _State(objects=tuple(_identities(found, path)))


def joined(folder: str, entry: str) -> str:
    """*entry* of a kustomization in *folder*, below edgeops' directory."""
    return posixpath.normpath(posixpath.join(folder, entry))


def is_remote(entry: str) -> bool:
    """Whether a resource is in another repository or on another machine."""
    return any(sign in entry for sign in _REMOTE)


def _identities(found: tuple[Document, ...], file: str) -> Iterator[Identity]:
    for document in found:
        items = document.value.get("items")
        bodies = items if document.value.get("kind") == "List" and isinstance(items, list) else None
        for body in bodies if bodies is not None else [document.value]:
            if isinstance(body, Mapping):
                yield _identity(body, file, document.line)


def _identity(body: Mapping[str, Any], file: str, line: int | None) -> Identity:
    metadata = _mapping(body.get("metadata"))
    api_version = str(body.get("apiVersion") or "")
    return Identity(
        group=group_of(api_version),
        version=api_version.rpartition("/")[2],
        kind=str(body.get("kind") or ""),
        names=(str(metadata.get("name") or ""),),
        namespaces=(str(metadata.get("namespace") or ""),),
        labels=_mapping(metadata.get("labels")),
        annotations=_mapping(metadata.get("annotations")),
        body=body,
        file=file,
        line=line,
    )


def _generated(one: Kustomization) -> Iterator[Identity]:
    for field, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
        for entry in one.entries(field):
            if isinstance(entry, Mapping) and entry.get("behavior") not in ("merge", "replace"):
                options = {
                    **_mapping(one.body.get("generatorOptions")),
                    **_mapping(entry.get("options")),
                }
                metadata = {
                    "name": entry.get("name"),
                    "namespace": entry.get("namespace"),
                    "labels": _mapping(options.get("labels")),
                    "annotations": _mapping(options.get("annotations")),
                }
                body = {"apiVersion": "v1", "kind": kind, "metadata": metadata}
                yield _identity(body, one.file, None)


def _renamed(item: Identity, one: Kustomization) -> Identity:
    """*item* after the transformers of *one* that change what it is called."""
    body = one.body
    prefix, suffix = str(body.get("namePrefix") or ""), str(body.get("nameSuffix") or "")
    names, namespaces = item.names, item.namespaces
    if (prefix or suffix) and item.kind not in _NEVER_RENAMED:
        names = (*names, f"{prefix}{item.name}{suffix}")
    space = body.get("namespace")
    if isinstance(space, str) and space and item.kind not in _CLUSTER_WIDE:
        namespaces = (*namespaces, space)
    labels = {**item.labels, **_mapping(body.get("commonLabels"))}
    for entry in one.entries("labels"):
        labels |= _mapping(_mapping(entry).get("pairs"))
    annotations = {**item.annotations, **_mapping(body.get("commonAnnotations"))}
    return replace(item, names=names, namespaces=namespaces, labels=labels, annotations=annotations)


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}

"""
Where each rendered object was written, as kustomize tells it.

Kustomize writes ``config.kubernetes.io/origin`` when a kustomization asks for it with
``buildMetadata: [originAnnotations]``. Edgeops asks in a copy of the tree, takes the answer
out of the objects again, and looks up the line itself.
https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/buildmetadata/
"""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from edgeops.adapters import kustomizations
from edgeops.core import documents
from edgeops.core.objects import KubeObject, Origin
from edgeops.ports import Build

_ANNOTATION = "config.kubernetes.io/origin"
_OPTION = "originAnnotations"


def ask(root: str, overlays: Sequence[str]) -> frozenset[str]:
    """
    Make the overlays below *root*, a copy, tell origins.

    Returns:
        The overlays that were edited: in the others the annotation is the user's own. A file
        that cannot be read is left for kustomize to refuse in its own words.
    """
    return frozenset(overlay for overlay in overlays if _asked(Path(root, overlay)))


def _asked(directory: Path) -> bool:
    found = kustomizations.read(directory)
    if found is None:
        return False
    file, value = found
    options = value.get("buildMetadata") or []
    if not isinstance(options, list) or _OPTION in options:
        return False
    # JSON is YAML, and no scalar changes its meaning on the way.
    file.write_text(documents.dump_json({**value, "buildMetadata": [*options, _OPTION]}))
    return True


class Finder:
    """
    Finds the line of an object in the files below *root*; each file is read once.

    Args:
        root: the directory that was built from.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._known: dict[str, tuple[documents.Document, ...]] = {}

    def line(self, path: str, kind: str, name: str) -> int | None:
        """
        The 1-based line on which the object's document starts; None if it cannot be told.

        Kustomize may have renamed the object: then a kind that is there once is enough.
        """
        of_kind = [item for item in self._documents(path) if item.value.get("kind") == kind]
        named = [item for item in of_kind if _name(item.value) == name]
        found = named or (of_kind if len(of_kind) == 1 else [])
        return found[0].line if found else None

    def _documents(self, path: str) -> tuple[documents.Document, ...]:
        if path not in self._known:
            try:
                read = documents.load_all(Path(self._root, path).read_bytes())
            except (OSError, documents.DocumentError):
                read = []
            self._known[path] = tuple(item for item in read if isinstance(item.value, dict))
        return self._known[path]


def told(build: Build, overlay: str, finder: Finder, *, strip: bool) -> Build:
    """The build with an `Origin` for each object that names one, the annotation gone."""
    return replace(
        build, objects=tuple(_told(item, overlay, finder, strip=strip) for item in build.objects)
    )


def _told(item: KubeObject, overlay: str, finder: Finder, *, strip: bool) -> KubeObject:
    text = item.annotations.get(_ANNOTATION)
    if not isinstance(text, str):
        return item
    body = _without_annotation(item.body) if strip else item.body
    return KubeObject(body, _origin(text, item, overlay, finder))


def _origin(text: str, item: KubeObject, overlay: str, finder: Finder) -> Origin | None:
    try:
        note = documents.load(text)
    except documents.DocumentError:
        return None
    if not isinstance(note, dict) or "repo" in note:
        return None
    generated = note.get("configuredIn")
    relative = generated or note.get("path")
    if not isinstance(relative, str):
        return None
    path = posixpath.normpath(posixpath.join(overlay, relative))
    # What a generator makes has no document of its own.
    line = None if generated else finder.line(path, item.kind, item.name)
    return Origin(path=path, line=line)


def _without_annotation(body: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = dict(body["metadata"])
    left = {key: value for key, value in metadata["annotations"].items() if key != _ANNOTATION}
    if left:
        metadata["annotations"] = left
    else:
        del metadata["annotations"]
    return {**body, "metadata": metadata}


def _name(value: Mapping[str, Any]) -> Any:
    metadata = value.get("metadata")
    return metadata.get("name") if isinstance(metadata, dict) else None

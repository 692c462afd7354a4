"""
`Builder`: kustomize, and a memory of what it built.

A build depends on the directories that it read, on kustomize, and on what an engine object
adds. What is the same in all three is not built again: a check of a thousand overlays of which
one was edited runs kustomize once. Builds that failed are not remembered.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from edgeops.adapters import closure, kustomizations
from edgeops.adapters.build_store import FORM, BuildStore, Row
from edgeops.adapters.sources import FolderSource
from edgeops.core import documents
from edgeops.core.objects import KubeObject, Origin
from edgeops.ports import NO_EDITS, NOT_EDITED, Build, Edit, NamedEdit, Renderer, Source


class RememberingBuilder:
    """
    Implements `edgeops.ports.Builder`.

    Args:
        renderer: what builds where nothing is remembered.
        store: the memory; None remembers nothing.
    """

    def __init__(self, renderer: Renderer, store: BuildStore | None) -> None:
        self._renderer = renderer
        self._store = store

    @property
    def version(self) -> str:
        return self._renderer.version

    def build(
        self,
        source: Source,
        overlays: Sequence[str],
        *,
        origins: bool = False,
        edits: Mapping[str, NamedEdit] = NOT_EDITED,
    ) -> Mapping[str, Build]:
        keys = self._keys(source, overlays, origins=origins, edits=edits)
        remembered = self._remembered(source, keys)
        missing = [path for path in overlays if path not in remembered]
        if not missing:
            return {path: remembered[path] for path in overlays}
        root = source.root
        ahead = self._ahead(source, [path for path in missing if path in keys])
        made = self._renderer.build(
            root,
            missing,
            origins=origins,
            edits={path: edit.apply for path, edit in edits.items() if path in missing},
        )
        self._remember(
            source, root, {path: keys[path] for path in missing if path in keys}, made, ahead
        )
        built = {**remembered, **made}
        return {path: built[path] for path in overlays}

    def _keys(
        self,
        source: Source,
        overlays: Sequence[str],
        *,
        origins: bool,
        edits: Mapping[str, NamedEdit],
    ) -> dict[str, str]:
        """By overlay, under which key its build is remembered; some cannot be."""
        if self._store is None:
            return {}
        told = (str(FORM), self._renderer.version, str(origins))
        keys = {}
        for path in overlays:
            if (digest := source.digest(path)) is not None:
                edit = edits[path].name if path in edits else ""
                text = "\0".join((*told, path, digest, edit))
                keys[path] = hashlib.sha256(text.encode()).hexdigest()
        return keys

    def _remembered(self, source: Source, keys: Mapping[str, str]) -> dict[str, Build]:
        if self._store is None or not keys:
            return {}
        rows = self._store.find(tuple(keys.values()))
        fitting = {
            path: row
            for path, key in keys.items()
            for row in rows.get(key, ())
            if _unchanged(source, documents.parse_json(row.depends))
        }
        if fitting:
            self._store.touch(tuple(fitting.values()))
        return {path: _unpacked(documents.parse_json(row.content)) for path, row in fitting.items()}

    def _ahead(self, source: Source, overlays: Sequence[str]) -> dict[str, dict[str, str] | None]:
        """What a shared folder's builds will read, by overlay, before they read it."""
        if not (isinstance(source, FolderSource) and source.shared):
            return {}
        return {path: _depends(source, source.root, path) for path in overlays}

    def _remember(
        self,
        source: Source,
        root: str,
        keys: Mapping[str, str],
        made: Mapping[str, Build],
        ahead: Mapping[str, dict[str, str] | None],
    ) -> None:
        if self._store is None:
            return
        if isinstance(source, FolderSource) and source.shared:
            source = source.anew()
        rows = []
        for path, key in keys.items():
            build = made[path]
            if build.error is not None:
                continue
            packed = _packed(build)
            content = documents.dump_compact(packed)
            # JSON has no infinity: what does not come back as it was is not kept.
            if documents.load(content) != packed:
                continue
            depends = _depends(source, root, path)
            if path in ahead and depends != ahead[path]:
                continue  # somebody wrote to it while it was built
            if depends is not None:
                rows.append(Row(key=key, depends=documents.dump_compact(depends), content=content))
        if rows:
            self._store.keep(rows)


class RememberingRenderer:
    """
    Implements `edgeops.ports.Renderer`: plain builds of a work tree are remembered too.

    Args:
        renderer: what builds where nothing is remembered.
        store: the memory; None remembers nothing.
    """

    def __init__(self, renderer: Renderer, store: BuildStore | None) -> None:
        self._renderer = renderer
        self._builder = RememberingBuilder(renderer, store)

    @property
    def version(self) -> str:
        return self._renderer.version

    def build(
        self,
        root: str,
        overlays: Sequence[str],
        *,
        origins: bool = False,
        edits: Mapping[str, Edit] = NO_EDITS,
    ) -> Mapping[str, Build]:
        if origins or edits:
            return self._renderer.build(root, overlays, origins=origins, edits=edits)
        return self._builder.build(FolderSource(root, shared=True), overlays)


def _depends(source: Source, root: str, overlay: str) -> dict[str, str] | None:
    """Every directory that the build read, with its digest; None if one of them has none."""
    found: dict[str, str] = {}
    for start in kustomizations.built_from(root, overlay):
        directories = closure.directories(root, start)
        if directories is None:
            return None
        for path in directories:
            origin = kustomizations.original(path)
            digest = source.digest(origin)
            if digest is None:
                return None
            found[origin] = digest
    return found


def _unchanged(source: Source, depends: Any) -> bool:
    return isinstance(depends, dict) and all(
        source.digest(path) == digest for path, digest in depends.items()
    )


def _packed(build: Build) -> dict[str, Any]:
    origins = (item.origin for item in build.objects)
    return {
        "objects": [item.body for item in build.objects],
        "origins": [None if one is None else [one.path, one.line] for one in origins],
        "warnings": build.warnings,
    }


def _unpacked(content: Any) -> Build:
    pairs: Iterable[tuple[Any, Any]] = zip(content["objects"], content["origins"], strict=True)
    return Build(
        objects=tuple(
            KubeObject(body, None if at is None else Origin(path=at[0], line=at[1]))
            for body, at in pairs
        ),
        warnings=content["warnings"],
    )

"""
What the directory of ``app: {base: DIR}`` builds, before anything is written.

It is built from a copy that holds exactly what later builds of a commit see: what is built here
builds there.
"""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field

from edgeops.core import documents
from edgeops.core.bring import FOUND, listing
from edgeops.core.fleet import faults
from edgeops.core.fleet.model import DirectoryApp
from edgeops.core.objects import JsonObject
from edgeops.core.plan.repository import listing_file
from edgeops.core.reconcile import MIRROR
from edgeops.errors import ConfigurationError, Problem, RenderError
from edgeops.ports import Files, Renderer

_WHERE = "spec.app.base"


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A directory, built."""

    objects: tuple[JsonObject, ...]
    planned: Mapping[str, bytes] = field(default_factory=dict)
    """The list of its manifests, where it has none of its own."""

    paths: tuple[str, ...] = ()
    """Every file below it."""


def read_base(
    app: DirectoryApp, text: str, source: str, *, files: Files, renderer: Renderer
) -> Base:
    """
    Build the directory of *app*.

    Args:
        text: the file that names it.
        source: that file's name.
        files: edgeops' directory.
        renderer: kustomize.

    Raises:
        ConfigurationError: if there is no such directory, or nothing to build in it.
        RepositoryError: if it cannot be read, or leads elsewhere through a symbolic link.
        RenderError: if it does not build.
    """
    directory = app.directory
    paths = tuple(files.below(directory))
    contents = {path: files.read(path) for path in paths}
    if not paths:
        raise _refused(text, source, f"there is no directory '{directory}' here")
    texts = {path: text for path, text in contents.items() if text}
    planned = _planned(directory, texts, files)
    if planned is None:
        message = "has neither a kustomization.yaml nor manifests (.yaml, .yml, .json)"
        raise _refused(text, source, f"'{directory}' {message}")
    with files.copy([app.tree]) as copy, copy.apply(planned, ()):
        build = renderer.build(copy.root, [directory])[directory]
    if build.error is not None:
        raise RenderError(f"{directory} does not build: {build.error}")
    return Base(objects=tuple(item.body for item in build.objects), planned=planned, paths=paths)


def _planned(
    directory: str, contents: Mapping[str, bytes], files: Files
) -> dict[str, bytes] | None:
    """
    The kustomization of a directory of plain manifests; ours is made anew, others stay.

    None where there is nothing to list.
    """
    own = f"{directory}/{FOUND[0]}"
    there = [path for path in contents if posixpath.dirname(path) == directory]
    names = [posixpath.basename(path) for path in there if posixpath.basename(path) in FOUND]
    generated = files.read(f"{MIRROR}{own}")
    if names and (names != [FOUND[0]] or generated is None or contents[own] != generated):
        return {}
    listed = listing(directory, contents)
    if not listed:
        return None
    file = listing_file(directory, listed)
    return {file.path: file.content.encode()}


def _refused(text: str, source: str, message: str) -> ConfigurationError:
    problems = [Problem(path=_WHERE, message=message)]
    return ConfigurationError(source, faults.placed(problems, documents.lines_of(text)))

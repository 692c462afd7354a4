"""
Routes that a change breaks: what is proved wrong of it and was not before.

Both states are followed with every single failure, each with the calls that its own
``edgeops.yaml`` names.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from edgeops.core.fleet.model import Fleet
from edgeops.core.objects import KubeObject
from edgeops.core.reconcile import InitResult
from edgeops.core.routes.proof import Problem
from edgeops.core.routes.prove import prove
from edgeops.core.routes.told import told_with_the_file
from edgeops.errors import ConfigurationError, RenderError, RepositoryError
from edgeops.ports import Build, Files, Renderer, Repository
from edgeops.usecases.edits import FLEET_FILE
from edgeops.usecases.routes import placed
from edgeops.usecases.undertaking import MANIFESTS, Blueprint

Folders = Mapping[str, Sequence[KubeObject]]
"""By folder, what it renders."""

_FILE: Final = "kustomization.yaml"


def newly_broken(
    blueprint: Blueprint,
    *,
    before: Callable[[], Folders],
    after: Folders,
    files: Files,
    repository: Repository,
    renderer: Renderer,
    result: InitResult,
) -> tuple[Problem, ...]:
    """
    The problems of *after* that *before* did not have, at their lines where those are known.

    Where nothing is wrong with the routes, nothing more is built; to name lines, *after* is built
    once more, from a copy.

    Args:
        blueprint: whose calls are followed in *after*; in *before* those of the ``edgeops.yaml``
            that was committed last, or is there where nothing is.
        files: the directory; what *result* changes may be written or not.
    """
    fleet = blueprint.calls
    if fleet is None or not result.changed:
        return ()
    found = _wrong(fleet, after)
    if not found:
        return ()
    earlier = _fleet_before(blueprint, fleet, repository, result)
    known = {item.identity for item in _wrong(earlier, before())}
    if all(item.identity in known for item in found):
        return ()
    with files.copy((*MANIFESTS, *blueprint.trees)) as copy, copy.apply(*_changes(result)):
        builds = renderer.build(copy.root, blueprint.overlays, origins=True)
        told = _wrong(fleet, {path: build.objects for path, build in builds.items()})
        return tuple(placed(item, copy.read) for item in told if item.identity not in known)


def broken_by(
    blueprint: Blueprint,
    result: InitResult,
    builds: Mapping[str, Build],
    *,
    files: Files,
    repository: Repository,
    renderer: Renderer,
) -> tuple[Problem, ...]:
    """
    The same once *result* is written, when what was before is no more: it is built from a copy.

    Args:
        builds: what the folders of *blueprint* render now.
    """

    def before() -> Folders:
        tops = (*MANIFESTS, *blueprint.trees)
        with files.copy(tops) as copy, copy.apply(*_changes(result, back=True)):
            there = [path for path in _zones(result, blueprint) if copy.read(f"{path}/{_FILE}")]
            found = renderer.build(copy.root, there)
            return {path: build.objects for path, build in found.items()}

    return newly_broken(
        blueprint,
        before=before,
        after={path: build.objects for path, build in builds.items()},
        files=files,
        repository=repository,
        renderer=renderer,
        result=result,
    )


def _changes(
    result: InitResult, *, back: bool = False
) -> tuple[Mapping[str, bytes], Sequence[str]]:
    """What to write and to delete so that the files are as they become, or as they were."""
    wanted = {
        item.path: item.before if back else item.after for item in result.files if item.writes
    }
    writes = {path: content for path, content in wanted.items() if content is not None}
    return writes, [path for path, content in wanted.items() if content is None]


def _zones(result: InitResult, blueprint: Blueprint) -> Iterable[str]:
    """The overlays that there are, or were."""
    gone = {item.path.rpartition("/")[0] for item in result.files if item.path.endswith(_FILE)}
    return sorted(
        path
        for path in {*blueprint.overlays, *gone}
        if path.startswith("overlays/") and path.count("/") == 2
    )


def _wrong(fleet: Fleet, folders: Folders) -> list[Problem]:
    """What is wrong with the routes, less what is told where ``edgeops.yaml`` is read."""
    objects = {
        cluster.name: [item for zone in cluster.zones for item in folders.get(zone.overlay, ())]
        for cluster in fleet.clusters
    }
    found = prove(fleet, objects).problems
    return [item for item in found if not told_with_the_file(fleet, item)]


def _fleet_before(
    blueprint: Blueprint, fleet: Fleet, repository: Repository, result: InitResult
) -> Fleet:
    """Whose calls were followed until now; those of *fleet* where nothing tells."""
    text = _text_before(repository, result)
    if text is None or text == blueprint.text or blueprint.earlier is None:
        return fleet
    try:
        return blueprint.earlier(text)
    except (ConfigurationError, RenderError):
        return fleet


def _text_before(repository: Repository, result: InitResult) -> str | None:
    try:
        # What this very change committed is not what was before.
        rev = "HEAD" if result.revision is None else f"{result.revision}^"
        content = repository.read(rev, FLEET_FILE) if repository.exists() else None
    except RepositoryError:
        content = None
    if content is None:
        content = next((item.before for item in result.files if item.path == FLEET_FILE), None)
    return None if content is None else content.decode("utf-8", "replace")

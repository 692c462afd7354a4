"""``edgeops render``: the manifests of zones, built from the work tree or from a revision."""

import contextlib
from collections.abc import Callable, Mapping, Sequence

from edgeops.core.fleet.model import Fleet, Zone
from edgeops.core.objects import KubeObject, in_order
from edgeops.errors import RenderError, RepositoryError
from edgeops.ports import Files, Renderer, Repository
from edgeops.usecases.desired import Selection
from edgeops.usecases.edits import FLEET_FILE


def render_zones(
    names: Sequence[str],
    *,
    rev: str | None,
    parse: Callable[[str], Fleet],
    files: Files,
    repository: Repository,
    renderer: Renderer,
) -> tuple[KubeObject, ...]:
    """
    Build the overlays of the zones that *names* mean, all of them without names.

    Args:
        names: zones, each also as ``CLUSTER/ZONE``; a name that two clusters have means both.
        rev: a revision; None for the work tree as it is.
        parse: reads the text of ``edgeops.yaml``.
        files: edgeops' directory in the work tree.
        repository: the repository around it.
        renderer: kustomize.

    Returns:
        The objects, zone by zone in the order of the file, each zone in fixed order.

    Raises:
        RepositoryError: if there is no such revision, or no ``edgeops.yaml``.
        ConfigurationError: if that is not valid, or a name means no zone.
        RenderError: if an overlay does not build.
    """
    with contextlib.ExitStack() as stack:
        if rev is None:
            text, root = files.read(FLEET_FILE), files.root
        else:
            text = repository.read(rev, FLEET_FILE)
            root = stack.enter_context(repository.export(rev, ["."]))
        if text is None:
            where = "here" if rev is None else f"at {rev}"
            raise RepositoryError(
                f"there is no {FLEET_FILE} {where}: make one with 'edgeops init', "
                "or name its directory with -C"
            )
        zones = _chosen(parse(text.decode("utf-8", "replace")), names)
        builds = renderer.build(root, [zone.overlay for zone in zones])
    failed = {path: build.error for path, build in builds.items() if build.error is not None}
    if failed:
        raise RenderError(_failures(failed))
    return tuple(item for zone in zones for item in in_order(builds[zone.overlay].objects))


def _chosen(fleet: Fleet, names: Sequence[str]) -> list[Zone]:
    selection = Selection(zones=tuple(names))
    selection.check(fleet)
    return [
        zone
        for cluster in fleet.clusters
        for zone in cluster.zones
        if selection.takes(cluster, zone)
    ]


def _failures(failed: Mapping[str, str]) -> str:
    return "\n".join(f"{path} does not build: {error}" for path, error in failed.items())

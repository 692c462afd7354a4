"""`edgeops sync-status`: what the engines say of each zone, beside our verdict."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from edgeops.core.compare import Surroundings
from edgeops.core.engine_status import SyncStatusReport, ZoneWord, engine_word
from edgeops.core.findings import DriftReport, ZoneReport
from edgeops.core.fleet.model import Cluster, EngineKind, Fleet
from edgeops.core.objects import KubeObject
from edgeops.core.plan.duty import engines
from edgeops.core.plan.names import engine_name
from edgeops.core.rows import LiveIndex, Row
from edgeops.usecases.drift import Tools
from edgeops.usecases.scope import Contexts

_KINDS = {
    EngineKind.ARGOCD: ("argoproj.io", "Application"),
    EngineKind.FLUX: ("kustomize.toolkit.fluxcd.io", "Kustomization"),
}
_SOURCE = ("source.toolkit.fluxcd.io", "GitRepository")


def sync_status(
    check: Callable[[Tools], DriftReport], tools: Tools, fleet: Fleet, contexts: Contexts
) -> SyncStatusReport:
    """
    Run a drift check, and read what the engines say of the same zones at the same moment.

    Args:
        check: what makes the drift report.
        contexts: where a cluster's objects, and its engine's objects, are read from.
    """
    seen: dict[str, LiveIndex] = {}

    def look(_: Row, live: Mapping[str, LiveIndex], __: Surroundings) -> None:
        seen.update(live)

    report = check(replace(tools, onlooker=look))
    clusters = {cluster.name: cluster for cluster in fleet.clusters}
    words = tuple(
        _zone_word(fleet, cluster, row, engine, seen.get(contexts(cluster)[1]))
        for row in report.zones
        if (cluster := clusters.get(row.cluster or "")) is not None
        for engine in engines(fleet)
    )
    return SyncStatusReport(zones=words, drift=report)


def _zone_word(
    fleet: Fleet, cluster: Cluster, row: ZoneReport, engine: EngineKind, live: LiveIndex | None
) -> ZoneWord:
    own = engine_name(fleet, cluster)
    zone = next((one for one in cluster.zones if one.name == row.zone), None)
    name = own if zone is None else engine_name(fleet, cluster, zone)
    item = _find(live, *_KINDS[engine], name)
    source = _find(live, *_SOURCE, own) if engine is EngineKind.FLUX else None
    return ZoneWord(
        cluster=cluster.name,
        zone=row.zone,
        engine=engine,
        word=engine_word(item, source) if item is not None else None,
        verdict=row,
    )


def _find(live: LiveIndex | None, group: str, kind: str, name: str) -> KubeObject | None:
    found = live.objects.values() if live is not None else ()
    return next(
        (item for item in found if (item.group, item.kind, item.name) == (group, kind, name)), None
    )

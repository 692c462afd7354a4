"""Large reports, the same on every run."""

import random

from edgeops.core.findings import (
    Attribution,
    Cause,
    Change,
    Drift,
    DriftReport,
    FieldChange,
    Finding,
    ManagerClass,
    RepositoryState,
    Severity,
    Unread,
    ZoneReport,
)
from edgeops.core.objects import Origin, ResourceKey

SERVICES = ("frontend", "nginx", "payments", "postgres", "product-api", "public-api")
ZONES_OF_A_CLUSTER = 50


def many(zones: int, findings: int, *, per_cluster: int = ZONES_OF_A_CLUSTER) -> DriftReport:
    """*zones* zones in clusters of *per_cluster*, of which about half have drifted."""
    chance = random.Random(7)
    places = [
        (f"edge-{number // per_cluster:02}", f"us-west-2-zone-{number:04}")
        for number in range(zones)
    ]
    drifted = sorted(chance.sample(places, max(zones // 2, 1)))
    found = sorted(
        (_finding(chance, number, chance.choice(drifted)) for number in range(findings)),
        key=lambda item: (item.cluster or "", item.zone or ""),
    )
    has = {(item.cluster, item.zone) for item in found}
    unread = tuple(
        Unread(cluster=cluster, zone=zone, what="apps/v1 Deployment", reason="403 Forbidden")
        for cluster, zone in places[:: max(zones // 8, 1)]
    )
    gaps = {(item.cluster, item.zone) for item in unread}
    rows = []
    for cluster in dict.fromkeys(cluster for cluster, _ in places):
        rows.append(ZoneReport(cluster=cluster, zone="region", namespace="shop-region", synced=46))
        for home, zone in places:
            if home == cluster:
                count = sum(item.cluster == cluster and item.zone == zone for item in found)
                rows.append(
                    ZoneReport(
                        cluster=cluster,
                        zone=zone,
                        namespace=f"shop-{zone}",
                        synced=40 - count,
                        modified=count,
                        drifted=(cluster, zone) in has,
                        unread=(cluster, zone) in gaps,
                    )
                )
    return DriftReport(
        repository=RepositoryState(branch="main", revision="0123456789" * 4),
        started_at="2026-01-31T12:00:00Z",
        duration_seconds=9.5,
        edgeops_version="0.1.0",
        kustomize_version="5.8.1",
        zones=tuple(rows),
        findings=tuple(found),
        unread=unread,
    )


def _finding(chance: random.Random, number: int, where: tuple[str, str]) -> Finding:
    cluster, zone = where
    service = chance.choice(SERVICES)
    who = Attribution(
        manager=chance.choice(("kubectl-edit", "kubectl-patch", "lens")),
        manager_class=ManagerClass.PERSON,
        operation="Update",
        changed_at="2026-01-31T11:00:00Z",
    )
    return Finding(
        key=ResourceKey("apps", "Deployment", f"shop-{zone}", service),
        api_version="apps/v1",
        drift=Drift.MODIFIED,
        severity=chance.choices(tuple(Severity), weights=(1, 3, 5, 4))[0],
        cluster=cluster,
        zone=zone,
        cause=chance.choices((Cause.EDITED, Cause.PENDING, None), weights=(6, 2, 1))[0],
        origin=Origin(path=f"base/{service}.yaml", line=42),
        attribution=who,
        fields=(
            FieldChange(
                path=f"spec.template.spec.containers[name={service}].image",
                change=Change.CHANGED,
                desired=f"registry.example.com/{service}:v1.{number}",
                live=f"registry.example.com/{service}:v2.{number}",
                attribution=who,
            ),
            FieldChange(
                path="spec.replicas", change=Change.CHANGED, desired=1, live=number % 7 + 2
            ),
        ),
    )

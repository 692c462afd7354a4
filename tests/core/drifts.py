"""Small reports at points in time, for tests of what comes of them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from edgeops.core.findings import (
    Attribution,
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
from edgeops.core.objects import ResourceKey
from edgeops.core.shards import Shard

CLUSTER, LAX, LAS = "edge-usw2", "us-west-2-lax-1a", "us-west-2-las-1a"

START = datetime(2026, 1, 31, tzinfo=UTC)


def at(minute: int) -> str:
    """A moment, so many minutes after the first."""
    return (START + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")


def found(
    name: str = "web",
    *,
    zone: str = LAX,
    severity: Severity = Severity.MEDIUM,
    drift: Drift = Drift.MODIFIED,
    paths: Iterable[str] = ("spec.replicas",),
    manager: str = "kubectl-edit",
) -> Finding:
    """One Deployment of a zone that drifted."""
    who = Attribution(manager=manager, manager_class=ManagerClass.PERSON, operation="Update")
    return Finding(
        key=ResourceKey("apps", "Deployment", f"demo-{zone}", name),
        api_version="apps/v1",
        drift=drift,
        severity=severity,
        cluster=CLUSTER,
        zone=zone,
        fields=tuple(
            FieldChange(path=path, change=Change.CHANGED, desired=1, live=2, attribution=who)
            for path in paths
        ),
    )


def report(
    minute: int,
    *findings: Finding,
    zones: Iterable[str] = (LAX, LAS),
    unread: Iterable[str] = (),
    waived: Iterable[Finding] = (),
    shard: Shard | None = None,
) -> DriftReport:
    """A report of some zones, of which *unread* could not be read."""
    gaps = tuple(unread)
    return DriftReport(
        repository=RepositoryState(url="https://git.example.com/acme/shop.git", revision="a" * 40),
        started_at=at(minute),
        duration_seconds=1.5,
        edgeops_version="0.1.0",
        kustomize_version="5.8.1",
        zones=tuple(
            ZoneReport(
                cluster=CLUSTER,
                zone=zone,
                namespace=f"demo-{zone}",
                synced=3,
                unread=zone in gaps,
                drifted=any(item.zone == zone for item in findings),
            )
            for zone in sorted(zones)
        ),
        findings=tuple(sorted(findings, key=lambda item: (item.zone or "", item.key))),
        unread=tuple(
            Unread(what="apps/v1 Deployment", reason="403", cluster=CLUSTER, zone=zone)
            for zone in gaps
        ),
        waived=tuple(waived),
        shard=shard,
    )

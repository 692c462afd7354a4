"""One report that has everything in it, and three small ones."""

from typing import Final

from edgeops.core.findings import (
    Cause,
    Change,
    Drift,
    DriftReport,
    FieldChange,
    Finding,
    RepositoryState,
    RuleUse,
    Severity,
    Terms,
    Unread,
    ZoneReport,
)
from edgeops.core.objects import ResourceKey
from tests.report.sample_findings import (
    LAX,
    WAVELENGTH,
    config_map,
    hostile,
    modified_deployment,
    namespace,
    others,
    secret,
)

REVISION: Final = "0123456789abcdef0123456789abcdef01234567"


def zones() -> tuple[ZoneReport, ...]:
    return (
        ZoneReport(
            cluster="edge-euc1",
            zone="eu-central-1-ham-1a",
            namespace=namespace("eu-central-1-ham-1a"),
            synced=30,
            modified=2,
            drifted=True,
            synced_revision=REVISION,
        ),
        ZoneReport(
            cluster="edge-euc1",
            zone="region",
            namespace=namespace("region"),
            synced=28,
            unknown=12,
            unread=True,
        ),
        ZoneReport(
            cluster="edge-usw2", zone=None, namespace=None, synced=2, extraneous=1, drifted=True
        ),
        ZoneReport(
            cluster="edge-usw2",
            zone="region",
            namespace=namespace("region"),
            synced=39,
            modified=1,
            drifted=True,
            synced_revision=REVISION,
        ),
        ZoneReport(cluster="edge-usw2", zone="us-west-2-den-1a", namespace=None, synced=32),
        ZoneReport(
            cluster="edge-usw2",
            zone=LAX,
            namespace=namespace(LAX),
            synced=30,
            modified=2,
            drifted=True,
            synced_revision="f" * 40,
        ),
        ZoneReport(
            cluster="edge-usw2",
            zone=WAVELENGTH,
            namespace=namespace(WAVELENGTH),
            synced=29,
            modified=1,
            missing=1,
            extraneous=1,
            drifted=True,
        ),
    )


def full() -> DriftReport:
    missing, extraneous, refused, left_behind, resolver = others()
    return DriftReport(
        repository=RepositoryState(
            url="https://git.example.com/acme/hashicups-edge.git",
            branch="main",
            revision=REVISION,
            dirty=True,
        ),
        started_at="2026-01-31T12:00:00Z",
        duration_seconds=0.81234,
        edgeops_version="0.1.0",
        kustomize_version="5.8.1",
        zones=zones(),
        findings=(
            hostile(),
            resolver,
            left_behind,
            secret(),
            config_map(),
            modified_deployment(),
            missing,
            extraneous,
            refused,
        ),
        unread=(
            Unread(
                cluster="edge-euc1",
                zone="region",
                what="apps/v1 Deployment",
                reason='403 Forbidden: deployments.apps is forbidden: User "reader" cannot list',
            ),
            Unread(cluster="edge-euc1", what="cluster", reason="\x1b[2Jno route\nto host"),
            Unread(what="overlays/elsewhere", reason="does not build"),
        ),
        rules=(
            RuleUse(rule="Deployment spec.replicas under an autoscaler", source="built in", hid=1),
            RuleUse(rule="metadata.annotations <b>", source="edgeops.yaml", hid=3),
            RuleUse(rule="a rule that hid nothing", source="edgeops.yaml", hid=0),
        ),
        waived=(
            Finding(
                cluster="edge-usw2",
                zone="us-west-2-den-1a",
                key=ResourceKey("", "Service", namespace("us-west-2-den-1a"), "frontend"),
                api_version="v1",
                drift=Drift.MODIFIED,
                severity=Severity.HIGH,
                cause=Cause.EDITED,
                fields=(
                    FieldChange(path="spec.type", change=Change.CHANGED, desired="a", live="b"),
                ),
                waiver=Terms(
                    owner="ann@example.com",
                    reason="the carrier asked for it </td> `until` spring",
                    expires="2026-03-31",
                    path="spec.type",
                ),
            ),
        ),
        notes=("the dump counts as complete for the kinds and namespaces asked about",),
    )


def drifted() -> DriftReport:
    """OutOfSync without anything unread, of manifests that no ``edgeops.yaml`` describes."""
    return DriftReport(
        repository=RepositoryState(),
        started_at="2026-01-31T12:00:00Z",
        duration_seconds=12.0,
        edgeops_version="0.1.0",
        kustomize_version=None,
        zones=(
            ZoneReport(cluster=None, zone=None, namespace=None, modified=1, synced=4, drifted=True),
        ),
        findings=(
            Finding(
                cluster=None,
                zone=None,
                key=ResourceKey("", "Namespace", "", "shop"),
                api_version="v1",
                drift=Drift.MODIFIED,
                severity=Severity.LOW,
                fields=(FieldChange(path="metadata.labels.a", change=Change.ADDED, live="true"),),
            ),
        ),
    )


def synced() -> DriftReport:
    return DriftReport(
        repository=RepositoryState(branch="main", revision=REVISION),
        started_at="2026-01-31T12:00:00Z",
        duration_seconds=0.5,
        edgeops_version="0.1.0",
        kustomize_version="5.8.1",
        zones=(
            ZoneReport(
                cluster="edge-usw2", zone="region", namespace=namespace("region"), synced=40
            ),
            ZoneReport(cluster="edge-usw2", zone=LAX, namespace=namespace(LAX), synced=32),
        ),
    )


def empty() -> DriftReport:
    return DriftReport(
        repository=RepositoryState(),
        started_at="2026-01-31T12:00:00Z",
        duration_seconds=0.0,
        edgeops_version="0.1.0",
        kustomize_version=None,
    )

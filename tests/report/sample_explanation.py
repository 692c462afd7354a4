"""An explanation with something of everything, for the tests of its formats."""

from edgeops.core.explanations import ExplainedField, Explanation, ExplanationReport, Outcome
from edgeops.core.findings import (
    Attribution,
    Change,
    Drift,
    FieldChange,
    Finding,
    ManagerClass,
    RepositoryState,
    Severity,
    Terms,
    Unread,
)
from edgeops.core.objects import ResourceKey
from tests.report.sample_findings import LAX, modified_deployment, namespace


def explanation() -> ExplanationReport:
    finding = modified_deployment()
    drift = tuple(
        ExplainedField(
            change=change,
            outcome=Outcome.DRIFT,
            why="git sets it otherwise",
            severity=Severity.HIGH,
            severity_reason="an image that git does not name",
        )
        for change in finding.fields[:1]
    )
    controller = Attribution(
        manager="kube-controller-manager",
        manager_class=ManagerClass.CONTROLLER,
        operation="Update",
        changed_at="2026-01-31T11:00:00Z",
    )
    fine = ExplainedField(
        change=FieldChange(
            path='metadata.annotations["deployment.kubernetes.io/revision"]',
            change=Change.ADDED,
            live="3",
            attribution=controller,
        ),
        outcome=Outcome.FINE,
        why="written by the platform",
        rule="revision of a rollout",
    )
    ignored = ExplainedField(
        change=FieldChange(path="spec.replicas", change=Change.CHANGED, desired=2, live=3),
        outcome=Outcome.IGNORED,
        why="git sets it otherwise",
        rule="apps/Deployment /spec/replicas (edgeops.yaml)",
    )
    key = ResourceKey("apps", "Deployment", namespace("us-west-2-den-1a"), finding.key.name)
    return ExplanationReport(
        asked="Deployment/product-api\x1b[2J",
        repository=RepositoryState(branch="main", revision="0" * 40),
        started_at="2026-01-31T12:00:00Z",
        objects=(
            Explanation(
                cluster=finding.cluster,
                zone=LAX,
                key=finding.key,
                api_version="apps/v1",
                outcome=Outcome.DRIFT,
                why="it differs from git",
                finding=finding,
                fields=(*drift, ignored, fine),
            ),
            Explanation(
                cluster=finding.cluster,
                zone="us-west-2-den-1a",
                key=key,
                api_version="apps/v1",
                outcome=Outcome.WAIVED,
                why="the cluster has it and git does not; waived by ann until 2026-03-31: a hotfix",
                finding=waived(key),
            ),
            Explanation(
                cluster="edge-euc1",
                zone="region",
                key=key,
                api_version="apps/v1",
                outcome=Outcome.UNREAD,
                why="apps/v1 Deployment: 403 Forbidden",
            ),
        ),
        unread=(Unread(cluster="edge-euc1", zone=LAX, what="overlays/x", reason="does not build"),),
        notes=("the dump counts as complete for the kinds and namespaces asked about",),
    )


def waived(key: ResourceKey) -> Finding:
    return Finding(
        cluster="edge-usw2",
        zone="us-west-2-den-1a",
        key=key,
        api_version="apps/v1",
        drift=Drift.EXTRANEOUS,
        severity=Severity.HIGH,
        attribution=Attribution(
            manager="kubectl-create", manager_class=ManagerClass.PERSON, operation="Update"
        ),
        waiver=Terms(owner="ann", reason="a hotfix", expires="2026-03-31"),
    )

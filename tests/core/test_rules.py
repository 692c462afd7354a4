"""Severity, redaction and what counts as extraneous: rules as tables."""

import re
from typing import Any

import pytest

from edgeops.core.extraneous import claim_names, is_extraneous
from edgeops.core.findings import REDACTED, Change, Drift, FieldChange, Severity
from edgeops.core.objects import KubeObject
from edgeops.core.redact import redacted
from edgeops.core.severity import of_field, of_finding


def thing(kind: str, api_version: str = "v1", name: str = "x", **body: Any) -> KubeObject:
    metadata = {"name": name, "namespace": "shop", **body.pop("metadata", {})}
    return KubeObject({"apiVersion": api_version, "kind": kind, "metadata": metadata, **body})


@pytest.mark.parametrize(
    ("kind", "path", "severity"),
    [
        ("Deployment", "spec.template.spec.hostNetwork", "critical"),
        (
            "Deployment",
            "spec.template.spec.containers[name=web].securityContext.privileged",
            "critical",
        ),
        ("Deployment", "spec.template.spec.containers[name=web].securityContext", "critical"),
        ("RoleBinding", "subjects", "critical"),
        ("NetworkPolicy", "spec.ingress", "critical"),
        ("Deployment", "spec.template.spec.containers[name=web].image", "high"),
        ("Deployment", "spec.template.spec.containers[name=sidecar]", "high"),
        ("Service", "spec.ports[port=80,protocol=TCP].targetPort", "high"),
        ("ServiceResolver", "spec.redirect.namespace", "high"),
        ("ServiceResolver", 'metadata.labels["a"]', "low"),
        ("Application", "spec.source.targetRevision", "high"),
        ("Kustomization", "spec.suspend", "high"),
        (
            "ConfigMap",
            'metadata.annotations["kustomize.toolkit.fluxcd.io/reconcile"]',
            "high",
        ),
        ("Deployment", "spec.replicas", "medium"),
        ("ConfigMap", "data.key", "medium"),
        ("Deployment", "metadata.labels.team", "low"),
        ("Deployment", "spec.template.metadata.annotations.team", "low"),
    ],
)
def test_severity_of_a_field(kind: str, path: str, severity: str) -> None:
    change = FieldChange(path=path, change=Change.CHANGED, desired=1, live=2)
    assert of_field(kind, change) == Severity(severity)


@pytest.mark.parametrize(
    ("desired", "live", "severity"),
    [
        pytest.param(
            [{"name": "a", "action": "allow"}],
            [{"name": "a", "action": "allow"}, {"name": "*", "action": "allow"}],
            Severity.CRITICAL,
            id="opened",
        ),
        pytest.param(
            [{"name": "a", "action": "deny"}],
            [{"name": "a", "action": "allow"}],
            Severity.CRITICAL,
            id="deny-turned-to-allow",
        ),
        pytest.param(
            [{"name": "a", "action": "allow"}, {"name": "b", "action": "allow"}],
            [{"name": "a", "action": "allow"}],
            Severity.HIGH,
            id="closed",
        ),
    ],
)
def test_severity_of_an_intention(desired: Any, live: Any, severity: Severity) -> None:
    change = FieldChange(path="spec.sources", change=Change.CHANGED, desired=desired, live=live)
    assert of_field("ServiceIntentions", change) is severity


@pytest.mark.parametrize(
    ("kind", "drift", "severity"),
    [
        ("Deployment", Drift.MISSING, Severity.HIGH),
        ("NetworkPolicy", Drift.MISSING, Severity.CRITICAL),
        ("RoleBinding", Drift.EXTRANEOUS, Severity.CRITICAL),
        ("Service", Drift.EXTRANEOUS, Severity.HIGH),
        ("ConfigMap", Drift.EXTRANEOUS, Severity.MEDIUM),
        ("ServiceResolver", Drift.NOT_IN_FORCE, Severity.HIGH),
    ],
)
def test_severity_of_an_object(kind: str, drift: Drift, severity: Severity) -> None:
    assert of_finding(thing(kind), drift, ()) is severity


SET = thing(
    "StatefulSet",
    "apps/v1",
    "db",
    spec={"volumeClaimTemplates": [{"metadata": {"name": "data"}}]},
)


@pytest.mark.parametrize(
    ("live", "counts"),
    [
        pytest.param(thing("ConfigMap", name="mine"), True, id="made-by-hand"),
        pytest.param(thing("ConfigMap", name="kube-root-ca.crt"), False, id="root-ca"),
        pytest.param(thing("ServiceAccount", name="default"), False, id="default-account"),
        pytest.param(thing("ServiceAccount", name="default2"), True, id="other-account"),
        pytest.param(
            thing("Pod", metadata={"ownerReferences": [{"kind": "ReplicaSet"}]}), False, id="owned"
        ),
        pytest.param(thing("Pod"), True, id="bare-pod"),
        pytest.param(
            thing("Secret", type="kubernetes.io/service-account-token"), False, id="token"
        ),
        pytest.param(thing("Secret", type="helm.sh/release.v1"), False, id="helm-release"),
        pytest.param(thing("Secret", type="Opaque"), True, id="secret"),
        pytest.param(thing("PersistentVolumeClaim", name="data-db-0"), False, id="claim-of-a-set"),
        pytest.param(thing("PersistentVolumeClaim", name="data-db-x"), True, id="other-claim"),
        pytest.param(
            thing("Service", metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}),
            False,
            id="being-deleted",
        ),
        pytest.param(SET, False, id="desired"),
    ],
)
def test_extraneous(live: KubeObject, counts: bool) -> None:
    claims: tuple[tuple[str, re.Pattern[str]], ...] = claim_names([SET])
    assert is_extraneous(live, {SET.key}, claims) is counts


SECRET = thing("Secret")
MEMORY = "kubectl.kubernetes.io/last-applied-configuration"


@pytest.mark.parametrize(
    ("item", "path", "value", "shown"),
    [
        pytest.param(SECRET, ("data", "password"), "aGk=", REDACTED, id="data"),
        pytest.param(SECRET, ("data",), {"password": "aGk="}, REDACTED, id="all-data"),
        pytest.param(SECRET, ("stringData", "p"), "hi", REDACTED, id="string-data"),
        pytest.param(SECRET, ("metadata", "annotations", MEMORY), "{}", REDACTED, id="memory"),
        pytest.param(
            SECRET,
            ("metadata", "annotations"),
            {MEMORY: "{}", "a": "b"},
            {MEMORY: REDACTED, "a": "b"},
            id="memory-within",
        ),
        pytest.param(SECRET, ("type",), "Opaque", "Opaque", id="type-is-no-secret"),
        pytest.param(SECRET, ("data", "x"), None, None, id="absence-is-no-secret"),
        pytest.param(thing("ConfigMap"), ("data", "x"), "y", "y", id="config-map"),
    ],
)
def test_redacted(item: KubeObject, path: tuple[str, ...], value: Any, shown: Any) -> None:
    assert redacted(item, path, value) == shown

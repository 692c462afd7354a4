"""
What the platform writes into objects by itself: the rules, as data.

`edgeops.core.platform` asks them.
"""

import re
from dataclasses import dataclass
from typing import Final

_API_SERVER: Final = "the API server"
_WITH_PODS: Final = (
    "Pod",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "Job",
    "CronJob",
    "PodTemplate",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformRule:
    """One kind of field that is nobody's drift."""

    path: re.Pattern[str]
    """Matches the whole rendered path, or a whole element of a set behind ``=``."""

    reason: str
    kinds: frozenset[str] = frozenset()
    """Empty for every kind."""

    anyone: bool = False
    """Whether it holds whoever wrote it; else only for controllers, engines and nobody."""

    replaces: bool = False
    """Whether it holds too where git sets the field: what git has is a mere placeholder."""

    managers: frozenset[str] = frozenset()
    """Where given, one of these wrote it."""


def _rule(
    path: str,
    reason: str,
    *kinds: str,
    anyone: bool = False,
    replaces: bool = False,
    managers: tuple[str, ...] = (),
) -> PlatformRule:
    return PlatformRule(
        path=re.compile(path),
        reason=reason,
        kinds=frozenset(kinds),
        anyone=anyone,
        replaces=replaces,
        managers=frozenset(managers),
    )


_ANNOTATION = r'metadata\.annotations\["'
_LABEL = r'metadata\.labels\["'

RULES: Final = (
    # The API server and what is built into it.
    # Whoever it is booked under: it always is the name. A second apply of a Namespace of which
    # nobody owns a field books it under ``before-first-apply``.
    _rule(
        _LABEL + r'kubernetes\.io/metadata\.name"\]',
        f"set by {_API_SERVER}",
        "Namespace",
        anyone=True,
    ),
    _rule(r"spec\.finalizers", f"set by {_API_SERVER}", "Namespace"),
    _rule(
        _ANNOTATION + r'deprecated\.daemonset\.template\.generation"\]',
        f"set by {_API_SERVER}",
        "DaemonSet",
        anyone=True,
    ),
    # The old name of serviceAccountName, which the API server keeps equal to it.
    # https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodSpec
    _rule(r"spec\.(?:.+\.)?serviceAccount", f"set by {_API_SERVER}", *_WITH_PODS, anyone=True),
    # https://kubernetes.io/docs/reference/labels-annotations-taints/#endpoints-kubernetes-io-last-change-trigger-time
    _rule(
        _ANNOTATION + r'endpoints\.kubernetes\.io/last-change-trigger-time"\]',
        "when the endpoints changed last",
        "Endpoints",
        "EndpointSlice",
        replaces=True,
    ),
    # What an autoscaler reports, where it is read in its first version.
    # https://kubernetes.io/docs/reference/labels-annotations-taints/
    _rule(
        _ANNOTATION + r'autoscaling\.alpha\.kubernetes\.io/(?:conditions|current-metrics)"\]',
        "state of an autoscaler",
        "HorizontalPodAutoscaler",
        replaces=True,
    ),
    _rule(
        _ANNOTATION + r'batch\.kubernetes\.io/job-tracking"\]',
        f"set by {_API_SERVER}",
        "Job",
    ),
    # kubectl's own memory of what it sent.
    _rule(
        _ANNOTATION + r'kubectl\.kubernetes\.io/last-applied-configuration"\]',
        "what a client-side apply sent",
        anyone=True,
        replaces=True,
    ),
    # Kubernetes' controllers.
    _rule(
        _ANNOTATION + r'deployment\.kubernetes\.io/[^"]+"\]',
        "revision of a rollout",
        replaces=True,
    ),
    _rule(
        _ANNOTATION + r'(?:pv|volume|volume\.beta)\.kubernetes\.io/[^"]+"\]',
        "volume binding",
        replaces=True,
    ),
    _rule(r"spec\.claimRef(?:\..+)?", "volume binding", "PersistentVolume"),
    # https://kubernetes.io/docs/reference/labels-annotations-taints/#batchkubernetesio-controller-uid
    _rule(
        r"(?:spec\.template\.)?" + _LABEL + r'batch\.kubernetes\.io/(?:controller-uid|job-name)"\]',
        "how a Job knows its pods",
        "Job",
    ),
    _rule(
        r"(?:spec\.template\.)?metadata\.labels\.(?:controller-uid|job-name)",
        "how a Job knows its pods",
        "Job",
    ),
    _rule(r"spec\.volumeName", "volume binding", "PersistentVolumeClaim"),
    _rule(
        r"secrets\[name=[^\]]+-(?:token|dockercfg)-[a-z0-9]{5}\](?:\.name)?",
        "token controller",
        "ServiceAccount",
    ),
    _rule(
        r"metadata\.finalizers=(?:kubernetes\.io/(?:pvc|pv)-protection|foregroundDeletion|orphan"
        r"|service\.kubernetes\.io/load-balancer-cleanup)",
        "protection by Kubernetes",
    ),
    # https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#serviceaccount
    _rule(r"spec\.volumes\[name=kube-api-access-[a-z0-9]{5}\](?:\..*)?", "admission", "Pod"),
    _rule(
        r"spec\.(?:initContainers|containers)\[name=[^\]]+\]\.volumeMounts"
        r"\[mountPath=/var/run/secrets/kubernetes\.io/serviceaccount\](?:\..*)?",
        "admission",
        "Pod",
    ),
    _rule(r"spec\.(?:nodeName|serviceAccountName|serviceAccount)", "scheduling", "Pod"),
    # Certificates, filled in at run time over the placeholder that git may have.
    # https://cert-manager.io/docs/concepts/ca-injector/
    _rule(
        r"(?:.+\.)?caBundle",
        "certificates that a controller injects",
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
        "APIService",
        "CustomResourceDefinition",
        replaces=True,
    ),
    # https://github.com/istio/istio/blob/master/pkg/webhooks/validation/controller/controller.go
    _rule(
        r"webhooks\[name=[^\]]+\]\.failurePolicy",
        "istiod fails closed once it can answer",
        "ValidatingWebhookConfiguration",
        replaces=True,
        managers=("pilot-discovery", "istiod"),
    ),
    # AWS Load Balancer Controller.
    _rule(
        r"metadata\.finalizers=(?:(?:service|ingress)\.k8s\.aws/resources"
        r"|(?:group\.)?ingress\.k8s\.aws/.+|elbv2\.k8s\.aws/resources)",
        "AWS Load Balancer Controller",
    ),
    # Consul: https://github.com/hashicorp/consul-k8s/tree/main/control-plane/controllers
    _rule(r"metadata\.finalizers=finalizers\.consul\.hashicorp\.com", "Consul"),
    # How a person hands an entry that Consul already has over to Kubernetes.
    _rule(
        _ANNOTATION + r'consul\.hashicorp\.com/migrate-entry"\]',
        "adoption by Consul",
        anyone=True,
    ),
    # Argo CD and Flux: how they know their objects, and how a person asks them for a sync.
    _rule(
        _ANNOTATION + r'argocd\.argoproj\.io/(?:tracking-id|installation-id)"\]',
        "tracking by Argo CD",
    ),
    _rule(_LABEL + r'app\.kubernetes\.io/instance"\]', "tracking by Argo CD"),
    _rule(
        _LABEL + r'(?:kustomize|helm)\.toolkit\.fluxcd\.io/(?:name|namespace)"\]',
        "tracking by Flux",
    ),
    _rule(r"metadata\.finalizers=finalizers\.fluxcd\.io", "Flux"),
    # Helm marks what it installs, whoever runs it.
    # https://helm.sh/docs/helm/helm_install/ (--take-ownership)
    _rule(
        _ANNOTATION + r'meta\.helm\.sh/release-(?:name|namespace)"\]',
        "tracking by Helm",
        anyone=True,
    ),
    _rule(
        _LABEL + r'app\.kubernetes\.io/managed-by"\]',
        "tracking by Helm",
        managers=("helm", "helm-controller"),
        anyone=True,
    ),
    # Noted by a webhook, in the name of whoever applies.
    # https://github.com/prometheus-operator/prometheus-operator/blob/main/pkg/admission/admission.go
    _rule(
        r"metadata\.annotations\.prometheus-operator-validated",
        "validated by the Prometheus operator",
        "PrometheusRule",
    ),
    # https://github.com/argoproj/argo-cd/blob/v3.6.1/pkg/apis/application/v1alpha1/application_annotations.go
    # https://github.com/argoproj/argo-cd/blob/v3.6.1/common/common.go
    _rule(
        _ANNOTATION
        + r"(?:argocd\.argoproj\.io/(?:(?:refresh|hydrate)(?:-timestamp)?|application-set-refresh)"
        r'|reconcile\.fluxcd\.io/[a-zA-Z]+)"\]',
        "a request to sync",
        anyone=True,
    ),
    _rule(r"operation(?:\..+)?", "a request to sync", "Application", anyone=True),
)

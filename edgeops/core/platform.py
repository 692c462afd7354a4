"""
What the platform writes into objects by itself: rules as data.

A field that git does not set is no drift where one of these rules knows the writer's reason.
The rules say which managers may: a person who writes the same field is still seen.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from edgeops.core.findings import Attribution, ManagerClass
from edgeops.core.objects import KubeObject
from edgeops.core.paths import Path, render

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
    _rule(
        _ANNOTATION
        + r'(?:argocd\.argoproj\.io/(?:refresh|hydrate)|reconcile\.fluxcd\.io/[a-zA-Z]+)"\]',
        "a request to sync",
        anyone=True,
    ),
    _rule(r"operation(?:\..+)?", "a request to sync", "Application", anyone=True),
)


def explained(
    live: KubeObject,
    path: Path,
    owners: tuple[Attribution, ...],
    *,
    item: str | None = None,
    replaced: bool = False,
) -> PlatformRule | None:
    """
    The rule by which a live field is the platform's own doing; None if there is none.

    Args:
        live: the object that has the field.
        path: the field, or the set that *item* is an element of.
        owners: who wrote it; empty where nobody did or nobody knows.
        item: an element of a set.
        replaced: whether git sets the field, to something else.
    """
    text = render(path) if item is None else f"{render(path)}={item}"
    return next(
        (
            rule
            for rule in _for_kind(live.kind)
            if rule.path.fullmatch(text)
            and (rule.replaces or not replaced)
            and (rule.anyone or _not_a_person(owners))
            and (rule.anyone or not replaced or _not_the_engine_alone(owners))
            and (not rule.managers or any(owner.manager in rule.managers for owner in owners))
        ),
        None,
    )


def aggregates(desired: KubeObject, path: Path) -> bool:
    """
    Whether the field is the rules of an aggregated role, which its controller writes.

    https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
    """
    aggregated = desired.kind == "ClusterRole" and bool(desired.body.get("aggregationRule"))
    return aggregated and path == ("rules",)


def mirrors_namespace(live: KubeObject, path: Path, value: Any) -> bool:
    """
    Whether Consul's webhook filled in the namespace of an intention's destination.

    https://github.com/hashicorp/consul-k8s/blob/main/control-plane/api/v1alpha1/serviceintentions_types.go
    """
    return (
        live.kind == "ServiceIntentions"
        and path == ("spec", "destination", "namespace")
        and value == live.namespace
    )


def _for_kind(kind: str) -> Iterator[PlatformRule]:
    return (rule for rule in RULES if not rule.kinds or kind in rule.kinds)


def _not_the_engine_alone(owners: tuple[Attribution, ...]) -> bool:
    # What the engine alone wrote is what git had, and no filling of a placeholder.
    return not owners or any(owner.manager_class is ManagerClass.CONTROLLER for owner in owners)


def _not_a_person(owners: tuple[Attribution, ...]) -> bool:
    # kubectl's client-side apply writes what Argo CD tells it to, under its own name.
    return all(
        owner.manager_class is not ManagerClass.PERSON
        or owner.manager == "kubectl-client-side-apply"
        for owner in owners
    )

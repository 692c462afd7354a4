"""
Objects that git does not have: which kinds are looked at, and which objects count.

Looked at in a zone's namespace: every kind that git uses anywhere in the fleet, and the kinds
with which a person changes what runs or where traffic goes. Not counted: what another object
owns and what the cluster makes by itself.
"""

import re
from collections.abc import Collection
from typing import Final

from edgeops.core.directives import is_hook_leftover
from edgeops.core.findings import ManagerClass
from edgeops.core.objects import KubeObject, ResourceKey
from edgeops.core.ownership import ownership

LOOKED_AT: Final = (
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("apps", "ReplicaSet"),
    ("batch", "Job"),
    ("batch", "CronJob"),
    ("", "Pod"),
    ("", "Service"),
    ("", "ConfigMap"),
    ("", "ServiceAccount"),
    ("", "PersistentVolumeClaim"),
    ("", "ResourceQuota"),
    ("", "LimitRange"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("policy", "PodDisruptionBudget"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("gateway.networking.k8s.io", "Gateway"),
    ("gateway.networking.k8s.io", "HTTPRoute"),
    ("gateway.networking.k8s.io", "TCPRoute"),
    ("consul.hashicorp.com", "ServiceDefaults"),
    ("consul.hashicorp.com", "ServiceIntentions"),
    ("consul.hashicorp.com", "ServiceResolver"),
    ("consul.hashicorp.com", "ServiceRouter"),
    ("consul.hashicorp.com", "ServiceSplitter"),
    ("consul.hashicorp.com", "ProxyDefaults"),
    ("consul.hashicorp.com", "Mesh"),
    ("consul.hashicorp.com", "IngressGateway"),
    ("consul.hashicorp.com", "TerminatingGateway"),
    ("consul.hashicorp.com", "ExportedServices"),
)
"""Group and kind of what is looked for besides the kinds of git; Secrets only where git has one."""

# Made in every namespace by Kubernetes itself, or by what is installed beside it.
# https://argo-cd.readthedocs.io/en/stable/user-guide/orphaned-resources/
_MADE_BY_THE_CLUSTER: Final = (
    ("ServiceAccount", re.compile(r"default")),
    ("ConfigMap", re.compile(r"kube-root-ca\.crt|istio-ca-root-cert|openshift-service-ca\.crt")),
    ("Service", re.compile(r"kubernetes")),
)
# Written at run time by whatever runs, under its own name.
_NEVER: Final = frozenset(
    {("coordination.k8s.io", "Lease"), ("", "Event"), ("events.k8s.io", "Event")}
)
_SECRETS_OF_THE_CLUSTER: Final = frozenset(
    {"kubernetes.io/service-account-token", "helm.sh/release.v1", "bootstrap.kubernetes.io/token"}
)


def is_extraneous(
    live: KubeObject,
    desired: Collection[ResourceKey],
    claims: Collection[tuple[str, re.Pattern[str]]],
) -> bool:
    """
    Whether a live object of a zone's namespace is one that git should have and has not.

    Args:
        desired: the keys of git.
        claims: what `claim_names` gave for the desired objects.
    """
    if live.key in desired or live.metadata.get("ownerReferences"):
        return False
    if live.metadata.get("deletionTimestamp"):
        return False  # on its way out; while it is there nothing can be done about it
    if (live.group, live.kind) in _NEVER:
        return False
    if _made_by_controllers(live) or is_hook_leftover(live):
        return False
    if any(live.kind == kind and name.fullmatch(live.name) for kind, name in _MADE_BY_THE_CLUSTER):
        return False
    if live.kind == "Secret" and live.body.get("type") in _SECRETS_OF_THE_CLUSTER:
        return False
    if live.kind == "PersistentVolumeClaim":
        return not any(
            live.namespace == namespace and name.fullmatch(live.name) for namespace, name in claims
        )
    return True


def _made_by_controllers(live: KubeObject) -> bool:
    """Whether controllers alone wrote the object, such as what a policy engine generates."""
    writers = ownership(live).managers()
    return bool(writers) and all(
        writer.manager_class is ManagerClass.CONTROLLER for writer in writers
    )


def claim_names(desired: Collection[KubeObject]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """
    The names of the claims that desired StatefulSets make, each with its namespace.

    They have no owner reference unless the retention policy says Delete.
    https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-storage
    """
    names = []
    for item in desired:
        if item.kind != "StatefulSet":
            continue
        for template in (item.body.get("spec") or {}).get("volumeClaimTemplates") or ():
            claim = re.escape(str((template.get("metadata") or {}).get("name")))
            names.append((item.namespace, re.compile(rf"{claim}-{re.escape(item.name)}-[0-9]+")))
    return tuple(names)

"""
A CronJob that checks the cluster that it runs in, or a Deployment that watches it.

With all that it needs. It may list (and watch) what it reads and nothing else, writes to its own
volume only, and stands in a namespace that enforces restricted Pod Security.
https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from edgeops.core.fleet.model import Cluster, Fleet
from edgeops.core.plan.manifest import Body
from edgeops.core.schedule.alerts import prometheus_rule, watch_rule
from edgeops.core.schedule.pod import check_pod, labels, name_of
from edgeops.core.schedule.settings import (
    NOTIFY_SECRET,
    PORT,
    STATE_CLAIM,
    Deliver,
    Settings,
    Watching,
)
from edgeops.core.schedule.watcher import (
    SECRET_KEY,
    deployment,
    service,
    service_monitor,
    watcher_labels,
)

_DEADLINE_SECONDS: Final = 1800
_START_DEADLINE_SECONDS: Final = 300
_AT_ONCE: Final = 4
_RBAC: Final = "rbac.authorization.k8s.io"
_PORTS: Final = {"https": 443, "http": 80, "ssh": 22, "git": 9418}


def manifests(
    fleet: Fleet, cluster: Cluster, settings: Settings, rights: Sequence[Body]
) -> list[Body]:
    """
    The objects in the order in which they are to be applied.

    Args:
        cluster: on whose Region nodes it runs.
        rights: the rules of its ClusterRole.
    """
    name = name_of(fleet, settings)
    objects = [_namespace(settings), *_account(name, settings, rights)]
    objects.append(_network_policy(fleet, settings))
    if settings.watching is None:
        objects.append(_volume_claim(STATE_CLAIM, settings))
        objects.append(_cron_job(fleet, cluster, settings))
        monitoring = [prometheus_rule(name, settings.namespace)]
    else:
        if settings.storage_class:
            objects.append(_volume_claim(name, settings))
        objects += [service(fleet, settings), deployment(fleet, cluster, settings)]
        monitoring = [service_monitor(fleet, settings), watch_rule(name, settings.namespace)]
    if settings.alerts:
        objects += monitoring
    own = labels(fleet) if settings.watching is None else watcher_labels(fleet)
    for item in objects:
        shared = labels(fleet) if item["kind"] == "Namespace" else own
        item["metadata"]["labels"] = {**shared, **item["metadata"].get("labels", {})}
    return objects


def _namespace(settings: Settings) -> Body:
    levels = ("enforce", "audit", "warn")
    labels = {f"pod-security.kubernetes.io/{level}": "restricted" for level in levels}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": settings.namespace, "labels": labels},
    }


def _account(name: str, settings: Settings, rights: Sequence[Body]) -> list[Body]:
    """An account with *rights*; who is given a kubeconfig needs the rights there."""
    account: Body = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": name, "namespace": settings.namespace},
        "automountServiceAccountToken": False,
    }
    role: Body = {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": f"edgeops-{name}"},
        "rules": list(rights),
    }
    binding: Body = {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": f"edgeops-{name}"},
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": f"edgeops-{name}"},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": settings.namespace}],
    }
    return [account, role, binding] if settings.kubeconfig_secret is None else [account, role]


def _network_policy(fleet: Fleet, settings: Settings) -> Body:
    """
    Out go names, the API server, the repository and messages over TLS.

    Nobody comes in to a check. To a watch come pods of this cluster, which need its token; kubelets
    come to every pod of their own node.
    https://kubernetes.io/docs/concepts/services-networking/network-policies/
    """
    ports = sorted({443, 6443, _port(fleet.repository.url)})
    egress = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    egress += [{"protocol": "TCP", "port": port} for port in ports]
    spec: Body = {
        "podSelector": {"matchLabels": labels(fleet)},
        "policyTypes": ["Ingress", "Egress"],
        "egress": [{"ports": egress}],
    }
    if settings.watching is not None:
        spec["podSelector"] = {"matchLabels": watcher_labels(fleet)}
        own = [{"protocol": "TCP", "port": PORT}]
        spec["ingress"] = [{"from": [{"namespaceSelector": {}}], "ports": own}]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name_of(fleet, settings), "namespace": settings.namespace},
        "spec": spec,
    }


def _port(url: str) -> int:
    """The port of a repository's address; ``git@host:path`` is SSH."""
    parts = urlsplit(url)
    if parts.hostname is None:
        return _PORTS["ssh"]
    return parts.port or _PORTS.get(parts.scheme, _PORTS["https"])


def _volume_claim(name: str, settings: Settings) -> Body:
    mode = "ReadWriteOnce" if settings.shards == 1 else "ReadWriteMany"
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": settings.namespace},
        "spec": {
            "accessModes": [mode],
            "storageClassName": settings.storage_class,
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }


def _cron_job(fleet: Fleet, cluster: Cluster, settings: Settings) -> Body:
    job: Body = {"activeDeadlineSeconds": _DEADLINE_SECONDS}
    if settings.shards == 1:
        job["backoffLimit"] = 0
    else:
        # Drift in one share is no reason to stop the others.
        job |= {
            "completionMode": "Indexed",
            "completions": settings.shards,
            "parallelism": min(settings.shards, _AT_ONCE),
            "backoffLimitPerIndex": 0,
            "maxFailedIndexes": settings.shards,
        }
    job["template"] = {
        "metadata": {"labels": labels(fleet)},
        "spec": check_pod(fleet, cluster, settings),
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": name_of(fleet, settings), "namespace": settings.namespace},
        "spec": {
            "schedule": settings.cron,
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": _START_DEADLINE_SECONDS,
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {"spec": job},
        },
    }


def remarks(fleet: Fleet, settings: Settings, rights: Sequence[Body]) -> list[str]:
    """What somebody who applies the manifests must know or provide."""
    said = []
    if settings.git_secret is not None:
        said.append(
            f"Secret {settings.git_secret} in namespace {settings.namespace} must hold what clones "
            "the repository: username and password, or identity and known_hosts."
        )
    if fleet.drift.notify:
        keys = ", ".join(_key_of(target.url) for target in fleet.drift.notify)
        said.append(
            f"Secret {NOTIFY_SECRET} in namespace {settings.namespace} must hold the addresses of "
            f"those who are told, as {keys}."
        )
    elif settings.watching is not None:
        said.append(
            "edgeops.yaml lists nobody under spec.drift.notify: who wants to know must look."
        )
    elif settings.deliver is Deliver.VOLUME:
        said.append(
            "edgeops.yaml lists nobody under spec.drift.notify: reports go to the volume only."
        )
    if any("secrets" in rule["resources"] for rule in rights):
        said.append(
            "git has Secrets: to compare them the account may list those of every namespace."
        )
    if settings.watching is not None:
        said += _remarks_on_a_watch(fleet, settings, settings.watching)
    if settings.shards > 1:
        said.append(
            f"storage class {settings.storage_class} must offer ReadWriteMany: the shards share a "
            "volume."
        )
    return said


def _remarks_on_a_watch(fleet: Fleet, settings: Settings, watching: Watching) -> list[str]:
    place = f"in namespace {settings.namespace} must hold, as {SECRET_KEY},"
    said = [f"Secret {watching.token_secret} {place} what readers must show."]
    if watching.hook_secret is not None:
        said.append(f"Secret {watching.hook_secret} {place} what webhooks are signed with.")
    if fleet.drift.notify and not settings.storage_class:
        said.append(
            "who was told of what is forgotten with the pod, and told again: --storage-class keeps "
            "it on a volume."
        )
    return said


def _key_of(reference: str) -> str:
    return reference.rpartition("/")[2] if reference.startswith("file:") else reference[4:]

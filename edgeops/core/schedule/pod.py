"""
The pod of a check or of a watch: confined, on the Region's nodes, writing only to its volumes.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from collections.abc import Iterable
from typing import Final

from edgeops.core.fleet.model import Cluster, Fleet
from edgeops.core.plan.manifest import Body
from edgeops.core.plan.names import ZONE_TOPOLOGY
from edgeops.core.schedule.settings import (
    NOTIFY_SECRET,
    STATE_CLAIM,
    STATE_FOLDER,
    Settings,
    arguments,
)

GIT_FOLDER: Final = "/etc/edgeops/git"
_KUBECONFIG_FOLDER: Final = "/etc/edgeops/kubeconfig"
_TERMINATION_LOG: Final = "/dev/termination-log"
_USER: Final = 65532
_CRON_JOB_LIMIT: Final = 52
"""Characters in the name of a CronJob: its Jobs' names are longer by 11."""

_SERVICE_LIMIT: Final = 63


def name_of(fleet: Fleet, settings: Settings) -> str:
    """
    What everything of the schedule is called.

    Raises:
        ValueError: if a CronJob, or a Service, may not be called so.
    """
    if settings.watching is None:
        kind, name, limit = "CronJob", f"drift-{fleet.name}", _CRON_JOB_LIMIT
    else:
        kind, name, limit = "Service", f"watch-{fleet.name}", _SERVICE_LIMIT
    if len(name) > limit:
        raise ValueError(f"{kind} '{name}' is {len(name)} characters long; {limit} are allowed")
    return name


def labels(fleet: Fleet) -> dict[str, str]:
    """
    What everything of the schedule is labelled with.

    Not ``part-of`` the fleet: that label is for what the fleet's overlays render.
    """
    return {"app.kubernetes.io/name": "edgeops", "app.kubernetes.io/instance": fleet.name}


def check_pod(fleet: Fleet, cluster: Cluster, settings: Settings) -> Body:
    """The ``spec`` of the pod of one check."""
    git = None if settings.git_secret is None else GIT_FOLDER
    words = arguments(fleet, settings, state=STATE_FOLDER, git=git)
    container = {
        "name": "drift",
        "args": [*words, "--summary", _TERMINATION_LOG],
        "terminationMessagePath": _TERMINATION_LOG,
        "terminationMessagePolicy": "File",
        "resources": {
            "requests": {"cpu": "100m", "memory": "256Mi"},
            "limits": {"memory": "1Gi"},
        },
    }
    state = {"persistentVolumeClaim": {"claimName": STATE_CLAIM}}
    return {
        "restartPolicy": "Never",
        **confined(fleet, cluster, settings, container=container, state=state),
    }


def confined(
    fleet: Fleet,
    cluster: Cluster,
    settings: Settings,
    *,
    container: Body,
    state: Body,
    secrets: Iterable[tuple[str, str, str]] = (),
) -> Body:
    """
    The ``spec`` of a pod with one container, on nodes of *cluster*'s Region.

    Args:
        container: what it has beside its confinement.
        state: the source of the volume for what must outlive a run.
        secrets: those that must be there, beside the usual ones: volume, Secret, folder.
    """
    expression = {"key": ZONE_TOPOLOGY, "operator": "In", "values": list(cluster.hub.zones)}
    terms = [{"matchExpressions": [expression]}]
    mounts, volumes = _volumes(fleet, settings, state, secrets)
    return {
        "serviceAccountName": name_of(fleet, settings),
        "automountServiceAccountToken": settings.kubeconfig_secret is None,
        "enableServiceLinks": False,
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}
            }
        },
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": container["name"],
                "image": settings.image,
                "command": ["edgeops"],
                "env": _environment(fleet, settings),
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
                "volumeMounts": mounts,
                **container,
            }
        ],
        "volumes": volumes,
    }


def _environment(fleet: Fleet, settings: Settings) -> list[Body]:
    entries: list[Body] = [
        {"name": "HOME", "value": "/tmp"},  # noqa: S108 - the pod's own, an emptyDir
        {"name": "XDG_CACHE_HOME", "value": f"{STATE_FOLDER}/cache"},
    ]
    if settings.kubeconfig_secret is not None:
        entries.append({"name": "KUBECONFIG", "value": f"{_KUBECONFIG_FOLDER}/config"})
    if settings.shards > 1:
        path = {"fieldPath": "metadata.labels['batch.kubernetes.io/job-name']"}
        entries.append({"name": "EDGEOPS_RUN", "valueFrom": {"fieldRef": path}})
    for target in fleet.drift.notify:
        how, _, name = target.url.partition(":")
        if how == "env":
            # A check without its message is better than no check: hence optional.
            source = {"name": NOTIFY_SECRET, "key": name, "optional": True}
            entries.append({"name": name, "valueFrom": {"secretKeyRef": source}})
    return entries


def _volumes(
    fleet: Fleet, settings: Settings, state: Body, required: Iterable[tuple[str, str, str]]
) -> tuple[list[Body], list[Body]]:
    """Mounts and volumes: nothing else of the pod's files can be written."""
    mounts: list[Body] = [
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - an emptyDir
        {"name": "state", "mountPath": STATE_FOLDER},
    ]
    volumes: list[Body] = [
        {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}},
        {"name": "state", **state},
    ]
    secrets = [(*one, False) for one in required]
    if settings.git_secret is not None:
        secrets.append(("git", settings.git_secret, GIT_FOLDER, True))
    if settings.kubeconfig_secret is not None:
        secrets.append(("kubeconfig", settings.kubeconfig_secret, _KUBECONFIG_FOLDER, False))
    folders = {
        target.url.removeprefix("file:").rpartition("/")[0]
        for target in fleet.drift.notify
        if target.url.startswith("file:")
    }
    secrets += [
        (f"notify-{number}", NOTIFY_SECRET, folder or "/", True)
        for number, folder in enumerate(sorted(folders))
    ]
    for volume, secret, folder, optional in secrets:
        mounts.append({"name": volume, "mountPath": folder, "readOnly": True})
        source = {"secretName": secret, "optional": optional, "defaultMode": 0o440}
        volumes.append({"name": volume, "secret": source})
    return mounts, volumes

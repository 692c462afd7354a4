"""
A Deployment that watches the cluster that it runs in, and the Service at which it is asked.

https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
"""

from typing import Final

from edgeops.core.fleet.model import Cluster, Fleet
from edgeops.core.plan.manifest import Body
from edgeops.core.schedule.pod import GIT_FOLDER, confined, labels, name_of
from edgeops.core.schedule.settings import PORT, STATE_FOLDER, Settings, Watching

SECRET_KEY: Final = "token"  # noqa: S105 - the name of a key
"""Of the Secrets of readers and of webhooks; Flux' Receivers have it too."""

_TOKEN_FOLDER: Final = "/etc/edgeops/token"  # noqa: S105 - a mount path
_HOOK_FOLDER: Final = "/etc/edgeops/hook"
_PORT_NAME: Final = "http"
_START_SECONDS: Final = 900
"""For cloning; the first report may take longer, which readiness waits for."""

_SCRAPE_SECONDS: Final = 30


def watcher_labels(fleet: Fleet) -> dict[str, str]:
    """What tells its pods from those of checks."""
    return {**labels(fleet), "app.kubernetes.io/component": "watch"}


def deployment(fleet: Fleet, cluster: Cluster, settings: Settings) -> Body:
    """
    One pod, and never two: a second one would tell people everything again.

    Its volume is the pod's own, or the claim of its name where there is a storage class.
    """
    name = name_of(fleet, settings)
    assert settings.watching is not None
    claim = {"persistentVolumeClaim": {"claimName": name}}
    secrets = [("token", settings.watching.token_secret, _TOKEN_FOLDER)]
    if settings.watching.hook_secret is not None:
        secrets.append(("hook", settings.watching.hook_secret, _HOOK_FOLDER))
    spec = confined(
        fleet,
        cluster,
        settings,
        container=_container(fleet, settings, settings.watching),
        state=claim if settings.storage_class else {"emptyDir": {"sizeLimit": "1Gi"}},
        secrets=secrets,
    )
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": settings.namespace},
        "spec": {
            "replicas": 1,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": watcher_labels(fleet)},
            "template": {"metadata": {"labels": watcher_labels(fleet)}, "spec": spec},
        },
    }


def _container(fleet: Fleet, settings: Settings, watching: Watching) -> Body:
    def probe(path: str, every: int, failures: int) -> Body:
        return {
            "httpGet": {"path": path, "port": _PORT_NAME},
            "periodSeconds": every,
            "timeoutSeconds": 5,
            "failureThreshold": failures,
        }

    return {
        "name": "watch",
        "args": _arguments(fleet, settings, watching),
        "ports": [{"name": _PORT_NAME, "containerPort": PORT}],
        "startupProbe": probe("/healthz", 5, _START_SECONDS // 5),
        "livenessProbe": probe("/healthz", 20, 3),
        "readinessProbe": probe("/readyz", 5, 3),
        # Why it ended, where it ended: nothing else of it is left then.
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "resources": {
            "requests": {"cpu": "100m", "memory": "256Mi"},
            "limits": {"memory": "2Gi"},
        },
    }


def _arguments(fleet: Fleet, settings: Settings, watching: Watching) -> list[str]:
    source = fleet.repository
    words = ["watch", "--url", source.url, "--branch", source.branch]
    if source.path != ".":
        words += ["--path", source.path]
    if settings.git_secret is not None:
        words += ["--git-credentials", GIT_FOLDER]
    words += ["--fetch-every", f"{watching.fetch_every.total_seconds():.0f}s"]
    if settings.cluster is not None:
        words += ["--cluster", settings.cluster]
    words += ["--listen", f"0.0.0.0:{PORT}", "--token-file", f"{_TOKEN_FOLDER}/{SECRET_KEY}"]
    if watching.hook_secret is not None:
        words += ["--hook-secret-file", f"{_HOOK_FOLDER}/{SECRET_KEY}"]
    words += ["--history", f"{STATE_FOLDER}/history.sqlite"]
    if fleet.drift.notify:
        words.append("--notify")
    return words


def service(fleet: Fleet, settings: Settings) -> Body:
    """Where its page, metrics and report are asked for."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name_of(fleet, settings), "namespace": settings.namespace},
        "spec": {
            "selector": watcher_labels(fleet),
            "ports": [{"name": _PORT_NAME, "port": PORT, "targetPort": _PORT_NAME}],
        },
    }


def service_monitor(fleet: Fleet, settings: Settings) -> Body:
    """
    How the Prometheus operator scrapes the Service, with the token of its readers.

    https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.Endpoint
    """
    assert settings.watching is not None
    credentials = {"name": settings.watching.token_secret, "key": SECRET_KEY}
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": {"name": name_of(fleet, settings), "namespace": settings.namespace},
        "spec": {
            "selector": {"matchLabels": watcher_labels(fleet)},
            "endpoints": [
                {
                    "port": _PORT_NAME,
                    "path": "/metrics",
                    "interval": f"{_SCRAPE_SECONDS}s",
                    "authorization": {"type": "Bearer", "credentials": credentials},
                }
            ],
        },
    }

"""
Alerts on what a schedule leaves behind in Prometheus, and on what a watcher shows it.

The ``edgeops_drift_…`` series are those of ``-o prometheus`` and of ``/metrics``, the
``edgeops_watch_…`` ones of ``/metrics`` alone; the ``kube_…`` ones come from
kube-state-metrics: https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics
"""

from typing import Final

from edgeops.core.gauges import FINDINGS, UNREAD
from edgeops.core.plan.manifest import Body

WATCHED: Final = "edgeops_watch_last_success_timestamp_seconds"
_LATE_SECONDS: Final = 900


def prometheus_rule(name: str, namespace: str) -> Body:
    """A PrometheusRule of the Prometheus operator, for the CronJob of that name."""
    job = f'namespace="{namespace}",cronjob="{name}"'
    owned = f'namespace="{namespace}",job_name=~"{name}-.*"'
    rules = [
        *_found(),
        _rule(
            "EdgeopsCheckFailed",
            _last_failed(owned, job),
            "warning",
            f"A drift check of {namespace}/{name} found something, or could not tell",
            "The pod's termination message says what; the report says where.",
        ),
        _rule(
            "EdgeopsCheckSilent",
            f"time() - max(kube_cronjob_next_schedule_time{{{job}}}) > {_LATE_SECONDS}",
            "warning",
            f"CronJob {namespace}/{name} has not started a check that is due",
            "Is it suspended, or is an earlier check still running?",
        ),
    ]
    return _resource(name, namespace, rules)


def watch_rule(name: str, namespace: str) -> Body:
    """A PrometheusRule for ``edgeops watch``, scraped as the job of that name."""
    rules = [
        *_found(),
        _rule(
            "EdgeopsWatchStale",
            f"time() - min by (cluster) ({WATCHED}) > {_LATE_SECONDS}",
            "warning",
            "{{ $labels.cluster }} is not known to be current",
            "Nothing is known of it for {{ $value | humanizeDuration }}: see /api/v1/report.",
        ),
        _rule(
            "EdgeopsWatchGone",
            f'absent(up{{job="{name}"}} == 1)',
            "warning",
            f"edgeops watch ({namespace}/{name}) answers no scrape",
            "Nobody looks for drift.",
        ),
    ]
    return _resource(name, namespace, rules)


def _found() -> list[Body]:
    return [
        _rule(
            "EdgeopsDrift",
            f'sum by (cluster, zone) ({FINDINGS}{{severity=~"critical|high"}}) > 0',
            "critical",
            "Drift in {{ $labels.cluster }}/{{ $labels.zone }}",
            "{{ $value }} objects with critical or high drift: see the report.",
        ),
        _rule(
            "EdgeopsUnknown",
            f"max({UNREAD}) > 0",
            "warning",
            "The drift check could not read everything",
            "{{ $value }} things could not be read, so that nothing can be said of them.",
        ),
    ]


def _resource(name: str, namespace: str, rules: list[Body]) -> Body:
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"groups": [{"name": "edgeops", "rules": rules}]},
    }


def _last_failed(owned: str, job: str) -> str:
    """Whether a failed Job began after the last one that succeeded."""
    failed = f"max by (namespace, job_name) (kube_job_status_failed{{{owned}}} > bool 0)"
    began = f"max(kube_job_status_start_time{{{owned}}} * on (namespace, job_name) {failed})"
    good = f"max(kube_cronjob_status_last_successful_time{{{job}}} or vector(0))"
    return f"{began} > {good}"


def _rule(alert: str, expr: str, severity: str, summary: str, description: str) -> Body:
    return {
        "alert": alert,
        "expr": expr,
        "for": "10m",
        "labels": {"severity": severity},
        "annotations": {"summary": summary, "description": description},
    }

"""
``/metrics``: what the watcher found and what it does, in Prometheus' exposition formats.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from edgeops import __version__
from edgeops.core import gauges
from edgeops.core.episodes import key_of
from edgeops.ports.board import ClusterTally, Posting

_COUNTS: Final = (
    ("lists", "LIST requests: one a kind and scope, and one for each relist."),
    ("events", "Events of watches."),
    ("reconnects", "Watches that were opened anew."),
    ("relists", "Kinds that were listed anew because a watch could not go on."),
)


def exposition(posting: Posting | None, *, followers: int, accepted: str) -> tuple[bytes, str]:
    """
    The metrics, and the media type that they are in.

    Args:
        posting: None while there is none: then only what is known of the process.
        followers: clients of the event stream.
        accepted: the ``Accept`` header of the scrape.
    """
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    registry.register(_Watch(posting, followers))
    encode, media_type = choose_encoder(accepted)
    return encode(registry), media_type


class _Watch(Collector):
    def __init__(self, posting: Posting | None, followers: int) -> None:
        self._posting, self._followers = posting, followers

    def collect(self) -> Iterator[Metric]:
        posting = self._posting
        kustomize = None if posting is None else posting.report.kustomize_version
        yield _gauge(
            "edgeops_build_info",
            "Which edgeops this is; always 1.",
            {"version": __version__, "kustomize_version": kustomize or ""},
        )
        yield _one("edgeops_watch_followers", "Clients of /api/v1/events.", self._followers)
        if posting is None:
            return
        for family in gauges.families(posting.report):
            metric = GaugeMetricFamily(family.name, family.help, labels=family.labels)
            for labels, value in family.series.items():
                metric.add_metric([_text(item) for _, item in labels], value)
            yield metric
        yield _ages(posting)
        yield CounterMetricFamily(
            "edgeops_watch_compared_objects", "Objects compared.", value=posting.compared
        )
        yield CounterMetricFamily(
            "edgeops_watch_postings", "Reports since the start.", value=posting.number
        )
        yield _one(
            "edgeops_watch_comparison_seconds", "What the last comparison took.", posting.seconds
        )
        yield _one(
            "edgeops_watch_posted_timestamp_seconds",
            "When the latest report was made, in seconds since 1970.",
            _seconds(posting.posted_at),
        )
        yield from _clusters(posting.clusters)


def _clusters(tallies: Iterable[ClusterTally]) -> Iterator[Metric]:
    found = tuple(tallies)
    success = GaugeMetricFamily(
        "edgeops_watch_last_success_timestamp_seconds",
        "When all that is wanted of the cluster was last known to be current; 0 for never.",
        labels=("cluster",),
    )
    watches = GaugeMetricFamily(
        "edgeops_watch_open_watches", "Watches that are open.", labels=("cluster",)
    )
    unread = GaugeMetricFamily(
        "edgeops_watch_unread_kinds", "Kinds that cannot be read now.", labels=("cluster",)
    )
    for tally in found:
        name = [_text(tally.name)]
        then = 0.0 if tally.last_success is None else _seconds(tally.last_success)
        success.add_metric(name, then)
        watches.add_metric(name, tally.watching)
        unread.add_metric(name, tally.unread)
    yield from (success, watches, unread)
    for count, text in _COUNTS:
        metric = CounterMetricFamily(f"edgeops_watch_{count}", text, labels=("cluster",))
        for tally in found:
            metric.add_metric([_text(tally.name)], getattr(tally, count))
        yield metric


def _ages(posting: Posting) -> Metric:
    """By place, for how long its oldest finding is known; no series where there is none."""
    metric = GaugeMetricFamily(
        "edgeops_drift_oldest_finding_age_seconds",
        "For how long the oldest finding of the zone is known.",
        labels=("cluster", "zone"),
    )
    now = time.time()
    oldest: dict[tuple[str, str], str] = {}
    for finding in posting.report.findings:
        key = key_of(finding)
        place = (key.cluster, key.zone)
        since = posting.first_seen.get(key, posting.posted_at)
        oldest[place] = min(oldest.get(place, since), since)
    for (cluster, zone), since in oldest.items():
        metric.add_metric([_text(cluster), _text(zone)], max(now - _seconds(since), 0.0))
    return metric


def _one(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _gauge(name: str, text: str, labels: dict[str, str]) -> Metric:
    metric = GaugeMetricFamily(name, text, labels=tuple(labels))
    metric.add_metric([_text(value) for value in labels.values()], 1)
    return metric


def _text(value: str) -> str:
    """A label value that UTF-8 can hold."""
    return value.encode("utf-8", "backslashreplace").decode()


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()

"""Replica counts that belong to an autoscaler."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from edgeops.core.objects import KubeObject, ResourceKey, group_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaRange:
    """The bounds within which an autoscaler may choose."""

    minimum: int
    maximum: int

    def contains(self, replicas: Any) -> bool:
        return isinstance(replicas, int) and self.minimum <= replicas <= self.maximum


def replica_ranges(objects: Iterable[KubeObject]) -> Mapping[ResourceKey, ReplicaRange]:
    """
    What each HorizontalPodAutoscaler among *objects* may scale, by the target's key.

    ``minReplicas`` defaults to 1.
    https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/
    """
    ranges = {}
    for item in objects:
        if item.kind != "HorizontalPodAutoscaler":
            continue
        spec = item.body.get("spec") or {}
        target = spec.get("scaleTargetRef") or {}
        key = ResourceKey(
            group_of(str(target.get("apiVersion") or "")),
            str(target.get("kind") or ""),
            item.namespace,
            str(target.get("name") or ""),
        )
        ranges[key] = ReplicaRange(
            minimum=int(spec.get("minReplicas") or 1), maximum=int(spec.get("maxReplicas") or 1)
        )
    return ranges

"""Replica counts that belong to an autoscaler."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from edgeops.core.objects import JsonObject, KubeObject, ResourceKey, group_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaRange:
    """The bounds within which an autoscaler may choose."""

    minimum: int
    maximum: int

    def contains(self, replicas: Any) -> bool:
        return isinstance(replicas, int) and self.minimum <= replicas <= self.maximum


def replica_ranges(objects: Iterable[KubeObject]) -> Mapping[ResourceKey, ReplicaRange]:
    """What each autoscaler among *objects* may scale, by the target's key."""
    ranges = {}
    for item in objects:
        if item.kind not in _SCALERS:
            continue
        spec = item.body.get("spec")
        if not isinstance(spec, Mapping):
            continue
        target = spec.get("scaleTargetRef")
        target = target if isinstance(target, Mapping) else {}
        if item.kind == "HorizontalPodAutoscaler":
            found, group, kind = _of_autoscaler(spec), "", ""
        elif (item.group, item.kind) == ("keda.sh", "ScaledObject"):
            found, group, kind = _of_scaled_object(item, spec), "apps", "Deployment"
        else:
            continue
        version = target.get("apiVersion")
        key = ResourceKey(
            group_of(str(version)) if version else group,
            str(target.get("kind") or kind),
            item.namespace,
            str(target.get("name") or ""),
        )
        ranges[key] = found
    return ranges


def _of_autoscaler(spec: JsonObject) -> ReplicaRange:
    """
    ``minReplicas`` defaults to 1.

    https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/
    """
    return ReplicaRange(
        minimum=int(spec.get("minReplicas") or 1), maximum=int(spec.get("maxReplicas") or 1)
    )


def _of_scaled_object(item: KubeObject, spec: JsonObject) -> ReplicaRange:
    """
    KEDA scales to ``idleReplicaCount`` where nothing happens, and pauses at an annotation's count.

    https://keda.sh/docs/latest/reference/scaledobject-spec/
    """
    counts = [
        int(spec.get("minReplicaCount") or 0),
        int(spec.get("maxReplicaCount") or 100),
    ]
    idle, paused = spec.get("idleReplicaCount"), str(item.annotations.get(_PAUSED, ""))
    if isinstance(idle, int):
        counts.append(idle)
    if paused.isdigit():
        counts.append(int(paused))
    return ReplicaRange(minimum=min(counts), maximum=max(counts))


_SCALERS: Final = frozenset({"HorizontalPodAutoscaler", "ScaledObject"})
_PAUSED: Final = "autoscaling.keda.sh/paused-replicas"

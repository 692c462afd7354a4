"""
Which service the pods of a workload are.

Consul takes the name of the Service that leads to a pod, and no pod with two of them starts;
a pod without one never starts either. So one Service is chosen, the others are told to be
ignored, and pods that only call get a Service of their own.
https://developer.hashicorp.com/consul/docs/k8s/connect
"""

from collections.abc import Sequence

from edgeops.core.bring.pods import (
    INJECT,
    KUBERNETES_SERVICE,
    RUN_ONCE,
    SERVICE_IGNORE,
    annotations_of,
    is_headless,
    name_of,
    pod_of,
    selects,
)
from edgeops.core.objects import JsonObject


def leading_to(workload: JsonObject, services: Sequence[JsonObject]) -> list[JsonObject]:
    """The Services that lead to pods of *workload*, the best known one first."""
    found = [service for service in services if selects(service, workload)]
    return sorted(found, key=lambda service: _rank(service, workload))


def _rank(service: JsonObject, workload: JsonObject) -> tuple[bool, bool, bool, bool, str]:
    name, spec = name_of(service), service["spec"]
    labels = service["metadata"].get("labels") or {}
    return (
        annotations_of(workload).get(KUBERNETES_SERVICE) != name,
        labels.get(SERVICE_IGNORE) == "true",
        is_headless(service),
        spec.get("type", "ClusterIP") != "ClusterIP" or name != name_of(workload),
        name,
    )


def stays_outside(workload: JsonObject) -> bool:
    """Whether its pods cannot be in the mesh, or the base says that they are not to be."""
    said = str(annotations_of(workload).get(INJECT, "")).lower()
    if said in {"true", "1"}:
        return False
    once = str(workload["kind"]) in RUN_ONCE
    return bool(said) or once or bool(pod_of(workload).get("hostNetwork"))


def is_injected(workload: JsonObject) -> bool:
    """Whether the base itself says that its pods are in the mesh."""
    return str(annotations_of(workload).get(INJECT, "")).lower() in {"true", "1"}

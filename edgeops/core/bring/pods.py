"""Objects that make pods, and what stands in their pod templates."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from edgeops.core.objects import JsonObject, group_of

INJECT = "consul.hashicorp.com/connect-inject"
SERVICE_PORT = "consul.hashicorp.com/connect-service-port"
UPSTREAMS = "consul.hashicorp.com/connect-service-upstreams"
CONSUL_SERVICE = "consul.hashicorp.com/connect-service"
KUBERNETES_SERVICE = "consul.hashicorp.com/kubernetes-service"
SERVICE_IGNORE = "consul.hashicorp.com/service-ignore"

_TEMPLATE = ("spec", "template")
TEMPLATES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("apps", "Deployment"): _TEMPLATE,
    ("apps", "StatefulSet"): _TEMPLATE,
    ("apps", "DaemonSet"): _TEMPLATE,
    ("apps", "ReplicaSet"): _TEMPLATE,
    ("argoproj.io", "Rollout"): _TEMPLATE,
    ("batch", "Job"): _TEMPLATE,
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
}
"""Group and kind of what makes pods, and where its pod template is."""

RUN_ONCE = frozenset({"Job", "CronJob"})


def kind_of(body: JsonObject) -> tuple[str, str]:
    """Group and kind."""
    return group_of(str(body["apiVersion"])), str(body["kind"])


def name_of(body: JsonObject) -> str:
    """The object's name, as it was built."""
    return str(body["metadata"]["name"])


def shown(body: JsonObject) -> str:
    """``Kind/name``, as kubectl writes it."""
    return f"{body['kind']}/{name_of(body)}"


def template_of(body: JsonObject) -> JsonObject:
    """The pod template of an object whose kind is in `TEMPLATES`."""
    found: Any = body
    for step in TEMPLATES[kind_of(body)]:
        found = _map(found.get(step))
    template: JsonObject = found
    return template


def pod_of(body: JsonObject) -> JsonObject:
    """The specification of its pods."""
    return _map(template_of(body).get("spec"))


def labels_of(body: JsonObject) -> JsonObject:
    """The labels of its pods."""
    return _map(_map(template_of(body).get("metadata")).get("labels"))


def annotations_of(body: JsonObject) -> JsonObject:
    """The annotations of its pods."""
    return _map(_map(template_of(body).get("metadata")).get("annotations"))


def containers(body: JsonObject, *, init: bool = False) -> Iterator[JsonObject]:
    """Its containers; with *init* those that run before them too."""
    pod = pod_of(body)
    if init:
        yield from pod.get("initContainers") or ()
    yield from pod.get("containers") or ()


def ports_of(body: JsonObject) -> Iterator[JsonObject]:
    """The ports that its containers declare."""
    for container in containers(body):
        yield from container.get("ports") or ()


def is_in(objects: Iterable[JsonObject], kind: tuple[str, str]) -> Iterator[JsonObject]:
    """Those of *objects* that are of a group and *kind*."""
    return (body for body in objects if kind_of(body) == kind)


def services_in(objects: Iterable[JsonObject]) -> list[JsonObject]:
    """The Services that lead to pods of the build: with a selector, and not a mere name."""
    return [
        body
        for body in is_in(objects, ("", "Service"))
        if _map(body.get("spec")).get("selector") and body["spec"].get("type") != "ExternalName"
    ]


def selects(service: JsonObject, workload: JsonObject) -> bool:
    """Whether *service* leads to the pods of *workload*."""
    labels = labels_of(workload)
    wanted = service["spec"]["selector"]
    return all(labels.get(key) == value for key, value in wanted.items())


def is_headless(service: JsonObject) -> bool:
    """Whether the Service has no address: its name leads to the pods themselves."""
    return bool(service["spec"].get("clusterIP") == "None")


def _map(value: Any) -> JsonObject:
    return value if isinstance(value, Mapping) else {}

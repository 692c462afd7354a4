"""Pod templates and the Services that select them, as several rules look at them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from edgeops.core.lint.model import Folder
from edgeops.core.objects import KubeObject

ANNOTATION: Final = "consul.hashicorp.com/"
TEMPLATED: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """An object that makes pods."""

    item: KubeObject
    metadata: Mapping[str, Any]
    """Of the pods."""

    pod: Mapping[str, Any]
    path: str
    """Path of the pod's spec in the object."""

    @property
    def annotations(self) -> Mapping[str, Any]:
        return mapping(self.metadata.get("annotations"))

    @property
    def labels(self) -> Mapping[str, Any]:
        return mapping(self.metadata.get("labels"))

    @property
    def injected(self) -> bool:
        """Whether Consul puts its proxy into the pods because they ask for it."""
        return str(self.annotations.get(f"{ANNOTATION}connect-inject", "")).lower() == "true"

    @property
    def containers(self) -> list[Mapping[str, Any]]:
        return [mapping(one) for one in entries(self.pod.get("containers"))]


def workloads(folder: Folder) -> Iterator[Workload]:
    """Whatever makes pods in a folder."""
    for item in folder.objects:
        spec = mapping(item.body.get("spec"))
        path = "spec.template"
        if item.kind == "Pod" and item.api_version == "v1":
            yield Workload(item=item, metadata=item.metadata, pod=spec, path="spec")
            continue
        if item.kind == "CronJob":
            spec = mapping(mapping(spec.get("jobTemplate")).get("spec"))
            path = "spec.jobTemplate.spec.template"
        elif item.kind not in TEMPLATED:
            continue
        template = mapping(spec.get("template"))
        yield Workload(
            item=item,
            metadata=mapping(template.get("metadata")),
            pod=mapping(template.get("spec")),
            path=f"{path}.spec",
        )


def services(folder: Folder) -> Iterator[KubeObject]:
    """The core Services of a folder."""
    return (item for item in folder.objects if (item.group, item.kind) == ("", "Service"))


def selecting(folder: Folder, workload: Workload) -> list[KubeObject]:
    """The Services whose selector takes the pods, those that Consul is to ignore left out."""
    found = []
    for service in services(folder):
        selector = mapping(mapping(service.body.get("spec")).get("selector"))
        taken = selector and all(
            str(workload.labels.get(key)) == str(value) for key, value in selector.items()
        )
        ignored = str(service.labels.get(f"{ANNOTATION}service-ignore", "")).lower() == "true"
        if taken and not ignored and service.namespace == workload.item.namespace:
            found.append(service)
    return found


def consul_name(folder: Folder, workload: Workload) -> str | None:
    """What Consul calls the service of these pods; None where nothing tells."""
    own = workload.annotations.get(f"{ANNOTATION}connect-service")
    if own is not None:
        # One name, or several with their ports for a pod of several services.
        return str(own).partition(",")[0].strip()
    pinned = workload.annotations.get(f"{ANNOTATION}kubernetes-service")
    if pinned is not None:
        return str(pinned)
    found = selecting(folder, workload)
    return found[0].name if len(found) == 1 else None


def mapping(value: Any) -> Mapping[str, Any]:
    """*value*, or nothing where it is no mapping: what is wrong there the schema says."""
    return value if isinstance(value, Mapping) else {}


def entries(value: Any) -> list[Any]:
    """*value*, or nothing where it is no list."""
    return value if isinstance(value, list) else []


def dig(value: Any, *names: str) -> Any:
    """What stands at a path of fields; None where it leads nowhere."""
    for name in names:
        value = mapping(value).get(name)
    return value

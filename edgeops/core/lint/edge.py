"""What AWS does not have in edge zones, and what Consul wants of pods."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from edgeops.core.fleet.model import Zone
from edgeops.core.lint.model import Folder, Problem, Repository, of_object
from edgeops.core.lint.pods import (
    ANNOTATION,
    Workload,
    consul_name,
    dig,
    entries,
    mapping,
    selecting,
    workloads,
)
from edgeops.core.objects import KubeObject
from edgeops.core.zones import ZoneType

_ALB: Final = "alb.ingress.kubernetes.io/"
_VOLUMES: Final = frozenset({"gp3", "io1", "io2", "st1", "sc1"})
_ENFORCE: Final = "pod-security.kubernetes.io/enforce"


def check(repository: Repository) -> Iterator[Problem]:
    """Every overlay of the fleet."""
    classes = _volume_types(repository)
    for folder, zone in repository.overlays:
        for item in folder.objects:
            if not zone.is_hub:
                yield from _service(folder, zone, item)
                yield from _volumes(folder, item, classes)
                yield from _ingress(folder, item)
        for workload in workloads(folder):
            yield from _annotated_above(folder, workload)
            if workload.injected:
                yield from _account(folder, workload)
                yield from _selected(folder, workload)
                yield from _probes(repository, folder, workload)
        yield from _pod_security(folder)


def _service(folder: Folder, zone: Zone, item: KubeObject) -> Iterator[Problem]:
    spec = mapping(item.body.get("spec"))
    if (item.group, item.kind) != ("", "Service"):
        return
    if spec.get("type") == "LoadBalancer":
        yield of_object(
            "load-balancer-at-edge",
            folder,
            item,
            "network load balancers take no subnet of an edge zone",
            path="spec.type",
        )
    if zone.type is ZoneType.WAVELENGTH_ZONE and "IPv6" in entries(spec.get("ipFamilies")):
        yield of_object(
            "ipv6-in-wavelength",
            folder,
            item,
            "a Wavelength Zone has no IPv6",
            path="spec.ipFamilies",
        )


def _volume_types(repository: Repository) -> dict[str, str]:
    """The EBS volume type of each StorageClass that the repository makes."""
    return {
        item.name: str(dig(item.body, "parameters", "type"))
        for folder in repository.folders
        for item in folder.objects
        if item.kind == "StorageClass" and dig(item.body, "parameters", "type")
    }


def _volumes(folder: Folder, item: KubeObject, classes: Mapping[str, str]) -> Iterator[Problem]:
    claims: list[tuple[str, Any]] = []
    if item.kind == "PersistentVolumeClaim":
        claims.append(("spec", item.body.get("spec")))
    if item.kind == "StatefulSet":
        templates = entries(dig(item.body, "spec", "volumeClaimTemplates"))
        claims += [
            (f"spec.volumeClaimTemplates[{index}].spec", mapping(one).get("spec"))
            for index, one in enumerate(templates)
        ]
    for path, spec in claims:
        name = mapping(spec).get("storageClassName")
        kind = classes.get(str(name), str(name))
        if kind in _VOLUMES or any(kind.endswith(f"-{one}") for one in _VOLUMES):
            yield of_object(
                "volume-type-at-edge",
                folder,
                item,
                f"wants a volume of class {name}, which edge zones may not have",
                path=f"{path}.storageClassName",
            )


def _ingress(folder: Folder, item: KubeObject) -> Iterator[Problem]:
    if item.kind != "Ingress":
        return
    alb = dig(item.body, "spec", "ingressClassName") == "alb"
    if not alb and item.annotations.get("kubernetes.io/ingress.class") != "alb":
        return
    where = 'metadata.annotations["' + _ALB + '{}"]'
    if not item.annotations.get(f"{_ALB}subnets"):
        yield of_object(
            "alb-without-subnets",
            folder,
            item,
            "the controller does not find the subnets of an edge zone by itself",
            path=where.format("subnets"),
        )
    if f"{_ALB}group.name" in item.annotations:
        yield of_object(
            "alb-group-at-edge",
            folder,
            item,
            "a group shares one balancer, and a balancer has subnets of one zone",
            path=where.format("group.name"),
        )
    if any(name.startswith((f"{_ALB}wafv2", f"{_ALB}waf-")) for name in item.annotations):
        yield of_object(
            "waf-at-edge",
            folder,
            item,
            "balancers of Local Zones have no web application firewall",
            path="metadata.annotations",
        )


def _annotated_above(folder: Folder, workload: Workload) -> Iterator[Problem]:
    item = workload.item
    if item.kind == "Pod":
        return
    for name in item.annotations:
        if name.startswith((f"{ANNOTATION}connect-", f"{ANNOTATION}transparent-proxy")):
            yield of_object(
                "annotation-misplaced",
                folder,
                item,
                f"{name} does nothing here: Consul reads it from the pods",
                path=f'metadata.annotations["{name}"]',
            )


def _account(folder: Folder, workload: Workload) -> Iterator[Problem]:
    account = workload.pod.get("serviceAccountName") or "default"
    name = consul_name(folder, workload)
    if account == "default" or (name is not None and account != name):
        wanted = name or "its Consul service"
        yield of_object(
            "service-account-name",
            folder,
            workload.item,
            f"its account is {account}, and with ACLs it may register only as {account}: "
            f"name the account {wanted}",
            path=f"{workload.path}.serviceAccountName",
        )
    mounts = workload.pod.get("automountServiceAccountToken")
    accounts = [one for one in folder.objects if one.key.kind == "ServiceAccount"]
    own = next((one for one in accounts if one.name == account), None)
    if mounts is None and own is not None:
        mounts = own.body.get("automountServiceAccountToken")
    if mounts is False:
        yield of_object(
            "token-not-mounted",
            folder,
            workload.item,
            "the account's token is not mounted, and the proxy logs in with it",
            path=f"{workload.path}.automountServiceAccountToken",
        )


def _selected(folder: Folder, workload: Workload) -> Iterator[Problem]:
    """Exactly one Service for a pod of the mesh, or it waits for registration for ever."""
    if workload.item.kind in {"Job", "CronJob"}:
        return
    if any(f"{ANNOTATION}{name}" in workload.annotations for name in ("kubernetes-service",)):
        return
    found = selecting(folder, workload)
    names = ", ".join(one.name for one in found)
    if len(found) != 1:
        yield of_object(
            "one-service-per-pod",
            folder,
            workload.item,
            f"{len(found)} Services select its pods: {names}"
            if found
            else "no Service selects its pods: they wait for their registration for ever",
            path=f"{workload.path.removesuffix('.spec')}.metadata.labels",
        )


def _probes(repository: Repository, folder: Folder, workload: Workload) -> Iterator[Problem]:
    """Consul takes the pod's readiness for the service's health; without it nothing fails over."""
    if workload.item.kind in {"Job", "CronJob"} or not workload.containers:
        return
    if _said_to_have_none(repository, workload):
        return
    probes = [mapping(one.get("readinessProbe")) for one in workload.containers]
    path = f"{workload.path}.containers"
    if not any(probes):
        yield of_object(
            "readiness-missing",
            folder,
            workload.item,
            "no container has a readiness probe: a pod that hangs counts as healthy, and "
            "nothing fails over",
            path=path,
        )
    inbound = workload.annotations.get(f"{ANNOTATION}transparent-proxy")
    for index, probe in enumerate(probes):
        kind = next((one for one in ("tcpSocket", "grpc") if one in probe), None)
        if kind is not None and str(inbound).lower() != "false":
            yield of_object(
                "probe-asks-proxy",
                folder,
                workload.item,
                f"a {kind} probe reaches the proxy, which always answers",
                path=f"{path}[{index}].readinessProbe.{kind}",
            )


def _said_to_have_none(repository: Repository, workload: Workload) -> bool:
    """Whether ``edgeops.yaml`` has the service without a probe path; ``init`` warns of that."""
    fleet = repository.fleet
    return not fleet.builtin_app and any(
        service.name == workload.item.name and service.probe_path is None
        for service in fleet.services
    )


def _pod_security(folder: Folder) -> Iterator[Problem]:
    if not any(one.injected for one in workloads(folder)):
        return
    for item in folder.objects:
        level = item.labels.get(_ENFORCE)
        if item.kind == "Namespace" and level in ("restricted", "baseline"):
            yield of_object(
                "pod-security-with-mesh",
                folder,
                item,
                f"enforces {level}, and Consul's init container needs NET_ADMIN",
                path=f'metadata.labels["{_ENFORCE}"]',
            )

"""Your own application: what a list of services must be, and the services it gives."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from edgeops.core.fleet.model import Placement, SecretKey, Service

if TYPE_CHECKING:
    from edgeops.core.fleet.spec import ServiceSpec

Refuse = Callable[[str, str], None]
"""Takes the path and what is wrong there."""

_HTTP = ("http", "http2")


def services_of(
    specs: Sequence["ServiceSpec"],
    data: Mapping[str, Any],
    refuse: Refuse,
    warn: Callable[[str], None],
) -> tuple[Service, ...]:
    """
    The services of a list under ``spec.app``.

    *data* are the whole file's own values; *specs* may lack entries that were wrong.
    """
    services = tuple(_service(spec) for spec in specs)
    written = _written_names(data)
    by_name = {service.name: service for service in services}
    for index, service in enumerate(services):
        path = f"spec.app[{index}]"
        _env(service, path, refuse)
        if service.protocol in _HTTP and service.probe_path is None:
            warn(
                f"{path}: '{service.name}' has no probePath: a pod of it that hangs counts as "
                "healthy, and nothing fails over"
            )
        if service.name in [other.name for other in services[:index]]:
            refuse(f"{path}.name", f"another service is called '{service.name}' too")
        for number, upstream in enumerate(service.upstreams):
            where = f"{path}.upstreams[{number}]"
            if upstream == service.name:
                refuse(where, f"'{upstream}' would call itself")
            elif upstream in service.upstreams[:number]:
                refuse(where, f"'{upstream}' is listed twice")
            elif upstream not in written:
                refuse(where, f"there is no service '{upstream}'")
            elif upstream in by_name:
                _reachable(service, by_name[upstream], where, refuse)
    _front(services, refuse)
    if not any(service.at_edge for service in services):
        refuse("spec.app", "no service runs at the edge")
    return services


def _env(service: Service, path: str, refuse: Refuse) -> None:
    for name in service.env:
        if name in {"true", "false", "null"}:
            refuse(f"{path}.env", f"YAML reads a name here as {name}: quote it")


def _written_names(data: Mapping[str, Any]) -> set[Any]:
    return {item.get("name") for item in data["spec"]["app"] if isinstance(item, Mapping)}


def _reachable(service: Service, upstream: Service, where: str, refuse: Refuse) -> None:
    if service.in_region and not upstream.in_region:
        refuse(
            where,
            f"'{service.name}' runs in the Region too, '{upstream.name}' only at the edge: "
            "the hub must not depend on a spoke",
        )


def _front(services: Sequence[Service], refuse: Refuse) -> None:
    fronts = [index for index, service in enumerate(services) if service.front]
    for index in fronts[1:]:
        refuse(f"spec.app[{index}].front", "another service is the front already")
    for index in fronts:
        if services[index].protocol not in _HTTP:
            refuse(f"spec.app[{index}].front", f"users cannot reach {services[index].protocol}")
        if services[index].placement is not Placement.EVERYWHERE:
            refuse(f"spec.app[{index}].front", "the front must have placement everywhere")


def _service(spec: "ServiceSpec") -> Service:
    resources = None
    if spec.resources is not None:
        resources = {
            "requests": dict(spec.resources.requests),
            "limits": dict(spec.resources.limits),
        }
        resources = {key: value for key, value in resources.items() if value}
    return Service(
        name=spec.name,
        image=spec.image,
        port=spec.port,
        protocol=spec.protocol,
        placement=spec.placement,
        upstreams=tuple(spec.upstreams),
        env={
            name: value
            if isinstance(value, str)
            else SecretKey(secret=value.secret_key_ref.name, key=value.secret_key_ref.key)
            for name, value in spec.env.items()
        },
        replicas=spec.replicas,
        resources=resources,
        probe_path=spec.probe_path,
        service_port=spec.service_port,
        front=spec.front,
    )

"""
An application of one's own in Consul: config entries, accounts, and Services of callers.

What the directory has is used: an entry that is there under the name that it needs is changed
by a patch, never doubled; one whose name a zone cannot have is left out and comes back under
the zone's name.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from edgeops.core.bring import pods
from edgeops.core.bring.calls import CONSUL
from edgeops.core.fleet.model import Cluster, Fleet, Mesh, Service, Workload, Zone
from edgeops.core.objects import JsonObject
from edgeops.core.plan.consul import (
    DEFAULTS_WAVE,
    RESOLVER_WAVE,
    intentions,
    redirected,
    resolvers,
    service_defaults,
)
from edgeops.core.plan.directory_pods import account_of, change, left_out, service_of, workloads
from edgeops.core.plan.manifest import Body
from edgeops.core.plan.names import WAVE, consul_name, runs_in
from edgeops.core.plan.workload import account

_KINDS = ("ServiceDefaults", "ServiceResolver", "ServiceIntentions")
_WAVES = {"ServiceDefaults": DEFAULTS_WAVE, "ServiceResolver": RESOLVER_WAVE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """Consul's config entries of one zone."""

    added: Mapping[str, list[Body]] = field(default_factory=dict)
    """By kind."""

    changed: tuple[Body, ...] = ()
    left_out: tuple[Body, ...] = ()


def entries(fleet: Fleet, cluster: Cluster, zone: Zone) -> Entries:
    """What *zone* adds to the config entries of the directory, changes and leaves out."""
    if fleet.directory_app is None or not fleet.mesh.is_consul:
        return Entries()
    base = [
        body
        for body in fleet.directory_app.objects
        if pods.kind_of(body)[0] == CONSUL and body["kind"] in _KINDS
    ]
    serving = [service for service in fleet.services if _serves(fleet, service)]
    wanted: dict[str, list[Body]] = {
        "ServiceDefaults": _defaults(fleet, zone, serving),
        "ServiceResolver": _resolvers(fleet, cluster, zone, serving),
        "ServiceIntentions": intentions(fleet, cluster, zone),
    }
    for body in _kept(fleet, zone, base, [item for bodies in wanted.values() for item in bodies]):
        wanted[body["kind"]].append(body)
    added: dict[str, list[Body]] = {}
    changed: list[Body] = []
    used: set[int] = set()
    for kind, bodies in wanted.items():
        for body in bodies:
            source = _source_of(fleet, zone, body, base)
            merged = _merged(fleet, cluster, zone, body, source)
            if source is not None and _subject(source) == _subject(body):
                used.add(id(source))
                changed.append(_change(source, merged))
            else:
                added.setdefault(kind, []).append(merged)
    names = {service.name for service in fleet.services}
    out = [left_out(body) for body in base if id(body) not in used and _subject(body)[1] in names]
    return Entries(added=added, changed=tuple(changed), left_out=tuple(out))


def _serves(fleet: Fleet, service: Service) -> bool:
    """Whether *service* has a Service in the directory; pods that only call have none."""
    app = fleet.directory_app
    return app is not None and any(
        pods.name_of(body) == service.name for body in pods.services_in(app.objects)
    )


def _subject(body: JsonObject) -> tuple[str, str]:
    """Kind, and the service that the entry is about."""
    if body["kind"] == "ServiceIntentions":
        return body["kind"], str((body["spec"].get("destination") or {}).get("name"))
    return str(body["kind"]), pods.name_of(body)


def _source_of(
    fleet: Fleet, zone: Zone, body: Body, base: Iterable[JsonObject]
) -> JsonObject | None:
    """The directory's entry that *body* stands for; Community calls it by another name."""
    kind, subject = _subject(body)
    plain = {consul_name(fleet, service, zone): service.name for service in fleet.services}
    wanted = {(kind, subject), (kind, plain.get(subject, subject))}
    return next((other for other in base if _subject(other) in wanted), None)


def _kept(
    fleet: Fleet, zone: Zone, base: Iterable[JsonObject], wanted: Iterable[Body]
) -> Iterator[Body]:
    """Entries of the directory about services of *zone* that we have nothing to say of."""
    subjects = {_subject(body) for body in wanted}
    here = {service.name: service for service in fleet.services if runs_in(service, zone)}
    for source in base:
        kind, subject = _subject(source)
        if subject not in here:
            continue
        name = consul_name(fleet, here[subject], zone)
        if (kind, name) in subjects:
            continue
        spec: Body = {}
        if kind == "ServiceIntentions":
            destination = {"name": name}
            if fleet.mesh is Mesh.CONSUL_ENTERPRISE:
                destination["namespace"] = zone.namespace
            spec = {"destination": destination, "sources": []}
        yield {
            "apiVersion": source["apiVersion"],
            "kind": kind,
            "metadata": {"name": name},
            "spec": spec,
        }


def _defaults(fleet: Fleet, zone: Zone, serving: Sequence[Service]) -> list[Body]:
    """
    The protocol of each service that *zone* has, and of each that a resolver leads away.

    In Community what runs only in the Region has its one entry there.
    """
    here = [service for service in serving if runs_in(service, zone)]
    if fleet.mesh is Mesh.CONSUL_ENTERPRISE and not zone.is_hub:
        here += redirected(fleet)
    return [service_defaults(consul_name(fleet, item, zone), item.protocol) for item in here]


def _resolvers(
    fleet: Fleet, cluster: Cluster, zone: Zone, serving: Sequence[Service]
) -> list[Body]:
    known = {consul_name(fleet, service, zone) for service in serving}
    return [body for body in resolvers(fleet, cluster, zone) if body["metadata"]["name"] in known]


def _merged(
    fleet: Fleet, cluster: Cluster, zone: Zone, body: Body, source: JsonObject | None
) -> Body:
    """*body* with what the directory's entry says already; its word stands against ours."""
    if source is None:
        return body
    said = dict(source.get("spec") or {})
    match body["kind"]:
        case "ServiceIntentions":
            sources = _sources(fleet, cluster, zone, body["spec"]["sources"], said)
            spec = {**said, "destination": body["spec"]["destination"], "sources": sources}
        case "ServiceResolver" if "redirect" in body["spec"]:
            # A redirect stands alone: https://developer.hashicorp.com/consul/docs/reference/config-entry/service-resolver
            spec = {**dict.fromkeys(said), **body["spec"]}
        case "ServiceResolver" if said.get("failover") or said.get("redirect"):
            spec = said
        case _:
            spec = {**body["spec"], **said}
    return {**body, "spec": spec}


def _sources(
    fleet: Fleet, cluster: Cluster, zone: Zone, ours: Sequence[Body], said: Mapping[str, Any]
) -> list[Body]:
    """The directory's sources, each for every place that it calls from, and those of ours left."""
    services = {service.name: service for service in fleet.services}
    result: list[Body] = []
    for source in said.get("sources") or ():
        service = services.get(str(source.get("name")))
        if service is None or {"namespace", "peer", "partition", "samenessGroup"} & set(source):
            result.append(dict(source))
            continue
        for place in (zone, *cluster.edges) if zone.is_hub else (zone,):
            if runs_in(service, place):
                named: Body = {**source, "name": consul_name(fleet, service, place)}
                if fleet.mesh is Mesh.CONSUL_ENTERPRISE:
                    named["namespace"] = place.namespace
                result.append(named)
    covered = {(source.get("name"), source.get("namespace")) for source in result}
    return result + [item for item in ours if (item["name"], item.get("namespace")) not in covered]


def _change(source: JsonObject, merged: Body) -> Body:
    """The patch that makes of *source* what *merged* is: only what differs."""
    said = source.get("spec") or {}
    spec = {key: value for key, value in merged["spec"].items() if said.get(key) != value}
    content: Body = {}
    wave = _WAVES.get(str(source["kind"]))
    if wave is not None and WAVE not in (source["metadata"].get("annotations") or {}):
        content["metadata"] = {"annotations": {WAVE: wave}}
    if spec:
        content["spec"] = spec
    return change(source, content)


def accounts(fleet: Fleet, zone: Zone) -> list[Body]:
    """
    Accounts named as Consul calls each service here, where the directory has none of the name.

    One whose pods had another account takes what that one has (image pull secrets, a role of
    the cloud), under the new name.
    """
    if fleet.directory_app is None:
        return []
    there = {pods.name_of(body): body for body in _of_kind(fleet, "ServiceAccount")}
    made: dict[str, Body] = {}
    for name, item in _accounts(fleet, zone):
        if name not in there and name not in made:
            made[name] = _account(name, there.get(account_of(item)))
    return list(made.values())


def _accounts(fleet: Fleet, zone: Zone) -> Iterator[tuple[str, Workload]]:
    for item in workloads(fleet, zone):
        if (service := service_of(fleet, item)) is not None:
            yield consul_name(fleet, service, zone), item


def _of_kind(fleet: Fleet, kind: str) -> list[JsonObject]:
    app = fleet.directory_app
    return [] if app is None else [body for body in app.objects if body["kind"] == kind]


def _account(name: str, like: JsonObject | None) -> Body:
    made = account(name)
    if like is None:
        return made
    metadata = {
        key: like["metadata"][key] for key in ("labels", "annotations") if key in like["metadata"]
    }
    rest = {key: value for key, value in like.items() if key not in {"metadata", "secrets"}}
    return {**rest, "metadata": {"name": name, **metadata}, "automountServiceAccountToken": True}


def account_changes(fleet: Fleet, zone: Zone) -> list[Body]:
    """Accounts that keep their token from the pods, and RoleBindings of accounts renamed."""
    known = dict(_accounts(fleet, zone))
    changed = [
        change(body, {"automountServiceAccountToken": True})
        for body in _of_kind(fleet, "ServiceAccount")
        if pods.name_of(body) in known and body.get("automountServiceAccountToken") is False
    ]
    for binding in _of_kind(fleet, "RoleBinding"):
        subjects = [dict(subject) for subject in binding.get("subjects") or ()]
        names = {str(item.get("name")) for item in subjects if item["kind"] == "ServiceAccount"}
        added = sorted(
            {name for name, item in _accounts(fleet, zone) if account_of(item) in names} - names
        )
        if added:
            subjects += [
                {"kind": "ServiceAccount", "name": name, "namespace": zone.namespace}
                for name in added
            ]
            changed.append(change(binding, {"subjects": subjects}))
    return changed


def callers_services(fleet: Fleet, zone: Zone) -> list[Body]:
    """A Service for pods that only call: Consul registers no pod that has none."""
    if not fleet.mesh.is_consul:
        return []
    made: dict[str, Body] = {}
    for item in workloads(fleet, zone):
        service = service_of(fleet, item)
        if service is not None and not _serves(fleet, service):
            made[service.name] = {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": service.name},
                "spec": {
                    "selector": dict(pods.labels_of(item.body)),
                    "ports": [{"port": service.port, "protocol": "TCP"}],
                },
            }
    return list(made.values())

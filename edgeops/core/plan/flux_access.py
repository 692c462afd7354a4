"""
What Flux may do in a zone: an account of the zone's own, and the least that it needs.

kustomize-controller acts as the account that a Kustomization names. docs/decisions/0016 tells
which requests it makes, and why a Namespace stands beside the Roles.
https://fluxcd.io/flux/components/kustomize/kustomizations/#service-account-reference
"""

from collections.abc import Iterable, Mapping
from typing import Final

from edgeops.core.fleet.model import Cluster, Fleet, Zone
from edgeops.core.plan.given_up import rules_for
from edgeops.core.plan.manifest import Body, PlannedFile, yaml_file
from edgeops.core.plan.names import engine_name, labels
from edgeops.core.plan.used import ZoneUse
from edgeops.core.resources import resource

NAMESPACE: Final = "flux-system"
_RBAC: Final = "rbac.authorization.k8s.io"
_API: Final = f"{_RBAC}/v1"

_APPLIES: Final = ["create", "delete", "get", "patch"]
"""To read, apply and prune. What server-side apply makes wants `create` besides `patch`."""

_KEEPS: Final = ["get", "patch"]

# The health of what has pods is read from these too.
# https://github.com/fluxcd/cli-utils/tree/main/pkg/kstatus/polling/statusreaders
_HEALTH: Final[Mapping[tuple[str, str], tuple[tuple[str, str], ...]]] = {
    ("apps", "Deployment"): (("apps", "replicasets"), ("", "pods")),
    ("apps", "ReplicaSet"): (("", "pods"),),
    ("apps", "StatefulSet"): (("", "pods"),),
}

_ABOUT = """\
Flux applies {name} as this account, which may do there what the overlay needs and nothing else.
The Namespace is made here only where it is missing, for the Roles to have a place; what it says
is the overlay's affair. Rights for more (an overlay that grants rights itself, say) go into a
file of your own, listed in kustomization.yaml."""


def access_file(
    fleet: Fleet,
    cluster: Cluster,
    zone: Zone,
    *,
    path: str,
    use: ZoneUse,
    plurals: Mapping[tuple[str, str], str],
) -> PlannedFile:
    """
    The account of *zone*, its rights, and the namespaces that they are in.

    Args:
        path: of the file.
        use: what the overlay uses.
        plurals: what CustomResourceDefinitions of the fleet call their kinds.
    """
    name = engine_name(fleet, cluster, zone)
    spaces: dict[str, set[tuple[str, str]]] = {zone.namespace: set()}
    for namespace, group, kind in use.kinds:
        if namespace:
            spaces.setdefault(namespace, set()).add((group, kind))
    made = {called for group, kind, called in use.cluster_objects if (group, kind) == _SPACE}
    for right in use.given_up:
        if right.namespace:
            spaces.setdefault(right.namespace, set())
        elif (right.group, right.resource) == ("", "namespaces"):
            made.add(right.name)
    objects = [
        *(_namespace(fleet, zone, space) for space in spaces if space in {*made, zone.namespace}),
        _object(fleet, zone, "v1", "ServiceAccount", name, NAMESPACE),
        {
            **_object(fleet, zone, _API, "ClusterRole", name),
            "rules": [*_wide(zone, use, plurals), *rules_for(use.given_up, "")],
        },
        {**_object(fleet, zone, _API, "ClusterRoleBinding", name), **_binds("ClusterRole", name)},
    ]
    for space, kinds in spaces.items():
        rules = [*_rules(kinds, plurals), *rules_for(use.given_up, space)]
        objects += [
            {**_object(fleet, zone, _API, "Role", name, space), "rules": rules},
            {**_object(fleet, zone, _API, "RoleBinding", name, space), **_binds("Role", name)},
        ]
    return yaml_file(path, _ABOUT.format(name=zone.name), *objects)


_SPACE: Final = ("", "Namespace")


def _namespace(fleet: Fleet, zone: Zone, name: str) -> Body:
    """
    A Namespace that is made where it is missing, and left alone where it is.

    https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources
    """
    body = _object(fleet, zone, "v1", "Namespace", name)
    body["metadata"]["annotations"] = {
        "kustomize.toolkit.fluxcd.io/prune": "disabled",
        "kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent",
    }
    return body


def _object(
    fleet: Fleet, zone: Zone, api_version: str, kind: str, name: str, namespace: str | None = None
) -> Body:
    place = {} if namespace is None else {"namespace": namespace}
    metadata = {"name": name, **place, "labels": labels(fleet, zone)}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def _binds(kind: str, name: str) -> Body:
    return {
        "roleRef": {"apiGroup": _RBAC, "kind": kind, "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": NAMESPACE}],
    }


def _wide(zone: Zone, use: ZoneUse, plurals: Mapping[tuple[str, str], str]) -> list[Body]:
    """Rules for objects of the whole cluster, each by its name."""
    names: dict[tuple[str, str], list[str]] = {}
    for group, kind, name in use.cluster_objects:
        if (group, kind, name) != (*_SPACE, zone.namespace):
            names.setdefault((group, _plural(group, kind, plurals)), []).append(name)
    own = _rule("", ["namespaces"], _KEEPS) | {"resourceNames": [zone.namespace]}
    return [
        own,
        *(
            _rule(group, [called], _APPLIES) | {"resourceNames": sorted(found)}
            for (group, called), found in sorted(names.items())
        ),
    ]


def _rules(kinds: Iterable[tuple[str, str]], plurals: Mapping[tuple[str, str], str]) -> list[Body]:
    """One rule for each API group, and one for what health is read from besides."""
    kinds = sorted(kinds)
    groups: dict[str, set[str]] = {}
    read: dict[str, set[str]] = {}
    for group, kind in kinds:
        groups.setdefault(group, set()).add(_plural(group, kind, plurals))
        for other, called in _HEALTH.get((group, kind), ()):
            read.setdefault(other, set()).add(called)
    return [
        *(_rule(group, sorted(found), _APPLIES) for group, found in sorted(groups.items())),
        *(_rule(group, sorted(found), ["list"]) for group, found in sorted(read.items())),
    ]


def _rule(group: str, resources: list[str], verbs: list[str]) -> Body:
    return {"apiGroups": [group], "resources": resources, "verbs": [*verbs]}


def _plural(group: str, kind: str, plurals: Mapping[tuple[str, str], str]) -> str:
    return plurals.get((group, kind)) or resource(group, kind)

"""
Whether the platform wrote a field by itself.

A field that git does not set is no drift where a rule of `edgeops.core.platform_rules` knows the
writer's reason. The rules say which managers may: a person who writes the same field is still
seen.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from edgeops.core.findings import Attribution, ManagerClass
from edgeops.core.objects import KubeObject
from edgeops.core.paths import Path, render
from edgeops.core.platform_rules import RULES, PlatformRule


def explained(
    live: KubeObject,
    path: Path,
    owners: tuple[Attribution, ...],
    *,
    item: str | None = None,
    replaced: bool = False,
) -> PlatformRule | None:
    """
    The rule by which a live field is the platform's own doing; None if there is none.

    Args:
        live: the object that has the field.
        path: the field, or the set that *item* is an element of.
        owners: who wrote it; empty where nobody did or nobody knows.
        item: an element of a set.
        replaced: whether git sets the field, to something else.
    """
    text = render(path) if item is None else f"{render(path)}={item}"
    return next(
        (
            rule
            for rule in _for_kind(live.kind)
            if rule.path.fullmatch(text)
            and (rule.replaces or not replaced)
            and (rule.anyone or _not_a_person(owners))
            and (rule.anyone or not replaced or _not_the_engine_alone(owners))
            and (not rule.managers or any(owner.manager in rule.managers for owner in owners))
        ),
        None,
    )


def aggregates(desired: KubeObject, path: Path) -> bool:
    """
    Whether the field is the rules of an aggregated role, which its controller writes.

    https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
    """
    aggregated = desired.kind == "ClusterRole" and bool(desired.body.get("aggregationRule"))
    return aggregated and path == ("rules",)


def rolled_out(
    desired: KubeObject, live: KubeObject, path: Path, owners: Iterable[Attribution]
) -> bool:
    """
    Whether Argo Rollouts narrowed a Service to the pods of one revision, and changed nothing else.

    https://argo-rollouts.readthedocs.io/en/stable/features/traffic-management/
    """
    if live.kind != "Service" or path != ("spec", "selector"):
        return False
    wanted, found = (item.body["spec"].get("selector") for item in (desired, live))
    if not isinstance(found, Mapping) or not any(
        owner.manager == "rollouts-controller" for owner in owners
    ):
        return False
    return bool(wanted == {name: value for name, value in found.items() if name != _ROLLOUT})


_ROLLOUT: Final = "rollouts-pod-template-hash"


def mirrors_namespace(live: KubeObject, path: Path, value: Any) -> bool:
    """
    Whether Consul's webhook filled in the namespace of an intention's destination.

    https://github.com/hashicorp/consul-k8s/blob/main/control-plane/api/v1alpha1/serviceintentions_types.go
    """
    return (
        live.kind == "ServiceIntentions"
        and path == ("spec", "destination", "namespace")
        and value == live.namespace
    )


def _for_kind(kind: str) -> Iterator[PlatformRule]:
    return (rule for rule in RULES if not rule.kinds or kind in rule.kinds)


def _not_the_engine_alone(owners: tuple[Attribution, ...]) -> bool:
    # What the engine alone wrote is what git had, and no filling of a placeholder.
    return not owners or any(owner.manager_class is ManagerClass.CONTROLLER for owner in owners)


def _not_a_person(owners: tuple[Attribution, ...]) -> bool:
    # kubectl's client-side apply writes what Argo CD tells it to, under its own name.
    return all(
        owner.manager_class is not ManagerClass.PERSON
        or owner.manager == "kubectl-client-side-apply"
        for owner in owners
    )

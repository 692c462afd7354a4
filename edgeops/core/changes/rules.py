"""
Which fields may not change, and which ones replace pods: rules as data, each with its source.

The API server refuses the update of an immutable field, whoever asks; Argo CD and Flux then
report a failed sync until a person deletes the object or tells the engine to force it.
`tests/live/test_plan_effects.py` asks a real API server about each rule of a built-in kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from edgeops.core.objects import KubeObject

Names = tuple[str, ...]
"""Names of fields, from the top of the object down; elements of lists are not named."""

_KUBERNETES: Final = "https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg"
_APPS: Final = f"{_KUBERNETES}/apis/apps/validation/validation.go"
_CORE: Final = f"{_KUBERNETES}/apis/core/validation/validation.go"


CANNOT: Final = "cannot change once the object exists"


@dataclass(frozen=True, slots=True, kw_only=True)
class Immutable:
    """Fields of one kind whose change the API server refuses."""

    group: str
    kind: str
    fields: tuple[Names, ...]
    source: str
    but: tuple[Names, ...] = ()
    """Fields below them that may change all the same."""

    only_if: tuple[Names, Any] | None = None
    """A field and the value that it must have already for the rule to hold; None is absence."""

    becomes: str | None = None
    """The one value that is refused; None for all."""

    reason: str = CANNOT
    """What is wrong with the change, after the field's path."""


IMMUTABLE: Final = (
    Immutable(group="apps", kind="Deployment", fields=(("spec", "selector"),), source=_APPS),
    # The server filled in what only the old strategy may have, and an apply that never owned it
    # does not take it away.
    Immutable(
        group="apps",
        kind="Deployment",
        fields=(("spec", "strategy", "type"),),
        only_if=(("spec", "strategy", "rollingUpdate"), None),
        becomes="Recreate",
        reason="cannot become Recreate by an apply while the server's own rollingUpdate is "
        "there: patch spec.strategy in the cluster first, or recreate the object",
        source="https://github.com/kubernetes/kubernetes/issues/24198",
    ),
    Immutable(
        group="apps",
        kind="StatefulSet",
        fields=(("spec", "updateStrategy", "type"),),
        only_if=(("spec", "updateStrategy", "rollingUpdate"), None),
        becomes="OnDelete",
        reason="cannot become OnDelete by an apply while the server's own rollingUpdate is "
        "there: patch spec.updateStrategy in the cluster first, or recreate the object",
        source=_APPS,
    ),
    Immutable(group="apps", kind="DaemonSet", fields=(("spec", "selector"),), source=_APPS),
    Immutable(group="apps", kind="ReplicaSet", fields=(("spec", "selector"),), source=_APPS),
    Immutable(
        group="apps",
        kind="StatefulSet",
        fields=(("spec",),),
        but=(
            ("spec", "replicas"),
            ("spec", "ordinals"),
            ("spec", "template"),
            ("spec", "updateStrategy"),
            ("spec", "revisionHistoryLimit"),
            ("spec", "persistentVolumeClaimRetentionPolicy"),
            ("spec", "minReadySeconds"),
        ),
        source=_APPS,
    ),
    Immutable(
        group="batch",
        kind="Job",
        fields=(
            ("spec", "selector"),
            ("spec", "template"),
            ("spec", "completions"),
            ("spec", "completionMode"),
            ("spec", "podFailurePolicy"),
            ("spec", "backoffLimitPerIndex"),
        ),
        source=f"{_KUBERNETES}/apis/batch/validation/validation.go",
    ),
    Immutable(
        group="",
        kind="ConfigMap",
        fields=(("data",), ("binaryData",), ("immutable",)),
        only_if=(("immutable",), True),
        source="https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-immutable",
    ),
    Immutable(
        group="",
        kind="Secret",
        fields=(("data",), ("immutable",)),
        only_if=(("immutable",), True),
        source="https://kubernetes.io/docs/concepts/configuration/secret/#secret-immutable",
    ),
    Immutable(group="", kind="Secret", fields=(("type",),), source=_CORE),
    Immutable(
        group="",
        kind="Service",
        fields=(("spec", "clusterIP"), ("spec", "clusterIPs")),
        source=_CORE,
    ),
    Immutable(
        group="",
        kind="PersistentVolumeClaim",
        fields=(("spec",),),
        but=(("spec", "resources"), ("spec", "volumeAttributesClassName")),
        source=_CORE,
    ),
    Immutable(
        group="rbac.authorization.k8s.io",
        kind="RoleBinding",
        fields=(("roleRef",),),
        source="https://kubernetes.io/docs/reference/access-authn-authz/rbac/#clusterrolebinding-example",
    ),
    Immutable(
        group="rbac.authorization.k8s.io",
        kind="ClusterRoleBinding",
        fields=(("roleRef",),),
        source="https://kubernetes.io/docs/reference/access-authn-authz/rbac/#clusterrolebinding-example",
    ),
    Immutable(
        group="storage.k8s.io",
        kind="StorageClass",
        fields=(
            ("provisioner",),
            ("parameters",),
            ("reclaimPolicy",),
            ("volumeBindingMode",),
        ),
        source=f"{_KUBERNETES}/apis/storage/validation/validation.go",
    ),
    Immutable(
        group="scheduling.k8s.io",
        kind="PriorityClass",
        fields=(("value",), ("preemptionPolicy",)),
        source=f"{_KUBERNETES}/apis/scheduling/validation/validation.go",
    ),
    Immutable(
        group="networking.k8s.io",
        kind="IngressClass",
        fields=(("spec", "controller"),),
        source=f"{_KUBERNETES}/apis/networking/validation/validation.go",
    ),
    # Refused by Consul's own admission webhook.
    Immutable(
        group="consul.hashicorp.com",
        kind="ServiceIntentions",
        fields=(("spec", "destination"),),
        source="https://github.com/hashicorp/consul-k8s/blob/v2.0.3/control-plane/api/v1alpha1/serviceintentions_webhook.go",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolls:
    """A field of a kind whose change makes its controller replace pods."""

    group: str
    kind: str
    field: Names
    unless: tuple[Names, Any]
    """A field and the value with which the controller waits instead."""

    source: str


_WORKLOADS: Final = "https://kubernetes.io/docs/concepts/workloads/controllers"
ROLLING: Final = (
    Rolls(
        group="apps",
        kind="Deployment",
        field=("spec", "template"),
        unless=(("spec", "paused"), True),
        source=f"{_WORKLOADS}/deployment/#updating-a-deployment",
    ),
    Rolls(
        group="apps",
        kind="StatefulSet",
        field=("spec", "template"),
        unless=(("spec", "updateStrategy", "type"), "OnDelete"),
        source=f"{_WORKLOADS}/statefulset/#update-strategies",
    ),
    Rolls(
        group="apps",
        kind="DaemonSet",
        field=("spec", "template"),
        unless=(("spec", "updateStrategy", "type"), "OnDelete"),
        source="https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/",
    ),
)


def immutable_rule(before: KubeObject, after: KubeObject, names: Names) -> Immutable | None:
    """The rule that a change of the field *names*, or of a part of it, breaks; None if none."""
    return next(
        (
            rule
            for rule in IMMUTABLE
            if (rule.group, rule.kind) == (before.group, before.kind)
            and any(_breaks(names, field, rule, after) for field in rule.fields)
            and not any(_begins(names, field) for field in rule.but)
            and (rule.only_if is None or has(before, rule.only_if))
        ),
        None,
    )


def rolls(after: KubeObject, names: Names) -> bool:
    """Whether a change of the field *names*, or of a part of it, replaces pods."""
    return any(
        (rule.group, rule.kind) == (after.group, after.kind)
        and _begins(names, rule.field)
        and not has(after, rule.unless)
        for rule in ROLLING
    )


def has(item: KubeObject, condition: tuple[Names, Any]) -> bool:
    """Whether a field of the object has that value."""
    names, wanted = condition
    value: Any = item.body
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return bool(value == wanted)


def _breaks(names: Names, field: Names, rule: Immutable, after: KubeObject) -> bool:
    if rule.becomes is None:
        return _begins(names, field)
    # A whole strategy that is new brings its type along.
    touched = _begins(names, field) or _begins(field, names)
    return touched and has(after, (field, rule.becomes))


def _begins(names: Names, field: Names) -> bool:
    return names[: len(field)] == field

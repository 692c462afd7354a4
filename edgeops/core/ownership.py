"""
Who wrote which field: the reading of ``metadata.managedFields``.

A manager is a program. Its entry lists the fields that it set (operation Apply) or wrote
last (operation Update); ``time`` belongs to the entry as a whole, so it can only be read as
"not later than".

https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
https://github.com/kubernetes-sigs/structured-merge-diff/tree/master/fieldpath
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from edgeops.core import documents
from edgeops.core.findings import Attribution, ManagerClass
from edgeops.core.objects import KubeObject
from edgeops.core.paths import ListKey, Path, Segment

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""Annotation in which a client-side apply keeps what it sent."""

CLIENT_SIDE_APPLY = "kubectl-client-side-apply"
"""The manager of a plain ``kubectl apply``, also of Argo CD's before it names itself."""

# Exact names, never prefixes: ``argocd-server`` writes what a person clicked.
_ENGINES = frozenset(
    {
        "argocd-controller",
        "argocd-application-controller",
        "kustomize-controller",
        "helm-controller",
    }
)
_CONTROLLERS = frozenset(
    {
        "kube-controller-manager",
        "kube-scheduler",
        "kubelet",
        "cloud-controller-manager",
        "aws-load-balancer-controller",
        "controller",  # the AWS Load Balancer Controller's binary
        "aws-cloud-controller-manager",
        "clusterrole-aggregation-controller",  # within kube-controller-manager
        "argocd-applicationset-controller",
        "argocd-notifications-controller",
        "source-controller",
        "notification-controller",
        # How kustomize-controller signs what it writes into its own Kustomizations.
        # https://github.com/fluxcd/kustomize-controller/blob/main/main.go
        "gotk-kustomize-controller",
        "consul-k8s-control-plane",
        "cainjector",
        "cert-manager",
        "external-secrets",
        "karpenter",
        "rollouts-controller",  # Argo Rollouts
        "istiod",
        "keda",
        "keda-operator",
        "pilot-discovery",  # istiod's binary
        "ebs-csi-provisioner",
        "csi-provisioner",
    }
)
# Families of binaries; each writes what its installation is there for.
# External Secrets applies under its name and that of the ExternalSecret.
_CONTROLLER_FAMILIES = (
    "consul-k8s-",
    "cert-manager-",
    "externalsecrets.external-secrets.io",
    "kyverno",
)


def manager_class(manager: str) -> ManagerClass:
    """The class of a field manager; one that nobody knows counts as a person or script."""
    if manager in _ENGINES:
        return ManagerClass.ENGINE
    if manager in _CONTROLLERS or manager.startswith(_CONTROLLER_FAMILIES):
        return ManagerClass.CONTROLLER
    return ManagerClass.PERSON


@dataclass(slots=True)
class _Fields:
    """A trie of the fields that managers own."""

    owners: list[Attribution] = field(default_factory=list)
    items: dict[str, list[Attribution]] = field(default_factory=dict)
    """Owners of the elements of a set, by their JSON text."""

    children: dict[Segment, "_Fields"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """Which managers own which fields of one live object."""

    known: bool
    """False where managedFields were stripped, as plain ``kubectl get -o yaml`` does."""

    root: _Fields
    last_applied: Mapping[str, Any] | None

    def of(self, path: Path) -> tuple[Attribution, ...]:
        """
        The owners of one field; empty if nobody owns it.

        Below a field that is owned as a whole (an atomic list or map) that owner counts.
        """
        node = self.root
        whole: list[Attribution] = []
        for segment in path:
            found = node.children.get(segment)
            if found is None:
                return tuple(whole)
            node = found
            if node.owners and not node.children:
                whole = node.owners
        return tuple(node.owners) or tuple(self._below(node))

    def of_item(self, path: Path, item: Any) -> tuple[Attribution, ...]:
        """The owners of one element of a set list, or of the list if it is owned as a whole."""
        node: _Fields | None = self.root
        for segment in path:
            node = node.children.get(segment) if node else None
        if node is None:
            return ()
        return tuple(node.items.get(_item_text(item), ())) or tuple(node.owners)

    def was_applied(self, path: Path) -> bool:
        """Whether the last-applied annotation has the field at *path*."""
        node: Any = self.last_applied
        for segment in path:
            node = _step(node, segment)
            if node is None:
                return False
        return node is not None

    @property
    def has_engine(self) -> bool:
        """Whether a sync engine wrote anything of the object."""
        return any(owner.manager_class is ManagerClass.ENGINE for owner in self.managers())

    def managers(self) -> tuple[Attribution, ...]:
        """Every entry's attribution, without the fields."""
        seen = dict.fromkeys(self._below(self.root))
        return tuple(seen)

    def _below(self, node: _Fields) -> Iterator[Attribution]:
        seen: dict[Attribution, None] = {}
        pending = [node]
        while pending:
            current = pending.pop()
            seen.update(dict.fromkeys(current.owners))
            for owners in current.items.values():
                seen.update(dict.fromkeys(owners))
            pending.extend(current.children.values())
        yield from seen


def ownership(live: KubeObject) -> Ownership:
    """Read who owns the fields of a live object."""
    entries = live.metadata.get("managedFields")
    root = _Fields()
    known = False
    for entry in entries if isinstance(entries, Sequence) else ():
        if not isinstance(entry, Mapping) or not isinstance(entry.get("fieldsV1"), Mapping):
            continue
        known = True
        _add(root, entry["fieldsV1"], attribution(entry))
    return Ownership(known=known, root=root, last_applied=_last_applied(live))


def attribution(entry: Mapping[str, Any]) -> Attribution:
    """The attribution that a managedFields entry stands for."""
    manager = str(entry.get("manager") or "unknown")
    return Attribution(
        manager=manager,
        manager_class=manager_class(manager),
        operation=str(entry.get("operation") or "Update"),
        subresource=entry.get("subresource") or None,
        changed_at=entry.get("time"),
    )


def _add(node: _Fields, fields: Mapping[str, Any], owner: Attribution) -> None:
    pending = [(node, fields)]
    while pending:
        current, below = pending.pop()
        if not below:
            current.owners.append(owner)
            continue
        for name, child in below.items():
            if name == ".":
                continue  # the node exists because of its children; they tell
            kind, _, text = name.partition(":")
            if kind == "v":
                current.items.setdefault(_item_text(documents.load(text)), []).append(owner)
            elif (segment := _segment(kind, text)) is not None:
                pending.append((current.children.setdefault(segment, _Fields()), child or {}))
        if set(below) == {"."}:
            current.owners.append(owner)


def _segment(kind: str, text: str) -> Segment | None:
    if kind == "f":
        return text
    if kind == "k":
        return ListKey(tuple(sorted(documents.load(text).items())))
    return None


def _item_text(item: Any) -> str:
    return documents.dump_json(item)


def _last_applied(live: KubeObject) -> Mapping[str, Any] | None:
    text = live.annotations.get(LAST_APPLIED)
    if not isinstance(text, str):
        return None
    try:
        value = documents.load(text)
    except documents.DocumentError:
        return None
    return value if isinstance(value, Mapping) else None


def _step(node: Any, segment: Segment) -> Any:
    if isinstance(segment, str):
        return node.get(segment) if isinstance(node, Mapping) else None
    if not isinstance(node, Sequence) or isinstance(node, str):
        return None
    for item in node:
        if isinstance(item, Mapping) and all(
            item.get(name, value) == value for name, value in segment.fields
        ):
            return item
    return None

"""
What makes two elements of a list, or two documents of a file, the same one: rules as data.

Kubernetes says it for its own lists (`edgeops.core.schemas`). For lists of custom resources and
of a kustomization, which no schema keys, and where Kubernetes takes a list as one value
although people do not, the table `LISTS` says it. What neither knows is ordered: elements are
the same by where they stand.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial
from typing import Any, Final

from edgeops.core.documents import dump_json
from edgeops.core.objects import group_of
from edgeops.core.paths import ListKey
from edgeops.core.schemas import ListType, Node

Key = ListKey | str
"""Of an element: its keys, or for an element of a set its value as JSON."""

KUSTOMIZATION: Final = "Kustomization"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRule:
    """Lists whose elements are told apart by some fields; a set where there are none."""

    field: str
    keys: tuple[str, ...] = ()
    """Fields; a dot leads into one. An element may lack some, not all."""

    first: bool = False
    """The first of `keys` that an element has tells it apart alone; the others may change."""

    kinds: tuple[str, ...] = ()
    """Empty for every kind."""


_BY_NAME: Final = ("name", "namespace")
_ROLES: Final = ("Role", "ClusterRole")

LISTS: Final = (
    # kustomize.config.k8s.io
    ListRule(field="resources", kinds=(KUSTOMIZATION, "Component")),
    ListRule(field="components", kinds=(KUSTOMIZATION, "Component")),
    ListRule(field="bases", kinds=(KUSTOMIZATION, "Component")),
    ListRule(field="crds", kinds=(KUSTOMIZATION, "Component")),
    ListRule(field="configurations", kinds=(KUSTOMIZATION, "Component")),
    ListRule(field="generators", kinds=(KUSTOMIZATION, "Component")),
    ListRule(
        field="patches", keys=("path", "target"), first=True, kinds=(KUSTOMIZATION, "Component")
    ),
    # Where one file patches several kinds, or one target has several patches.
    ListRule(field="patches", keys=("path", "target.kind"), kinds=(KUSTOMIZATION, "Component")),
    ListRule(field="patches", keys=("path", "target"), kinds=(KUSTOMIZATION, "Component")),
    ListRule(field="images", keys=("name",), kinds=(KUSTOMIZATION, "Component")),
    ListRule(field="replicas", keys=("name",), kinds=(KUSTOMIZATION, "Component")),
    ListRule(field="configMapGenerator", keys=_BY_NAME, kinds=(KUSTOMIZATION, "Component")),
    ListRule(field="secretGenerator", keys=_BY_NAME, kinds=(KUSTOMIZATION, "Component")),
    ListRule(field="replacements", keys=("path", "source"), kinds=(KUSTOMIZATION, "Component")),
    ListRule(field="files", kinds=(KUSTOMIZATION, "Component")),
    ListRule(field="literals", kinds=(KUSTOMIZATION, "Component")),
    # kustomize.toolkit.fluxcd.io has the same kind's name.
    ListRule(field="dependsOn", keys=_BY_NAME),
    ListRule(field="healthChecks", keys=("apiVersion", "kind", *_BY_NAME)),
    # consul.hashicorp.com; targets of a failover and routes are ordered.
    ListRule(
        field="sources",
        keys=(*_BY_NAME, "peer", "partition", "samenessGroup"),
        kinds=("ServiceIntentions",),
    ),
    ListRule(
        field="splits", keys=("service", "serviceSubset", "namespace"), kinds=("ServiceSplitter",)
    ),
    # argoproj.io
    ListRule(field="sourceRepos", kinds=("AppProject",)),
    ListRule(field="sourceNamespaces", kinds=("AppProject",)),
    ListRule(field="destinations", keys=("server", *_BY_NAME), kinds=("AppProject",)),
    ListRule(field="clusterResourceWhitelist", keys=("group", "kind"), kinds=("AppProject",)),
    ListRule(field="namespaceResourceWhitelist", keys=("group", "kind"), kinds=("AppProject",)),
    ListRule(field="syncOptions"),
    ListRule(field="goTemplateOptions"),
    ListRule(field="jsonPointers"),
    ListRule(field="jqPathExpressions"),
    ListRule(field="ignoreDifferences", keys=("group", "kind", *_BY_NAME)),
    # Kubernetes replaces these as a whole; their order says nothing.
    ListRule(field="tolerations", keys=("key", "operator", "effect")),
    ListRule(field="matchExpressions", keys=("key", "operator")),
    ListRule(field="values", kinds=("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")),
    ListRule(field="accessModes"),
    ListRule(field="finalizers"),
    ListRule(field="imagePullSecrets", keys=("name",)),
    ListRule(field="envFrom", keys=("prefix", "configMapRef", "secretRef")),
    ListRule(field="volumeClaimTemplates", keys=("metadata.name",)),
    ListRule(field="rules", keys=("host",), kinds=("Ingress",)),
    ListRule(field="paths", keys=("path", "pathType"), kinds=("Ingress",)),
    # rbac.authorization.k8s.io
    ListRule(field="verbs"),
    ListRule(field="apiGroups"),
    ListRule(field="resources", kinds=_ROLES),
    ListRule(field="resourceNames", kinds=_ROLES),
    ListRule(field="nonResourceURLs", kinds=_ROLES),
    ListRule(field="subjects", keys=("kind", *_BY_NAME)),
    # Where no schema is known: what these names mean everywhere.
    ListRule(field="containers", keys=("name",)),
    ListRule(field="initContainers", keys=("name",)),
    ListRule(field="env", keys=("name",)),
    ListRule(field="volumes", keys=("name",)),
    ListRule(field="volumeMounts", keys=("mountPath",)),
    ListRule(field="ports", keys=("port", "containerPort", "protocol")),
)


def element_keys(
    sides: Sequence[Sequence[Any]], field: str, kind: str, schema: Node
) -> tuple[tuple[Key, ...], ...] | None:
    """
    The key of each element of each side of a list; None if the list is ordered.

    All sides are keyed in one way, the first that works for each of them: one in which every
    element has a key, and no two have one.
    """
    for way in _ways(field, kind, schema):
        found = [way(values) for values in sides]
        keyed = tuple(
            tuple(keys) for keys in found if keys is not None and len(set(keys)) == len(keys)
        )
        if len(keyed) == len(sides):
            return keyed
    return None


def _ways(
    field: str, kind: str, schema: Node
) -> Iterator[Callable[[Sequence[Any]], list[Key] | None]]:
    yield partial(_by_schema, schema=schema)
    for rule in LISTS:
        if rule.field == field and (not rule.kinds or kind in rule.kinds):
            yield partial(_by_rule, rule=rule)


def _by_schema(values: Sequence[Any], schema: Node) -> list[Key] | None:
    if schema.list_type is ListType.SET:
        return [dump_json(value).strip() for value in values]
    if schema.list_type is not ListType.MAP:
        return None
    keys: list[Key] = []
    for value in values:
        given = value if isinstance(value, Mapping) else {}
        named = ((name, given.get(name)) for name in sorted(schema.list_keys))
        filled = (
            (name, schema.items.field(name).default() if key is None else key)
            for name, key in named
        )
        pairs = tuple((name, key) for name, key in filled if key is not None)
        if not pairs:
            return None
        keys.append(ListKey(pairs))
    return keys


def _by_rule(values: Sequence[Any], rule: ListRule) -> list[Key] | None:
    if not rule.keys:
        scalars = not any(isinstance(value, Mapping | list) for value in values)
        return [dump_json(value).strip() for value in values] if scalars else None
    keys: list[Key] = []
    for value in values:
        found = ((name, _at(value, name)) for name in rule.keys)
        pairs = tuple((name, _short(key)) for name, key in found if key is not None)
        pairs = pairs[:1] if rule.first else pairs
        if not pairs:
            return None
        keys.append(ListKey(pairs))
    return keys


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _short(value: Any) -> Any:
    """A key that can be compared and shown: `ListKey` wants scalars."""
    if isinstance(value, Mapping):
        return ",".join(f"{name}={_short(value[name])}" for name in sorted(value))
    return dump_json(value).strip() if isinstance(value, list) else value


@dataclass(frozen=True, slots=True, order=True)
class DocumentKey:
    """
    What makes two documents of a file the same object, whatever their order.

    The version is left out: the API server serves one object under every version of its group.
    """

    group: str
    kind: str
    namespace: str
    name: str
    number: int = 0
    """Tells apart what the others do not, in the order of the file."""

    def __str__(self) -> str:
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)


def document_keys(values: Sequence[Any]) -> tuple[DocumentKey, ...]:
    """The key of each document of a file; no two are equal."""
    seen: dict[DocumentKey, int] = {}
    keys = []
    for value in values:
        key = _document_key(value)
        number = seen.get(key, 0)
        seen[key] = number + 1
        keys.append(DocumentKey(key.group, key.kind, key.namespace, key.name, number))
    return tuple(keys)


def _document_key(value: Any) -> DocumentKey:
    body = value if isinstance(value, Mapping) else {}
    metadata = body.get("metadata")
    named = metadata if isinstance(metadata, Mapping) else {}
    return DocumentKey(
        group_of(str(body.get("apiVersion") or "")),
        str(body.get("kind") or ""),
        str(named.get("namespace") or ""),
        str(named.get("name") or ""),
    )


def renamed(
    before: Mapping[DocumentKey, Any], after: Mapping[DocumentKey, Any]
) -> dict[DocumentKey, DocumentKey]:
    """
    Which documents of *before* have another name in *after*: old key to new key.

    Of one kind, gone on one side and new on the other, and alike: more than half of the lines
    are the same, and no other is as like.
    """
    gone = [key for key in before if key not in after]
    new = [key for key in after if key not in before]
    pairs = sorted(
        (
            (_likeness(before[old], after[now]), old, now)
            for old in gone
            for now in new
            if (old.group, old.kind) == (now.group, now.kind)
        ),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    found: dict[DocumentKey, DocumentKey] = {}
    for likeness, old, now in pairs:
        if likeness > 0.5 and old not in found and now not in found.values():
            found[old] = now
    return found


def _likeness(one: Any, other: Any) -> float:
    lines = [dump_json(value).splitlines() for value in (one, other)]
    return SequenceMatcher(None, lines[0], lines[1], autojunk=False).ratio()

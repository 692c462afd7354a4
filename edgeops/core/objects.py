"""Kubernetes objects as values: what they are called and in which order they are shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

JsonObject = Mapping[str, Any]
"""A JSON object as orjson or our YAML reader gives it: never mutated in the core."""

CLUSTER_SCOPE = ""
"""The namespace of an object that has none."""

# Shown, written and removed in the order in which one thing needs another; the same idea as
# kubectl's and Flux's install order. Kinds not named here come after, by name.
_KIND_ORDER = (
    "Namespace",
    "CustomResourceDefinition",
    "AppProject",
    "ApplicationSet",
    "Application",
    "GitRepository",
    "Kustomization",
    "PriorityClass",
    "StorageClass",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ClusterRole",
    "ClusterRoleBinding",
    "Secret",
    "ConfigMap",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Service",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
    "NetworkPolicy",
    "Ingress",
    "ServiceDefaults",
    "ServiceIntentions",
    "ServiceResolver",
)
_KIND_RANK = {kind: rank for rank, kind in enumerate(_KIND_ORDER)}


@dataclass(frozen=True, slots=True, order=True)
class ResourceKey:
    """
    What makes two manifests the same resource.

    The API version is left out on purpose: the API server serves one object under every
    version of its group.
    """

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """Format as Flux and Argo CD do: ``Kind/namespace/name``."""
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a manifest was written: a file of the repository and its first line, if known."""

    path: str
    line: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class KubeObject:
    """
    One manifest, desired or live.

    Args:
        body: the whole object; must have string ``apiVersion``, ``kind`` and ``metadata.name``
            (`is_object` tells).
        origin: the file it came from, for desired objects whose source is known.
    """

    body: JsonObject
    origin: Origin | None = None
    _key: ResourceKey | None = field(default=None, init=False, repr=False)

    @property
    def api_version(self) -> str:
        return str(self.body["apiVersion"])

    @property
    def group(self) -> str:
        return group_of(self.api_version)

    @property
    def kind(self) -> str:
        return str(self.body["kind"])

    @property
    def metadata(self) -> JsonObject:
        metadata: JsonObject = self.body.get("metadata") or {}
        return metadata

    @property
    def namespace(self) -> str:
        return str(self.metadata.get("namespace") or CLUSTER_SCOPE)

    @property
    def name(self) -> str:
        """The name; of an object that is named when it is made, the prefix that it will get."""
        return str(self.metadata.get("name") or self.metadata.get("generateName") or "")

    @property
    def labels(self) -> JsonObject:
        return _mapping(self.metadata.get("labels"))

    @property
    def annotations(self) -> JsonObject:
        return _mapping(self.metadata.get("annotations"))

    @property
    def key(self) -> ResourceKey:
        """Worked out once: everything is looked up by it."""
        if self._key is None:
            found = ResourceKey(self.group, self.kind, self.namespace, self.name)
            object.__setattr__(self, "_key", found)
            return found
        return self._key


def _mapping(value: Any) -> JsonObject:
    """*value*, or nothing where somebody wrote something else there."""
    return value if isinstance(value, Mapping) else {}


@lru_cache(maxsize=4096)  # asked of every object many times over, and there are few
def group_of(api_version: str) -> str:
    """The API group of ``group/version``; the empty string for the core group's ``v1``."""
    group, slash, _ = api_version.partition("/")
    return group if slash else ""


def is_object(body: object) -> bool:
    """Whether *body* has what every Kubernetes object has: apiVersion, kind and a name."""
    if not isinstance(body, Mapping):
        return False
    metadata = body.get("metadata")
    return (
        isinstance(body.get("apiVersion"), str)
        and bool(body.get("apiVersion"))
        and isinstance(body.get("kind"), str)
        and bool(body.get("kind"))
        and isinstance(metadata, Mapping)
        and isinstance(metadata.get("name"), str)
        and bool(metadata.get("name"))
    )


def kind_rank(kind: str) -> tuple[int, str]:
    """Sort key of a kind: install order first, then by name."""
    return (_KIND_RANK.get(kind, len(_KIND_ORDER)), kind)


def in_order(objects: Iterable[KubeObject]) -> list[KubeObject]:
    """Objects by kind order, namespace and name: same input, same order."""
    return sorted(
        objects, key=lambda item: (kind_rank(item.kind), item.group, item.namespace, item.name)
    )

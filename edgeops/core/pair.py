"""
One pair of objects, and what can be asked of a field of it.

The schema of the field, its value on either side as the object spells it, whether the value says
anything, who deployed it, and what an autoscaler may do to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgeops.core.autoscaling import ReplicaRange
from edgeops.core.deployers import Deployers
from edgeops.core.emptiness import means_nothing
from edgeops.core.findings import Attribution
from edgeops.core.leaves import Delta
from edgeops.core.normalize import raw_value, schema_at
from edgeops.core.objects import KubeObject
from edgeops.core.ownership import Ownership
from edgeops.core.paths import Path
from edgeops.core.schemas import Node, Schemas


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """
    A desired object, the live one, and what is known of both.

    Args:
        owners: the live object's managedFields, read.
        replicas: range of the autoscaler that scales it; None if there is none.
    """

    desired: KubeObject
    live: KubeObject
    schemas: Schemas
    owners: Ownership
    replicas: ReplicaRange | None = None

    @property
    def _deployers(self) -> Deployers:
        return Deployers(owners=self.owners)

    def _made(self, owner: Attribution, path: Path) -> bool:
        above = path[:-1]
        return self._deployers.made(
            owner, path, self._raw(self.desired, above), self._raw(self.live, above)
        )

    def _items(self, item: KubeObject, path: Path) -> list[Any]:
        found = raw_value(item, self.schemas, path)
        return found if isinstance(found, list) else []

    def _node(self, path: Path) -> Node:
        return schema_at(self.schemas.root(self.live.api_version, self.live.kind), path)

    def _raw(self, item: KubeObject, path: Path) -> Any:
        return raw_value(item, self.schemas, path)

    def _is_default(self, path: Path, *, chosen: bool) -> bool:
        """
        Whether live has what the API server fills in.

        Args:
            chosen: whether a person wrote it; of several defaults it must be the right one then.
        """
        node, raw = self._node(path), self._raw(self.live, path)
        if self.live.kind == "Service" and path[-1] == "targetPort":
            # https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/
            return bool(raw == self._raw(self.live, (*path[:-1], "port")))
        if not node.has_default(raw):
            return False
        if node.default() is not None or not chosen:
            return True
        return path[-1] == "imagePullPolicy" and raw == self._pull_policy(path[:-1])

    def _pull_policy(self, container: Path) -> str:
        """https://kubernetes.io/docs/concepts/containers/images/#imagepullpolicy-defaulting"""
        name, _, digest = str(self._raw(self.live, (*container, "image"))).partition("@")
        tag = name.rpartition("/")[2].partition(":")[2]
        return "Always" if not digest and tag in {"", "latest"} else "IfNotPresent"

    def _means_nothing(self, path: Path, value: Any) -> bool:
        root = self.schemas.root(self.live.api_version, self.live.kind)
        return means_nothing(root, self.live.group, path, value)

    def _null_in_git(self, leaf: Delta) -> bool:
        """Whether git has null where the API server keeps an empty text, as in a Secret's data."""
        if leaf.live != "":
            return False
        above = self._raw(self.desired, leaf.path[:-1])
        return isinstance(above, Mapping) and leaf.path[-1] in above

    def _autoscaled(self, path: Path, value: Any, owners: tuple[Attribution, ...]) -> bool:
        if path != ("spec", "replicas") or self.replicas is None:
            return False
        return not self._deployers.people(owners, path) and self.replicas.contains(value)

    def _range(self) -> str | None:
        bounds = self.replicas
        return f"{bounds.minimum} to {bounds.maximum} replicas" if bounds else None

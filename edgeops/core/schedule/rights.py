"""
The rights that a check needs, from the kinds that it reads.

``list`` on each kind, and nothing else: one LIST a kind and cluster is all that a check asks, and
discovery is open to every account (``system:discovery``). A watch goes on with ``watch``. A
ClusterRole, because Roles in the zones' namespaces would be objects there that git does not have.
https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles
"""

from collections.abc import Iterable
from dataclasses import dataclass

from edgeops.core.plan.manifest import Body
from edgeops.core.resources import resource
from edgeops.core.schemas import Schemas


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Read:
    """One kind that is read."""

    group: str
    kind: str
    version: str = ""
    """Empty where any will do."""

    plural: str = ""
    """As a CustomResourceDefinition in git has it; empty where none is there."""


def rules(reads: Iterable[Read], schemas: Schemas, *, watched: bool = False) -> list[Body]:
    """
    One rule for each API group, groups and resources sorted.

    Args:
        watched: whether it is a watch that reads, and not checks at times.
    """
    verbs = ["list", "watch"] if watched else ["list"]
    groups: dict[str, set[str]] = {}
    for read in reads:
        groups.setdefault(read.group, set()).add(_resource(read, schemas))
    return [
        {"apiGroups": [group], "resources": sorted(groups[group]), "verbs": verbs}
        for group in sorted(groups)
    ]


def _resource(read: Read, schemas: Schemas) -> str:
    return read.plural or schemas.plural(read.group, read.kind) or resource(read.group, read.kind)

"""The desired side of a drift check without a fleet: manifests that are already built."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from edgeops.core.findings import RepositoryState
from edgeops.core.objects import KubeObject
from edgeops.core.rows import Part, Row
from edgeops.errors import DesiredStateError
from edgeops.usecases.desired import Desired


def manifest_row(objects: Sequence[KubeObject], context: str, namespace: str | None) -> Row:
    """The one row of manifests that belong to no fleet; extras are looked for where they say."""
    named = {item.namespace for item in objects if item.namespace} | {namespace or ""}
    part = Part(context=context, objects=tuple(objects), namespaces=frozenset(named - {""}))
    return Row(cluster=None, zone=None, namespace=None, parts=(part,))


def desired_from_manifests(
    objects: Sequence[KubeObject],
    live: Sequence[KubeObject],
    *,
    context: str,
    namespace: str | None,
    namespaced: Callable[[KubeObject], bool | None],
) -> Desired:
    """
    One row of manifests that are already built, of any GitOps repository.

    Args:
        live: what was read of their kinds everywhere; an object without a namespace takes that
            of the one live object of its group, kind and name.
        namespace: where objects without a namespace belong, if given.
        namespaced: whether an object's kind has namespaces; None where nobody knows.

    Raises:
        DesiredStateError: if an object stands there twice.
    """
    placed = [_placed(item, live, namespace, namespaced=namespaced(item)) for item in objects]
    seen = set()
    for item in placed:
        if item.key in seen:
            raise DesiredStateError(f"{item.key} is desired twice.")
        seen.add(item.key)
    row = manifest_row(objects, context, namespace)
    parts = tuple(replace(part, objects=tuple(placed)) for part in row.parts)
    return Desired(rows=(replace(row, parts=parts),), repository=RepositoryState())


def _placed(
    item: KubeObject,
    live: Sequence[KubeObject],
    namespace: str | None,
    *,
    namespaced: bool | None,
) -> KubeObject:
    if namespaced is False and item.namespace:
        return _without_namespace(item)
    if namespaced is False:
        return item
    twins = {
        other.namespace
        for other in live
        if (other.group, other.kind, other.name) == (item.group, item.kind, item.name)
    }
    if item.namespace:
        # Where nobody knows the kind, an object that lives without a namespace tells its scope.
        return _without_namespace(item) if namespaced is None and twins == {""} else item
    if namespaced is None and (not twins or twins == {""}):
        return item
    found = namespace or (next(iter(twins)) if len(twins) == 1 else "default")
    body = {**item.body, "metadata": {**item.metadata, "namespace": found}}
    return replace(item, body=body)


def _without_namespace(item: KubeObject) -> KubeObject:
    """As the API server has it: it drops the namespace of an object that belongs to the cluster."""
    metadata = {name: value for name, value in item.metadata.items() if name != "namespace"}
    return replace(item, body={**item.body, "metadata": metadata})

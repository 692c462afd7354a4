"""What a drift check reads of the live side: which kinds, where, and what came of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from edgeops.core.extraneous import LOOKED_AT
from edgeops.core.objects import KubeObject
from edgeops.core.rows import LiveIndex, Part, Row
from edgeops.core.schemas import Schemas
from edgeops.errors import LiveStateError
from edgeops.ports import LiveReader, LiveState, Wanted

Readers = Callable[[str], LiveReader]
"""A reader for a context."""

States = Mapping[str, LiveState | str]
"""By context: what was read, or why nothing could be."""


def read_all(rows: Sequence[Row], readers: Readers, schemas: Schemas) -> States:
    """
    Read each context once, for all rows that have a part there.

    A context that cannot be read is an entry with the reason, not an error.
    """
    states: dict[str, LiveState | str] = {}
    for context in dict.fromkeys(part.context for row in rows for part in row.parts):
        parts = [part for row in rows for part in row.parts if part.context == context]
        try:
            states[context] = readers(context).read(wanted(parts, schemas))
        except LiveStateError as error:
            # What is not read is told with the name of the cluster anyway.
            states[context] = str(error).removeprefix(f"{context}: ")
    return states


def wanted(parts: Sequence[Part], schemas: Schemas) -> list[Wanted]:
    """
    One entry a kind: those of the desired objects, and those that are looked for beside them.

    A kind that git does not use is read metadata-only.
    """
    looked_in = frozenset(name for part in parts for name in part.namespaces)
    of_kind: dict[tuple[str, str], list[KubeObject]] = {}
    for item in (item for part in parts for item in part.objects):
        of_kind.setdefault((item.group, item.kind), []).append(item)
    found = {
        (group, kind): Wanted(
            group=group,
            kind=kind,
            version=_version(objects[0]),
            namespaces=looked_in.union(item.namespace for item in objects),
            names=frozenset(item.name for item in objects),
            unknown=_unknown({item.api_version for item in objects}, kind, schemas),
            everywhere=any(_may_be_anywhere(item, schemas) for item in objects),
        )
        for (group, kind), objects in of_kind.items()
    }
    for group, name in LOOKED_AT if looked_in else ():
        found.setdefault(
            (group, name), Wanted(group=group, kind=name, namespaces=looked_in, whole=False)
        )
    return [found[kind] for kind in sorted(found)]


def indexed(states: States) -> dict[str, LiveIndex]:
    """By context: what was read, ready to be asked."""
    return {context: index(state) for context, state in states.items()}


def index(state: LiveState | str) -> LiveIndex:
    """What was read of one context, ready to be asked for objects and gaps."""
    if isinstance(state, str):
        return LiveIndex(failure=state)
    unread = {
        (gap.wanted.group, gap.wanted.kind, namespace): (str(gap.wanted), gap.reason)
        for gap in state.unread
        for namespace in (gap.namespaces | {""})
        if not gap.names
    }
    refused = {
        (gap.wanted.group, gap.wanted.kind, name): (str(gap.wanted), gap.reason)
        for gap in state.unread
        for name in gap.names
    }
    return LiveIndex(
        objects={item.key: item for item in state.objects}, unread=unread, refused=refused
    )


def namespaced(item: KubeObject, schemas: Schemas) -> bool | None:
    """Whether the object's kind has namespaces; None where no schema tells."""
    info = schemas.info(item.api_version, item.kind)
    return info.namespaced if info else None


def _may_be_anywhere(item: KubeObject, schemas: Schemas) -> bool:
    return not item.namespace and namespaced(item, schemas) is not False


def _unknown(versions: Iterable[str], kind: str, schemas: Schemas) -> frozenset[str]:
    return frozenset(one for one in versions if not schemas.describes(one, kind))


def _version(item: KubeObject) -> str:
    return item.api_version.rpartition("/")[2]

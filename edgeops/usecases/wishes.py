"""A desired state laid out for a check that stands: its rows, and what must be followed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from edgeops.core.objects import KubeObject
from edgeops.core.packed import packed
from edgeops.core.rows import Part, Row
from edgeops.core.schemas import Schemas
from edgeops.ports import Wanted
from edgeops.usecases.desired import Desired
from edgeops.usecases.reading import wanted
from edgeops.usecases.scope import Contexts, Yielded, made_by, with_yielded


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What git asks for at one revision."""

    desired: Desired
    rows: tuple[Row, ...]
    """With the Applications that ApplicationSets make."""

    wanted: Mapping[str, Sequence[Wanted]]
    """What must be followed, by context."""


def lay_out(
    desired: Desired,
    before: Wish | None,
    *,
    schemas: Schemas,
    yielded: Yielded,
    contexts: Contexts,
) -> Wish:
    """
    What must be followed to compare a desired state, kept in little room.

    Args:
        before: the wish that this one follows. An object that is the same in both is identical
            in both, so that it need not be compared again.
    """
    assert desired.fleet is not None
    rows = with_yielded(desired.rows, desired.fleet, made_by(desired.engines, yielded), contexts)
    places: dict[str, list[Part]] = {}
    for part in (part for row in rows for part in row.parts):
        places.setdefault(part.context, []).append(part)
    kept = _Kept(before.rows if before else ())
    small = tuple(kept.row(row) for row in rows)
    return Wish(
        desired=replace(desired, rows=small),
        rows=small,
        wanted={context: wanted(parts, schemas) for context, parts in places.items()},
    )


class _Kept:
    """The objects of an earlier wish, by where they stood."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._parts = {
            (row.cluster, row.zone, number): part
            for row in rows
            for number, part in enumerate(row.parts)
        }

    def row(self, row: Row) -> Row:
        place = (row.cluster, row.zone)
        parts = tuple(
            self._part(part, self._parts.get((*place, number)))
            for number, part in enumerate(row.parts)
        )
        return replace(row, parts=parts)

    @staticmethod
    def _part(part: Part, before: Part | None) -> Part:
        known = {item.key: item for item in before.objects} if before else {}
        objects = tuple(_same_or_new(known.get(item.key), item) for item in part.objects)
        if before is not None and objects == before.objects:
            objects = before.objects
        return replace(part, objects=objects)


def _same_or_new(before: KubeObject | None, item: KubeObject) -> KubeObject:
    if before is not None and before.origin == item.origin and before.body == item.body:
        return before
    return packed(item)

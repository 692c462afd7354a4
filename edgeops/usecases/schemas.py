"""What is known of the kinds that a drift check compares, place by place."""

from collections.abc import Iterable, Mapping
from typing import Final

from edgeops.core import openapi
from edgeops.core.objects import KubeObject
from edgeops.core.rows import LiveIndex, Row
from edgeops.core.schemas import Schemas
from edgeops.ports import LiveState
from edgeops.usecases.reading import States

_DEFINITION: Final = "CustomResourceDefinition"


def known_schemas(rows: Iterable[Row], states: States, package: Schemas) -> Mapping[str, Schemas]:
    """
    The schemas for each context.

    The package's count first, for they know the defaults of Go code; then what the place itself
    told; then the definitions that git has for it.
    """
    given = definitions(rows)
    return {
        context: package.joined(state.schemas if isinstance(state, LiveState) else None).joined(
            Schemas(openapi.defined(item.body for item in given.get(context, ())))
        )
        for context, state in states.items()
    }


def definitions(rows: Iterable[Row]) -> Mapping[str, list[KubeObject]]:
    """By context, the CustomResourceDefinitions that git has for it."""
    found: dict[str, list[KubeObject]] = {}
    for part in (part for row in rows for part in row.parts):
        for item in part.objects:
            if item.kind == _DEFINITION:
                found.setdefault(part.context, []).append(item)
    return found


def structure_notes(
    rows: Iterable[Row], indexes: Mapping[str, LiveIndex], schemas: Mapping[str, Schemas]
) -> tuple[str, ...]:
    """A sentence on the kinds that were compared without any schema; none if there are none."""
    return structure_note(undescribed(rows, schemas), indexes)


def undescribed(
    rows: Iterable[Row], schemas: Mapping[str, Schemas]
) -> tuple[tuple[str, KubeObject], ...]:
    """The desired objects of whose kind there is no schema, each with its context."""
    known: dict[tuple[str, str, str], bool] = {}

    def described(context: str, item: KubeObject) -> bool:
        kind = (context, item.api_version, item.kind)
        if kind not in known:
            known[kind] = _described(item, schemas[context])
        return known[kind]

    return tuple(
        (part.context, item)
        for row in rows
        for part in row.parts
        for item in part.objects
        if not described(part.context, item)
    )


def structure_note(
    objects: Iterable[tuple[str, KubeObject]], indexes: Mapping[str, LiveIndex]
) -> tuple[str, ...]:
    """A sentence on those of the `undescribed` *objects* that live; none if there are none."""
    found = {
        (item.kind, item.api_version)
        for context, item in objects
        if item.key in indexes[context].objects
    }
    if not found:
        return ()
    names = ", ".join(f"{kind} ({version})" for kind, version in sorted(found))
    note = (
        f"No schema of {names}: compared by structure (each list as one value, defaults not "
        "known), so that confidence is lower there."
    )
    return (note,)


def _described(item: KubeObject, schemas: Schemas) -> bool:
    version = schemas.nearest(item.api_version, item.kind)
    return version is not None and schemas.describes(version, item.kind)

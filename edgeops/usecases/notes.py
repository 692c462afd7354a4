"""How far a verdict reaches: the sentences that a report says of its own limits."""

from collections.abc import Iterable, Iterator, Sequence

from edgeops.core.rows import Assessment
from edgeops.ports import LiveState
from edgeops.usecases.reading import States


def reach_notes(states: States, assessments: Sequence[Assessment]) -> Iterator[str]:
    """The notes of what was read, and of what could not be, or was not to be, compared."""
    for state in states.values():
        if isinstance(state, LiveState):
            yield from state.notes
    yield from _left_alone(assessments)
    yield from _encrypted(assessments)
    if any(item.stripped for item in assessments):
        yield (
            "Some live objects have no managedFields (kubectl get leaves them out without "
            "--show-managed-fields): additions are told from defaults by value, and nobody is "
            "named."
        )


def _left_alone(assessments: Iterable[Assessment]) -> Iterator[str]:
    named: dict[str, list[str]] = {}
    for item in assessments:
        for key, why in item.left_alone:
            named.setdefault(why, []).append(str(key))
    for why, names in named.items():
        others = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield f"Not compared, as git says: {names[0]}{others} ({why})."


def _encrypted(assessments: Iterable[Assessment]) -> Iterator[str]:
    counts = [count for item in assessments for count in item.encrypted.values()]
    if counts:
        first = next(key for item in assessments for key in item.encrypted)
        values = "1 value" if len(counts) == sum(counts) == 1 else f"{sum(counts)} values"
        objects = "1 object" if len(counts) == 1 else f"{len(counts)} objects"
        yield (
            f"Encrypted by SOPS in git: {values} in {objects} (first {first}) could not be "
            "compared; their keys were."
        )

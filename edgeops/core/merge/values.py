"""When two plain values are one, and what stands for none."""

from typing import Any

from edgeops.core.documents import dump_json


class _Absent:
    """What a side that does not have the thing has."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Any = _Absent()


def same(one: Any, other: Any) -> bool:
    """Whether two values mean the same; 1, true and "1" do not."""
    if one is ABSENT or other is ABSENT:
        return one is other
    return dump_json(_sorted(one)) == dump_json(_sorted(other))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value

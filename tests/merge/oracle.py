"""
A merge of plain values, written apart from the one of edgeops and simpler: what it must give.

It knows no text, no layout and no order: sets are compared sorted, keyed lists as maps. Where
both sides changed an ordered list, it does not know.
"""

from typing import Any

SETS = {"resources", "components"}
KEYED = {"images": "name", "env": "name", "containers": "name"}


class Gone:
    """What is not there."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Gone)

    __hash__ = None  # type: ignore[assignment]  # equal to all its like, and in no set


class ClashError(Exception):
    """Both sides changed one thing differently."""


def plain(value: Any, name: str = "") -> Any:
    """*value* with sets sorted and keyed lists as maps, so that order does not count."""
    if isinstance(value, dict):
        return {key: plain(item, key) for key, item in value.items()}
    if isinstance(value, list) and name in SETS:
        return dict.fromkeys(sorted(value), True)
    if isinstance(value, list) and name in KEYED:
        return {item[KEYED[name]]: plain(item) for item in value}
    # Python takes 1, 1.0 and True for equal; YAML does not.
    return value if isinstance(value, list) else (type(value).__name__, value)


def merged(base: Any, generated: Any, yours: Any) -> Any:
    """The merge of three values that `plain` made; raises ClashError."""
    if generated in (base, yours):
        return yours
    if yours == base:
        return generated
    if isinstance(generated, dict) and isinstance(yours, dict):
        before = base if isinstance(base, dict) else {} if isinstance(base, Gone) else None
        if before is not None:
            found = {
                key: merged(
                    before.get(key, Gone()), generated.get(key, Gone()), yours.get(key, Gone())
                )
                for key in {*before, *generated, *yours}
            }
            return {key: value for key, value in found.items() if not isinstance(value, Gone)}
    raise ClashError

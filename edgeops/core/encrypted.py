"""
Values that git has encrypted, compared by key alone.

The key is not here, and is not asked for: whether a value differs cannot be told, whether a key
was added or removed can.
"""

from collections.abc import Mapping
from typing import Any

from edgeops.core import documents
from edgeops.core.findings import Change
from edgeops.core.leaves import Delta
from edgeops.core.normalize import Atom, Tree
from edgeops.core.paths import Path
from edgeops.core.reasons import Verdict, Why
from edgeops.core.sops import is_ciphertext


def by_key_only(desired: Tree, live: Tree) -> tuple[Tree, tuple[Verdict, ...]]:
    """
    Take live's value wherever *desired* has an encrypted one and live has any.

    Returns:
        The desired tree without such differences, and a verdict on each.
    """
    if desired == live:
        return desired, ()
    verdicts: list[Verdict] = []
    return _taken(desired, live, (), verdicts), tuple(verdicts)


def _taken(desired: Any, live: Any, path: Path, verdicts: list[Verdict]) -> Any:
    if isinstance(desired, Mapping) and isinstance(live, Mapping):
        return {
            name: _taken(value, live[name], (*path, name), verdicts) if name in live else value
            for name, value in desired.items()
        }
    if desired != live and live is not None and _is_encrypted(desired):
        delta = Delta(path=path, change=Change.CHANGED, desired=desired, live=live)
        verdicts.append(Verdict(delta=delta, drift=False, why=Why.ENCRYPTED))
        return live
    return desired


def _is_encrypted(value: Any) -> bool:
    """Whether a leaf is encrypted; a list that is one value is if any element is."""
    if not isinstance(value, Atom):
        return is_ciphertext(value)
    pending = [documents.load(str(value))]
    while pending:
        current = pending.pop()
        if isinstance(current, Mapping):
            pending.extend(current.values())
        elif isinstance(current, list):
            pending.extend(current)
        elif is_ciphertext(current):
            return True
    return False

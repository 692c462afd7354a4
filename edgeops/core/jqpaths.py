"""
Paths that a jq expression selects; the one door to jq.

Argo CD evaluates ``jqPathExpressions`` with a jq of its own and removes what they select.
https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jq

from edgeops.core import bounded
from edgeops.core.objects import JsonObject


@dataclass(frozen=True, slots=True)
class JqPath:
    """
    One expression.

    Args:
        text: as written, such as ``.spec.containers[] | select(.name == "web").image``.

    Raises:
        ValueError: if it is not jq, or may never end (`edgeops.core.bounded`).
    """

    text: str

    def __post_init__(self) -> None:
        _compiled(self.text)

    def select(self, body: JsonObject) -> list[tuple[str, ...]]:
        """
        The paths that it selects in *body*, as the tokens of JSON pointers.

        None for an object to which the expression does not apply, such as a list that is not
        there: Argo CD passes over it as well.
        """
        try:
            found: list[list[Any]] = _compiled(self.text).input_value(body).first()
        except (ValueError, StopIteration):
            return []
        return [tuple(str(token) for token in path) for path in found]


@lru_cache(maxsize=1024)  # compiling takes milliseconds, and every zone has the same rules
def _compiled(text: str) -> Any:
    try:
        bounded.jq(text)
    except ValueError as error:
        raise ValueError(f"jq: {error}") from error
    try:
        return jq.compile(f"[path({text})]")
    except ValueError as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(f"{text!r} is not a jq path: {reason}") from error

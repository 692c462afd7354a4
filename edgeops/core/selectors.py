"""
Label selectors as Kubernetes writes them in one text: ``app=web,tier in (a, b),!legacy``.

Flux selects by annotations with the same grammar.
https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_KEY = r"(?P<key>[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?)"
_TERM = re.compile(
    rf"\s*(?:(?P<lacks>!)\s*{_KEY.replace('key', 'lacking')}"
    rf"|{_KEY}\s*(?:(?P<operator>==|=|!=)\s*(?P<value>[^,()=!\s]*)"
    r"|\s(?P<set>in|notin)\s*\((?P<values>[^()]*)\))?)\s*(?:,|$)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One term of a selector."""

    key: str
    values: frozenset[str] | None
    """None asks only whether the key is there."""

    negated: bool = False

    def holds(self, labels: Mapping[str, Any]) -> bool:
        if self.values is None:
            return (self.key in labels) is not self.negated
        return (str(labels.get(self.key, "")) in self.values and self.key in labels) is (
            not self.negated
        )


@dataclass(frozen=True, slots=True)
class Selector:
    """All of its requirements must hold; without any it selects everything."""

    requirements: tuple[Requirement, ...] = ()

    def selects(self, labels: Mapping[str, Any]) -> bool:
        return all(requirement.holds(labels) for requirement in self.requirements)


EVERYTHING = Selector()


def parse_selector(text: str) -> Selector:
    """
    Read a selector.

    Raises:
        ValueError: if it is none.
    """
    requirements = []
    position = 0
    while position < len(text.rstrip()):
        term = _TERM.match(text, position)
        if term is None:
            raise ValueError(f"{text!r} is not a label selector")
        position = term.end()
        requirements.append(_requirement(term))
    return Selector(tuple(requirements))


def _requirement(term: re.Match[str]) -> Requirement:
    if term["lacks"]:
        return Requirement(key=term["lacking"], values=None, negated=True)
    if term["set"]:
        values = frozenset(value.strip() for value in term["values"].split(","))
        return Requirement(key=term["key"], values=values, negated=term["set"] == "notin")
    if term["operator"]:
        values = frozenset({term["value"]})
        return Requirement(key=term["key"], values=values, negated=term["operator"] == "!=")
    return Requirement(key=term["key"], values=None)

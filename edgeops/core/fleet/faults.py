"""What is wrong with a file, in the words of its author: paths, lines and plain sentences."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from edgeops.errors import Problem

MOST_CHARACTERS = 4 * 2**20
"""Of `edgeops.yaml`: a fleet of a thousand zones has a twentieth of it."""

Steps = tuple[str | int, ...]
"""A way into a document: keys of mappings and indices of lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One of the models' errors, seen from the document."""

    steps: Steps
    """To the value that is wrong, or to the key that is missing."""

    missing: bool
    problem: Problem

    @classmethod
    def of(cls, error: Mapping[str, Any], document: Any) -> Self:
        """Translate *error*, as pydantic lists it, against the *document* it was found in."""
        missing = error["type"] == "missing"
        steps = _steps(error["loc"], document, missing=missing)
        return cls(
            steps=steps,
            missing=missing,
            problem=Problem(path=path_of(steps), message=_message(error, steps)),
        )

    @property
    def doomed(self) -> Steps:
        """What to leave out to be rid of it: for a missing key, the thing that misses it."""
        return self.steps[:-1] if self.missing else self.steps


def _steps(loc: Sequence[str | int], document: Any, *, missing: bool) -> Steps:
    """The part of *loc* that the document has: the models add the names of alternatives."""
    steps: list[str | int] = []
    here = document
    for index, step in enumerate(loc):
        last = index == len(loc) - 1
        if isinstance(here, Mapping) and (step in here or (missing and last)):
            steps.append(step)
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            steps.append(step)
            here = here[step]
        elif last and missing:
            steps.append(step)  # of a shorthand: the text stands for the mapping
    return tuple(steps)


def path_of(steps: Steps) -> str:
    """``spec.clusters[0].name``, as `edgeops.core.documents.lines_of` writes it."""
    path = ""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else str(step)
    return path


_PATTERNS = {
    r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$": (
        "must be lower-case letters, digits and '-', with a letter or digit at both ends"
    ),
    r"^[a-z]([-a-z0-9]*[a-z0-9])?$": (
        "must be lower-case letters, digits and '-', starting with a letter and ending with "
        "a letter or digit"
    ),
    r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$": (
        "must be lower-case letters, digits, '-' and '.', with a letter or digit at both ends"
    ),
    r"^/": "must start with '/'",
    r"^https://": "must start with https://",
    r"^[A-Za-z_][A-Za-z0-9_]*$": "is no name of a variable",
    r"^[0-9]+(\.[0-9]+)?([numkKMGTPE]|[KMGTPE]i)?$": "must be a quantity, such as 250m or 128Mi",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "must be a day, such as 2026-12-31",
    r"^[-._a-zA-Z0-9]+$": "must be letters, digits, '-', '_' and '.'",
}
_TYPES = {
    "string_type": "a text (quote it)",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def _message(error: Mapping[str, Any], steps: Steps) -> str:
    kind: str = error["type"]
    context: Mapping[str, Any] = error.get("ctx", {})
    value = error.get("input")
    if kind in _TYPES:
        return f"must be {_TYPES[kind]}, not {_shown(value)}"
    match kind:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "unknown key"
        case "literal_error" | "enum":
            return f"must be {context['expected']}, not {_shown(value)}"
        case "string_pattern_mismatch":
            rule = _PATTERNS.get(context["pattern"])
            if rule is None:
                rule = "must be the key of a taint, such as edgeops.dev/edge"
            return (
                f"{_shown(value)} {rule}"
                if not rule.startswith("must")
                else (f"{rule}, not {_shown(value)}")
            )
        case "string_too_long":
            return f"is {len(str(value))} characters long; {context['max_length']} are allowed"
        case "string_too_short" | "too_short":
            return "must not be empty"
        case "greater_than_equal":
            return f"must be at least {context['ge']}, not {_shown(value)}"
        case "less_than_equal":
            return f"must be at most {context['le']}, not {_shown(value)}"
        case _:
            return f"{error['msg']} ({steps[-1] if steps else 'file'})"


def _shown(value: Any) -> str:
    """*value* as YAML would have it; collections by kind only."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            return f"'{value}'"
        case Mapping():
            return "a mapping"
        case list():
            return "a list"
        case _:
            return str(value)


def where_indices_hold(problems: Sequence[Problem], details: Sequence[Detail]) -> list[Problem]:
    """Those of *problems* that name no element of a list that lost one to *details*."""
    shifted = tuple(
        path_of(detail.doomed[:-1]) + "["
        for detail in details
        if detail.doomed and isinstance(detail.doomed[-1], int)
    )
    return [problem for problem in problems if not problem.path.startswith(shifted)]


def without(document: Any, details: Sequence[Detail]) -> Any:
    """
    A copy of *document* without what *details* name, so that the rest can be checked too.

    None if nothing sensible is left.
    """
    left = copy.deepcopy(document)
    doomed = {detail.doomed for detail in details}
    # From the end of each list to its front, so that the indices of the others stay true.
    for steps in sorted(doomed, key=_backwards, reverse=True):
        if not steps:
            return None
        _remove(left, steps)
    return left if left != document else None


def _backwards(steps: Steps) -> tuple[tuple[int, str], ...]:
    return tuple((step, "") if isinstance(step, int) else (-1, step) for step in steps)


def _remove(document: Any, steps: Steps) -> None:
    holder = document
    for step in steps[:-1]:
        try:
            holder = holder[step]
        except (KeyError, IndexError, TypeError):
            return  # it went with something that held it
    last = steps[-1]
    if isinstance(holder, dict):
        holder.pop(last, None)
    elif isinstance(holder, list) and isinstance(last, int) and last < len(holder):
        del holder[last]


def too_large(text: str) -> Problem | None:
    """What is wrong with a text that nobody wrote: to read it would take minutes."""
    if len(text) <= MOST_CHARACTERS:
        return None
    return Problem(path="", message=f"has more than {MOST_CHARACTERS // 2**20} Mi characters")


def duplicate(key: str, line: int) -> Problem:
    """The problem of a key that a mapping has twice."""
    return Problem(path="", message=f"the key '{key}' is there twice", line=line)


def placed(problems: Sequence[Problem], lines: Mapping[str, int]) -> list[Problem]:
    """*problems* with their lines, in the order of the file, each once."""
    known = [
        problem if problem.line else replace(problem, line=_line(problem.path, lines))
        for problem in dict.fromkeys(problems)
    ]
    return sorted(known, key=lambda problem: (problem.line or 0, problem.path))


def _line(path: str, lines: Mapping[str, int]) -> int | None:
    """The line of *path*, or of the nearest thing around it that the file has."""
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path)

"""
What is wrong with a repository before any cluster sees it.

`judge` runs every check over the built folders and the files that they are made of. `RULES` are
the rules as data; a check names the rule that does not hold by its id.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from edgeops.core.lint import (
    access,
    applied,
    edge,
    engines,
    kustomize,
    mesh,
    patches,
    placement,
    routes,
    schema,
)
from edgeops.core.lint.graph import Graph
from edgeops.core.lint.lines import placed
from edgeops.core.lint.model import (
    Folder,
    Place,
    Problem,
    Repository,
    Rule,
    Severity,
    SwitchedOff,
    Validation,
    merged,
)
from edgeops.core.lint.rules_build import RULES as _BUILD
from edgeops.core.lint.rules_engine import RULES as _ENGINE
from edgeops.core.lint.rules_fleet import RULES as _FLEET
from edgeops.core.lint.rules_routes import RULES as _ROUTES

__all__ = [
    "RULES",
    "Folder",
    "Place",
    "Problem",
    "Repository",
    "Rule",
    "Severity",
    "SwitchedOff",
    "Validation",
    "judge",
]

RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule for rule in (*_BUILD, *_FLEET, *_ROUTES, *_ENGINE)
}
"""Every rule by its id, in the order in which they are listed."""


def judge(repository: Repository, off: Mapping[str, str]) -> Validation:
    """
    Every problem of *repository*, less those of the rules that are switched off.

    Args:
        off: reasons by the ids of the rules.
    """
    graph = Graph(repository.files)
    every = (
        *kustomize.check(repository, graph),
        *patches.check(repository, graph),
        *schema.check(repository, graph),
        *placement.check(repository),
        *edge.check(repository),
        *mesh.check(repository),
        *routes.check(repository),
        *engines.check(repository, graph),
        *applied.check(repository, graph),
        *access.check(repository),
    )
    found = merged(placed(item, graph) for item in routes.uncovered(every, off))
    return Validation(
        problems=tuple(item for item in found if item.rule not in off),
        folders=len(repository.folders),
        objects=sum(len(folder.objects) for folder in repository.folders),
        off=_switched_off(found, off),
        notes=(
            *(
                f"{kind}: no schema is known, its fields were not checked"
                for kind in schema.unknown_kinds(repository)
            ),
            *repository.notes,
        ),
    )


def _switched_off(found: Sequence[Problem], off: Mapping[str, str]) -> tuple[SwitchedOff, ...]:
    return tuple(
        SwitchedOff(rule=rule, reason=reason, hid=sum(item.rule == rule for item in found))
        for rule, reason in off.items()
    )

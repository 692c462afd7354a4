"""
Ignore rules that git gives the sync engine, on the engine's own objects.

Only what stands in git counts: a rule that somebody adds to a live object is drift of that
object and hides nothing.

https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/
https://argo-cd.readthedocs.io/en/stable/user-guide/orphaned-resources/
https://fluxcd.io/flux/components/kustomize/kustomizations/
"""

from collections.abc import Mapping
from typing import Any

from edgeops.core.directives import only_made
from edgeops.core.engine import is_application, is_flux_kustomization
from edgeops.core.ignore import IgnoreRule, orphan_rules, parse_rules
from edgeops.core.objects import KubeObject
from edgeops.errors import ConfigurationError, Problem


def sync_rules(item: KubeObject) -> tuple[IgnoreRule, ...]:
    """
    The rules of an Application or a Flux Kustomization, for what it applies.

    Raises:
        ConfigurationError: if one of them is no rule.
    """
    if is_application(item):
        place, engine = "spec.ignoreDifferences", True
    elif is_flux_kustomization(item):
        place, engine = "spec.ignore", False
    else:
        return ()
    entries = _entries(item, place)
    return parse_rules(entries, source=_source(item), place=place, engine=engine)


def project_rules(item: KubeObject) -> tuple[IgnoreRule, ...]:
    """
    What an AppProject says of objects that git does not have.

    Raises:
        ConfigurationError: if that is no list of rules.
    """
    if (item.group, item.kind) != ("argoproj.io", "AppProject"):
        return ()
    place = "spec.orphanedResources.ignore"
    return orphan_rules(_entries(item, place), source=_source(item), place=place)


def made_rules(item: KubeObject) -> tuple[IgnoreRule, ...]:
    """
    For an object that Flux only makes where it is missing: that it was made so may stay on it.

    Whoever applies it for good takes the word away again, which can be later.
    """
    if not only_made(item):
        return ()
    word = '.metadata.annotations["kustomize.toolkit.fluxcd.io/ssa"] | select(. == "IfNotPresent")'
    entry = {
        "group": item.group,
        "kind": item.kind,
        "name": item.name,
        "jqPathExpressions": [word],
    }
    return parse_rules([entry], source=_source(item), place="", engine=True)


def _entries(item: KubeObject, place: str) -> list[Any]:
    found: Any = item.body
    for name in place.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if found is not None and not isinstance(found, list):
        problem = Problem(path=place, message="must be a list of rules.")
        raise ConfigurationError(_source(item), [problem])
    return found or []


def _source(item: KubeObject) -> str:
    return item.origin.path if item.origin is not None else str(item.key)

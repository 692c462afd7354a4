"""
Variables in manifests, as Flux fills them in after kustomize.

Flux evaluates each object's YAML with envsubst, so that a value may become a number. The forms
that cut, replace or change case are refused: they are rare, and a guess would be a false verdict.

https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution
https://github.com/fluxcd/pkg/tree/main/envsubst
"""

import re
from collections.abc import Mapping
from typing import Any

from edgeops.core import documents
from edgeops.core.objects import KubeObject, is_object

_DISABLED = "kustomize.toolkit.fluxcd.io/substitute"
_VARIABLE = re.compile(
    r"\$\$"
    r"|\$\{(?P<name>[_A-Za-z][_A-Za-z0-9]*)(?:(?P<operator>:-|:=|=)(?P<default>[^${}\\]*))?\}"
    r"|\$\{|\\[\\/]"
)


def substituted(item: KubeObject, variables: Mapping[str, str]) -> KubeObject:
    """
    The object with its variables filled in; one that nobody set and that has no default is empty.

    Raises:
        ValueError: if it uses a form that is not known here, or is no object afterwards.
    """
    if _is_disabled(item.annotations) or _is_disabled(item.labels):
        return item
    text = documents.dump_yaml(item.body, width=1_000_000)
    if "$" not in text and "\\" not in text:
        return item

    def value(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        if found["name"] is None:
            start = text[found.start() :].partition("\n")[0]
            raise ValueError(f"{item.key} has {start[:40]!r}, which is not evaluated here")
        return variables.get(found["name"], "") or found["default"] or ""

    try:
        body: Any = documents.load(_VARIABLE.sub(value, text))
    except documents.DocumentError as error:
        raise ValueError(f"{item.key} is not YAML with its variables filled in: {error}") from error
    if not is_object(body):
        raise ValueError(f"{item.key} is no object with its variables filled in")
    return KubeObject(body, item.origin)


def _is_disabled(words: Mapping[str, Any]) -> bool:
    return str(words.get(_DISABLED, "")).lower() == "disabled"

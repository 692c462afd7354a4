"""
What an object in git tells the sync engines about itself: to leave it alone, in whole or in part.

Only what git says counts. The same words on a live object alone hide nothing: they are drift.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from edgeops.core.findings import ManagerClass
from edgeops.core.objects import KubeObject
from edgeops.core.ownership import CLIENT_SIDE_APPLY, ownership

_ARGO_HOOK: Final = "argocd.argoproj.io/hook"
_HELM_HOOK: Final = "helm.sh/hook"
_FLUX_SSA: Final = "kustomize.toolkit.fluxcd.io/ssa"
_FLUX_RECONCILE: Final = "kustomize.toolkit.fluxcd.io/reconcile"
_HELM_DRIFT: Final = "helm.toolkit.fluxcd.io/driftDetection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """A word of an object's metadata by which an engine leaves the whole object alone."""

    key: str
    matches: Callable[[str], bool]
    means: str
    may_be_absent: bool
    """Whether the engine would not even create it."""

    labels: bool = False
    """Whether the engine reads it from labels as well as from annotations."""

    def found(self, item: KubeObject) -> str | None:
        """The word as the object has it (``KEY: VALUE``); None if it has none."""
        for words in (item.annotations, item.labels) if self.labels else (item.annotations,):
            if self.key in words and self.matches(str(words[self.key])):
                return f"{self.key}: {words[self.key]}"
        return None


def _is(word: str) -> Callable[[str], bool]:
    return lambda value: value.lower() == word


_HOOK_MEANS: Final = "a hook is made for one sync and is no part of the comparison"

DIRECTIVES: Final = (
    # https://github.com/argoproj/argo-cd/blob/master/gitops-engine/pkg/sync/hook/hook.go
    # "Skip" is among them: such an object is never applied.
    Directive(key=_ARGO_HOOK, matches=lambda _: True, means=_HOOK_MEANS, may_be_absent=True),
    # A crd-install of Helm 2 is an object like any other.
    # https://github.com/argoproj/argo-cd/blob/master/gitops-engine/pkg/sync/hook/helm/hook.go
    Directive(
        key=_HELM_HOOK,
        matches=lambda value: value != "crd-install",
        means=_HOOK_MEANS,
        may_be_absent=True,
    ),
    # https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources
    # https://github.com/fluxcd/pkg/blob/main/ssa/utils/metadata.go (labels count too)
    Directive(
        key=_FLUX_RECONCILE,
        matches=_is("disabled"),
        means="Flux neither makes nor changes it",
        may_be_absent=True,
        labels=True,
    ),
    Directive(
        key=_FLUX_SSA,
        matches=_is("ignore"),
        means="Flux neither makes nor changes it",
        may_be_absent=True,
        labels=True,
    ),
    Directive(
        key=_FLUX_SSA,
        matches=_is("ifnotpresent"),
        means="Flux makes it and then leaves it alone",
        may_be_absent=False,
        labels=True,
    ),
    # https://fluxcd.io/flux/components/helm/helmreleases/#drift-detection
    Directive(
        key=_HELM_DRIFT,
        matches=_is("disabled"),
        means="Flux does not correct it",
        may_be_absent=False,
        labels=True,
    ),
)


def left_alone(desired: KubeObject, *, absent: bool = False) -> str | None:
    """
    Why git's object is not compared, in words; None if it is.

    Args:
        absent: whether the cluster lacks the object.
    """
    annotations, labels = desired.annotations, desired.labels
    for directive in DIRECTIVES:
        if directive.key not in annotations and directive.key not in labels:
            continue
        if absent and not directive.may_be_absent:
            continue
        if (word := directive.found(desired)) is not None:
            return f"{word}: {directive.means}"
    return None


def only_made(desired: KubeObject) -> bool:
    """Whether git says that Flux makes the object where it is missing, and no more."""
    return _ssa(desired) == "ifnotpresent"


def wants_additions(desired: KubeObject) -> bool:
    """Whether git says that what others add to the object stays (Flux's ``ssa: Merge``)."""
    return _ssa(desired) == "merge"


def _ssa(desired: KubeObject) -> str:
    """How Flux is told to apply it; an annotation counts before a label."""
    label = desired.labels.get(_FLUX_SSA, "")
    return str(desired.annotations.get(_FLUX_SSA, label)).lower()


def is_nameless_hook(body: object) -> bool:
    """Whether *body* is a hook of Argo CD that gets its name when it is made."""
    metadata = body.get("metadata") if isinstance(body, Mapping) else None
    if not isinstance(metadata, Mapping) or metadata.get("name"):
        return False
    words = metadata.get("annotations")
    named = isinstance(metadata.get("generateName"), str) and bool(metadata["generateName"])
    return named and isinstance(words, Mapping) and _ARGO_HOOK in words


def is_hook_leftover(live: KubeObject) -> bool:
    """
    Whether a live object that git does not have is what a hook left.

    A hook stays until the next sync, or for ever, as its deletion policy says. The annotation
    alone does not make one: where it is known who wrote the object, a deployer did.
    https://argo-cd.readthedocs.io/en/stable/user-guide/resource_hooks/#hook-deletion-policies
    """
    hook = any(
        directive.found(live) is not None and directive.key in {_ARGO_HOOK, _HELM_HOOK}
        for directive in DIRECTIVES
    )
    if not hook:
        return False
    owners = ownership(live)
    return not owners.known or any(
        writer.manager_class is ManagerClass.ENGINE or writer.manager in _DEPLOYS_HOOKS
        for writer in owners.managers()
    )


_DEPLOYS_HOOKS: Final = frozenset({CLIENT_SIDE_APPLY, "helm", "Helm"})

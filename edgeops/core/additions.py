"""
What an engine object adds to the overlay that it applies.

Both engines edit the overlay's own kustomization before they build; here the edit is a function,
for a copy. What Flux does after the build follows. What cannot be done here is refused.

https://fluxcd.io/flux/components/kustomize/kustomizations/
https://github.com/fluxcd/pkg/blob/main/kustomize/kustomize_generator.go
https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from edgeops.core import documents
from edgeops.core.engine import is_application, is_flux_kustomization
from edgeops.core.envsubst import substituted
from edgeops.core.objects import JsonObject, KubeObject

_FLUX_DONE: Final = frozenset({"patches", "images", "components", "namePrefix", "nameSuffix"})
_FLUX_REFUSED: Final = ("patchesStrategicMerge", "patchesJson6902")
_ARGO_DONE: Final = frozenset(
    {"namePrefix", "nameSuffix", "namespace", "commonAnnotations", "components", "patches"}
)
_ARGO_LABELS: Final = frozenset({"commonLabels", "labelWithoutSelector", "labelIncludeTemplates"})
# These choose a program, or say what to do about clashes; the build shows what comes of it.
_ARGO_NOTHING: Final = frozenset(
    {"version", "forceCommonLabels", "forceCommonAnnotations", "kubeVersion", "apiVersions"}
)
_IMAGE: Final = re.compile(
    r"(?P<name>[^=@\s]+?)(?:=(?P<new>[^@\s]+?))?(?::(?P<tag>[^:/@=\s]+))?(?:@(?P<digest>\S+))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """Fields for a kustomization, and what comes after the build."""

    fields: JsonObject = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    refused: str | None = None
    """What cannot be done here, in words; then the overlay is not what the engine applies."""

    def edit(self, kustomization: JsonObject) -> JsonObject:
        """The kustomization as the engine builds it."""
        edited = dict(kustomization)
        for name, value in self.fields.items():
            before = edited.get(name)
            if name in {"images", "replicas"}:
                edited[name] = _by_name(before or (), value)
            elif name == "components":
                edited[name] = list(dict.fromkeys((*(before or ()), *value)))
            elif isinstance(value, list):
                edited[name] = [*(before or ()), *value]
            elif isinstance(value, Mapping):
                edited[name] = {**(before or {}), **value}
            else:
                edited[name] = value
        return edited

    def finish(self, objects: Iterable[KubeObject]) -> tuple[KubeObject, ...]:
        """
        What Flux does to the built objects.

        Raises:
            ValueError: if a variable stands in a form that is not known here.
        """
        filled = (substituted(item, self.variables) if self.variables else item for item in objects)
        return tuple(self._marked(item) for item in filled)

    def _marked(self, item: KubeObject) -> KubeObject:
        own = {"labels": self.labels, "annotations": self.annotations}
        added = {
            name: {**(item.metadata.get(name) or {}), **words}
            for name, words in own.items()
            if words
        }
        if not added:
            return item
        return KubeObject({**item.body, "metadata": {**item.metadata, **added}}, item.origin)


def additions(item: KubeObject) -> Additions | None:
    """What an Application or a Flux Kustomization adds; None if nothing."""
    spec = item.body.get("spec")
    if not isinstance(spec, Mapping):
        return None
    found = None
    if is_flux_kustomization(item):
        found = _of_flux(spec)
    elif is_application(item):
        source = spec.get("source")
        found = _of_argo(source) if isinstance(source, Mapping) else None
    if found is None or found == Additions():
        return None
    if found.refused is None:
        return found
    why = f"{item.key} has {found.refused}, so that the overlay is not what the engine applies"
    return Additions(refused=why)


def _of_flux(spec: JsonObject) -> Additions:
    if refused := next((name for name in _FLUX_REFUSED if spec.get(name)), None):
        return Additions(refused=f"spec.{refused}")
    # What SOPS encrypted is compared by key alone, so that nothing has to be decrypted.
    provider = _map(spec.get("decryption")).get("provider")
    if provider not in (None, "sops"):
        return Additions(refused=f"spec.decryption with the provider {provider}")
    fields = {name: spec[name] for name in sorted(_FLUX_DONE) if spec.get(name)}
    if spec.get("targetNamespace"):
        fields["namespace"] = spec["targetNamespace"]
    common = _map(spec.get("commonMetadata"))
    build = _map(spec.get("postBuild"))
    if build.get("substituteFrom"):
        return Additions(refused="spec.postBuild.substituteFrom, whose values are not in git")
    return Additions(
        fields=fields,
        labels=_map(common.get("labels")),
        annotations=_map(common.get("annotations")),
        variables={name: str(value) for name, value in _map(build.get("substitute")).items()},
    )


def _of_argo(source: JsonObject) -> Additions:
    for name in ("helm", "plugin", "chart"):
        if source.get(name):
            return Additions(refused=f"source.{name}")
    given = {name: value for name, value in _map(source.get("kustomize")).items() if value}
    fields: dict[str, Any] = {}
    for name, value in given.items():
        place = f"source.kustomize.{name}"
        if "{{" in documents.dump_json(value):
            return Additions(refused=f"{place} with a placeholder")
        if name in _ARGO_DONE:
            fields[name] = value
        elif name == "replicas":
            fields[name] = [dict(entry) for entry in value]
        elif name == "images":
            images = [_image(text) for text in value]
            if None in images:
                return Additions(refused=f"{place} in a form that is not known here")
            fields[name] = images
        elif name not in _ARGO_LABELS | _ARGO_NOTHING:
            return Additions(refused=place)
    if pairs := given.get("commonLabels"):
        if given.get("labelWithoutSelector"):
            templates = bool(given.get("labelIncludeTemplates"))
            fields["labels"] = [{"pairs": pairs, "includeTemplates": templates}]
        else:
            fields["commonLabels"] = pairs
    return Additions(fields=fields)


def _image(text: Any) -> JsonObject | None:
    """
    An image as ``kustomize edit set image`` reads it: ``name=new:tag``, ``name:tag``, ``name@…``.

    None for a form that keeps a part of what the kustomization has (``*``).
    """
    found = _IMAGE.fullmatch(text) if isinstance(text, str) and "*" not in text else None
    if found is None:
        return None
    named = {
        "name": found["name"],
        "newName": found["new"],
        "newTag": found["tag"],
        "digest": found["digest"],
    }
    return {key: value for key, value in named.items() if value is not None}


def _by_name(before: Sequence[Any], added: Sequence[Any]) -> list[Any]:
    """Entries of both; one that is added replaces the one of the same name."""
    result = list(before)
    for entry in added:
        name = _map(entry).get("name")
        same = [index for index, other in enumerate(result) if _map(other).get("name") == name]
        if same:
            result[same[0]] = entry
        else:
            result.append(entry)
    return result


def _map(value: Any) -> JsonObject:
    return value if isinstance(value, Mapping) else {}

"""
What an API server fills in where a manifest says nothing: asked of a real one.

OpenAPI documents hold few defaults of the built-in types; most are in Go code, and some depend
on other fields. Two sources: the probes (``schema_probes/``), applied as dry runs, and
Kubernetes' defaulting functions, called by ``tests/controlplane/gotypes``. The probes see
what functions cannot, such as admission and allocation; the functions reach fields that no
probe thought of.
"""

import json
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from edgeops.core.openapi import OBJECT_META, Node, annotated, short_name
from tests.controlplane.server import ControlPlane
from tests.controlplane.toolchain import find_go

Field = tuple[str, str]
"""Type and field name."""

_PROBES = Path(__file__).with_name("schema_probes")
_CONTROL_PLANE = Path(__file__).resolve().parents[1] / "tests" / "controlplane"
_MANY_VALUES = 4
_SCALARS = ("string", "integer", "number", "boolean")

ASSIGNED: Mapping[Field, str] = {
    ("batch.v1.JobSpec", "selector"): "made of the Job's uid",
    ("core.v1.PersistentVolumeClaimSpec", "storageClassName"): "the cluster's default class",
    ("core.v1.ServicePort", "nodePort"): "allocated",
    ("core.v1.ServiceSpec", "clusterIP"): "allocated",
    ("core.v1.ServiceSpec", "clusterIPs"): "allocated",
    ("core.v1.ServiceSpec", "healthCheckNodePort"): "allocated",
    ("core.v1.ServiceSpec", "ipFamilies"): "the cluster's families",
    ("core.v1.ServiceSpec", "ipFamilyPolicy"): "depends on the cluster's families",
    ("resource.v1.DeviceTaint", "timeAdded"): "the time of the write",
}
"""Values that the server picks; not the same in every cluster."""

COMPUTED: Mapping[Field, str] = {
    ("apiextensions.v1.CustomResourceDefinitionNames", "listKind"): "kind",
    ("apiextensions.v1.CustomResourceDefinitionNames", "singular"): "kind",
    ("core.v1.ContainerPort", "hostPort"): "containerPort, on the host's network",
    ("core.v1.LimitRangeItem", "default"): "max",
    ("core.v1.LimitRangeItem", "defaultRequest"): "default, or min",
    ("core.v1.NodeSpec", "taints"): "admission taints a new node as not ready",
    ("core.v1.PersistentVolumeClaimSpec", "dataSource"): "dataSourceRef",
    ("core.v1.PersistentVolumeClaimSpec", "dataSourceRef"): "dataSource",
    ("core.v1.PodSpec", "priority"): "priorityClassName",
    ("core.v1.PodSpec", "serviceAccount"): "serviceAccountName",
    ("core.v1.ReplicationControllerSpec", "selector"): "the template's labels",
    ("core.v1.ResourceRequirements", "requests"): "limits",
    ("core.v1.ServicePort", "targetPort"): "port",
}
"""Values made of other fields, which are named."""

PASSED_OVER: Mapping[Field, str] = {
    ("core.v1.PodSpec", "tolerations"): "added to Pods, never to the templates that share the type",
}
"""What is filled in, but must not count as filled in wherever the type is used."""


class ProbeError(Exception):
    """The API server refused a probe, or filled in what is neither constant nor listed above."""


class Defaults:
    """
    Collects what is filled in, by type and field.

    Args:
        types: the built-in types by name, as `edgeops.core.openapi.builtin_types` makes them.
    """

    def __init__(self, types: Mapping[str, Node]) -> None:
        for type_name, name in (*ASSIGNED, *COMPUTED, *PASSED_OVER):
            if name not in types.get(type_name, {}).get("fields", {}):
                raise ProbeError(f"{type_name} has no field {name} any more: take it off the list")
        self._types = types
        self._values: defaultdict[Field, list[Any]] = defaultdict(list)

    def observe(self, sent: Mapping[str, Any], got: Mapping[str, Any], type_name: str) -> None:
        """Compare a manifest with what became of it, both of one type."""
        if type_name == OBJECT_META:
            return  # Shared by everything; what a server writes there is no default.
        fields = self._types[type_name]["fields"]
        for name, value in got.items():
            if name in fields:
                place = (type_name, name)
                if name in sent:
                    self._descend(sent[name], value, fields[name], place)
                else:
                    self._filled(value, fields[name], place)

    def _descend(self, sent: Any, got: Any, node: Node, place: Field) -> None:
        target = _reference(node)
        if isinstance(sent, Mapping) and isinstance(got, Mapping):
            if target is not None:
                self.observe(sent, got, target)
            elif set(got) - set(sent):
                self.add(place, got)
        elif isinstance(sent, list) and isinstance(got, list):
            if len(sent) != len(got):
                self.add(place, got)
                return
            for one, other in zip(sent, got, strict=True):
                self._descend(one, other, node["items"], place)

    def _filled(self, value: Any, node: Node, place: Field) -> None:
        target = _reference(node)
        if place in ASSIGNED or place in COMPUTED:
            return
        if value and isinstance(value, Mapping) and target is not None:
            self.observe({}, value, target)
        else:
            self.add(place, value)

    def add(self, place: Field, value: Any) -> None:
        """Take down one value that was filled in; null is no value."""
        if value is None or place in PASSED_OVER:
            return
        known = self._values[place]
        if not any(_text(value) == _text(other) for other in known):
            known.append(value)

    def annotations(self) -> Iterator[tuple[Field, dict[str, Any]]]:
        """
        What to say of each field.

        Raises:
            ProbeError: a field got more values than a default has.
        """
        for place in sorted({*self._values, *ASSIGNED, *COMPUTED}):
            values = sorted(self._values.get(place, ()), key=_text)
            if place in ASSIGNED:
                yield place, {"assigned": True}
            elif place in COMPUTED:
                yield place, {"computed": True}
            elif len(values) == 1:
                yield place, {"default": values[0]}
            elif len(values) <= _MANY_VALUES:
                yield place, {"defaults": values}
            else:
                raise ProbeError(f"{'.'.join(place)} is filled in with {values}: list it")


def probe(plane: ControlPlane, kinds: Mapping[str, Any], defaults: Defaults) -> None:
    """
    Apply every probe as a dry run and take down what is filled in.

    Raises:
        ProbeError: the API server refuses some; all are named.
    """
    refused: list[str] = []
    for manifest in _manifests():
        kind = kinds[f"{manifest['apiVersion']}/{manifest['kind']}"]
        status, answer = _dry_run(plane, manifest, kind)
        if status in (200, 201):
            defaults.observe(manifest, answer, kind["type"])
        else:
            refused.append(f"{manifest['kind']} {manifest['metadata']['name']}: {answer}")
    if refused:
        raise ProbeError("\n".join(refused))


def _manifests() -> Iterator[dict[str, Any]]:
    for file in sorted(_PROBES.glob("*.yaml")):
        with file.open(encoding="utf-8") as stream:
            yield from yaml.safe_load_all(stream)


def _dry_run(
    plane: ControlPlane, manifest: dict[str, Any], kind: Mapping[str, Any]
) -> tuple[int, Any]:
    version, name = manifest["apiVersion"], manifest["metadata"]["name"]
    base = f"/apis/{version}" if "/" in version else f"/api/{version}"
    scope = "/namespaces/default" if kind["namespaced"] else ""
    status, body = plane.request(
        "PATCH",
        f"{base}{scope}/{kind['plural']}/{name}"
        "?dryRun=All&fieldManager=probe&force=true&fieldValidation=Strict",
        body=manifest,
        content_type="application/apply-patch+yaml",
    )
    answer = json.loads(body)
    return status, answer if status in (200, 201) else answer.get("message")


def go_types() -> dict[str, dict[str, Any]]:
    """What ``gotypes`` tells, by short type name and field."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "gotypes"
        find_go().run(
            *("build", "-trimpath", "-ldflags=-s -w", "-o", str(program), "./gotypes"),
            cwd=_CONTROL_PLANE,
        )
        done = subprocess.run((str(program),), check=True, capture_output=True, text=True)
    return {short_name(model): fields for model, fields in json.loads(done.stdout).items()}


def add_go_defaults(told: Mapping[str, Mapping[str, Any]], defaults: Defaults) -> None:
    """Take down what the defaulting functions fill in."""
    for type_name, fields in told.items():
        if type_name != OBJECT_META:
            for name, field in fields.items():
                for value in field.get("defaults", ()):
                    defaults.add((type_name, name), value)


def annotate(
    types: dict[str, Node], defaults: Defaults, told: Mapping[str, Mapping[str, Any]]
) -> None:
    """Say at each field of ``types`` what was found out about it."""
    for (type_name, name), extra in defaults.annotations():
        fields = types.get(type_name, {}).get("fields", {})
        if name in fields:
            node = annotated(fields[name], **extra)
            if "values" in node and "default" not in extra:
                # A map may be sent in part: then it is its values that are filled in.
                node["values"] = annotated(node["values"], **extra)
            fields[name] = node
    for type_name, told_fields in told.items():
        fields = types.get(type_name, {}).get("fields", {})
        for name, field in told_fields.items():
            if field.get("zero") and name in fields and _is_scalar(fields[name]):
                fields[name] = annotated(fields[name], zero=True)


def _is_scalar(node: Node) -> bool:
    return (node if isinstance(node, str) else node.get("type")) in _SCALARS


def _reference(node: Node) -> str | None:
    return node.get("ref") if isinstance(node, dict) else None


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)

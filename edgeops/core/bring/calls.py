"""
Who calls whom: by annotations, by intentions, and by the names that configuration holds.

A Service's name counts as a call where it stands as the host of an address: after ``//`` or
``@``, before a port, with ``.svc``, after ``host=`` or the like, or as the whole value of a
variable that is called after a host. A mere word that is the same as a name does not.
"""

import base64
import binascii
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from edgeops.core.bring.pods import (
    UPSTREAMS,
    annotations_of,
    containers,
    is_in,
    name_of,
    pod_of,
)
from edgeops.core.objects import JsonObject

CONSUL = "consul.hashicorp.com"

_HOSTS = r"host|addr|address|url|uri|server|endpoint|service|upstream|broker|dsn|svc|backend"
_HOST_KEY = re.compile(rf"(?:^|[_.-])(?:{_HOSTS})s?(?:$|[_.-])", re.IGNORECASE)
_HOST_BEFORE = re.compile(
    rf"(?:{_HOSTS})s?[\"']?\s*[=:]\s*[\"']?$|(?:^|\s)-\S*(?:{_HOSTS})\s+$", re.IGNORECASE
)
_LOOKED_AT = 40
"""Characters before a name that may say that it is a host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A Service that some text calls by name."""

    name: str
    namespace: str | None = None
    """Where the text names the Service's namespace too."""


def mentions(text: str, names: Collection[str], *, key: str = "") -> Iterator[Mention]:
    """
    The Services of *names* that *text* calls.

    Args:
        key: what the text is the value of, such as a variable's name.
    """
    for name in names:
        if name in text:
            yield from _mentions(text, name, key)


def _mentions(text: str, name: str, key: str) -> Iterator[Mention]:
    pattern = (
        rf"(?<![\w.-]){re.escape(name)}"
        r"(?:\.(?P<namespace>[a-z0-9-]+)(?P<svc>\.svc(?:\.[a-z0-9-]+)*)?)?"
        r"(?P<port>:\d+\b)?(?![\w-]|\.\w)"
    )
    for found in re.finditer(pattern, text):
        namespace, svc = found["namespace"], found["svc"]
        if namespace is not None and svc is None:
            continue  # some other host that begins like it
        before = text[max(found.start() - _LOOKED_AT, 0) : found.start()]
        whole = found[0] == text.strip() and _HOST_KEY.search(key)
        if (
            whole
            or svc
            or found["port"]
            or before.endswith(("//", "@"))
            or _HOST_BEFORE.search(before)
        ):
            yield Mention(name=name, namespace=namespace)


def texts(workload: JsonObject, objects: Iterable[JsonObject]) -> Iterator[tuple[str, str]]:
    """
    What the pods of *workload* are configured with: pairs of a key (may be empty) and a text.

    Values of Secrets are among them: they are looked at, and must not be shown.
    """
    stored = _stored(objects)
    for container in containers(workload, init=True):
        yield "", " ".join(map(str, (*(container.get("command") or ()), *_args(container))))
        for variable in container.get("env") or ():
            key = str(variable.get("name") or "")
            yield key, str(variable.get("value") or "")
            for kind, name, entry in _value_from(variable.get("valueFrom") or {}):
                yield key, stored.get((kind, name), {}).get(entry, "")
        for source in container.get("envFrom") or ():
            for kind, reference in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
                if held := source.get(reference):
                    yield from stored.get((kind, str(held.get("name"))), {}).items()
    for held in _mounted(pod_of(workload)):
        for entry, text in stored.get(held, {}).items():
            yield entry, text


def _args(container: JsonObject) -> Iterable[Any]:
    return container.get("args") or ()


def _value_from(source: JsonObject) -> Iterator[tuple[str, str, str]]:
    for kind, key in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
        if held := source.get(key):
            yield kind, str(held.get("name")), str(held.get("key"))


def _mounted(pod: JsonObject) -> Iterator[tuple[str, str]]:
    for volume in pod.get("volumes") or ():
        projected = (volume.get("projected") or {}).get("sources") or ()
        for source in (volume, *projected):
            if held := source.get("configMap"):
                yield "ConfigMap", str(held.get("name"))
            if held := source.get("secret"):
                yield "Secret", str(held.get("secretName") or held.get("name"))


def _stored(objects: Iterable[JsonObject]) -> dict[tuple[str, str], dict[str, str]]:
    """The texts of ConfigMaps and Secrets, by kind and name."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for body in objects:
        if body["kind"] in {"ConfigMap", "Secret"} and body["apiVersion"] == "v1":
            data = {str(key): str(value) for key, value in (body.get("data") or {}).items()}
            if body["kind"] == "Secret":
                data = {key: _decoded(value) for key, value in data.items()}
                plain = body.get("stringData") or {}
                data |= {str(key): str(value) for key, value in plain.items()}
            found[body["kind"], name_of(body)] = data
    return found


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def annotated(workload: JsonObject) -> Iterator[str]:
    """
    The services that the pods name as explicit upstreams, without their ports.

    Both ``name:port`` and ``name.svc.namespace.ns:port`` are read; prepared queries are not.
    https://developer.hashicorp.com/consul/docs/reference/k8s/annotation-label
    """
    value = str(annotations_of(workload).get(UPSTREAMS) or "")
    for entry in filter(None, (part.strip() for part in value.split(","))):
        if not entry.startswith("prepared_query:"):
            yield entry.partition(":")[0].partition(".")[0]


def intended(objects: Iterable[JsonObject]) -> Mapping[str, set[str]]:
    """By destination, the sources that the ServiceIntentions of the build allow."""
    found: dict[str, set[str]] = {}
    for body in is_in(objects, (CONSUL, "ServiceIntentions")):
        spec = body.get("spec") or {}
        destination = str((spec.get("destination") or {}).get("name"))
        for source in spec.get("sources") or ():
            if source.get("action") == "allow" or source.get("permissions"):
                found.setdefault(destination, set()).add(str(source.get("name")))
    return found

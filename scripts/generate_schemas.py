"""
Make ``edgeops/data/schemas.json``: what edgeops has to know of Kubernetes' types.

Run as ``python -m scripts.generate_schemas``, or with ``--check`` to compare the kept file with
what would be made now (exit 1 if they differ). It starts the control plane of the tests, which
is built when missing.

The file::

    {"versions": {"kubernetes": "v1.36.3", …},
     "kinds": {"apps/v1/Deployment": {"type": TYPE, "plural": …, "namespaced": …}, …},
     "types": {TYPE: NODE, …}}

A NODE is ``"string"``, ``"integer"``, ``"number"``, ``"boolean"`` or ``"any"`` (nothing known),
or an object with those of these keys that apply:

``ref``       the TYPE that says the rest
``type``      a scalar's name, where more is said of it
``fields``    field name to NODE
``values``    NODE of a map's values
``items``     NODE of a list's elements
``list``      ``map`` or ``set``: merged by ``keys`` or by value; without it, one atomic value
``keys``      the key fields of a ``map`` list
``format``    ``quantity``, ``int-or-string``, ``byte``, ``duration``, ``date-time``
``atomic``    a map that is replaced as a whole
``required``  the fields that must be there
``open``      an object that may hold fields that are not named
``enum``      the words that a text may be, the empty one left out
``default``   the value that the server fills in where the field is left out
``defaults``  all such values, where it depends on other fields
``assigned``  the server fills in a value of its own choice, such as an address
``computed``  the server fills in a value made of other fields
``zero``      false, 0 and "" cannot be told from absence

Status, and the metadata that the server writes, are left out. In metadata the server also
adds what is in no schema: the label ``kubernetes.io/metadata.name`` of a Namespace,
finalizers of claims and volumes, labels in a Job's template.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from edgeops.core import openapi
from edgeops.core.openapi import Node, kind_key
from scripts import schema_defaults, schema_sharing
from tests.controlplane.build import kubernetes_version
from tests.controlplane.crds import crds, modules
from tests.controlplane.server import ControlPlane

SCHEMAS = Path(__file__).resolve().parents[1] / "edgeops" / "data" / "schemas.json"

CUSTOM_GROUPS = (
    "argoproj.io",
    "consul.hashicorp.com",
    "gateway.networking.k8s.io",
    "kustomize.toolkit.fluxcd.io",
    "source.toolkit.fluxcd.io",
)
_STANDARD_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_GVK = "x-kubernetes-group-version-kind"
_WAIT_SECONDS = 60


def generate(plane: ControlPlane) -> str:
    """
    The text of the file, from a server that has the CRDs.

    Raises:
        schema_defaults.ProbeError: a probe is refused, or a default is none.
    """
    documents = _documents(plane)
    components: dict[str, Any] = {}
    for document in documents.values():
        components |= document["components"].get("schemas", {})
    types = openapi.builtin_types(
        {name: schema for name, schema in components.items() if name.startswith("io.k8s.")}
    )
    kinds = _kinds(plane, documents)
    told = schema_defaults.go_types()
    defaults = schema_defaults.Defaults(types)
    schema_defaults.add_go_defaults(told, defaults)
    schema_defaults.probe(plane, kinds, defaults)
    schema_defaults.annotate(types, defaults, told)
    custom = {
        kinds[kind_key(schema)]["type"]: openapi.custom_type(schema)
        for schema in components.values()
        if kind_key(schema) in kinds and kinds[kind_key(schema)]["type"] not in types
    }
    types |= schema_sharing.with_shared_types(custom)
    used = _reachable(types, [kind["type"] for kind in kinds.values()])
    return _written(kinds, {name: types[name] for name in used})


def _documents(plane: ControlPlane) -> dict[str, Any]:
    """
    The OpenAPI document of every served group version that is wanted.

    Those of custom resources are published a moment after the resources are served.
    """
    wanted = {
        f"{crd['spec']['group']}.{crd['spec']['names']['kind']}"
        for crd in crds()
        if crd["spec"]["group"] in CUSTOM_GROUPS
    }
    end = time.monotonic() + _WAIT_SECONDS
    while True:
        found = {
            path: plane.get(f"/openapi/v3/{path}") for path in _paths(plane) if _is_wanted(path)
        }
        told = {
            f"{kind['group']}.{kind['kind']}"
            for document in found.values()
            for schema in document["components"].get("schemas", {}).values()
            for kind in schema.get(_GVK, ())
            if "properties" in schema
        }
        if wanted <= told:
            return found
        assert time.monotonic() < end, f"no OpenAPI document of {sorted(wanted - told)}"
        time.sleep(0.5)


def _paths(plane: ControlPlane) -> list[str]:
    return sorted(plane.get("/openapi/v3")["paths"])


def _is_wanted(path: str) -> bool:
    """A built-in group's stable version, or any of a custom group's that we use."""
    if path == "api/v1":
        return True
    match path.split("/"):
        case ["apis", group, version]:
            builtin = "." not in group or group.endswith(".k8s.io")
            return group in CUSTOM_GROUPS or (builtin and version.lstrip("v").isdigit())
    return False


def _kinds(plane: ControlPlane, documents: Mapping[str, Any]) -> dict[str, Any]:
    """The kinds that can be listed and made, as discovery tells of them."""
    types = {
        kind_key(schema): openapi.short_name(name)
        for document in documents.values()
        for name, schema in document["components"].get("schemas", {}).items()
        if _GVK in schema and not name.startswith(_STANDARD_META)
    }
    kinds: dict[str, Any] = {}
    for path in documents:
        version = path.removeprefix("apis/").removeprefix("api/")
        group, _, number = version.rpartition("/")
        for resource in plane.get(f"/{path}")["resources"]:
            if {"list", "create"} <= set(resource["verbs"]) and "/" not in resource["name"]:
                key = f"{version}/{resource['kind']}"
                kinds[key] = {
                    "type": f"{group}.{number}.{resource['kind']}"
                    if group in CUSTOM_GROUPS
                    else types[key],
                    "plural": resource["name"],
                    "namespaced": resource["namespaced"],
                }
    return kinds


def _reachable(types: Mapping[str, Node], roots: list[str]) -> list[str]:
    seen: set[str] = set()
    todo = list(roots)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += _references(types[name])
    return sorted(seen)


def _references(node: Node) -> Iterator[str]:
    if not isinstance(node, dict):
        return
    if "ref" in node:
        yield node["ref"]
    for below in (*node.get("fields", {}).values(), node.get("values"), node.get("items")):
        yield from _references(below)


def _written(kinds: Mapping[str, Any], types: Mapping[str, Node]) -> str:
    """One entry a line, so that a difference between versions can be read."""
    versions = {"kubernetes": kubernetes_version()}
    versions |= {module.name: module.version for module in modules()}
    sections = {"kinds": kinds, "types": types, "versions": versions}
    return "{" + ",".join(map(_section, sections.items())) + "\n}\n"


def _section(named: tuple[str, Mapping[str, Any]]) -> str:
    name, entries = named
    lines = (f"{json.dumps(key)}:{_compact(entries[key])}" for key in sorted(entries))
    return f'\n"{name}":{{\n' + ",\n".join(lines) + "\n}"


def _compact(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def main() -> int:
    """Write or compare; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    with ControlPlane() as plane:
        plane.install_crds()
        text = generate(plane)
    same = SCHEMAS.exists() and SCHEMAS.read_text(encoding="utf-8") == text
    if same:
        print(f"{SCHEMAS.name} is up to date")
    elif check:
        print(f"{SCHEMAS.name} is out of date: run python -m scripts.generate_schemas")
        return 1
    else:
        SCHEMAS.write_text(text, encoding="utf-8")
        print(f"{SCHEMAS.name} written, {len(text) // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

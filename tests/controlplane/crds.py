"""
The custom resource definitions of Consul, Argo CD, Flux and the Gateway API, out of their modules.

Versions and checksums stand in ``modules.json``. Go compares what it downloads with its
public checksum database; that one does not know Consul's module at this commit, so the
checksum is compared here, for all of them.
"""

import hashlib
import json
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from edgeops.core import documents
from tests.controlplane.toolchain import BuildError, Go, cache_root, find_go, locked, say

Crd = dict[str, Any]

_MODULES_FILE = Path(__file__).with_name("modules.json")
_UNKNOWN_TO_SUMDB = "github.com/hashicorp/consul-k8s"
_CACHE_FORMAT = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One pinned Go module that carries CRDs."""

    name: str
    path: str
    version: str
    sum: str
    crds: str
    """The folder of the CRDs inside the module."""


def modules() -> tuple[Module, ...]:
    """The pins, in the order of the file."""
    listed = json.loads(_MODULES_FILE.read_text(encoding="utf-8"))
    return tuple(Module(**entry) for entry in listed)


@cache
def crds() -> list[Crd]:
    """
    Every CRD of every pinned module, parsed, in a fixed order; treat them as read-only.

    Raises:
        BuildError: a module cannot be downloaded or is not what was pinned.
    """
    pins = _MODULES_FILE.read_bytes()
    key = hashlib.sha256(_CACHE_FORMAT.encode() + pins).hexdigest()[:12]
    kept = cache_root() / "crds" / f"{key}.json"
    with locked("crds"):
        if not kept.exists():
            kept.parent.mkdir(exist_ok=True)
            fresh = kept.with_suffix(".part")
            fresh.write_text(
                json.dumps([crd for module in modules() for crd in definitions(module)]),
                encoding="utf-8",
            )
            fresh.replace(kept)
    found: list[Crd] = json.loads(kept.read_text(encoding="utf-8"))
    return found


def download(module: Module, go: Go) -> Path:
    """
    Bring one module into Go's module cache and return its folder there.

    Raises:
        BuildError: it cannot be downloaded, or its checksum is not the pinned one.
    """
    # Outside of any module, so that no go.mod has a word in which version it is.
    with tempfile.TemporaryDirectory() as empty:
        done = go.run(
            *("mod", "download", "-json", f"{module.path}@{module.version}"),
            cwd=Path(empty),
            extra={"GONOSUMDB": _UNKNOWN_TO_SUMDB, "GOFLAGS": ""},
        )
    told = json.loads(done.stdout)
    if told.get("Sum") != module.sum:
        raise BuildError(
            f"{module.path}@{module.version}: checksum {told.get('Sum')}, pinned {module.sum}"
        )
    return Path(told["Dir"])


def definitions(module: Module) -> list[Crd]:
    """
    The CRDs of one module.

    Raises:
        BuildError: as `download`, or there are none.
    """
    say(f"fetching the CRDs of {module.path}@{module.version}")
    folder = download(module, find_go()) / module.crds
    found = [crd for file in sorted(folder.glob("*.yaml")) for crd in _read(file)]
    if not found:
        raise BuildError(f"{folder}: no custom resource definition there")
    return found


def _read(file: Path) -> list[Crd]:
    return [
        document.value
        for document in documents.load_all(file.read_bytes())
        if isinstance(document.value, dict)
        and document.value.get("apiVersion") == "apiextensions.k8s.io/v1"
        and document.value.get("kind") == "CustomResourceDefinition"
    ]

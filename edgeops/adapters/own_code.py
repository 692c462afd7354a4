"""What stands for edgeops itself, so that another edgeops takes over nothing that this one kept."""

import hashlib
import sys
from functools import cache
from importlib import resources
from importlib.abc import Traversable


@cache
def digest() -> bytes:
    """Of every byte of the core and of the zone catalogue, and the Python below them; 32 bytes."""
    found = hashlib.sha256(sys.version.encode())
    package = resources.files("edgeops")
    modules = _modules(package / "core")
    catalogue = ("zones", (package / "data" / "zones.tsv").read_bytes())
    for name, content in (*sorted(modules), catalogue):
        found.update(f"{name}\0{len(content)}\0".encode() + content)
    return found.digest()


@cache
def whole() -> bytes:
    """Of every byte of the package, its data among them, and the Python below it; 32 bytes."""
    found = hashlib.sha256(sys.version.encode())
    for name, content in sorted(_modules(resources.files("edgeops"), kinds=("",))):
        found.update(f"{name}\0{len(content)}\0".encode() + content)
    return found.digest()


def _modules(
    folder: Traversable, above: str = "", kinds: tuple[str, ...] = (".py",)
) -> list[tuple[str, bytes]]:
    found = []
    for item in folder.iterdir():
        name = f"{above}/{item.name}"
        if item.is_dir() and item.name != "__pycache__":
            found += _modules(item, name, kinds)
        elif item.is_file() and item.name.endswith(kinds):
            found.append((name, item.read_bytes()))
    return found

"""
A kustomization that lists many plain files, built a few files at a time.

Kustomize compares each object with all that came before it: twice the objects take it four times
as long, and the folder of an engine with a thousand zones takes two minutes. A kustomization that
lists files of its own directory, and labels what is in them, looks at one object at a time: it
makes what its portions make.
"""

import contextlib
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from edgeops.adapters import closure, kustomizations
from edgeops.core import documents
from edgeops.core.objects import KubeObject, in_order
from edgeops.ports import Build

FILES: Final = 50
"""Of one portion. Fewer cost more starts of kustomize, more its comparisons."""

# Labels and annotations are put on one object at a time; whatever else a kustomization says may
# look at all of them at once.
_ONE_BY_ONE: Final = frozenset(
    {
        *("apiVersion", "kind", "resources", "buildMetadata"),
        *("labels", "commonLabels", "commonAnnotations"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """
    Where portions lie.

    Attributes:
        root: a directory that will be gone.
        portions: directories in it, in the order of their files; none: build the whole.
    """

    root: str = ""
    portions: Sequence[str] = field(default=())


@contextlib.contextmanager
def cut(root: str, overlay: str) -> Iterator[Cut]:
    """Lay out the portions of an overlay below *root*, for as long as the block runs."""
    directory = Path(root, overlay)
    read = kustomizations.read(directory)
    names = None if read is None else _listed(directory, read[1])
    if read is None or names is None or len(names) <= FILES or closure.leaving(root, overlay):
        yield Cut()
        return
    file, value = read
    with tempfile.TemporaryDirectory(prefix="edgeops-") as scratch:
        try:
            places = [
                _lay_out(
                    Path(scratch, str(start)), directory, file.name, {**value, "resources": part}
                )
                for start, part in _parts(names)
            ]
        except OSError:  # kustomize says which file it cannot read
            places = []
        yield Cut(root=scratch, portions=places)


def _parts(names: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    for start in range(0, len(names), FILES):
        yield start, names[start : start + FILES]


def _lay_out(place: Path, directory: Path, name: str, value: Mapping[str, Any]) -> str:
    """A kustomization of its own for some files of *directory*; the name of its folder."""
    place.mkdir()
    for listed in value["resources"]:
        shutil.copyfile(directory / listed, place / listed)
    # JSON is YAML, and no scalar changes its meaning on the way.
    (place / name).write_text(documents.dump_json(value), encoding="utf-8")
    return place.name


def _listed(directory: Path, value: Mapping[str, Any]) -> list[str] | None:
    """The files that a kustomization lists; None if it does, or lists, anything else."""
    names = value.get("resources")
    if not value.keys() <= _ONE_BY_ONE or not isinstance(names, list):
        return None
    plain = all(isinstance(name, str) and _is_plain(directory, name) for name in names)
    return names if plain and len(set(names)) == len(names) else None


def _is_plain(directory: Path, name: str) -> bool:
    """Whether it is a file of this very directory, and no link."""
    if "/" in name:
        return False
    try:
        return stat.S_ISREG((directory / name).lstat().st_mode)
    except (OSError, ValueError):
        return False


def joined(builds: Sequence[Build]) -> Build | None:
    """
    The build that portions add up to.

    None where kustomize has something to say of one, or would of the whole: an object that is
    there twice.
    """
    if any(build.error is not None or build.warnings for build in builds):
        return None
    objects = tuple(item for build in builds for item in build.objects)
    if len({_identity(item) for item in objects}) < len(objects):
        return None
    return Build(objects=tuple(in_order(objects)))


def _identity(item: KubeObject) -> tuple[str, str, str, str]:
    """What kustomize allows once; to it, no namespace and ``default`` are the same."""
    return item.api_version, item.kind, item.namespace or "default", item.name

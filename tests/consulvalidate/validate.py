"""
What Consul would refuse of a cluster's custom resources.

The API server accepts nearly anything for a Consul kind. ``main.go`` beside this file runs
Consul's real webhooks on the objects; here it is built, once, and called.
"""

import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests.controlplane.toolchain import BuildError, cache_root, find_go, locked, made_whole, say

HERE = Path(__file__).resolve().parent
_NAME = "consulvalidate"


def validate(objects: Iterable[dict[str, Any]], *, enterprise: bool) -> list[str]:
    """
    Ask Consul about all objects of one cluster, as if they were created in this order.

    Objects of other groups are passed over. Without ``enterprise`` all Kubernetes namespaces
    share one name space of Consul's, so names must be unique across them.

    Args:
        objects: manifests, all of one cluster.
        enterprise: namespaces, mirrored from Kubernetes; else Community.

    Returns:
        One sentence for each refused object, such as ``ServiceResolver lax/postgres: …``.
    """
    done = subprocess.run(
        (str(binary()), f"-enterprise={str(enterprise).lower()}"),
        input=json.dumps(list(objects)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise AssertionError(f"{_NAME}: exit {done.returncode}: {done.stderr}")
    results = [json.loads(line) for line in done.stdout.splitlines()]
    return [_sentence(result) for result in results if not result["allowed"]]


def _sentence(result: dict[str, str]) -> str:
    place = "/".join(filter(None, (result.get("namespace"), result["name"])))
    return f"{result['kind']} {place}: {result['message']}"


@cache
def binary() -> Path:
    """
    The built program; about a minute the first time.

    Raises:
        BuildError: it cannot be built.
    """
    go = find_go()
    machine = f"{platform.system()}-{platform.machine()}"
    texts = [file.read_bytes() for file in _sources()]
    digest = hashlib.sha256(b"\0".join((*texts, go.version.encode(), machine.encode())))
    home = cache_root() / _NAME / digest.hexdigest()[:12]
    with locked(_NAME):
        if not home.exists():
            say(f"building {_NAME}: a minute, once")
            with made_whole(home) as scratch:
                go.run(
                    *("build", "-trimpath", "-ldflags=-s -w", "-o", str(scratch / _NAME), "."),
                    cwd=HERE,
                )
    return home / _NAME


def _sources() -> Sequence[Path]:
    found = sorted((*HERE.rglob("*.go"), *HERE.rglob("go.*")))
    if not found:
        raise BuildError(f"{HERE}: no Go source there")
    return found

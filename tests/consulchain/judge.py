"""
What Consul itself makes of config entries (Community: one namespace, one partition).

``main.go`` beside this file calls the packages that Consul's servers call; here it is built,
once, and asked.
"""

import hashlib
import json
import platform
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests.controlplane.toolchain import cache_root, find_go, locked, made_whole, say

HERE = Path(__file__).resolve().parent
_NAME = "consulchain"

Answer = dict[str, Any]


class Judge:
    """A running program: one question, one answer."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            (str(binary()),), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, **question: Any) -> Answer:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"{_NAME} ended at {question}"
        answer: Answer = json.loads(line)
        return answer

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.stdout is not None
        self._process.stdout.close()
        assert self._process.wait() == 0


@cache
def binary() -> Path:
    """
    The built program; a minute the first time.

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
    return sorted((*HERE.glob("*.go"), *HERE.glob("go.*")))

"""
Prometheus' own rule engine: ``main.go`` beside this file is built, once, and asked.

It loads rules as a server would and evaluates them over series that a test makes up.
"""

import hashlib
import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.controlplane.toolchain import cache_root, find_go, locked, made_whole, say

HERE = Path(__file__).resolve().parent
_NAME = "promrules"


@dataclass(frozen=True)
class Judgement:
    """What came of one question."""

    errors: list[str]
    firing: list[dict[str, Any]]

    @property
    def alerts(self) -> list[str]:
        """The names of those that fire, sorted; one for each set of labels."""
        return sorted(alert["labels"]["alertname"] for alert in self.firing)


def judge(rules: Path, series: Mapping[str, str], *, start: str, minutes: int) -> Judgement:
    """
    The alerts that fire in the end.

    Args:
        rules: a file of rule groups.
        series: values, a minute apart, in the notation of Prometheus' unit tests (``0+60x30``),
            by series.
        start: of the first value, RFC 3339.
        minutes: for how long the rules are evaluated, once a minute.
    """
    load = "load 1m\n" + "".join(f"  {name} {values}\n" for name, values in series.items())
    question = {"file": str(rules), "load": load, "start": start, "minutes": minutes}
    done = subprocess.run(
        (str(binary()),), input=json.dumps(question), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    return Judgement(errors=answer["errors"] or [], firing=answer["firing"] or [])


@cache
def binary() -> Path:
    """
    The built program; minutes the first time.

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
            say(f"building {_NAME}: minutes, once")
            with made_whole(home) as scratch:
                go.run(
                    *("build", "-trimpath", "-ldflags=-s -w", "-o", str(scratch / _NAME), "."),
                    cwd=HERE,
                )
    return home / _NAME


def _sources() -> Sequence[Path]:
    return sorted((*HERE.glob("*.go"), *HERE.glob("go.*")))

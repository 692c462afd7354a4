"""What it was measured on."""

import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import psutil

from edgeops import __version__
from tests.controlplane.server import ControlPlane

_GIB = 1024**3


def described(plane: ControlPlane) -> Mapping[str, str]:
    """The machine and the versions, without anything that names the machine."""
    told = json.loads(plane.kubectl("version", "-o", "json").stdout)
    load = ", ".join(f"{some:.1f}" for some in os.getloadavg())
    return {
        "date": f"{datetime.now(tz=UTC):%Y-%m-%d}",
        "processor": f"{os.cpu_count()} × {_processor()}",
        "memory": f"{psutil.virtual_memory().total / _GIB:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "load before": f"{load} (1, 5 and 15 minutes; a quiet machine is near 0)",
        "API server": f"{told['serverVersion']['gitVersion']}, on the same machine",
        "kubectl": told["clientVersion"]["gitVersion"],
        "edgeops": __version__,
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()

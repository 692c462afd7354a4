"""The versions of the programs that edgeops runs, for the report on a bug."""

import contextlib
import re

from edgeops.adapters import process
from edgeops.adapters.kustomize import Kustomize
from edgeops.errors import EdgeopsError

_SECONDS = 10.0


def tool_versions() -> dict[str, str]:
    """By program; ``not found`` where it does not say."""
    found = {"kustomize": "not found", "git": "not found"}
    with contextlib.suppress(EdgeopsError, OSError):
        found["kustomize"] = Kustomize(None).version
    with contextlib.suppress(EdgeopsError, OSError):
        said = process.run(("git", "--version"), timeout=_SECONDS).stdout.decode(errors="replace")
        found["git"] = re.sub(r"^git version ", "", said.strip())[:60]
    return found

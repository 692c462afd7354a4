"""Repositories that ``edgeops init`` wrote, and what somebody made of them."""

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from edgeops.core import documents
from tests.live.scaffold import scaffold

CASES = Path(__file__).with_name("cases")
EDGE, WAVELENGTH = "us-west-2-lax-1a", "us-west-2-wl1-las-wlz-1"
CLUSTER: Mapping[str, Any] = {
    "name": "edge",
    "region": "us-west-2",
    "availabilityZones": ["us-west-2a", "us-west-2b"],
    "zones": [EDGE, WAVELENGTH],
}
_FOLDERS = {
    "Z/": f"overlays/edge/{EDGE}/",
    "W/": f"overlays/edge/{WAVELENGTH}/",
    "H/": "overlays/edge/region/",
}


def cases() -> list[Any]:
    """Every case of every file, its id made of the file and its name."""
    found = []
    for file in sorted(CASES.glob("*.yaml")):
        for case in documents.load(file.read_bytes()):
            found.append({"mesh": "consul-enterprise", "engine": "argocd", **case})
            found[-1]["id"] = f"{file.stem}: {case['name']}"
    return found


def repository(root: Path, engine: str, mesh: str) -> Path:
    """What ``edgeops init`` writes for the example in two zones."""
    made = scaffold(root, engine=engine, mesh=mesh, prefix="shop", clusters=[CLUSTER])
    return made.root


def apply(root: Path, engine: str, edits: Iterable[Mapping[str, Any]]) -> None:
    """
    Do to the files what a case says.

    Raises:
        AssertionError: what is to be replaced is not there.
    """
    for edit in edits:
        if "delete" in edit:
            shutil.rmtree(root / _path(edit["delete"], engine))
            continue
        file = root / _path(edit["file"], engine)
        file.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text() if file.exists() else ""
        if "replace" in edit:
            assert edit["replace"] in text, f"{file} lacks {edit['replace']!r}"
            text = text.replace(edit["replace"], edit["by"])
        elif "copy" in edit:
            text = (root / _path(edit["copy"], engine)).read_text()
        else:
            text = edit["write"] if "write" in edit else text + edit["add"]
        file.write_text(text)


def _path(path: str, engine: str) -> str:
    for short, long in {**_FOLDERS, "E/": f"clusters/edge/{engine}/"}.items():
        if path.startswith(short):
            return long + path.removeprefix(short)
    return path


def problems(output: str) -> list[Any]:
    """The problems of a validation that was printed as JSON."""
    found = json.loads(output)
    assert found["kind"] == "Validation"
    return list(found["problems"])

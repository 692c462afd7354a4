"""The dump of the demo is what its script would record now."""

import re
from pathlib import Path

import pytest

from scripts import record_dump
from tests.controlplane.server import ControlPlane

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]


def test_the_dump_is_current(tmp_path: Path) -> None:
    record_dump.scaffold(tmp_path)
    with ControlPlane(name=record_dump.CLUSTER, controllers=True) as plane:
        plane.install_crds()
        recorded = record_dump.record(plane, tmp_path)

    kept = record_dump.DUMP.read_text(encoding="utf-8")
    # On a busy machine a controller may write some seconds later.
    assert _without_times(recorded) == _without_times(kept), "run python -m scripts.record_dump"


def _without_times(text: str) -> list[str]:
    return re.sub(r'"time": "[^"]+"', '"time": …', text).splitlines()

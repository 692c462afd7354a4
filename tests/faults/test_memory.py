"""Answers of 500 MiB, and ones that unpack to as much: read with bounded memory, and named."""

import subprocess
import sys

import pytest

from edgeops.adapters import answers
from tests.faults.conftest import Scene
from tests.faults.faults import Fault
from tests.faults.proxy import FaultyProxy

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("controlplane")]

MOST_BYTES = 1000 * 2**20
"""Of memory in all: six answers at once, unpacked and parsed."""

_LIMITED = """
import resource, sys
from edgeops.__main__ import main
import edgeops.adapters.cluster, edgeops.cli.drift, edgeops.usecases.drift, edgeops.report.registry
status = main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.parametrize("fault", [Fault.HUGE, Fault.BOMB])
def test_every_list_is_huge(scene: Scene, fault: Fault) -> None:
    with FaultyProxy(scene.plane, lambda asked: fault if "limit" in asked.query else None) as proxy:
        kubeconfig = scene.folder / "huge.kubeconfig"
        kubeconfig.write_text(proxy.kubeconfig())
        done = subprocess.run(
            (
                *(sys.executable, "-c", _LIMITED, "drift", "--desired", str(scene.manifests)),
                *("--kubeconfig", str(kubeconfig), "-o", "json", "--timeout", "30s"),
            ),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    assert done.returncode == 2, done.stderr
    peak = int(done.stderr.split()[-1]) * 1024
    assert peak < MOST_BYTES
    # Kept, what was read of them would be more than that.
    assert fault is Fault.BOMB or proxy.injected[fault] * answers.MOST_BYTES > MOST_BYTES
    assert proxy.injected[fault] >= 6
    assert "more than 32 MiB" in done.stdout

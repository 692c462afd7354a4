"""Fixtures: the scene of the faults, the one right report on it, and a proxy before it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.controlplane.server import ControlPlane
from tests.faults.proxy import FaultyProxy, Script
from tests.faults.scene import Check, check, set_up, take_down
from tests.live.gadgets import crd

__all__ = ["crd"]


@dataclass(frozen=True)
class Scene:
    """Objects, what is to be said of them, and the way to them."""

    manifests: Path
    truth: Check
    folder: Path
    plane: ControlPlane

    def under(self, script: Script, *, seconds: float = 60) -> tuple[Check, FaultyProxy]:
        """A check whose requests meet faults, and the proxy that they went through."""
        with FaultyProxy(self.plane, script) as proxy:
            kubeconfig = self.folder / f"kubeconfig-{proxy.url.rpartition(':')[2]}"
            kubeconfig.write_text(proxy.kubeconfig())
            return check(self.manifests, kubeconfig, seconds), proxy


@pytest.fixture(scope="package")
def scene(
    crd: None, api_server: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    """A drifted namespace, and the report on it without any fault."""
    folder = tmp_path_factory.mktemp("faults")
    manifests = set_up(api_server, folder)
    with FaultyProxy(api_server) as proxy, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(_no_folder(folder)))
        kubeconfig = folder / "kubeconfig"
        kubeconfig.write_text(proxy.kubeconfig())
        truth = check(manifests, kubeconfig)
        yield Scene(manifests=manifests, truth=truth, folder=folder, plane=api_server)
    take_down(api_server)


def _no_folder(folder: Path) -> Path:
    """Where nothing can be kept, so that every check asks for all it needs."""
    file = folder / "no-folder"
    file.write_text("")
    return file

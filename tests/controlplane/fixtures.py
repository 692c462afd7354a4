"""
Fixtures for tests that need a real API server; loaded as a plugin by ``tests/conftest.py``.

All are of session scope, since a start costs seconds: a test makes namespaces of its own and
leaves no cluster-wide objects behind. Mark a module that uses them with ``controlplane`` and
``xdist_group("controlplane")``, so that one worker starts each server, once.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.controlplane.audit import check_only_read
from tests.controlplane.build import binaries
from tests.controlplane.server import ControlPlane, Etcd
from tests.faults.results import Results


@pytest.fixture(scope="session")
def control_plane_binaries() -> Path:
    """The folder of the programs, built when missing: minutes, once."""
    return binaries()


@pytest.fixture(scope="session")
def etcd(control_plane_binaries: Path) -> Iterator[Etcd]:
    """The one etcd that the clusters without controllers share."""
    with Etcd(binaries=control_plane_binaries) as running:
        yield running


@pytest.fixture(scope="session")
def api_server(etcd: Etcd, results: Results) -> Iterator[ControlPlane]:
    """The cluster ``edge-usw2``, with all CRDs; no controllers."""
    with ControlPlane(etcd, name="edge-usw2") as plane:
        plane.install_crds()
        yield plane
        check_only_read(plane, results)


@pytest.fixture(scope="session")
def two_api_servers(
    etcd: Etcd, api_server: ControlPlane, results: Results
) -> Iterator[tuple[ControlPlane, ControlPlane]]:
    """``edge-usw2`` (the one of ``api_server``) and ``edge-use1``, both with all CRDs."""
    with ControlPlane(etcd, name="edge-use1") as plane:
        plane.install_crds()
        yield api_server, plane
        check_only_read(plane, results)


@pytest.fixture(scope="session")
def scheduled_cluster(control_plane_binaries: Path, results: Results) -> Iterator[ControlPlane]:
    """A cluster with controllers, scheduler and all CRDs, and no nodes yet."""
    with ControlPlane(
        name="edge-scheduled", controllers=True, scheduler=True, binaries=control_plane_binaries
    ) as plane:
        plane.install_crds()
        yield plane
        check_only_read(plane, results)

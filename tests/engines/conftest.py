"""One world for all scenarios; a fleet of its own for each."""

import itertools
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

import pytest

from tests.engines.site import EDGE, HUB, OTHER, Site
from tests.engines.world import World

_NUMBERS = itertools.count(1)
ENTERPRISE, COMMUNITY = "consul-enterprise", "consul-community"
MESHES = (ENTERPRISE, COMMUNITY)

Make = Callable[..., Site]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The cluster, the git server, and the engines that the scenarios ask for."""
    with World(tmp_path_factory.mktemp("engines")) as made:
        yield made


@pytest.fixture(
    params=[
        pytest.param(name, marks=pytest.mark.xdist_group(f"e2e-{name}"))
        for name in ("flux", "argocd")
    ]
)
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    return str(request.param)


@pytest.fixture(params=[ENTERPRISE, pytest.param(COMMUNITY, marks=pytest.mark.community)])
def mesh(request: pytest.FixtureRequest) -> str:
    """Both editions of Consul; what the mark leaves out, a scenario may ask for by name."""
    return str(request.param)


@pytest.fixture
def make(world: World, engine: str, mesh: str) -> Iterator[Make]:
    """Scaffold a fleet, give it to the engine, and wait until all of it is there."""
    made: list[Site] = []

    def one(zones: Sequence[str] = (EDGE, OTHER)) -> Site:
        name = f"{engine[0]}{mesh.removeprefix('consul-')[0]}{next(_NUMBERS)}"
        site = Site(world, name, engine)
        made.append(site)
        site.scaffold(mesh=mesh, zones=zones)
        site.connect()
        site.synced(HUB, *zones)
        return site

    yield one
    for site in made:
        site.retire()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep the logs of the engines when a scenario fails, and say where."""
    report = yield
    world = getattr(item, "funcargs", {}).get("world")
    if report.failed and isinstance(world, World):
        base = os.environ.get("EDGEOPS_E2E_LOGS") or str(item.config.rootpath / ".e2e-logs")
        target = Path(base) / item.name
        target.mkdir(parents=True, exist_ok=True)
        world.keep_logs(target)
        report.sections.append(("engines", f"their logs were kept in {target}"))
    return report

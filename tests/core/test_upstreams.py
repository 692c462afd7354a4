"""How a service reaches what runs only in the Region."""

import pytest

from edgeops.core.fleet.model import Fleet, Mesh, Placement, Service
from edgeops.core.plan.upstreams import regional_upstreams
from tests.core.fleets import fleet


@pytest.mark.parametrize(
    ("own", "upstreams", "expected"),
    [
        (80, {"db": 5432}, ["db:5432"]),
        (5432, {"db": 5432}, ["db:15432"]),
        (80, {"a": 5432, "b": 5432, "c": 5432}, ["a:5432", "b:15432", "c:15433"]),
        (60000, {"a": 60000}, ["a:50000"]),
    ],
)
def test_each_upstream_has_a_local_port_of_its_own(
    own: int, upstreams: dict[str, int], expected: list[str]
) -> None:
    caller = Service(name="caller", image="i", port=own, upstreams=tuple(upstreams))
    others = [
        Service(name=name, image="i", port=port, placement=Placement.REGION)
        for name, port in upstreams.items()
    ]
    result = _with_services(Mesh.CONSUL_ENTERPRISE, caller, *others)
    found = regional_upstreams(result, caller)
    assert [f"{upstream.service.name}:{upstream.port}" for upstream in found] == expected
    assert {upstream.host for upstream in found} == {"127.0.0.1"}
    meshless = regional_upstreams(_with_services(Mesh.NONE, caller, *others), caller)
    assert [(item.host, item.port) for item in meshless] == list(upstreams.items())


def _with_services(mesh: Mesh, *services: Service) -> Fleet:
    sample = fleet()
    return Fleet(
        name=sample.name,
        repository=sample.repository,
        engine=sample.engine,
        mesh=mesh,
        namespace_prefix=sample.namespace_prefix,
        services=services,
        builtin_app=False,
        taint=sample.taint,
        storage_class=sample.storage_class,
        clusters=sample.clusters,
    )

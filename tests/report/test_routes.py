"""What people see of routes that are broken: a table, a flowchart, a picture."""

import pytest

from edgeops.core.routes.following import Failures
from edgeops.core.routes.proof import Proof
from edgeops.core.routes.prove import prove
from edgeops.report.routes import render
from tests.report.conftest import Golden
from tests.routes.fleets import CLUSTER, LAX, PHX, bodies, built, fleet, named, with_origins

FLEET = fleet("consul-enterprise", 4)


def _broken() -> Proof:
    """One resolver leads to another spoke, one zone may not call postgres, a service is gone."""
    found = bodies(built("consul-enterprise", 4))
    spec = named(found, "ServiceResolver", "frontend", LAX)["spec"]
    spec["failover"]["*"]["targets"][0]["namespace"] = f"shop-{PHX}"
    spec = named(found, "ServiceIntentions", "postgres", "region")["spec"]
    spec["sources"] = [item for item in spec["sources"] if PHX not in item["namespace"]]
    gone = Failures(services=frozenset({(CLUSTER, PHX, "payments")}))
    objects = with_origins(found, built("consul-enterprise", 4))
    return prove(FLEET, {CLUSTER: objects}, failures=gone)


@pytest.mark.parametrize(
    ("name", "format_name", "width"),
    [
        ("routes.table.txt", "table", 100),
        ("routes.table-60.txt", "table", 60),
        ("routes.mmd", "mermaid", 0),
        ("routes.svg", "svg", 0),
    ],
)
def test_broken_routes(name: str, format_name: str, width: int, golden: Golden) -> None:
    golden(name, render(FLEET, _broken(), format_name, color=False, width=width))


def test_a_fleet_of_sixty_is_not_longer_than_one_of_four() -> None:
    few, many = (
        render(made, prove(made, {CLUSTER: objects}), form, color=False, width=100)
        for form in ("table",)
        for made, objects in (
            (FLEET, built("consul-enterprise", 4)),
            (fleet("consul-enterprise", 60), built("consul-enterprise", 60)),
        )
    )
    assert len(many.splitlines()) == len(few.splitlines())
    made = fleet("consul-enterprise", 60)
    proof = prove(made, {CLUSTER: built("consul-enterprise", 60)})
    chart = render(made, proof, "mermaid", color=False, width=0)
    assert len(chart.splitlines()) < 10
    picture = render(made, proof, "svg", color=False, width=0)
    assert picture.count("<circle") == 61

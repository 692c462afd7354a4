"""Every reason by a fixture: a fleet broken by hand, and the problem with its place."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from edgeops.core.routes.following import Failures
from edgeops.core.routes.proof import Problem, ProofStatus, Reason
from edgeops.core.routes.prove import prove
from tests.routes.fleets import (
    CLUSTER,
    LAX,
    PHX,
    Body,
    bodies,
    built,
    fleet,
    named,
    with_origins,
)

ENTERPRISE, COMMUNITY, NONE = "consul-enterprise", "consul-community", "none"
Break = Callable[[list[Body]], None]

RESOLVERS = f"overlays/{CLUSTER}/{LAX}/resolvers.yaml"
INTENTIONS = f"overlays/{CLUSTER}/{LAX}/intentions.yaml"
HUB = f"overlays/{CLUSTER}/region"


def _target(found: list[Body], name: str = "frontend") -> Any:
    spec = named(found, "ServiceResolver", name, LAX)["spec"]
    return spec["failover"]["*"]["targets"][0]


def _template(found: list[Body], name: str, zone: str = LAX) -> Any:
    return named(found, "Deployment", name, zone)["spec"]["template"]


def _resolver(found: list[Body], name: str, zone: str, spec: Body) -> None:
    named(found, "ServiceResolver", name, zone)["spec"] = spec


def _redirect(service: str, zone: str) -> Body:
    return {"redirect": {"service": service, "namespace": f"shop-{zone}"}}


def _drop(found: list[Body], kind: str, name: str, zone: str) -> None:
    found.remove(named(found, kind, name, zone))


def _loop(found: list[Body]) -> None:
    _resolver(found, "frontend", LAX, _redirect("payments", LAX))
    _resolver(found, "payments", LAX, _redirect("frontend", LAX))


def _no_source(found: list[Body]) -> None:
    spec = named(found, "ServiceIntentions", "postgres", "region")["spec"]
    spec["sources"] = [item for item in spec["sources"] if LAX not in item["namespace"]]


def _denied(found: list[Body]) -> None:
    named(found, "ServiceIntentions", "frontend", LAX)["spec"]["sources"][0]["action"] = "deny"


def _tcp_probe(found: list[Body]) -> None:
    probe = _template(found, "payments")["spec"]["containers"][0]["readinessProbe"]
    del probe["httpGet"]
    probe["tcpSocket"] = {"port": 8080}


def _subset(found: list[Body]) -> None:
    _target(found).update(service="payments", serviceSubset="v9")


def _filter(found: list[Body]) -> None:
    spec = named(found, "ServiceResolver", "frontend", LAX)["spec"]
    spec["subsets"] = {"far": {"filter": "Node.Meta.rack == 7"}}
    spec["defaultSubset"] = "far"
    # Of one name, the target would keep the subset, which is not there.
    _target(found)["service"] = "payments"


def _bad_filter(found: list[Body]) -> None:
    spec = named(found, "ServiceResolver", "frontend", LAX)["spec"]
    spec["subsets"] = {"far": {"filter": "Service.Meta.zone = lax"}}


def _one_name_for_two_zones(found: list[Body]) -> None:
    """Community: pods of another zone register under the name of this one."""
    template = _template(found, "frontend", PHX)
    note = "consul.hashicorp.com/connect-service"
    template["metadata"]["annotations"][note] = f"frontend-{LAX}"


def _placed_elsewhere(found: list[Body]) -> None:
    text = json.dumps(_template(found, "frontend")["spec"]).replace(LAX, PHX)
    _template(found, "frontend")["spec"] = json.loads(text)


def _env(found: list[Body]) -> None:
    container = _template(found, "public-api")["spec"]["containers"][0]
    for entry in container["env"]:
        if entry["name"] == "PRODUCT_API_URI":
            entry["value"] = f"http://product-api.shop-{PHX}.svc.cluster.local:9090"


def _names_in_a_circle(found: list[Body]) -> None:
    for name, goal in (("postgres", "frontend"), ("frontend", "postgres")):
        spec = named(found, "Service", name, LAX)["spec"]
        spec.update(type="ExternalName", externalName=f"{goal}.shop-{LAX}.svc.cluster.local")


def _not_injected(found: list[Body]) -> None:
    notes = _template(found, "public-api")["metadata"]["annotations"]
    notes["consul.hashicorp.com/connect-inject"] = "false"


def _no_upstream(found: list[Body]) -> None:
    notes = _template(found, "product-api")["metadata"]["annotations"]
    del notes["consul.hashicorp.com/connect-service-upstreams"]


def _other_port(found: list[Body]) -> None:
    notes = _template(found, "product-api")["metadata"]["annotations"]
    notes["consul.hashicorp.com/connect-service-upstreams"] = "postgres:6000"


def _no_probe(found: list[Body]) -> None:
    del _template(found, "payments")["spec"]["containers"][0]["readinessProbe"]


CASES: list[tuple[str, str, Break, Reason, str]] = [
    (
        "failover from spoke to spoke",
        ENTERPRISE,
        lambda found: _target(found).__setitem__("namespace", f"shop-{PHX}"),
        Reason.CROSSING,
        RESOLVERS,
    ),
    (
        "a redirect from spoke to spoke",
        ENTERPRISE,
        lambda found: _resolver(found, "payments", LAX, _redirect("payments", PHX)),
        Reason.CROSSING,
        RESOLVERS,
    ),
    ("one name for two zones", COMMUNITY, _one_name_for_two_zones, Reason.CROSSING,
     "base/frontend.yaml"),
    ("pods in another zone", ENTERPRISE, _placed_elsewhere, Reason.CROSSING, "base/frontend.yaml"),
    ("an address of another zone", NONE, _env, Reason.CROSSING, "base/product-api.yaml"),
    ("redirects in a circle", ENTERPRISE, _loop, Reason.LOOP, RESOLVERS),
    ("external names in a circle", NONE, _names_in_a_circle, Reason.LOOP, "base/frontend.yaml"),
    ("the Region's intentions lack a zone", ENTERPRISE, _no_source, Reason.NO_INTENTION,
     f"{HUB}/intentions.yaml"),
    (
        "no intentions at all",
        ENTERPRISE,
        lambda found: _drop(found, "ServiceIntentions", "frontend", LAX),
        Reason.NO_INTENTION,
        "base/frontend.yaml",
    ),
    ("an intention denies", ENTERPRISE, _denied, Reason.DENIED, INTENTIONS),
    ("no readiness probe", ENTERPRISE, _no_probe, Reason.NO_PROBE, "base/payments.yaml"),
    ("a probe of the proxy", ENTERPRISE, _tcp_probe, Reason.NO_PROBE, "base/payments.yaml"),
    (
        "two protocols in a chain",
        ENTERPRISE,
        lambda found: named(found, "ServiceDefaults", "postgres", LAX)["spec"].__setitem__(
            "protocol", "http"
        ),
        Reason.PROTOCOL,
        RESOLVERS,
    ),
    (
        "a failover target that nobody is",
        ENTERPRISE,
        lambda found: named(found, "ServiceResolver", "postgres", "region")["spec"].update(
            failover={"*": {"targets": [{"service": "postgres-relpica"}]}}
        ),
        Reason.MISSING_TARGET,
        f"{HUB}/resolvers.yaml",
    ),
    (
        # Nobody there has ServiceDefaults, so Consul sees another protocol before it sees nobody.
        "the wrong namespace",
        ENTERPRISE,
        lambda found: _target(found).__setitem__("namespace", "shop-regoin"),
        Reason.PROTOCOL,
        RESOLVERS,
    ),
    (
        "a redirect to nobody",
        ENTERPRISE,
        lambda found: _resolver(found, "postgres", LAX, _redirect("postgers", "region")),
        Reason.NO_TARGET,
        RESOLVERS,
    ),
    ("a subset that is not there", ENTERPRISE, _subset, Reason.SUBSET, RESOLVERS),
    ("a filter that git cannot decide", ENTERPRISE, _filter, Reason.FILTER, RESOLVERS),
    ("a filter that does not parse", ENTERPRISE, _bad_filter, Reason.REFUSED, RESOLVERS),
    (
        "no failover",
        ENTERPRISE,
        lambda found: _drop(found, "ServiceResolver", "payments", LAX),
        Reason.NO_FAILOVER,
        "base/payments.yaml",
    ),
    (
        "a namespace in Community",
        COMMUNITY,
        lambda found: _target(found, f"frontend-{LAX}").__setitem__("namespace", "shop-region"),
        Reason.REFUSED,
        RESOLVERS,
    ),
    (
        "no Kubernetes Service",
        ENTERPRISE,
        lambda found: _drop(found, "Service", "payments", LAX),
        Reason.NO_NAME,
        "base/public-api.yaml",
    ),
    ("no upstream annotation", ENTERPRISE, _no_upstream, Reason.NO_NAME, "base/product-api.yaml"),
    ("another port than the program calls", ENTERPRISE, _other_port, Reason.NO_NAME,
     "base/product-api.yaml"),
    ("a caller outside the mesh", ENTERPRISE, _not_injected, Reason.OUTSIDE_MESH,
     "base/public-api.yaml"),
    (
        "a target in a datacenter",
        ENTERPRISE,
        lambda found: _target(found).update(datacenter="dc2"),
        Reason.OUTSIDE,
        RESOLVERS,
    ),
    (
        "no pods",
        ENTERPRISE,
        lambda found: named(found, "Deployment", "payments", LAX)["spec"].update(replicas=0),
        Reason.NO_NAME,
        "base/payments.yaml",
    ),
]  # fmt: skip


def _proved(mesh: str, edit: Break) -> list[Problem]:
    found = bodies(built(mesh, 2))
    edit(found)
    proof = prove(fleet(mesh, 2), {CLUSTER: with_origins(found, built(mesh, 2))})
    assert proof.status is ProofStatus.FAILED
    return list(proof.problems)


@pytest.mark.parametrize(
    ("mesh", "edit", "reason", "place"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
def test_a_problem_has_its_place(mesh: str, edit: Break, reason: Reason, place: str) -> None:
    problems = [item for item in _proved(mesh, edit) if item.reason is reason]
    assert problems, _proved(mesh, edit)
    assert place in {item.path for item in problems}
    for problem in problems:
        assert problem.line is not None
        assert LAX in problem.zones
        assert reason is Reason.REFUSED or problem.chain


def test_every_reason_has_a_fixture() -> None:
    shown = {case[3] for case in CASES} | {Reason.ITSELF}
    assert shown == set(Reason)


@pytest.mark.parametrize("mesh", [ENTERPRISE, COMMUNITY, NONE])
@pytest.mark.parametrize("count", [1, 4, 60])
def test_what_init_writes_proves_itself(mesh: str, count: int) -> None:
    proof = prove(fleet(mesh, count), {CLUSTER: built(mesh, count)})
    assert proof.problems == ()
    assert proof.status is ProofStatus.PASSED
    assert len(proof.routes) == 7 + 6 * count
    # Each service of each zone, and each zone.
    assert proof.failures == 7 + 5 * count + 1 + count
    reasons = {item.reason for item in proof.outages}
    lost = {(item.caller, item.upstream) for item in proof.outages if item.zone == LAX}
    if mesh == NONE:
        assert reasons == {Reason.NO_TARGET, Reason.NO_FAILOVER}
        assert len(lost) == 6
    else:
        # Users come to a zone; and the Region's postgres and replica go only together.
        assert reasons == {Reason.NO_TARGET, Reason.ITSELF}
        assert lost == {(None, "nginx"), ("product-api", "postgres")}


def test_no_call_of_sixty_zones_crosses() -> None:
    proof = prove(fleet(ENTERPRISE, 60), {CLUSTER: built(ENTERPRISE, 60)})
    for route in proof.routes:
        for end in route.order:
            assert set(end.zones) <= {route.zone, "region"}


def test_sixty_zones_take_less_than_five_seconds_of_one_core() -> None:
    objects = built(ENTERPRISE, 60)
    begun = time.process_time()
    proof = prove(fleet(ENTERPRISE, 60), {CLUSTER: objects})
    assert time.process_time() - begun < 5
    assert proof.failures > 360


def test_a_played_failure() -> None:
    gone = Failures(services=frozenset({(CLUSTER, LAX, "frontend")}))
    proof = prove(fleet(ENTERPRISE, 2), {CLUSTER: built(ENTERPRISE, 2)}, failures=gone, every=False)
    (route,) = [r for r in proof.routes if r.zone == LAX and r.upstream == "frontend"]
    assert route.answer is not None
    assert route.answer.zones == ("region",)
    assert proof.played == (f"{LAX}/frontend",)
    both = Failures(services=gone.services, zones=frozenset({(CLUSTER, "region")}))
    proof = prove(fleet(ENTERPRISE, 2), {CLUSTER: built(ENTERPRISE, 2)}, failures=both, every=False)
    assert proof.status is ProofStatus.PASSED
    assert ("nginx", "frontend") in {(o.caller, o.upstream) for o in proof.outages if o.zone == LAX}


def test_the_order_of_objects_changes_nothing() -> None:
    objects = built(ENTERPRISE, 4)
    first = prove(fleet(ENTERPRISE, 4), {CLUSTER: objects})
    assert first == prove(fleet(ENTERPRISE, 4), {CLUSTER: objects[::-1]})

"""Any entries at all: our model and Consul's own code say the same."""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edgeops.core.routes.entries import DEFAULT_NAMESPACE, ServiceName
from edgeops.core.routes.filters import Facts, FilterError, parse
from edgeops.core.routes.intentions import permission
from tests.consulchain.judge import Judge
from tests.routes.entries import Entry, for_consul, leaves, ordered, ours

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("consulchain")]

SERVICES = ("a", "b", "c", "d")
SUBSETS = ("v1", "v2")
_settings = settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

service = st.sampled_from(SERVICES)
subset = st.sampled_from(SUBSETS)


def _reference(**optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=optional)


_target = _reference(service=service, serviceSubset=subset, datacenter=st.just("dc2"))
_failover = st.one_of(
    st.fixed_dictionaries({"targets": st.lists(_target, min_size=1, max_size=3)}),
    _reference(service=service, serviceSubset=subset),
    _reference(service=service, datacenters=st.just(["dc2", "dc3"])),
)
_resolver = st.fixed_dictionaries(
    {},
    optional={
        "subsets": st.dictionaries(subset, st.just({"filter": "Service.Meta.x == y"})),
        "defaultSubset": subset,
        "redirect": _reference(service=service, serviceSubset=subset, datacenter=st.just("dc2")),
        "failover": st.dictionaries(st.sampled_from(("*", *SUBSETS)), _failover, max_size=2),
    },
)
_split = st.fixed_dictionaries({}, optional={"service": service, "serviceSubset": subset})
_splitter = st.one_of(
    st.builds(lambda one: {"splits": [{"weight": 100, **one}]}, _split),
    st.builds(
        lambda one, two: {"splits": [{"weight": 40, **one}, {"weight": 60, **two}]}, _split, _split
    ).filter(lambda spec: len({str({**s, "weight": 0}) for s in spec["splits"]}) == 2),
)
_router = st.builds(
    lambda many: {
        "routes": [
            {"match": {"http": {"pathPrefix": f"/{i}"}}, "destination": one}
            for i, one in enumerate(many)
        ]
    },
    st.lists(_split, max_size=3),
)
_defaults = st.fixed_dictionaries({"protocol": st.sampled_from(("http", "http", "tcp", "grpc"))})
_proxy = st.fixed_dictionaries(
    {"config": st.fixed_dictionaries({"protocol": st.sampled_from(("http", "tcp"))})}
)


def _of(kind: str, spec: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[list[Entry]]:
    entries = st.dictionaries(service, spec, max_size=4)
    return entries.map(lambda found: [(kind, name, body) for name, body in found.items()])


_entries = st.tuples(
    _of("resolver", _resolver),
    st.one_of(st.just([]), _of("splitter", _splitter)),
    st.one_of(st.just([]), _of("router", _router)),
    st.one_of(st.just([]), _of("defaults", _defaults)),
    st.one_of(st.just([]), _proxy.map(lambda spec: [("proxy", "global", spec)])),
).map(lambda parts: [entry for part in parts for entry in part])


@given(entries=_entries)
@_settings
def test_chains(entries: list[Entry], judge: Judge) -> None:
    answer = judge.ask(Service="a", Entries=[for_consul(entry) for entry in entries])
    entries_in_force = ours(entries)
    refused = {(item.source.kind, item.source.name) for item in entries_in_force.refused}
    assert len(refused) == len(answer["Refused"])
    found = leaves(entries_in_force, "a")
    assert found["error"] == bool(answer["Error"]), answer["Error"]
    if not found["error"]:
        assert found["leaves"] == ordered(answer["Leaves"])
        assert found["protocol"] == answer["Protocol"]


_name = st.sampled_from((*SERVICES, "*"))
_intentions = st.dictionaries(
    _name,
    st.lists(
        st.tuples(_name, st.sampled_from(("allow", "deny"))),
        min_size=1,
        unique_by=lambda item: item[0],
    ),
).map(
    lambda found: [
        (
            "intentions",
            f"entry-{index}",
            {
                "destination": {"name": name},
                "sources": [{"name": source, "action": action} for source, action in sources],
            },
        )
        for index, (name, sources) in enumerate(found.items())
    ]
)


@given(entries=_intentions, source=service, destination=service)
@_settings
def test_intentions(entries: list[Entry], source: str, destination: str, judge: Judge) -> None:
    answer = judge.ask(
        Source=source, Destination=destination, Entries=[for_consul(entry) for entry in entries]
    )
    found = permission(
        ours(entries),
        source=ServiceName(DEFAULT_NAMESPACE, source),
        destination=ServiceName(DEFAULT_NAMESPACE, destination),
    )
    assert found.allowed == answer["Allowed"]


_value = st.sampled_from(('"1"', '"lax"', "lax", "`a b`", '""', "12", "-1.5", '"^l.x$"'))
_selector = st.sampled_from(
    ("Service.Meta.zone", "Service.Meta.none", 'Service.Meta["zone"]', "Service.Service")
)
_term = st.one_of(
    st.builds(
        lambda s, op, v: f"{s} {op} {v}",
        _selector,
        st.sampled_from(("==", "!=", "contains", "not contains", "matches", "not matches")),
        _value,
    ),
    st.builds(
        lambda s, op: f"{s} {op}",
        st.sampled_from(("Service.Tags", "Service.Meta")),
        st.sampled_from(("is empty", "is not empty")),
    ),
    st.builds(
        lambda v, op, s: f"{v} {op} {s}",
        _value,
        st.sampled_from(("in", "not in")),
        st.sampled_from(("Service.Tags", "Service.Meta", "Service.Meta.zone")),
    ),
)
_filter = st.recursive(
    _term,
    lambda inner: st.one_of(
        st.builds(lambda a, op, b: f"{a} {op} {b}", inner, st.sampled_from(("and", "or")), inner),
        inner.map(lambda text: f"not {text}"),
        inner.map(lambda text: f"({text})"),
    ),
    max_leaves=5,
)
_broken = st.builds(
    lambda text, at, junk: text[:at] + junk + text[at + 1 :],
    _filter,
    st.integers(0, 30),
    st.sampled_from(("", "=", "(", ")", '"', "!", " and ", "in", "not ", "[")),
)


@example(text='not(Service.Meta.zone == "1")', tags=[])
@given(text=st.one_of(_filter, _broken), tags=st.lists(st.sampled_from(("lax", "1", "a b"))))
@_settings
def test_filters(text: str, tags: list[str], judge: Judge) -> None:
    meta = {"zone": "lax"}
    answer = judge.ask(Service="a", Filter=text, Tags=tags, Meta=meta)
    facts: Facts = {"Service.Service": "a", "Service.Tags": tags, "Service.Meta": meta}
    try:
        wanted = parse(text)
    except FilterError:
        # Consul takes no filter that we refuse; an empty one is no question to it.
        assert answer["Error"] or not text.strip(), text
        return
    if answer["Error"]:
        # Read alike, and refused for what it asks of which field; that we leave to Consul.
        assert "Selector" in answer["Error"] or "operator" in answer["Error"], answer
        return
    assert wanted.evaluate(facts) == answer["Holds"], text

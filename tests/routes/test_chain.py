"""
The rules of the discovery chain, each asked of Consul too.

Where a rule stands in Consul's source: ``agent/consul/discoverychain/compile.go`` unless the
case says otherwise, at https://github.com/hashicorp/consul/blob/v1.22.7. The expectation is
written down here, our model must have it, and Consul's own compiler must agree.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.consulchain.judge import Judge
from tests.routes.entries import Entry, for_consul, leaves, ordered, ours

pytestmark = [pytest.mark.controlplane, pytest.mark.xdist_group("consulchain")]

HTTP = {"protocol": "http"}
V1 = {"v1": {"filter": 'Service.Meta.version == "1"'}}
V12 = {**V1, "v2": {"filter": 'Service.Meta.version == "2"'}}


def _to(*services: str) -> dict[str, Any]:
    return {"failover": {"*": {"targets": [{"service": name} for name in services]}}}


def _redirect(service: str, **more: str) -> dict[str, Any]:
    return {"redirect": {"service": service, **more}}


def _http(*names: str) -> list[Entry]:
    return [("defaults", name, HTTP) for name in names]


def _splits(*parts: tuple[float, dict[str, Any]]) -> dict[str, Any]:
    return {"splits": [{"weight": weight, **more} for weight, more in parts]}


def _routes(*destinations: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "routes": [
            {"match": {"http": {"pathPrefix": f"/{index}"}}, "destination": destination}
            if destination is not None
            else {"match": {"http": {"pathPrefix": f"/{index}"}}}
            for index, destination in enumerate(destinations)
        ]
    }


REFUSED = None
"""Consul makes no chain."""

CASES: Sequence[tuple[str, list[Entry], list[str] | None]] = [
    # What is asked is the chain of "a"; an end is its targets in order, ">" between them.
    ("nothing configured is the service itself", [], ["a"]),
    ("a redirect", [("resolver", "a", _redirect("b"))], ["b"]),
    (
        "redirects are followed to the end",
        [("resolver", "a", _redirect("b")), ("resolver", "b", _redirect("c"))],
        ["c"],
    ),
    ("a redirect to itself does nothing", [("resolver", "a", _redirect("a"))], ["a"]),
    (
        "redirects in a circle",
        [("resolver", "a", _redirect("b")), ("resolver", "b", _redirect("a"))],
        REFUSED,
    ),
    (
        "a circle of three",
        [
            ("resolver", "a", _redirect("b")),
            ("resolver", "b", _redirect("c")),
            ("resolver", "c", _redirect("a")),
        ],
        REFUSED,
    ),
    (
        "a circle that the service does not enter",
        [("resolver", "b", _redirect("c")), ("resolver", "c", _redirect("b"))],
        ["a"],
    ),
    ("failover", [("resolver", "a", _to("b"))], ["a>b"]),
    ("failover has an order", [("resolver", "a", _to("c", "b"))], ["a>c>b"]),
    ("failover to itself does nothing", [("resolver", "a", _to("a"))], ["a"]),
    ("failover to itself is left out", [("resolver", "a", _to("a", "b"))], ["a>b"]),
    (
        "a failover target's own failover does not count",
        [("resolver", "a", _to("b")), ("resolver", "b", _to("c"))],
        ["a>b"],
    ),
    (
        "a failover target's own redirect counts",
        [("resolver", "a", _to("b")), ("resolver", "b", _redirect("c"))],
        ["a>c"],
    ),
    (
        "a failover target's default subset counts",
        [("resolver", "a", _to("b")), ("resolver", "b", {"subsets": V1, "defaultSubset": "v1"})],
        ["a>b/v1"],
    ),
    (
        "a failover target that redirects back",
        [("resolver", "a", _to("b")), ("resolver", "b", _redirect("a"))],
        ["a>a"],
    ),
    (
        "a redirect takes the failover of where it leads",
        [("resolver", "a", _redirect("b")), ("resolver", "b", _to("c"))],
        ["b>c"],
    ),
    (
        "the short form of failover",
        [("resolver", "a", {"failover": {"*": {"service": "b"}}})],
        ["a>b"],
    ),
    (
        "failover to datacenters keeps the service",
        [("resolver", "a", {"failover": {"*": {"datacenters": ["dc2", "dc3"]}}})],
        ["a>a@dc2>a@dc3"],
    ),
    (
        "failover of another service in datacenters",
        [("resolver", "a", {"failover": {"*": {"service": "b", "datacenters": ["dc2"]}}})],
        ["a>b@dc2"],
    ),
    (
        "failover to a datacenter target",
        [("resolver", "a", {"failover": {"*": {"targets": [{"datacenter": "dc2"}]}}})],
        ["a>a@dc2"],
    ),
    (
        "failover to a peer",
        [("resolver", "a", {"failover": {"*": {"targets": [{"peer": "far"}]}}})],
        ["a>a^far"],
    ),
    (
        "a redirect to a datacenter",
        [("resolver", "a", _redirect("b", datacenter="dc2"))],
        ["b@dc2"],
    ),
    ("a redirect to a peer", [("resolver", "a", _redirect("b", peer="far"))], ["b^far"]),
    (
        "a default subset",
        [("resolver", "a", {"subsets": V1, "defaultSubset": "v1"})],
        ["a/v1"],
    ),
    (
        "subsets without a default change nothing",
        [("resolver", "a", {"subsets": V1})],
        ["a"],
    ),
    (
        "a redirect to a subset",
        [("resolver", "a", _redirect("b", serviceSubset="v1")), ("resolver", "b", {"subsets": V1})],
        ["b/v1"],
    ),
    (
        "a redirect to a subset that is not there",
        [("resolver", "a", _redirect("b", serviceSubset="v9")), ("resolver", "b", {"subsets": V1})],
        REFUSED,
    ),
    (
        "a redirect to a subset of a service without a resolver",
        [("resolver", "a", _redirect("b", serviceSubset="v1"))],
        REFUSED,
    ),
    (
        "a redirect forgets the subset of another service",
        [
            *_http("a", "b"),
            ("router", "a", _routes({"service": "a", "serviceSubset": "v1"})),
            ("resolver", "a", {"subsets": V1, **_redirect("b")}),
        ],
        ["b"],
    ),
    (
        "the failover of a subset comes before that of all",
        [
            (
                "resolver",
                "a",
                {
                    "subsets": V12,
                    "defaultSubset": "v1",
                    "failover": {"v1": {"serviceSubset": "v2"}, "*": {"service": "b"}},
                },
            )
        ],
        ["a/v1>a/v2"],
    ),
    (
        "the failover of all is for a subset without its own",
        [
            (
                "resolver",
                "a",
                {
                    "subsets": V12,
                    "defaultSubset": "v2",
                    "failover": {"v1": {"serviceSubset": "v2"}, "*": {"service": "b"}},
                },
            )
        ],
        ["a/v2>b"],
    ),
    (
        "the failover of a subset is not for the whole service",
        [("resolver", "a", {"subsets": V12, "failover": {"v1": {"serviceSubset": "v2"}}})],
        ["a"],
    ),
    (
        "protocols of one chain differ by redirect",
        [*_http("a"), ("resolver", "a", _redirect("b"))],
        REFUSED,
    ),
    (
        "protocols of one chain differ by failover",
        [*_http("b"), ("resolver", "a", _to("b"))],
        REFUSED,
    ),
    ("protocols agree", [*_http("a", "b"), ("resolver", "a", _to("b"))], ["a>b"]),
    (
        "protocols agree by ProxyDefaults",
        [("proxy", "global", {"config": {"protocol": "http"}}), ("resolver", "a", _to("b"))],
        ["a>b"],
    ),
    (
        "ServiceDefaults without a protocol is tcp beside ProxyDefaults",
        [
            ("proxy", "global", {"config": {"protocol": "http"}}),
            ("defaults", "a", {}),
            ("resolver", "a", _to("b")),
        ],
        REFUSED,
    ),
    (
        "protocols are compared without case",
        [("defaults", "a", {"protocol": "HTTP"}), *_http("b"), ("resolver", "a", _to("b"))],
        ["a>b"],
    ),
    (
        "a splitter",
        [*_http("a", "b"), ("splitter", "a", _splits((50, {}), (50, {"service": "b"})))],
        ["a", "b"],
    ),
    (
        "a splitter needs an HTTP protocol",
        [("splitter", "a", _splits((50, {}), (50, {"service": "b"})))],
        REFUSED,
    ),
    (
        "a splitter leads to another",
        [
            *_http("a", "b", "c"),
            ("splitter", "a", _splits((50, {}), (50, {"service": "b"}))),
            ("splitter", "b", _splits((50, {}), (50, {"service": "c"}))),
        ],
        ["a", "b", "c"],
    ),
    (
        "splitters in a circle",
        [
            *_http("a", "b"),
            ("splitter", "a", _splits((50, {}), (50, {"service": "b"}))),
            ("splitter", "b", _splits((50, {}), (50, {"service": "a"}))),
        ],
        REFUSED,
    ),
    (
        "a share of nothing takes no traffic",
        [*_http("a", "b"), ("splitter", "a", _splits((100, {}), (0, {"service": "b"})))],
        ["a"],
    ),
    (
        "a split to a subset",
        [
            *_http("a"),
            ("resolver", "a", {"subsets": V12}),
            (
                "splitter",
                "a",
                _splits((50, {"serviceSubset": "v1"}), (50, {"serviceSubset": "v2"})),
            ),
        ],
        ["a/v1", "a/v2"],
    ),
    (
        "a router adds its own service for what no route takes",
        [*_http("a", "b"), ("router", "a", _routes({"service": "b"}))],
        ["a", "b"],
    ),
    (
        "a route without a destination is the service itself",
        [*_http("a"), ("router", "a", _routes(None))],
        ["a"],
    ),
    ("a router needs an HTTP protocol", [("router", "a", _routes({"service": "b"}))], REFUSED),
    (
        "a route leads to a splitter",
        [
            *_http("a", "b", "c"),
            ("router", "a", _routes({"service": "b"})),
            ("splitter", "b", _splits((50, {}), (50, {"service": "c"}))),
        ],
        ["a", "b", "c"],
    ),
    (
        "a route's subset passes the splitter by",
        [
            *_http("a", "b", "c"),
            ("resolver", "b", {"subsets": V1}),
            ("router", "a", _routes({"service": "b", "serviceSubset": "v1"})),
            ("splitter", "b", _splits((50, {}), (50, {"service": "c"}))),
        ],
        ["a", "b/v1"],
    ),
    (
        "only the router of the service that is called counts",
        [
            *_http("a", "b", "c"),
            ("resolver", "a", _redirect("b")),
            ("router", "b", _routes({"service": "c"})),
        ],
        ["b"],
    ),
    (
        "a splitter of where a redirect leads does not count",
        [
            *_http("a", "b", "c"),
            ("resolver", "a", _redirect("b")),
            ("splitter", "b", _splits((50, {}), (50, {"service": "c"}))),
        ],
        ["b"],
    ),
    (
        "an external SNI and failover",
        [
            ("defaults", "a", {"protocol": "tcp", "externalSNI": "x.example"}),
            ("resolver", "a", _to("b")),
        ],
        REFUSED,
    ),
    # Entries that are refused by themselves are as if they were not there
    # (agent/structs/config_entry_discoverychain.go, Validate).
    ("redirect and failover", [("resolver", "a", {**_redirect("b"), **_to("c")})], ["a"]),
    ("an empty redirect", [("resolver", "a", {"redirect": {}})], ["a"]),
    ("an empty failover", [("resolver", "a", {"failover": {"*": {}}})], ["a"]),
    (
        "failover of a subset that is not there",
        [("resolver", "a", {"failover": {"v1": {"service": "b"}}})],
        ["a"],
    ),
    (
        "service and targets",
        [("resolver", "a", {"failover": {"*": {"service": "b", "targets": [{"service": "c"}]}}})],
        ["a"],
    ),
    ("a default subset that is not there", [("resolver", "a", {"defaultSubset": "v1"})], ["a"]),
    (
        "a filter that does not parse",
        [("resolver", "a", {"subsets": {"v1": {"filter": "Service.Meta ="}}, **_to("b")})],
        ["a"],
    ),
    ("a namespace in Community", [("resolver", "a", _redirect("b", namespace="x"))], ["a"]),
    (
        "weights that do not sum to 100",
        [*_http("a", "b"), ("splitter", "a", _splits((50, {}), (40, {"service": "b"})))],
        ["a"],
    ),
    (
        "a subset without a service in a redirect",
        [("resolver", "a", {"subsets": V1, "redirect": {"serviceSubset": "v1"}})],
        ["a"],
    ),
]


def _end(text: str) -> list[tuple[str, ...]]:
    """``a/v1>b@dc2`` as targets."""
    found: list[tuple[str, ...]] = []
    for part in text.split(">"):
        part, _, peer = part.partition("^")
        part, _, datacenter = part.partition("@")
        service, _, subset = part.partition("/")
        found.append((service, subset, datacenter, peer))
    return found


@pytest.mark.parametrize(
    ("entries", "expected"), [pytest.param(case[1], case[2], id=case[0]) for case in CASES]
)
def test_a_rule(entries: list[Entry], expected: list[str] | None, judge: Judge) -> None:
    found = leaves(ours(entries), "a")
    if expected is None:
        assert found == {"error": True}
    else:
        assert found["leaves"] == sorted(_end(text) for text in expected)
    answer = judge.ask(Service="a", Entries=[for_consul(entry) for entry in entries])
    if expected is None:
        assert answer["Error"]
        return
    assert not answer["Error"]
    assert ordered(answer["Leaves"]) == found["leaves"]
    assert answer["Protocol"] == found["protocol"]


def test_there_are_forty() -> None:
    assert len({name for name, _, _ in CASES}) == len(CASES) >= 40

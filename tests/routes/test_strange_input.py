"""Objects that make no sense: told or passed over, never a crash or a hang."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeops.core.objects import KubeObject
from edgeops.core.routes.chain import compile_chain
from edgeops.core.routes.entries import Entries
from edgeops.core.routes.lines import field_line
from edgeops.core.routes.proof import Reason
from edgeops.core.routes.prove import prove
from edgeops.core.routes.reading import KINDS
from edgeops.core.routes.targets import Break, ChainError
from tests.routes.entries import Entry, ours
from tests.routes.fleets import CLUSTER, LAX, bodies, built, fleet

_KEYS = (
    "redirect", "failover", "targets", "subsets", "filter", "defaultSubset", "service",
    "serviceSubset", "namespace", "splits", "weight", "routes", "match", "http", "destination",
    "sources", "name", "action", "permissions", "protocol", "config", "*", "v1", "peer",
    "datacenter", "datacenters", "partition", "samenessGroup", "externalSNI",
)  # fmt: skip
_junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from((*_KEYS, "frontend")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner),
    max_leaves=12,
)


def _object(kind: str, spec: Any) -> KubeObject:
    metadata = {"name": "frontend", "namespace": f"shop-{LAX}"}
    version = {"Deployment": "apps/v1", "Service": "v1"}.get(kind, "consul.hashicorp.com/v1alpha1")
    return KubeObject({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec})


@given(kind=st.sampled_from((*KINDS, "Deployment", "Service")), spec=_junk)
@settings(max_examples=200, deadline=None)
def test_any_spec_at_all(kind: str, spec: Any) -> None:
    others = [
        KubeObject(body)
        for body in bodies(built("consul-enterprise", 1))
        if (body["kind"], body["metadata"]["name"]) != (kind, "frontend")
    ]
    prove(fleet("consul-enterprise", 1), {CLUSTER: [*others, _object(kind, spec)]})


def _splitters(depth: int) -> Entries:
    entries: list[Entry] = []
    for level in range(depth):
        for side in ("l", "r"):
            parts = [{"weight": 50, "service": f"{next_side}{level + 1}"} for next_side in "lr"]
            entries.append(("splitter", f"{side}{level}", {"splits": parts}))
    return ours([*entries, ("proxy", "global", {"config": {"protocol": "http"}})])


def test_splitters_of_splitters_end() -> None:
    entries = _splitters(200)
    (start,) = (name for name in entries.splitters if name.name == "l0")
    with pytest.raises(ChainError) as raised:
        compile_chain(entries, start)
    assert raised.value.kind is Break.SIZE


def test_a_thousand_redirects_end() -> None:
    entries = ours(
        [
            ("resolver", f"s{n}", {"redirect": {"service": f"s{(n + 1) % 1000}"}})
            for n in range(1000)
        ]
    )
    with pytest.raises(ChainError) as raised:
        compile_chain(entries, next(iter(entries.resolvers)))
    assert raised.value.kind is Break.LOOP


def test_reasons_are_spelled_for_scripts() -> None:
    assert all(reason.value == reason.value.lower().replace(" ", "-") for reason in Reason)


def test_the_line_of_a_field() -> None:
    text = "# about\na: 1\n---\nspec:\n  failover:\n    '*':\n      targets:\n      - service: x\n"
    assert field_line(text, 4, "spec.failover.*.targets[0]") == 8
    assert field_line(text, 4, "spec.failover.*.targets[0].namespace") == 8
    assert field_line(text, 4, "spec.redirect") == 4
    assert field_line("a: [\n", 1, "a") == 1

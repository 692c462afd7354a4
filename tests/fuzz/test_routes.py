"""The chain compiler, its filters and the reasons for which Consul refuses: any input, no crash."""

import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from edgeops.core.objects import KubeObject
from edgeops.core.routes.chain import MOST_LEAVES, compile_chain
from edgeops.core.routes.entries import ServiceName
from edgeops.core.routes.filters import Facts, FilterError, parse
from edgeops.core.routes.reading import KINDS, read_entries
from edgeops.core.routes.targets import ChainError
from tests.fuzz.strategies import TEXTS, VALUES, fuzzed

NAMES = ("web", "api", "db")
_NAMED = st.sampled_from(NAMES)
_SUBSETS = st.sampled_from(("v1", "v2", ""))
_TO = st.fixed_dictionaries(
    {}, optional={"service": _NAMED, "serviceSubset": _SUBSETS, "namespace": st.just("shop")}
)
_SPECS: dict[str, st.SearchStrategy[Any]] = {
    "ServiceResolver": st.fixed_dictionaries(
        {},
        optional={
            "redirect": _TO,
            "defaultSubset": _SUBSETS,
            "subsets": st.dictionaries(_SUBSETS, st.fixed_dictionaries({"filter": TEXTS})),
            "failover": st.dictionaries(
                st.sampled_from(("*", "v1", "v2")),
                st.one_of(_TO, st.fixed_dictionaries({"targets": st.lists(_TO, max_size=3)})),
            ),
        },
    ),
    "ServiceSplitter": st.fixed_dictionaries(
        {
            "splits": st.lists(
                st.builds(lambda to, part: {**to, "weight": part}, _TO, st.integers(0, 100)),
                max_size=4,
            )
        }
    ),
    "ServiceRouter": st.fixed_dictionaries(
        {"routes": st.lists(st.fixed_dictionaries({"destination": _TO}), max_size=3)}
    ),
    "ServiceDefaults": st.fixed_dictionaries(
        {"protocol": st.sampled_from(("http", "tcp", "grpc"))}
    ),
}


def entry(kind: str, name: str, spec: Any) -> KubeObject:
    """A config entry."""
    return KubeObject(
        {
            "apiVersion": "consul.hashicorp.com/v1alpha1",
            "kind": kind,
            "metadata": {"name": name, "namespace": "shop"},
            "spec": spec,
        }
    )


@st.composite
def entries(draw: st.DrawFn) -> list[KubeObject]:
    """Config entries that mean something, and among them some that mean nothing."""
    found = []
    for _ in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(list(_SPECS)))
        spec = draw(_SPECS[kind])
        found.append(entry(kind, draw(_NAMED), spec))
    if draw(st.booleans()):
        found.append(entry(draw(st.sampled_from(KINDS)), draw(TEXTS) or "x", draw(VALUES)))
    return found


@fuzzed
@given(entries(), st.booleans(), st.permutations(range(9)))
def test_any_entries_make_a_chain_or_one_refusal(
    found: list[KubeObject], enterprise: bool, order: list[int]
) -> None:
    read = read_entries(found, enterprise=enterprise)
    begun = time.monotonic()
    for name in NAMES:
        service = ServiceName("shop" if enterprise else "default", name)
        try:
            chain = compile_chain(read, service)
        except ChainError:
            continue
        assert 0 < len(chain.leaves) <= MOST_LEAVES
        assert all(leaf.candidates for leaf in chain.leaves)
        # Of two entries of one name the first in order counts: the order of the files does not.
        again = read_entries([found[at] for at in order if at < len(found)], enterprise=enterprise)
        if len({(one.kind, one.name) for one in found}) == len(found):
            assert compile_chain(again, service) == chain
    assert time.monotonic() - begun < 30


_FILTER_PIECES = st.sampled_from(
    (
        "Service.Meta.version", "Service.ID", "==", "!=", " ", "\"v1\"", "`v1`", "v1", "and", "or",
        "not", "(", ")", "in", "contains", "matches", "is empty", "is not empty", "\\", "\"", "`",
        "/a/b", "((", "not not", "\n", "1e9", "[", "]", ".",
    )
)  # fmt: skip


@fuzzed
@given(st.lists(st.one_of(_FILTER_PIECES, TEXTS), max_size=30).map(" ".join))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    try:
        found = parse(text)
    except FilterError:
        return
    known: Facts = {"Service.Meta": {"version": "v1"}, "Service.ID": "a"}
    for facts in ({}, known):
        assert found.evaluate(facts) in {True, False, None}

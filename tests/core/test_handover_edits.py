"""What a hand-over writes into ``edgeops.yaml``, and takes out again: everything else stays."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgeops.core.documents import load
from edgeops.core.fleet.edit import EditError, remove_handover, set_engine, set_handover

ENGINES = st.sampled_from(["argocd", "flux"])
WORDS = st.sampled_from(["to", "from"])


@st.composite
def fleets(draw: st.DrawFn) -> str:
    """An ``edgeops.yaml`` as a person may have written it, without a hand-over."""
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    last = newline if draw(st.booleans()) else ""
    engine = draw(st.sampled_from(["engine: argocd", "engine: 'flux'", '"engine": argocd']))
    if draw(st.booleans()):
        inside = draw(st.permutations([engine, "app: hashicups", "clusters: [{name: a}]"]))
        brackets = draw(st.sampled_from(["{%s}", "{ %s }", "{%s}  # flow"]))
        return f"spec: {brackets % ', '.join(inside)}{last}"
    note = draw(st.sampled_from(["", "  # for now: [x]", " # 'quoted'"]))
    indent = draw(st.sampled_from(["  ", "    "]))
    parts = [
        [f"{indent}{engine}{note}"] if draw(st.booleans()) else [],
        [f"{indent}app: hashicups"],
        [f"{indent}# the clusters", f"{indent}clusters:", f"{indent}- name: a  # first", ""],
    ]
    lines = [line for part in draw(st.permutations(parts)) for line in part]
    head = draw(st.sampled_from([[], ["# ours"], ["# ours", "", "kind: EdgeFleet"]]))
    tail = draw(st.sampled_from([[], ["# the end"], ["more: 1"]]))
    return newline.join([*head, "spec:", *lines, *tail]) + last


@given(fleets(), WORDS, ENGINES)
@example("spec:\n  engine: argocd", "to", "flux")
def test_taken_back_it_leaves_no_trace(text: str, word: str, engine: str) -> None:
    made = set_handover(text, word, engine)
    assert load(made)["spec"] == {**load(text)["spec"], "handover": {word: engine}}
    assert remove_handover(made) == text


@given(fleets(), ENGINES)
def test_the_whole_way_leaves_the_engine_alone_changed(text: str, engine: str) -> None:
    other = "flux" if engine == "argocd" else "argocd"
    released = set_handover(text, "to", engine)
    taken = set_handover(set_engine(released, engine), "from", other)
    assert load(taken)["spec"]["handover"] == {"from": other}
    finished = remove_handover(taken)
    assert load(finished) == {**load(text), "spec": {**load(text)["spec"], "engine": engine}}
    if "engine" in load(text)["spec"]:
        assert finished == set_engine(text, engine)


@given(fleets())
def test_where_there_is_none_nothing_is_taken_out(text: str) -> None:
    assert remove_handover(text) == text


@given(fleets(), WORDS, ENGINES)
def test_said_twice_is_said_once(text: str, word: str, engine: str) -> None:
    once = set_handover(text, word, engine)
    assert set_handover(once, word, engine) == once


@pytest.mark.parametrize("text", ["a: 1\n", "spec:\n", "spec: {}\n", "- x\n", "spec: ["])
def test_without_a_spec_it_is_refused(text: str) -> None:
    with pytest.raises(EditError):
        set_handover(text, "to", "flux")
    with pytest.raises(EditError):
        remove_handover(text)

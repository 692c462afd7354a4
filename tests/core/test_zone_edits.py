"""A zone that is added, or that begins to leave, and is taken back leaves no trace in the file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.core.documents import load
from edgeops.core.fleet.edit import add_zones, remove_zone, set_active, set_leaving

_ZONE = st.sampled_from(["a-1", "b-2", "c-3", "d-4"])
_COMMENT = st.sampled_from(["", "  # why", " # 'quoted: [x]'"])


@st.composite
def entries(draw: st.DrawFn, name: str, indent: str) -> list[str]:
    """One zone of a block list, in one of its forms."""
    note = draw(_COMMENT)
    match draw(st.integers(0, 3)):
        case 0:
            return [f"{indent}- {name}{note}"]
        case 1:
            return [f'{indent}- "{name}"{note}']
        case 2:
            return [f"{indent}- {{name: {name}, replicas: 2}}{note}"]
        case _:
            return [f"{indent}- name: {name}{note}", f"{indent}  replicas: 3"]


@st.composite
def files(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A fleet of one cluster as a person may have written it, and its zones."""
    names = draw(st.lists(_ZONE, unique=True, max_size=3))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    after = draw(
        st.sampled_from([[], ["      region: r"], ["      # the end"], ["  engine: flux"]])
    )
    lines = ["spec:", "  clusters:", "    - name: here"]
    form = draw(st.sampled_from(["block", "flow", "empty", "absent"]))
    if form == "block" and names:
        lines.append(f"      zones:{draw(_COMMENT)}")
        indent = draw(st.sampled_from(["      ", "        "]))
        for name in names:
            lines += draw(entries(name, indent))
    elif form == "flow" and names:
        lines.append(f"      zones: [{', '.join(names)}]{draw(_COMMENT)}")
    else:
        names = []
        if form == "empty":
            lines.append(f"      zones: []{draw(_COMMENT)}")
    text = newline.join([*lines, *after])
    return text + (newline if draw(st.booleans()) else ""), names


def zones(text: str) -> list[str]:
    found = load(text)["spec"]["clusters"][0].get("zones") or []
    return [item if isinstance(item, str) else item["name"] for item in found]


@given(
    files(), st.lists(st.sampled_from(["x-1", "y-2", "z-3"]), unique=True, min_size=1), st.data()
)
def test_what_is_added_and_removed_leaves_no_trace(
    made: tuple[str, list[str]], new: list[str], data: st.DataObject
) -> None:
    text, names = made
    grown = text
    for name in new:
        grown = add_zones(grown, "here", [(name, data.draw(st.sampled_from([None, "local-zone"])))])
    assert zones(grown) == [*names, *new]

    for name in data.draw(st.permutations(new)):
        grown = set_leaving(grown, "here", name)
        grown = remove_zone(grown, "here", name)

    assert grown == text


@given(files(), st.data())
def test_who_begins_to_leave_and_stays_leaves_no_trace(
    made: tuple[str, list[str]], data: st.DataObject
) -> None:
    text, names = made
    if not names:
        return
    name = data.draw(st.sampled_from(names))

    leaving = set_leaving(text, "here", name)

    assert zones(leaving) == names
    states = [
        item["name"]
        for item in load(leaving)["spec"]["clusters"][0]["zones"]
        if not isinstance(item, str) and item.get("state") == "leaving"
    ]
    assert states == [name]
    assert set_leaving(leaving, "here", name) == leaving
    assert set_active(leaving, "here", name) == text


@pytest.mark.parametrize(
    "text",
    [
        "spec: {clusters: [{name: here}]}",
        "spec: {clusters: [{name: here, zones: []}]}",
        "spec: {clusters: [{name: here, zones: [a-1]}]}\n",
    ],
)
def test_files_on_one_line(text: str) -> None:
    grown = add_zones(text, "here", [("x-1", None)])
    assert zones(grown)[-1] == "x-1"
    assert remove_zone(grown, "here", "x-1") == text

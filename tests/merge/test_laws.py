"""What holds for every merge, whatever the template and the user did."""

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from edgeops.core import documents
from edgeops.core.merge.conflicts import Side
from edgeops.core.merge.files import merge_file
from tests.merge.oracle import ClashError, merged, plain
from tests.merge.styles import written

FILE = "kustomization.yaml"
NAMES = st.sampled_from(["a", "b", "c", "d", "on", "x/y"])
SCALARS = st.sampled_from(["one", "two", 1, 2, True, None, "1", "yes", 'it\'s # "q"', "l\nm\n", ""])
TREES = st.recursive(SCALARS, lambda below: st.dictionaries(NAMES, below, max_size=3), max_leaves=6)
IMAGES = st.lists(
    st.fixed_dictionaries(
        {"name": NAMES}, optional={"newTag": SCALARS, "newName": st.sampled_from(["n", "m"])}
    ),
    max_size=4,
    unique_by=lambda image: image["name"],
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "resources": st.lists(st.sampled_from(["a.yaml", "b.yaml", "c.yaml", "../d"]), unique=True),
    "images": IMAGES,
    "namespace": SCALARS,
    "options": st.dictionaries(NAMES, TREES, max_size=3),
    "labels": st.dictionaries(NAMES, SCALARS, max_size=3),
}
HEAD: dict[str, Any] = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}


@st.composite
def bodies(draw: Any, like: dict[str, Any] | None = None) -> dict[str, Any]:
    """A kustomization; with *like*, that one with some of its fields changed."""
    body = copy.deepcopy(like) if like is not None else dict(HEAD)
    for name in draw(st.lists(st.sampled_from(sorted(FIELDS)), unique=True, max_size=3)):
        if name in body and draw(st.integers(0, 5)) == 0:
            del body[name]
        elif isinstance(body.get(name), dict) and draw(st.booleans()):
            body[name] = {**body[name], draw(NAMES): draw(TREES)}
        elif name == "images" and body.get(name) and draw(st.booleans()):
            body[name] = [*body[name][1:], {**body[name][0], "newTag": draw(SCALARS)}]
        else:
            body[name] = draw(FIELDS[name])
    return body


@st.composite
def threes(draw: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]:
    """What was generated, what is generated, what the user made of it, and their text."""
    base = draw(bodies())
    yours = draw(bodies(like=base))
    return base, draw(bodies(like=base)), yours, written(draw, yours)


def text(body: Any) -> bytes:
    return documents.dump_yaml(body).encode()


many = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(threes())
def test_the_merge_means_what_the_oracle_says(
    three: tuple[dict[str, Any], dict[str, Any], dict[str, Any], str],
) -> None:
    base, generated, yours, mine = three
    try:
        wanted = merged(plain(base), plain(generated), plain(yours))
    except ClashError:
        wanted = None

    found = merge_file(FILE, text(base), text(generated), mine.encode())

    if wanted is None:
        assert found.conflicts
        assert found.content == mine.encode()
    else:
        assert not found.conflicts
        assert plain(documents.load(found.content.decode())) == wanted


@many
@given(threes())
def test_without_a_change_of_the_template_nothing_changes(
    three: tuple[dict[str, Any], dict[str, Any], dict[str, Any], str],
) -> None:
    base, _, _, mine = three
    again = f"# said otherwise\n{documents.dump_yaml(base, width=40)}"
    for generated in (text(base), again.encode()):
        found = merge_file(FILE, text(base), generated, mine.encode())
        assert not found.conflicts
        if generated == text(base):
            assert found.content == mine.encode()
        else:
            assert documents.load(found.content.decode()) == documents.load(mine)


@many
@given(threes())
def test_merging_again_changes_nothing_more(
    three: tuple[dict[str, Any], dict[str, Any], dict[str, Any], str],
) -> None:
    base, generated, _, mine = three
    once = merge_file(FILE, text(base), text(generated), mine.encode())
    assume(not once.conflicts)

    assert merge_file(FILE, text(generated), text(generated), once.content).content == once.content
    twice = merge_file(FILE, text(base), text(generated), once.content)
    assert twice.content == once.content


@many
@given(threes(), st.sampled_from(Side))
def test_with_a_side_chosen_there_is_no_conflict(
    three: tuple[dict[str, Any], dict[str, Any], dict[str, Any], str], side: Side
) -> None:
    base, generated, yours, mine = three
    found = merge_file(FILE, text(base), text(generated), mine.encode(), prefer=side)

    assert not found.conflicts
    was, now, have, result = (
        plain(body) for body in (base, generated, yours, documents.load(found.content.decode()))
    )
    for name in {*yours, *generated}:
        # A field that only one side changed is that side's.
        if was.get(name) == now.get(name):
            assert result.get(name) == have.get(name)
        elif was.get(name) == have.get(name):
            assert result.get(name) == now.get(name)


@many
@given(threes())
def test_comments_of_the_user_stay(
    three: tuple[dict[str, Any], dict[str, Any], dict[str, Any], str],
) -> None:
    base, generated, _, mine = three
    marked = f"# the first line of mine\n{mine}"
    assume("\r" not in mine)

    found = merge_file(FILE, text(base), text(generated), marked.encode())

    assert found.content.decode().count("# the first line of mine") == 1
    for comment in ("# - a: b", "# mine"):
        assert found.content.decode().count(comment) >= mine.count(comment)


@pytest.mark.parametrize("side", [None, *Side])
def test_what_is_not_text_is_one_conflict(side: Side | None) -> None:
    found = merge_file("a.yaml", b"a: 1\n", b"a: 2\n", b"\xff\xfe", prefer=side)

    assert bool(found.conflicts) is (side is None)
    assert found.content == (b"a: 2\n" if side is Side.GENERATED else b"\xff\xfe")

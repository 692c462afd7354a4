"""The comparer and the merge say something about any two or three objects, and never raise."""

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from edgeops.adapters import package_data
from edgeops.core import documents
from edgeops.core.compare import Surroundings, compare
from edgeops.core.leaves import deltas
from edgeops.core.merge.files import merge_file
from edgeops.core.normalize import normalized
from edgeops.core.objects import KubeObject
from edgeops.core.schemas import Schemas
from tests.fuzz.strategies import TEXTS, VALUES, YAML_LIKE, fuzzed

SCHEMAS = Schemas.parse(package_data.schemas())
AROUND = Surroundings(schemas=SCHEMAS)
KINDS = (
    ("v1", "ConfigMap"), ("v1", "Secret"), ("v1", "Service"), ("apps/v1", "Deployment"),
    ("networking.k8s.io/v1", "Ingress"), ("example.com/v1", "Unknown"), ("v1", "Namespace"),
    ("rbac.authorization.k8s.io/v1", "Role"), ("consul.hashicorp.com/v1alpha1", "ServiceResolver"),
)  # fmt: skip
FIELDS = (
    "spec", "data", "rules", "status", "stringData", "type", "replicas", "template", "containers",
    "ports", "metadata", "labels", "selector", "env", "resources", "subsets", "image",
)  # fmt: skip
BODIES: st.SearchStrategy[Any] = st.recursive(
    VALUES,
    lambda below: st.one_of(
        st.dictionaries(st.sampled_from(FIELDS), below, max_size=4), st.lists(below, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def pairs(draw: Any) -> tuple[KubeObject, KubeObject]:
    """A desired and a live object of one key."""
    api_version, kind = draw(st.sampled_from(KINDS))
    both = []
    for _ in range(2):
        body = draw(st.dictionaries(st.sampled_from(FIELDS), BODIES, max_size=4))
        metadata = {"name": "web", "namespace": "shop"}
        for name in ("labels", "annotations"):
            if draw(st.booleans()):
                metadata[name] = draw(st.dictionaries(TEXTS, TEXTS, max_size=3))
        if draw(st.booleans()):
            metadata["managedFields"] = draw(BODIES)
        both.append(
            KubeObject({**body, "apiVersion": api_version, "kind": kind, "metadata": metadata})
        )
    return both[0], both[1]


@fuzzed
@given(pairs())
def test_any_two_objects_are_compared(pair: tuple[KubeObject, KubeObject]) -> None:
    desired, live = pair
    before = copy.deepcopy((desired.body, live.body))

    compare(desired, live, AROUND)

    assert (desired.body, live.body) == before


@fuzzed
@given(pairs())
def test_an_object_equals_itself(pair: tuple[KubeObject, KubeObject]) -> None:
    desired, _ = pair

    assert compare(desired, KubeObject(copy.deepcopy(desired.body)), AROUND).finding is None


@fuzzed
@given(pairs())
def test_what_differs_differs_from_both_sides(pair: tuple[KubeObject, KubeObject]) -> None:
    one, other = (normalized(item, SCHEMAS) for item in pair)

    there = [delta.path for delta in deltas(one, other)]
    back = [delta.path for delta in deltas(other, one)]

    assert there == back


@fuzzed
@given(YAML_LIKE, YAML_LIKE, YAML_LIKE, st.sampled_from(("a.yaml", "a.txt")))
def test_any_three_texts_are_merged(base: str, generated: str, yours: str, name: str) -> None:
    texts = [text.encode() for text in (base, generated, yours)]

    merged = merge_file(name, *texts)

    if merged.conflicts:
        assert merged.content == texts[2]
    as_written = not set(generated) & {"\r", "\N{BYTE ORDER MARK}"}
    if base == yours and as_written and not merged.conflicts and name == "a.txt":
        # A mark at its begin and its line breaks are the file's own, the last break among them.
        found = merged.content.decode("utf-8-sig")
        found = found.replace("\r\n", "\n") if "\r\n" in yours else found
        assert found.rstrip("\n") == generated.rstrip("\n")


MANIFESTS = st.lists(
    st.builds(
        lambda kind, name, body: {**body, "apiVersion": "v1", "kind": kind, "metadata": name},
        st.sampled_from(("ConfigMap", "Service", "Deployment")),
        st.sampled_from(("a", "b", "c")).map(lambda name: {"name": name}),
        st.dictionaries(st.sampled_from(FIELDS), BODIES, max_size=3),
    ),
    min_size=1,
    max_size=3,
).map(lambda items: "---\n".join(map(documents.dump_yaml, items)).encode())


@fuzzed
@given(MANIFESTS, MANIFESTS, MANIFESTS)
def test_manifests_are_merged_once_and_for_all(base: bytes, generated: bytes, yours: bytes) -> None:
    merged = merge_file("a.yaml", base, generated, yours, schemas=SCHEMAS)
    if merged.conflicts:
        assert merged.content == yours
        return
    documents.load_all(merged.content)

    # What was merged is the person's own by now: there is nothing left to do.
    again = merge_file("a.yaml", generated, generated, merged.content, schemas=SCHEMAS)

    assert not again.conflicts
    assert again.content == merged.content


@fuzzed
@given(MANIFESTS, MANIFESTS)
def test_who_has_what_is_generated_keeps_it(base: bytes, generated: bytes) -> None:
    merged = merge_file("a.yaml", base, generated, generated, schemas=SCHEMAS)

    assert not merged.conflicts
    assert merged.content == generated


@fuzzed
@given(VALUES, VALUES)
def test_who_changed_nothing_gets_what_is_generated(base: Any, generated: Any) -> None:
    was, now = (documents.dump_yaml({"a": value}).encode() for value in (base, generated))

    merged = merge_file("a.yaml", was, now, was)

    assert not merged.conflicts
    assert documents.load(merged.content) == documents.load(now)

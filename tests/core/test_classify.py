"""What applying an object once more does to it, told from both texts."""

import pytest

from edgeops import wiring
from edgeops.core.changes.classify import classify
from edgeops.core.changes.model import Effect
from edgeops.core.objects import JsonObject, KubeObject


def widget(value: object) -> KubeObject:
    body: JsonObject = {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {"name": "w"},
        "spec": {"list": [1, {"value": value}]},
    }
    return KubeObject(body)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (1, True),
        (0, False),
        (1, "1"),
        (None, ""),
        (None, float("inf")),
        ({"a": 1, "b": 2}, {"a": 1}),
    ],
)
def test_what_python_may_take_for_the_same_is_a_change(before: object, after: object) -> None:
    found = classify(widget(before), widget(after), wiring.schemas())
    assert found.effect is Effect.UPDATED


@pytest.mark.parametrize("value", [1, True, 1e30, float("inf"), {"a": 1}, None])
def test_what_is_written_the_same_is_the_same(value: object) -> None:
    found = classify(widget(value), widget(value), wiring.schemas())
    assert found.effect is Effect.SAME

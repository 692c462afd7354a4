"""Objects in little room are the objects that they were."""

from typing import Any

import pytest

from edgeops.core.objects import KubeObject, Origin
from edgeops.core.packed import PackedObject, packed


def _object(**more: Any) -> KubeObject:
    metadata = {"name": "web", "namespace": "shop", "labels": {"a": "b"}}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, **more}
    return KubeObject(body, Origin(path="base/web.yaml", line=3))


def test_it_is_the_same() -> None:
    item = _object(spec={"replicas": 2, "on": True, "text": "ü\n", "none": None, "part": 1.5})
    small = packed(item)
    assert isinstance(small, PackedObject)
    assert small.body == item.body
    assert list(small.body) == list(item.body)
    for name in ("key", "kind", "group", "namespace", "name", "labels", "api_version", "origin"):
        assert getattr(small, name) == getattr(item, name), name


@pytest.mark.parametrize("value", [float("inf"), {1: "a"}, 10**30])
def test_what_json_cannot_hold_stays(value: Any) -> None:
    item = _object(spec=value)
    assert packed(item) is item

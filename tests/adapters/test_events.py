"""What counts as an event of a watch: a line that is something else must not pass for one."""

from typing import Any

import pytest

from edgeops.adapters.answers import NoEventError, RefusedError, event


def line(
    what: object = "ADDED", kind: object = "Secret", version: object = "v1", **metadata: object
) -> dict[str, Any]:
    named = {"name": "web", "namespace": "shop", "resourceVersion": "7", **metadata}
    return {"type": what, "object": {"kind": kind, "apiVersion": version, "metadata": named}}


@pytest.mark.parametrize("what", ["ADDED", "MODIFIED", "DELETED"])
def test_an_event_about_an_object(what: str) -> None:
    found = event(line(what), "Secret", "v1", whole=True)

    assert (found.type, found.version) == (what, "7")
    assert found.object["metadata"]["name"] == "web"


def test_metadata_where_metadata_was_asked_for() -> None:
    bare = line(kind="PartialObjectMetadata", version="meta.k8s.io/v1")

    assert event(bare, "Secret", "v1", whole=False).version == "7"
    with pytest.raises(NoEventError):
        event(bare, "Secret", "v1", whole=True)


def test_a_bookmark_has_a_version_and_no_name() -> None:
    found = event(line("BOOKMARK", name=""), "Secret", "v1", whole=True)

    assert (found.type, found.version) == ("BOOKMARK", "7")


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"type": "ADDED"},
        {"type": "ADDED", "object": None},
        {"type": "ADDED", "object": {"kind": "Secret", "apiVersion": "v1"}},
        {"type": "ADDED", "object": {"kind": "Secret", "apiVersion": "v1", "metadata": ["name"]}},
        line("GONE"),
        line(None),
        line(["ADDED"]),
        line(kind="ConfigMap"),
        line(kind="PartialObjectMetadata"),
        line(version="v2"),
        line(name=""),
        line(name=7),
        line(namespace=None),
        line(resourceVersion=""),
        line(resourceVersion=7),
        line("BOOKMARK", resourceVersion=None),
    ],
    ids=str,
)
def test_what_is_no_event(told: dict[str, Any]) -> None:
    with pytest.raises(NoEventError):
        event(told, "Secret", "v1", whole=True)


@pytest.mark.parametrize(
    ("status", "code", "text", "wait"),
    [
        ({"code": 410, "message": "too old"}, 410, "410 too old", None),
        ({"code": 429, "details": {"retryAfterSeconds": 3}}, 429, "429 the watch failed", 3.0),
        ({"code": "many", "details": ["none"], "message": {}}, 0, "the watch failed", None),
        (
            {"code": 500, "details": {"retryAfterSeconds": "soon"}},
            500,
            "500 the watch failed",
            None,
        ),
        ({"code": 500, "details": {"retryAfterSeconds": -1}}, 500, "500 the watch failed", None),
        ({"code": 500, "message": "a\x1b[31m\nb"}, 500, "500 a [31m b", None),
    ],
)
def test_an_error_is_a_refusal(
    status: dict[str, Any], code: int, text: str, wait: float | None
) -> None:
    with pytest.raises(RefusedError) as caught:
        event({"type": "ERROR", "object": status}, "Secret", "v1", whole=True)

    assert (caught.value.status, str(caught.value), caught.value.wait) == (code, text, wait)

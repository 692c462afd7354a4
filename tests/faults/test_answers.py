"""What an answer must be, to be one."""

import json
import time
from email.utils import formatdate
from typing import Any

import pytest

from edgeops.adapters import answers, discovery

JSON = {"content-type": "application/json"}
LIST = {
    "kind": "PodList",
    "apiVersion": "v1",
    "metadata": {"resourceVersion": "7", "continue": "on"},
    "items": [{"metadata": {"name": "web", "namespace": "one"}}],
}


def test_a_page() -> None:
    page = answers.page(LIST, "v1", whole=True)
    assert (len(page.items), page.token, page.version) == (1, "on", "7")
    assert answers.page({**LIST, "items": None}, "v1", whole=True).items == []


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "Status"},
        {"kind": "PartialObjectMetadataList"},
        {"apiVersion": "v2"},
        {"metadata": None},
        {"metadata": {"continue": 7}},
        {"items": {}},
        {"items": ["web"]},
        {"items": [{}]},
        {"items": [{"metadata": {"name": ""}}]},
        {"items": [{"metadata": {"name": ["web"]}}]},
        {"items": [{"metadata": {"name": "web", "namespace": {}}}]},
    ],
    ids=json.dumps,
)
def test_what_is_no_page(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="the answer"):
        answers.page({**LIST, **changes}, "v1", whole=True)


def test_a_page_without_items() -> None:
    bare = {name: value for name, value in LIST.items() if name != "items"}
    with pytest.raises(ValueError, match="without its parts"):
        answers.page(bare, "v1", whole=True)


@pytest.mark.parametrize(
    ("details", "absent"),
    [
        pytest.param({"reason": "NotFound", "details": {"name": "web"}}, True, id="the-object"),
        pytest.param({"reason": "NotFound", "details": {"name": "other"}}, False, id="another"),
        pytest.param({"reason": "NotFound"}, False, id="no-details"),
        pytest.param({"reason": "Gone", "details": {"name": "web"}}, False, id="other-reason"),
    ],
)
def test_absence(details: dict[str, Any], absent: bool) -> None:
    body = json.dumps({"kind": "Status", **details}).encode()
    assert answers.refusal(404, "Not Found", body, JSON).says_absent("web") is absent
    assert not answers.refusal(410, "Gone", body, JSON).says_absent("web")


def test_a_404_of_a_proxy_is_no_absence() -> None:
    text = {"content-type": "text/plain"}
    body = json.dumps({"kind": "Status", "reason": "NotFound", "details": {"name": "web"}}).encode()
    assert not answers.refusal(404, "Not Found", body, text).says_absent("web")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3.0),
        (" 0 ", 0.0),
        ("9" * 40, 999999999.0),
        ("-1", None),
        ("soon", None),
        ("", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert answers.refusal(429, "", b"", {"retry-after": text}).wait == seconds


def test_retry_after_a_date() -> None:
    date = formatdate(time.time() + 90, usegmt=True)
    wait = answers.refusal(503, "", b"", {"retry-after": date}).wait
    assert wait is not None
    assert 60 < wait <= 90


def test_messages_are_one_line_of_plain_characters() -> None:
    message = "\x1b[2Jno\r\n\u202ereally\x00" + "x" * 5000
    body = json.dumps({"kind": "Status", "message": message}).encode()
    text = str(answers.refusal(403, "Forbidden", body, JSON))
    assert text.startswith("403 Forbidden: [2Jno really x")
    assert text.isprintable()
    assert len(text) < 500


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "deflate", "x" * 1000])
def test_other_ways_to_pack(encoding: str) -> None:
    with pytest.raises(ValueError, match="not asked for"):
        answers.check_encoding({"content-encoding": encoding})


@pytest.mark.parametrize("body", [b"", b"{", b'{"a": 1} {}', b"\xff", b"a: 1", b"[" * 10000])
def test_what_is_no_json_quotes_nothing(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"no JSON from byte \d+ of \d+ on"):
        answers.parsed(body, JSON)


GROUP: dict[str, Any] = {
    "metadata": {"name": "apps"},
    "versions": [
        {
            "version": "v1",
            "resources": [
                {
                    "resource": "deployments",
                    "responseKind": {"kind": "Deployment"},
                    "scope": "Namespaced",
                    "verbs": ["list"],
                }
            ],
        }
    ],
}


@pytest.mark.parametrize(
    "items",
    [
        None,
        [],
        {},
        ["apps"],
        [{**GROUP, "versions": 7}],
        [{**GROUP, "versions": [{**GROUP["versions"][0], "resources": "all"}]}],
        [{**GROUP, "versions": [{"resources": GROUP["versions"][0]["resources"]}]}],
        [{**GROUP, "versions": [{"version": "v1", "resources": [{"verbs": ["list"]}]}]}],
    ],
    ids=lambda items: json.dumps(items)[:50],
)
def test_discovery_that_is_none(items: Any) -> None:
    """What it does not say plainly makes nothing Missing: then nothing is known."""
    whole = {"/apis": {"kind": "APIGroupDiscoveryList", "items": [GROUP]}}
    assert ("apps", "v1", "Deployment") in discovery.read(whole).resources
    with pytest.raises(ValueError, match="discovery"):
        discovery.read({"/apis": {"kind": "APIGroupDiscoveryList", "items": items}})


def test_a_group_that_is_not_served_now() -> None:
    stale = {"metadata": {"name": "x"}, "versions": [{"version": "v1", "freshness": "Stale"}]}
    found = discovery.read({"/apis": {"kind": "APIGroupDiscoveryList", "items": [stale]}})
    assert found.stale == {"x"}

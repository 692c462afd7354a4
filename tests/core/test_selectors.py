"""Selectors in one text, as Kubernetes reads them."""

import pytest

from edgeops.core.selectors import parse_selector

LABELS = {"app": "web", "tier": "front", "example.com/x": "1", "empty": ""}


@pytest.mark.parametrize(
    ("text", "selects"),
    [
        ("", True),
        ("app=web", True),
        ("app==web,tier=front", True),
        ("app = web , tier = front", True),
        ("app=db", False),
        ("app!=db", True),
        ("other!=db", True),
        ("app in (db, web)", True),
        ("app in (db)", False),
        ("other in (a)", False),
        ("app notin (db),tier", True),
        ("app notin (web)", False),
        ("!other", True),
        ("!app", False),
        ("example.com/x=1", True),
        ("empty=", True),
        ("absent=", False),
    ],
)
def test_selects(text: str, selects: bool) -> None:
    assert parse_selector(text).selects(LABELS) is selects


@pytest.mark.parametrize("text", ["=web", "app in web", "app=web tier=x", "app in (", "a==b==c"])
def test_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="is not a label selector"):
        parse_selector(text)

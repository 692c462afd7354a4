"""What people write of time."""

from datetime import timedelta

import pytest

from edgeops.core.moments import age, before, parse_since, parse_span

NOW = "2026-01-31T12:00:00Z"


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("24h", "2026-01-30T12:00:00Z"),
        ("2w", "2026-01-17T12:00:00Z"),
        ("2026-01-30", "2026-01-30T00:00:00Z"),
        ("2026-01-30T10:00:00Z", "2026-01-30T10:00:00Z"),
        ("2026-01-30T10:00:00+02:00", "2026-01-30T08:00:00Z"),
    ],
)
def test_since(text: str, since: str) -> None:
    assert parse_since(text, NOW) == since


@pytest.mark.parametrize("text", ["yesterday", "24", "h", "0h", "-1d", "2026-13-01", ""])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="such as"):
        parse_since(text, NOW)


def test_spans() -> None:
    assert parse_span("90d") == timedelta(days=90)
    with pytest.raises(ValueError, match="such as"):
        parse_span("90")
    assert before(NOW, timedelta(days=999_999)) == "0001-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (59.9, "59s"), (60, "1m"), (7200, "2h"), (864000, "10d")]
)
def test_age(seconds: float, text: str) -> None:
    assert age(seconds) == text

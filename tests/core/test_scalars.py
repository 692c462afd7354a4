"""One spelling for each value, by the field's format and never by how it looks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.core.scalars import canonical
from edgeops.core.schemas import Format


@pytest.mark.parametrize(
    ("form", "one", "other"),
    [
        pytest.param(Format.QUANTITY, "0.5", "500m", id="cpu-fraction"),
        pytest.param(Format.QUANTITY, 1, "1000m", id="cpu-number"),
        pytest.param(Format.QUANTITY, "1Gi", "1024Mi", id="binary-suffix"),
        pytest.param(Format.QUANTITY, "1G", "1e9", id="exponent"),
        pytest.param(Format.QUANTITY, "128974848", "123Mi", id="bytes"),
        pytest.param(Format.QUANTITY, "0", "0Gi", id="zero"),
        pytest.param(Format.QUANTITY, "1E", "1000P", id="exa-is-no-exponent"),
        pytest.param(Format.INT_OR_STRING, 80, "80", id="port-number-or-text"),
        pytest.param(Format.DURATION, "60s", "1m0s", id="minute"),
        pytest.param(Format.DURATION, "1h30m", "90m", id="hours"),
        pytest.param(Format.DURATION, "1.5s", "1500ms", id="fraction"),
        pytest.param(Format.DURATION, "0", "0s", id="no-time"),
        pytest.param(Format.BYTE, "aGVsbG8=", "aGVs\nbG8=\n", id="wrapped-base64"),
        pytest.param(
            Format.DATE_TIME, "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", id="time-zone"
        ),
        pytest.param(None, 1.0, 1, id="whole-float"),
    ],
)
def test_spellings_of_one_value(form: Format | None, one: object, other: object) -> None:
    assert canonical(one, form) == canonical(other, form)


@pytest.mark.parametrize(
    ("form", "one", "other"),
    [
        pytest.param(None, "1e3", "1000", id="text-that-looks-numeric"),
        pytest.param(None, "80", 80, id="text-is-no-number"),
        pytest.param(Format.QUANTITY, "1M", "1Mi", id="decimal-is-not-binary"),
        pytest.param(Format.QUANTITY, "1m", "1M", id="milli-is-not-mega"),
        pytest.param(Format.INT_OR_STRING, "http", 80, id="named-port"),
        pytest.param(Format.INT_OR_STRING, "25%", 25, id="percentage"),
        pytest.param(Format.DURATION, "1m", "1ms", id="minute-is-no-millisecond"),
        pytest.param(Format.BYTE, "aGVsbG8=", "aGVsbG8h", id="other-bytes"),
        pytest.param(Format.QUANTITY, "lots", "many", id="not-quantities"),
    ],
)
def test_values_that_differ(form: Format | None, one: object, other: object) -> None:
    assert canonical(one, form) != canonical(other, form)


@given(
    st.text() | st.integers() | st.booleans() | st.floats(allow_nan=False),
    st.sampled_from(Format),
)
def test_canonical_is_stable(value: object, form: Format) -> None:
    once = canonical(value, form)
    assert canonical(once, form) == once


@given(st.integers(0, 10**6))
def test_quantities_scale(number: int) -> None:
    assert canonical(f"{number}Ki", Format.QUANTITY) == canonical(number * 1024, Format.QUANTITY)
    assert canonical(f"{number}m", Format.QUANTITY) == canonical(
        f"{number / 1000:.3f}", Format.QUANTITY
    )

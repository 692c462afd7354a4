"""
One spelling for each value: quantities, durations, int-or-string, base64, dates.

Which field is which comes from its schema, never from how a value looks: the annotation
``"1e3"`` is not ``"1000"``.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from edgeops.core.schemas import Format

# https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#Quantity
_SUFFIXES: Mapping[str, Decimal] = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "E": Decimal(10**18),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
    "Pi": Decimal(2**50),
    "Ei": Decimal(2**60),
}
_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))"
    r"(?:(?P<exponent>[eE][+-]?[0-9]+)|(?P<suffix>[KMGTPE]i|[numkMGTPE]))?\Z"
)

# https://pkg.go.dev/time#ParseDuration
_NANOSECONDS: Mapping[str, int] = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_DURATION_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")


def canonical(value: Any, form: Format | None) -> Any:
    """
    The one spelling of *value* for a field of the given format.

    A value that its format does not allow comes back as it is: the comparison then says what
    stands there.
    """
    match form:
        case Format.QUANTITY:
            return _quantity(value)
        case Format.INT_OR_STRING:
            return _int_or_string(value)
        case Format.DURATION:
            return _duration(value)
        case Format.BYTE:
            return _byte(value)
        case Format.DATE_TIME:
            return _date_time(value)
        case None:
            return int(value) if _is_small_integer(value) else value


def _is_small_integer(value: Any) -> bool:
    """Whether it is a float that an integer of JSON says too, which has 64 bits."""
    return isinstance(value, float) and value.is_integer() and abs(value) < 2**63


def _quantity(value: Any) -> Any:
    found = _QUANTITY.match(str(value)) if not isinstance(value, bool) else None
    if not found:
        return value
    try:
        number = Decimal(found["number"] + (found["exponent"] or ""))
    except InvalidOperation:
        return value
    return _plain(number * _SUFFIXES[found["suffix"] or ""])


def _plain(number: Decimal) -> str:
    return format(number.normalize() if number else Decimal(0), "f")


def _int_or_string(value: Any) -> Any:
    return value if isinstance(value, bool) else str(value)


def _duration(value: Any) -> Any:
    if value in (0, "0"):
        return "0ns"
    if not isinstance(value, str):
        return value
    sign, text = ("-", value[1:]) if value[:1] == "-" else ("", value.removeprefix("+"))
    parts = _DURATION_PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return value
    total = sum(Decimal(number) * _NANOSECONDS[unit] for number, unit in parts)
    return f"{sign if total else ''}{_plain(Decimal(total))}ns"


def _byte(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        decoded = base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return value
    return base64.b64encode(decoded).decode()


def _date_time(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return moment.astimezone(UTC).isoformat() if moment.tzinfo else value

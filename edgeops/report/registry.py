"""
The formats by name: what ``--output`` accepts for a drift report, and for a validation.

A format's module is imported when it is asked for: a check that prints JSON need not wait for
what draws a page.
"""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from edgeops.core.findings import DriftReport
from edgeops.errors import EdgeopsError

if TYPE_CHECKING:
    from edgeops.core.lint import Validation

FORMATS: Final = ("table", "json", "yaml", "markdown", "html", "junit", "sarif", "prometheus")
"""In the order in which help names them; the first is the default."""


def render(report: DriftReport, format_name: str, *, color: bool = False, width: int = 80) -> str:
    """
    *report* as a text in the format of that name, which ends with a newline.

    Only the table looks at *color* and *width* (columns of the terminal).

    Raises:
        EdgeopsError: if there is no such format.
    """
    if format_name not in FORMATS:
        raise _unknown(format_name, FORMATS)
    if format_name == "table":
        from edgeops.report.table import render_table

        return render_table(report, color=color, width=width)
    return _rendered(f"edgeops.report.{format_name}", format_name, report)


_VALIDATION: Final[Mapping[str, str]] = MappingProxyType(
    {
        "json": "edgeops.report.validation",
        "yaml": "edgeops.report.validation",
        "markdown": "edgeops.report.validation",
        "junit": "edgeops.report.validation_ci",
        "sarif": "edgeops.report.validation_ci",
    }
)


def render_validation(
    result: "Validation", format_name: str, *, color: bool = False, width: int = 80
) -> str:
    """
    *result* as a text in the format of that name.

    Raises:
        EdgeopsError: if there is no such format.
    """
    if format_name == "table":
        from edgeops.report.validation import render_table

        return render_table(result, color=color, width=width)
    if format_name not in _VALIDATION:
        raise _unknown(format_name, ("table", *_VALIDATION))
    return _rendered(_VALIDATION[format_name], format_name, result)


def _rendered(module: str, format_name: str, what: object) -> str:
    """The text that ``render_<format>`` of a module makes of *what*."""
    renderer: Callable[[object], str] = getattr(import_module(module), f"render_{format_name}")
    return renderer(what)


def _unknown(format_name: str, names: Iterable[str]) -> EdgeopsError:
    return EdgeopsError(f"no output format {format_name!r}: choose one of {', '.join(names)}")

"""The formats by name: what ``--output`` accepts for a drift report, and for a validation."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from edgeops.core.findings import DriftReport
from edgeops.core.lint import Validation
from edgeops.errors import EdgeopsError
from edgeops.report import validation, validation_ci
from edgeops.report.html import render_html
from edgeops.report.json import render_json
from edgeops.report.junit import render_junit
from edgeops.report.markdown import render_markdown
from edgeops.report.prometheus import render_prometheus
from edgeops.report.sarif import render_sarif
from edgeops.report.table import render_table
from edgeops.report.yaml import render_yaml


class Renderer(Protocol):
    """A report in one format: a text that ends with a newline."""

    def __call__(self, report: DriftReport, *, color: bool, width: int) -> str: ...


def _plain(render_format: Callable[[DriftReport], str]) -> Renderer:
    """A format that is the same on every screen."""

    def renderer(report: DriftReport, *, color: bool, width: int) -> str:  # noqa: ARG001  # Renderer's
        return render_format(report)

    return renderer


FORMATS: Final[Mapping[str, Renderer]] = MappingProxyType(
    {
        "table": render_table,
        "json": _plain(render_json),
        "yaml": _plain(render_yaml),
        "markdown": _plain(render_markdown),
        "html": _plain(render_html),
        "junit": _plain(render_junit),
        "sarif": _plain(render_sarif),
        "prometheus": _plain(render_prometheus),
    }
)
"""In the order in which help names them; the first is the default."""


def render(report: DriftReport, format_name: str, *, color: bool = False, width: int = 80) -> str:
    """
    *report* as a text in the format of that name.

    Only the table looks at *color* and *width* (columns of the terminal).

    Raises:
        EdgeopsError: if there is no such format.
    """
    if format_name not in FORMATS:
        raise _unknown(format_name, FORMATS)
    return FORMATS[format_name](report, color=color, width=width)


_VALIDATION: Final[Mapping[str, Callable[[Validation], str]]] = MappingProxyType(
    {
        "json": validation.render_json,
        "yaml": validation.render_yaml,
        "markdown": validation.render_markdown,
        "junit": validation_ci.render_junit,
        "sarif": validation_ci.render_sarif,
    }
)


def render_validation(
    result: Validation, format_name: str, *, color: bool = False, width: int = 80
) -> str:
    """
    *result* as a text in the format of that name.

    Raises:
        EdgeopsError: if there is no such format.
    """
    if format_name == "table":
        return validation.render_table(result, color=color, width=width)
    if format_name not in _VALIDATION:
        raise _unknown(format_name, ("table", *_VALIDATION))
    return _VALIDATION[format_name](result)


def _unknown(format_name: str, names: Iterable[str]) -> EdgeopsError:
    return EdgeopsError(f"no output format {format_name!r}: choose one of {', '.join(names)}")

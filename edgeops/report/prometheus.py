"""
The report as Prometheus metrics in the text exposition format, version 0.0.4.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from collections.abc import Iterable, Iterator

from edgeops.core.findings import DriftReport
from edgeops.core.gauges import Family, families
from edgeops.report.inert import inert


def render_prometheus(report: DriftReport) -> str:
    """
    Gauges of this one comparison, for a node exporter's textfile directory or a push gateway.

    A row without a cluster or zone has the empty label, which to Prometheus is no label.
    """
    return exposed(families(report))


def exposed(found: Iterable[Family]) -> str:
    """Families of gauges as one text; what stands in a label is inert."""
    return "".join(line for family in found for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    """A metric with its help and type; a metric without series is still announced."""
    yield f"# HELP {family.name} {family.help}\n# TYPE {family.name} gauge\n"
    for labels, value in family.series.items():
        inside = ",".join(f'{label}="{_escaped(item)}"' for label, item in labels)
        yield f"{family.name}{{{inside}}} {value}\n" if inside else f"{family.name} {value}\n"


def _escaped(value: str) -> str:
    """A label value: backslash and quote are escaped, a line break is already inert."""
    return inert(value).replace("\\", "\\\\").replace('"', '\\"')

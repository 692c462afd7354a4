"""The contract's document as JSON."""

from edgeops.core.documents import dump_json
from edgeops.core.findings import DriftReport
from edgeops.report.document import document
from edgeops.report.inert import inert_json


def render_json(report: DriftReport) -> str:
    """The document of `edgeops.report.document`, indented, a newline at its end."""
    return inert_json(dump_json(document(report)))

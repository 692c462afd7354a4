"""The contract's document as YAML."""

from edgeops.core.documents import dump_yaml
from edgeops.core.findings import DriftReport
from edgeops.report.document import document


def render_yaml(report: DriftReport) -> str:
    """The document of `edgeops.report.document`; the emitter escapes what does not print."""
    return dump_yaml(document(report))

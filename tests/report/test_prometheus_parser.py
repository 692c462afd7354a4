"""The metrics as Prometheus' own client reads them."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from edgeops.core.findings import DriftReport
from edgeops.report.prometheus import render_prometheus
from tests.report import samples


@pytest.mark.parametrize("report", [samples.full(), samples.drifted(), samples.empty()])
def test_prometheus_reads_what_was_written(report: DriftReport) -> None:
    families = {
        item.name: item for item in text_string_to_metric_families(render_prometheus(report))
    }
    assert {item.type for item in families.values()} == {"gauge"}
    found = families["edgeops_drift_findings"].samples
    assert sum(sample.value for sample in found) == len(report.findings)
    assert all(item.documentation for item in families.values())
    (unread,) = families["edgeops_drift_unread"].samples
    assert unread.value == len(report.unread)

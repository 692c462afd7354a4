"""The matrix and the map say what the report says."""

import re
from collections import Counter

import pytest

from edgeops.core.findings import DriftReport, SyncStatus
from edgeops.report.inert import inert
from edgeops.report.matrix import MAX_SERVICES, OTHER, Columns, Level, matrix
from edgeops.report.phrases import NO_ZONE
from tests.page.conftest import Show
from tests.page.fleets import many
from tests.report import samples

CELLS = """() => Array.from(document.querySelectorAll('.matrix tbody tr'), row => ({
  cluster: row.closest('table').querySelector('caption').firstChild.data.trim(),
  zone: row.cells[0].querySelector('a').textContent,
  status: row.cells[1].querySelector('b').textContent,
  heads: Array.from(row.closest('table').tHead.rows[0].cells, cell => cell.textContent),
  cells: Array.from(row.cells, cell => [cell.className, cell.textContent]),
}))"""


@pytest.mark.parametrize(
    "report",
    [samples.full(), samples.synced(), many(12, 40, per_cluster=6)],
    ids=["full", "synced", "many"],
)
def test_cells_are_those_of_the_report(report: DriftReport, show: Show) -> None:
    rows = show(report).page.evaluate(CELLS)
    columns = Columns(report)
    assert [(row["zone"], row["status"]) for row in rows] == [
        (zone.zone or NO_ZONE, zone.status.value) for zone in report.zones
    ]
    for row, zone in zip(rows, report.zones, strict=True):
        assert row["cluster"] == (zone.cluster or "No cluster")
        assert row["heads"] == ["Zone", "Status", *columns.names, "In sync"]
        assert row["cells"][-1][1].startswith(f"{zone.synced} of {zone.objects}")
        for name, (classes, words) in zip(columns.names, row["cells"][2:-1], strict=True):
            found = [
                finding
                for finding in report.findings
                if (finding.cluster, finding.zone) == (zone.cluster, zone.zone)
                and columns.of(finding) == name
            ]
            if found:
                order = list(Level)
                worst = min((Level(item.severity.value) for item in found), key=order.index)
                assert classes.split()[0] == worst
                told = sum(map(int, re.findall(r"(\d+) (?:mod|miss|extr|not)", words)))
                assert told == len(found)
            elif zone.status is SyncStatus.UNKNOWN:
                assert (classes, "not known" in words) == ("unknown", True)
            else:
                assert (classes, "nothing found" in words) == ("synced", True)


def test_a_cell_differs_by_shape_and_word_not_by_colour_alone(show: Show) -> None:
    page = show(samples.full()).page
    marks = page.evaluate(
        """() => Array.from(document.querySelectorAll('.matrix td:has(.mark)'), cell =>
          [cell.className.split(' ')[0], cell.querySelector('.mark').textContent])"""
    )
    shapes = dict(map(tuple, marks))
    assert len(set(shapes.values())) == len(shapes) >= 5
    assert all(shapes[level] == mark for level, mark in marks)
    patterned = page.locator(".matrix td.unknown").first
    assert "gradient" in patterned.evaluate("cell => getComputedStyle(cell).backgroundImage")
    pending = page.locator(".matrix td.pending").first
    assert "pending" in pending.inner_text()
    assert pending.evaluate("cell => getComputedStyle(cell).outlineStyle") == "dotted"


def test_the_table_has_the_headers_that_screen_readers_say(show: Show) -> None:
    page = show(samples.full()).page
    table = page.locator(".matrix").first
    assert table.locator("caption").count() == 1
    assert table.locator("thead th:not([scope=col])").count() == 0
    assert table.locator("tbody tr:not(:has(> th[scope=row]))").count() == 0


def test_many_services_share_a_column() -> None:
    report = many(300, 300)
    names = Counter(finding.key.name for finding in report.findings)
    assert Columns(report).names == tuple(sorted(names))
    findings = tuple(
        samples.full().findings[1].__class__(
            key=item.key.__class__("apps", "Deployment", "shop", f"service-{number}"),
            api_version="apps/v1", drift=item.drift, severity=item.severity,
            cluster=item.cluster, zone=item.zone,
        )
        for number, item in enumerate(report.findings)
    )  # fmt: skip
    few = DriftReport(
        repository=report.repository,
        started_at=report.started_at,
        duration_seconds=1,
        edgeops_version="0",
        kustomize_version=None,
        zones=report.zones,
        findings=findings,
    )
    columns = Columns(few)
    assert len(columns.names) == MAX_SERVICES + 1
    assert columns.names[-1] == OTHER
    found = matrix(few, columns)
    assert sum(len(cell.findings) for row in found.rows for cell in row.cells) == len(findings)


def test_the_map_tells_every_zone_and_its_state(show: Show) -> None:
    report = samples.full()
    page = show(report).page
    titles = page.locator("#map .node > title").evaluate_all("all => all.map(e => e.textContent)")
    zones = {zone.zone for zone in report.zones if zone.zone}
    assert {title.partition(":")[0] for title in titles} == zones
    by_zone = {title.partition(": ")[0]: title.partition(": ")[2] for title in titles}
    assert by_zone["us-west-2-den-1a"] == "Synced"
    assert by_zone["us-west-2-wl1-las-wlz-1"].startswith("OutOfSync, critical, ")
    label = page.locator("#map svg").first.get_attribute("aria-label") or ""
    assert label == "edge-euc1: hub unknown; 1 zone: 1 high"


def test_a_thousand_zones_are_still_a_map(show: Show) -> None:
    report = many(1000, 2000)
    page = show(report).page
    assert page.locator("#map figure").count() == 20
    assert page.locator("#map .node").count() == 1020
    assert page.locator("#map .name").count() == 0
    shown = page.locator(".matrix tbody tr").evaluate_all(
        "rows => rows.filter(row => row.getClientRects().length).length"
    )
    calm = sum(zone.status is SyncStatus.SYNCED for zone in report.zones)
    assert shown == len(report.zones) - calm
    page.get_by_label(f"show {calm} rows in sync").check()
    assert page.locator(".tables.all").count() == 1


def test_hostile_names_are_texts(show: Show) -> None:
    report = samples.full()
    page = show(report).page
    text = page.locator("body").text_content() or ""
    for finding in report.findings:
        assert inert(finding.key.name) in text
        for change in finding.fields:
            assert inert(change.path) in text
    assert not re.search("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]", text)
    assert page.locator("img, iframe, object, [onerror]").count() == 0
    assert page.locator("script").count() == 2

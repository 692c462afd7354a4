"""A thousand zones, two thousand findings: what the browser has to do, counted."""

from playwright.sync_api import expect

from tests.page.conftest import Show
from tests.page.fleets import many

WATCH = """() => {
  window.mutations = 0;
  new MutationObserver(records => {
    for (const record of records) window.mutations += record.addedNodes.length;
  }).observe(document.getElementById('list'), {childList: true});
}"""


def test_a_thousand_zones_cost_what_is_seen(show: Show) -> None:
    page = show(many(1000, 2000)).page
    at_first = page.locator("#list > article").count()
    assert 40 <= at_first <= 120
    # A table that is out of sight is not laid out: its rows have no boxes.
    far = page.locator(".scroll").last
    assert not far.evaluate("table => table.checkVisibility({contentVisibilityAuto: true})"
                            " && table.querySelector('td').checkVisibility("
                            "{contentVisibilityAuto: true})")  # fmt: skip
    page.evaluate(WATCH)
    page.locator("[name=q]").fill("product-api")
    expect(page.locator("#count")).to_have_text(_matches())
    assert page.evaluate("window.mutations") <= 160
    assert page.locator("#list > article").count() <= 120


def _matches() -> str:
    report = many(1000, 2000)
    number = sum(finding.key.name == "product-api" for finding in report.findings)
    return f"{number} of 2000 findings"
